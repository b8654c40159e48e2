-- One row per young person of academic age 16 to 24, for each month's snapshot, with the group of what they do.
-- Groups: National Client Caseload Information System codes, as the Department for Education counts them.

select
    ---------- ids
    child_id,
    upn,

    ---------- dates
    last_day(reporting_month) as snapshot_date,

    ---------- activity
    activity_code,
    activity_code between '210' and '290'
        or activity_code in ('310', '320', '381')
        or activity_code between '410' and '460' as is_in_education_or_training,
    activity_code = '540' or activity_code between '610' and '680' as is_neet,
    activity_code between '810' and '830' as is_not_known,

    ---------- categories
    academic_age,
    case
        when academic_age between 16 and 17 then '16-17'
        when academic_age = 18 then '18'
        when academic_age = 19 then '19'
        when academic_age between 20 and 24 then '20-24'
    end as age_group,
    sen_provision,
    sex,
    ward,
    ethnicity_group
from held.education__post16_activity
left join reference.ethnicity using (ethnicity)
