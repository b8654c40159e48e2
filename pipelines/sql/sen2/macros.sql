-- How the cells of a SEN2 return are read before they are the cells of an extract.

-- A day as the return writes it (2022-Sep-28 00:00:00, or 2022-09-28 in XML).
create or replace temp macro sen2_date(cell) as
    try_strptime(cell, [
        '%Y-%b-%d %H:%M:%S', '%Y-%b-%d', '%Y-%m-%d', '%Y-%m-%d %H:%M:%S', '%Y-%m-%dT%H:%M:%S',
        '%d/%m/%Y', '%d/%m/%Y %H:%M:%S'
    ])::date;

-- The same as an extract writes it; what is no day is handed on as it is, to be set aside with a code.
create or replace temp macro sen2_day(cell) as coalesce(strftime(sen2_date(cell), '%Y-%m-%d'), cell);

-- Numbers and codes that went through a spreadsheet end in .0.
create or replace temp macro sen2_code(cell) as upper(regexp_replace(cell, '\.0+$', ''));

create or replace temp macro sen2_yes(cell) as coalesce(sen2_code(cell) in ('1', 'TRUE', 'Y', 'YES'), false);

-- Whether any of several flags is set; blank where all of them are blank.
create or replace temp macro sen2_any(flags) as
    case
        when len(list_filter(flags, lambda flag: sen2_yes(flag))) > 0 then '1'
        when len(list_filter(flags, lambda flag: flag is not null)) > 0 then '0'
    end;

-- The type of placement: that of the school, or of the place within it; without a school what the return says instead.
create or replace temp macro sen2_placement(school_type, setting, is_unit, is_resourced) as
    case
        when school_type = 'mainstream' and sen2_yes(is_resourced) then 'erp'
        when school_type = 'mainstream' and sen2_yes(is_unit) then 'sen_unit'
        when school_type is not null then school_type
        when setting in ('OLA', 'OPA') then 'eotas'
        when setting = 'EHE' then 'elective_home_education'
        when setting = 'EYP' then 'early_years_setting'
        when setting in ('NEET', 'NIEC', 'NIEO') then 'awaiting_placement'
    end;
