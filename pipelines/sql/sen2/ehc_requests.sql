-- Each request of the return as a row of education/ehc_requests.

with decided as (
    select
        *,
        sen2_code(requestoutcome) as asked_code,
        sen2_code(assessmentoutcome) as assessed_code,
        -- Whoever moved to another area is assessed there: the request goes no further here.
        coalesce(sen2_code(exported) not in ('0', 'N', 'NO', 'FALSE'), false) as has_moved
    from requests
    left join (
        select requeststableid, assessmentoutcome, assessmentoutcomedate, week20,
            assessmentmediation, assessmenttribunal, othermediation, othertribunal,
            too_few as assessed_short, too_many as assessed_long
        from assessed
    ) using (requeststableid)
),

outcome as (
    select
        *,
        case when asked_code = 'A' and has_moved then 'W' else requestoutcome end as request_outcome,
        case
            -- What was withdrawn or historical before an assessment has no outcome of one.
            when asked_code in ('W', 'H') and assessed_code in ('W', 'H', 'A') then null
            when asked_code = 'Y' and coalesce(assessed_code, 'A') = 'A' and has_moved then 'W'
            else assessmentoutcome
        end as assessment_outcome
    from decided
)

select
    outcome.line_number,
    coalesce(
        outcome.too_few or assessed_short or child.too_few or planned.too_few or named.too_few or need.too_few
        or placed.too_few, outcome.too_few
    ) as too_few,
    coalesce(
        outcome.too_many or assessed_long or child.too_many or planned.too_many or named.too_many or need.too_many
        or placed.too_many, outcome.too_many
    ) as too_many,
    child.child_id || '|' || coalesce(sen2_day(receiveddate), '') as request_id,
    child.child_id,
    coalesce(child.upn, child.upnunknown) as upn,
    sen2_day(child.personbirthdate) as date_of_birth,
    child.sex_code as sex,
    child.ethnicity,
    coalesce(named.phase, placed.phase) as phase,
    need.sentype as primary_need,
    requestsource as request_source,
    sen2_day(receiveddate) as received_date,
    request_outcome,
    -- A withdrawn or historical request has no date in the extract, though the return may give one.
    case when sen2_code(request_outcome) in ('Y', 'N') then sen2_day(requestoutcomedate) end as request_outcome_date,
    assessment_outcome,
    case when sen2_code(assessment_outcome) in ('Y', 'N') then sen2_day(assessmentoutcomedate) end
        as assessment_outcome_date,
    case when sen2_yes(week20) then '1' else '0' end as exception_applies,
    case when assessed_code = 'Y' then named.placement_type end as named_placement,
    sen2_any([requestmediation, assessmentmediation, othermediation]) as mediation,
    sen2_any([requesttribunal, assessmenttribunal, othertribunal]) as tribunal
from outcome
left join child using (persontableid)
left join planned using (requeststableid)
left join named_setting as named using (namedplantableid)
left join maintained using (requeststableid)
left join placed using (activeplanstableid)
left join need using (activeplanstableid)
