-- What the three extracts share: each child's identity, each request's outcome, plan and placement.
-- Above stand the nine modules by their names, and `school`.

collected as (
    select max(sen2_date(referencedate)) as reference_date from sen2
),

child as (
    select
        *,
        case
            when upn is not null and not regexp_full_match(sen2_code(upn), 'UN([1-9]|10)')
                then 'upn:' || regexp_replace(sen2_code(upn), '\s', '', 'g')
            when uniquelearnernumber is not null then 'uln:' || sen2_code(uniquelearnernumber)
            when surname is not null and forename is not null
                then 'name:' || lower(surname) || ':' || lower(forename) || ':' || coalesce(sen2_day(personbirthdate), '')
            else 'table:' || persontableid
        end as child_id,
        case sen2_code(sex) when '1' then 'M' when '2' then 'F' when '0' then 'U' when '9' then 'U' else sex end
            as sex_code
    from person
    qualify row_number() over (partition by persontableid order by line_number) = 1
),

-- A decision that was taken to tribunal is not overwritten: the assessment recorded last is the one that holds.
assessed as (
    select *
    from assessment
    qualify row_number() over (partition by requeststableid order by line_number desc) = 1
),

planned as (
    select named.*, assessment.requeststableid
    from namedplan as named
    join assessment using (assessmenttableid)
    qualify row_number() over (partition by requeststableid order by named.line_number desc) = 1
),

asked as (
    select *
    from requests
    qualify row_number() over (partition by requeststableid order by line_number) = 1
),

maintained as (
    select *
    from activeplans
    qualify row_number() over (partition by requeststableid order by line_number desc) = 1
),

-- Of two placements the first in rank counts.
named_setting as (
    select
        detail.namedplantableid,
        detail.too_few,
        detail.too_many,
        coalesce(school.phase, case when sen2_code(sensetting) = 'EYP' then 'early_years' end) as phase,
        sen2_placement(
            school.placement_type, sen2_code(sensetting), senunitindicator, resourcedprovisionindicator
        ) as placement_type
    from plandetail as detail
    left join school on school.number = sen2_code(coalesce(detail.urn, detail.ukprn))
    qualify row_number() over (
        partition by detail.namedplantableid order by sen2_code(detail.placementrank) nulls last, detail.line_number
    ) = 1
),

-- A placement that was left by the reference date is over.
placed as (
    select
        detail.activeplanstableid,
        detail.too_few,
        detail.too_many,
        sen2_code(sensetting) as setting,
        coalesce(sen2_code(detail.urn), school.urn) as school_urn,
        coalesce(school.phase, case when sen2_code(sensetting) = 'EYP' then 'early_years' end) as phase,
        sen2_placement(
            school.placement_type, sen2_code(sensetting), senunitindicator, resourcedprovisionindicator
        ) as placement_type
    from placementdetail as detail
    cross join collected
    left join school on school.number = sen2_code(coalesce(detail.urn, detail.ukprn))
    where coalesce(sen2_date(detail.leavingdate) > collected.reference_date, true)
    qualify row_number() over (
        partition by detail.activeplanstableid order by sen2_code(detail.placementrank) nulls last, detail.line_number
    ) = 1
),

need as (
    select activeplanstableid, sentype, too_few, too_many
    from senneed
    qualify row_number() over (
        partition by activeplanstableid order by sen2_code(sentyperank) nulls last, line_number
    ) = 1
),

-- A plan is its child's from its first day on: the same in every return, in whatever form.
plan as (
    select
        active.*,
        child.child_id || '|' || coalesce(sen2_day(startdate), sen2_day(receiveddate), '') as plan_id,
        child.child_id,
        child.upn,
        child.upnunknown,
        child.personbirthdate,
        child.sex_code,
        child.ethnicity,
        sen2_date(startdate) as start_date,
        startdate,
        pb,
        ceasedate,
        need.sentype,
        placed.setting,
        placed.school_urn,
        placed.placement_type,
        coalesce(child.too_few or asked.too_few or planned.too_few or placed.too_few or need.too_few, false)
            as is_short,
        coalesce(child.too_many or asked.too_many or planned.too_many or placed.too_many or need.too_many, false)
            as is_long
    from activeplans as active
    left join asked using (requeststableid)
    left join child using (persontableid)
    left join planned using (requeststableid)
    left join placed using (activeplanstableid)
    left join need using (activeplanstableid)
    cross join collected
    -- What had ceased by the reference date is not maintained.
    where coalesce(sen2_date(ceasedate) > collected.reference_date, true)
)
