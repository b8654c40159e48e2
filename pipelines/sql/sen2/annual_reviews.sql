-- The review that each active plan tells of: the one decided within the year before the reference date, else the
-- one that is due next. A return names no due date: see docs/SEN2.md for how it is worked out.

with reviewed as (
    select
        plan.*,
        sen2_date(lastreview) as decided,
        -- Returns before 2024 give the day of a decision and not what was decided: it is no decision in the extract.
        reviewoutcome is not null
            and coalesce(sen2_date(lastreview) + interval 12 month >= collected.reference_date, true) as is_decided
    from plan
    cross join collected
),

due as (
    select
        *,
        case
            -- The anniversary of the plan nearest to the decision, the first after twelve months.
            when is_decided and decided is not null then
                start_date + to_months(
                    12 * greatest(1, round(datediff('day', start_date, decided) / 365.25)::integer)
                )
            else coalesce(decided, start_date) + interval 12 month
        end::date as due_date
    from reviewed
)

select
    line_number,
    too_few or is_short as too_few,
    too_many or is_long as too_many,
    plan_id || '|' || coalesce(due_date::varchar, '') as review_id,
    plan_id,
    child_id,
    coalesce(upn, upnunknown) as upn,
    sen2_day(personbirthdate) as date_of_birth,
    sex_code as sex,
    ethnicity,
    sentype as primary_need,
    due_date::varchar as due_date,
    case
        when is_decided or coalesce(sen2_date(reviewmeeting) > decided, true) then sen2_day(reviewmeeting)
    end as meeting_date,
    case when is_decided then sen2_day(lastreview) end as decision_date,
    case when is_decided then reviewoutcome end as decision,
    case setting when 'EHE' then 'home_educated' when 'OLA' then 'eotas' when 'OPA' then 'eotas' else 'none' end
        as priority_group
from due
