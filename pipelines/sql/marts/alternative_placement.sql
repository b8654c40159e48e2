-- One row per placement in alternative provision.

select
    placement_id,
    upn,
    start_date,
    end_date,
    scheme in ('fresh_start', 'fresh_start_plus') as is_fresh_start,
    scheme in ('send_commissioned', 'inclusion_commissioned') as is_commissioned_for_send,
    outcome,
    scheme,
    commissioner,
    phase,
    sen_provision
from held.education__alternative_provision
