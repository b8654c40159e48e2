-- One row per pupil, school and month, in sessions (half days).

select
    upn,
    school_urn,
    month,
    phase,
    sen_provision,
    sessions_possible,
    sessions_attended,
    sessions_authorised_absence + sessions_unauthorised_absence as sessions_missed
from held.education__attendance
