-- One row per young person open to youth justice, for each month's snapshot.

select
    child_id,
    last_day(reporting_month) as snapshot_date,
    sen_provision,
    activity
from held.care__youth_justice
