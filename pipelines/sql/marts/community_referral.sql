-- One row per referral to a community health service, for each month's snapshot. The wait counts from referral
-- to the day of the snapshot, and ends with the first contact or the closure.

with referral as (
    select *, last_day(reporting_month) as snapshot_date from held.health__community_referrals
)

select
    ---------- ids
    referral_id,
    child_id,

    ---------- dates
    snapshot_date,
    referral_date,
    first_contact_date,
    closed_date,
    birth_month,

    ---------- waiting
    referral_date <= snapshot_date
        and (first_contact_date is null or first_contact_date > snapshot_date)
        and (closed_date is null or closed_date > snapshot_date) as is_waiting,
    (snapshot_date - referral_date) / 7.0 as weeks_waited,
    first_contact_date - referral_date as days_to_first_contact,

    ---------- categories
    service,
    priority,
    ward
from referral
