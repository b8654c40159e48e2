-- The residents of the local area by single year of age; each year's estimate stands from 1 January.

select
    make_date(year, 1, 1) as snapshot_date,
    age,
    population
from reference.population
