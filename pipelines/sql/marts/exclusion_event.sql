-- One row per suspension or permanent exclusion, with what was recorded at the time.

select
    event_id,
    upn,
    school_urn,
    start_date,
    recorded_date,
    sessions,
    category,
    reason_1,
    phase,
    nc_year,
    sen_provision,
    plan_in_year,
    sen_support_in_year,
    under_assessment,
    known_to_social_care
from held.education__suspensions_exclusions
