-- One row per spell of missing education.

select
    ---------- ids
    spell_id,
    child_id,
    upn,

    ---------- dates
    identified_date,
    located_date,
    closed_date,
    birth_month,

    ---------- durations
    located_date - identified_date as days_to_locate,

    ---------- categories
    reason,
    sen_provision,
    known_to_social_care,
    nc_year,
    sex,
    ward,
    ethnicity_group
from held.education__cme_register
left join reference.ethnicity using (ethnicity)
