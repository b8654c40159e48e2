-- One row per advice asked for in an EHC needs assessment. It is due six weeks after it was asked for.

select
    advice_id,
    request_id,
    requested_date,
    requested_date + 42 as due_date,
    received_date,
    quality_result,
    adviser
from held.health__ehc_advice
