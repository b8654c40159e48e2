-- One row per school and type of specialist place, for each month's snapshot.

select
    school_urn,
    last_day(reporting_month) as snapshot_date,
    commissioned_places,
    filled_places,
    planned_places,
    place_type,
    phase
from held.education__specialist_places
