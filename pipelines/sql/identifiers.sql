-- Check letter and check digit of the two national identifiers, and nothing of the identifier itself.
-- UPN: weights 2 to 13 over positions 2 to 13, modulo 23, into an alphabet without I, O and S
-- (DfE, Unique pupil numbers: guide for schools and local authorities). A temporary UPN ends in a letter.

create or replace temp macro upn_weight(upn, place) as
    (strpos('0123456789', substr(upn, place, 1)) - 1) * place;

create or replace temp macro upn_fault(upn) as
    case
        when upn is null then null
        when not regexp_full_match(upn, '[A-HJ-NP-RT-Z][0-9]{11}[0-9A-HJ-NP-RT-Z]') then 'format'
        when substr(upn, 1, 1) <> substr('ABCDEFGHJKLMNPQRTUVWXYZ', (
            upn_weight(upn, 2) + upn_weight(upn, 3) + upn_weight(upn, 4) + upn_weight(upn, 5)
            + upn_weight(upn, 6) + upn_weight(upn, 7) + upn_weight(upn, 8) + upn_weight(upn, 9)
            + upn_weight(upn, 10) + upn_weight(upn, 11) + upn_weight(upn, 12)
            + 13 * case
                when regexp_matches(upn, '[0-9]$') then strpos('0123456789', substr(upn, 13, 1)) - 1
                else strpos('ABCDEFGHJKLMNPQRTUVWXYZ', substr(upn, 13, 1)) - 1
            end
        ) % 23 + 1, 1) then 'check_letter'
    end;

-- NHS number: weights 10 to 2 over the first nine digits, modulo 11 (NHS Data Dictionary, NHS NUMBER).

create or replace temp macro nhs_digit(nhs_number, place) as
    strpos('0123456789', substr(nhs_number, place, 1)) - 1;

create or replace temp macro nhs_number_fault(nhs_number) as
    case
        when nhs_number is null then null
        when not regexp_full_match(nhs_number, '[0-9]{10}') then 'format'
        when (11 - (
            10 * nhs_digit(nhs_number, 1) + 9 * nhs_digit(nhs_number, 2) + 8 * nhs_digit(nhs_number, 3)
            + 7 * nhs_digit(nhs_number, 4) + 6 * nhs_digit(nhs_number, 5) + 5 * nhs_digit(nhs_number, 6)
            + 4 * nhs_digit(nhs_number, 7) + 3 * nhs_digit(nhs_number, 8) + 2 * nhs_digit(nhs_number, 9)
        ) % 11) % 11 <> nhs_digit(nhs_number, 10) then 'check_digit'
    end;
