-- One row per award from the SEN inclusion fund, or notification from health under section 23.

select
    record_id,
    child_id,
    record_date,
    record_type,
    primary_concern
from held.education__early_years_inclusion
