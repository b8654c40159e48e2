-- Check letter and check digit of the two national identifiers, and nothing of the identifier itself.
-- UPN: weights 2 to 13 over positions 2 to 13, modulo 23, into an alphabet without I, O and S
-- (DfE, Unique pupil numbers: guide for schools and local authorities). A temporary UPN ends in a letter.

create or replace temp macro upn_check_letter(digits, last) as
    substr('ABCDEFGHJKLMNPQRTUVWXYZ', (
        2 * (digits // 10000000000 % 10) + 3 * (digits // 1000000000 % 10) + 4 * (digits // 100000000 % 10)
        + 5 * (digits // 10000000 % 10) + 6 * (digits // 1000000 % 10) + 7 * (digits // 100000 % 10)
        + 8 * (digits // 10000 % 10) + 9 * (digits // 1000 % 10) + 10 * (digits // 100 % 10)
        + 11 * (digits // 10 % 10) + 12 * (digits % 10)
        + 13 * (strpos(if(last between '0' and '9', '0123456789', 'ABCDEFGHJKLMNPQRTUVWXYZ'), last) - 1)
    ) % 23 + 1, 1);

create or replace temp macro upn_fault(upn) as
    case
        when upn is null then null
        when not regexp_full_match(upn, '[A-HJ-NP-RT-Z][0-9]{11}[0-9A-HJ-NP-RT-Z]') then 'format'
        when left(upn, 1) <> upn_check_letter(try_cast(substr(upn, 2, 11) as bigint), right(upn, 1)) then 'check_letter'
    end;

-- NHS number: weights 10 to 2 over the first nine digits, modulo 11 (NHS Data Dictionary, NHS NUMBER).

create or replace temp macro nhs_check_digit(digits) as
    (11 - (
        10 * (digits // 1000000000 % 10) + 9 * (digits // 100000000 % 10) + 8 * (digits // 10000000 % 10)
        + 7 * (digits // 1000000 % 10) + 6 * (digits // 100000 % 10) + 5 * (digits // 10000 % 10)
        + 4 * (digits // 1000 % 10) + 3 * (digits // 100 % 10) + 2 * (digits // 10 % 10)
    ) % 11) % 11;

create or replace temp macro nhs_number_fault(nhs_number) as
    case
        when nhs_number is null then null
        when not regexp_full_match(nhs_number, '[0-9]{10}') then 'format'
        when nhs_check_digit(try_cast(nhs_number as bigint)) <> try_cast(nhs_number as bigint) % 10 then 'check_digit'
    end;
