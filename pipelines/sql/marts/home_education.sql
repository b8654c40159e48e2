-- One row per spell of elective home education.

select
    ---------- ids
    spell_id,
    child_id,
    upn,

    ---------- dates
    start_date,
    end_date,
    birth_month,

    ---------- categories
    end_reason,
    primary_reason,
    sen_provision,
    known_to_social_care,
    nc_year,
    sex,
    ward,
    ethnicity_group
from held.education__ehe_register
left join reference.ethnicity using (ethnicity)
