-- One row per request for an EHC needs assessment. Finished: assessment refused, plan issued or plan refused.
-- Withdrawn and historical requests have no date on which they ended, so they are never open nor finished.

with request as (
    select
        *,
        request_outcome in ('W', 'H') or coalesce(assessment_outcome in ('W', 'H'), false) as is_withdrawn,
        case
            when request_outcome = 'N' then request_outcome_date
            when assessment_outcome in ('Y', 'N') then assessment_outcome_date
        end as outcome_date
    from held.education__ehc_requests
)

select
    ---------- ids
    request_id,
    child_id,
    upn,
    nhs_number,

    ---------- dates
    received_date,
    request_outcome_date,
    assessment_outcome_date,
    case when not is_withdrawn then outcome_date end as finished_date,
    birth_month,

    ---------- durations
    request_outcome_date - received_date as days_to_decide,
    assessment_outcome_date - received_date as days_to_issue,
    case when not is_withdrawn then outcome_date - received_date end as days_to_finish,

    ---------- outcomes
    request_outcome,
    assessment_outcome,
    is_withdrawn,
    exception_applies,
    named_placement,
    mediation,
    tribunal,
    moving_forward_offered,
    moving_forward_taken_up,

    ---------- categories
    request_source,
    phase,
    primary_need,
    sex,
    ward,
    ethnicity_group
from request
left join reference.ethnicity using (ethnicity)
