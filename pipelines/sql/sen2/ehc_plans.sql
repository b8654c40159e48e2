-- Each active plan of the return as a row of education/ehc_plans.

select
    line_number,
    too_few or is_short as too_few,
    too_many or is_long as too_many,
    plan_id,
    child_id,
    coalesce(upn, upnunknown) as upn,
    sen2_day(personbirthdate) as date_of_birth,
    sex_code as sex,
    ethnicity,
    sentype as primary_need,
    sen2_day(startdate) as start_date,
    placement_type,
    school_urn,
    case when pb is not null then if(sen2_yes(pb), '1', '0') end as personal_budget
from plan
