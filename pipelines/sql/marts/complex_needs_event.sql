-- One row per event for a child with the most complex needs.

select
    event_id,
    child_id,
    event_date,
    event_type,
    rag
from held.health__complex_needs
