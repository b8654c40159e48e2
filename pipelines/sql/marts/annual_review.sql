-- One row per annual review due.

select
    ---------- ids
    review_id,
    plan_id,
    child_id,
    upn,

    ---------- dates
    due_date,
    meeting_date,
    decision_date,
    birth_month,

    ---------- durations
    decision_date - meeting_date as days_to_decide,

    ---------- categories
    decision,
    priority_group,
    primary_need,
    sex,
    ward,
    ethnicity_group
from held.education__annual_reviews
left join reference.ethnicity using (ethnicity)
