-- One row per child open to children's services, for each month's snapshot, and whether the child has an EHC
-- plan in the same month (the same hashed UPN, or failing that the same hashed NHS number), or is on the roll of
-- a school (by UPN alone, whatever the registration).

with numbered_plan as (
    select snapshot_date, 'upn' as kind, upn as number from mart.ehc_plan where upn is not null
    union
    select snapshot_date, 'nhs_number', nhs_number from mart.ehc_plan where nhs_number is not null
),

numbered_pupil as (
    select distinct snapshot_date, upn as number from mart.pupil_on_roll
),

open_case as (
    select *, last_day(reporting_month) as snapshot_date from held.care__open_cases
)

select
    ---------- ids
    open_case.child_id,
    open_case.upn,
    open_case.nhs_number,

    ---------- dates
    open_case.snapshot_date,
    open_case.start_date,
    open_case.birth_month,

    ---------- links
    by_upn.number is not null or by_nhs_number.number is not null as has_ehc_plan,
    numbered_pupil.number is not null as is_on_roll,

    ---------- categories
    open_case.status,
    open_case.disabled,
    open_case.sex,
    open_case.ward,
    ethnicity_group
from open_case
left join numbered_plan as by_upn
    on by_upn.snapshot_date = open_case.snapshot_date
    and by_upn.kind = 'upn'
    and by_upn.number = open_case.upn
left join numbered_plan as by_nhs_number
    on by_nhs_number.snapshot_date = open_case.snapshot_date
    and by_nhs_number.kind = 'nhs_number'
    and by_nhs_number.number = open_case.nhs_number
left join numbered_pupil
    on numbered_pupil.snapshot_date = open_case.snapshot_date
    and numbered_pupil.number = open_case.upn
left join reference.ethnicity using (ethnicity)
