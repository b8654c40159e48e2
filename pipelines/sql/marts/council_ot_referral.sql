-- One row per referral to the council's occupational therapy, for each month's snapshot. The wait ends with
-- the assessment or the closure.

with referral as (
    select *, last_day(reporting_month) as snapshot_date from held.care__disabled_children_ot
)

select
    referral_id,
    child_id,
    snapshot_date,
    referral_date,
    birth_month,
    referral_date <= snapshot_date
        and (assessment_date is null or assessment_date > snapshot_date)
        and (closed_date is null or closed_date > snapshot_date) as is_waiting,
    (snapshot_date - referral_date) / 7.0 as weeks_waited
from referral
