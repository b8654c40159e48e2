-- One row per neurodevelopmental referral, for each month's snapshot. The wait counts from referral to the
-- day of the snapshot, and ends when the referral is closed.

with referral as (
    select *, last_day(reporting_month) as snapshot_date from held.health__nd_referrals
)

select
    ---------- ids
    referral_id,
    child_id,
    upn,
    nhs_number,

    ---------- dates
    snapshot_date,
    referral_date,
    accepted_date,
    first_contact_date,
    assessment_start_date,
    closed_date,
    birth_month,

    ---------- waiting
    referral_date <= snapshot_date and (closed_date is null or closed_date > snapshot_date) as is_waiting,
    snapshot_date - referral_date as days_waited,
    (snapshot_date - referral_date) / 7.0 as weeks_waited,

    ---------- categories
    pathway,
    priority,
    outcome,
    sex,
    ward,
    ethnicity_group
from referral
left join reference.ethnicity using (ethnicity)
