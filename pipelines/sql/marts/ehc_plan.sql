-- One row per EHC plan maintained, for each month's snapshot.

select
    ---------- ids
    plan_id,
    child_id,
    upn,
    nhs_number,
    school_urn,

    ---------- dates
    last_day(reporting_month) as snapshot_date,
    start_date,
    birth_month,

    ---------- categories
    primary_need,
    placement_type,
    personal_budget,
    joint_funded,
    sex,
    ward,
    ethnicity_group
from held.education__ehc_plans
left join reference.ethnicity using (ethnicity)
