-- One row per placement in the financial year, for each month's snapshot, and whether it was open then.

with placement as (
    select *, last_day(reporting_month) as snapshot_date from held.education__placement_costs
)

select
    placement_id,
    plan_id,
    snapshot_date,
    start_date <= snapshot_date and (end_date is null or end_date > snapshot_date) as is_open,
    annual_cost,
    transport_annual_cost,
    placement_type,
    provider_type,
    in_area
from placement
