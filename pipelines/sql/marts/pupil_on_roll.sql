-- One row per pupil and school, for each month's snapshot. Current and main registrations count a pupil once.

select
    ---------- ids
    upn,
    school_urn,

    ---------- dates
    last_day(reporting_month) as snapshot_date,
    birth_month,

    ---------- categories
    enrolment in ('C', 'M') as is_counted,
    phase,
    nc_year,
    sen_provision,
    primary_need,
    free_school_meals,
    sex,
    ward,
    ethnicity_group
from held.education__school_roll
left join reference.ethnicity using (ethnicity)
