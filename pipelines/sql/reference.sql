-- Groups of the Department for Education's ethnicity codes. Refused, not obtained and empty are in no group.

create or replace table reference.ethnicity as
select unnest(codes) as ethnicity, ethnicity_group
from (values
    ('white', ['WBRI', 'WIRI', 'WIRT', 'WOTH', 'WROM']),
    ('mixed', ['MWBC', 'MWBA', 'MWAS', 'MOTH']),
    ('asian', ['AIND', 'APKN', 'ABAN', 'AOTH', 'CHNE']),
    ('black', ['BCRB', 'BAFR', 'BOTH']),
    ('other', ['OOTH'])
) as grouped (ethnicity_group, codes);
