-- One row per package of short breaks or payments.

select
    package_id,
    child_id,
    start_date,
    end_date,
    package_type
from held.care__short_breaks
