-- One row per part-time timetable.

select
    timetable_id,
    upn,
    school_urn,
    start_date,
    end_date,
    (end_date - start_date) / 7.0 as weeks_long,
    phase,
    nc_year,
    sen_provision,
    reason,
    known_to_social_care
from held.education__part_time_timetables
