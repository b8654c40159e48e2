-- One row per figure that an agency returned already counted, as sent.

with returned as (
    select 'health' as agency, * from held.health__indicator_return
)

select
    agency,
    indicator_id,
    grain,
    case grain
        when 'month' then date_trunc('month', period_end)
        when 'quarter' then date_trunc('month', period_end) - interval 2 month
        when 'calendar_ytd' then date_trunc('year', period_end)
        when 'academic_ytd' then date_trunc('year', period_end - interval 8 month) + interval 8 month
        when 'financial_ytd' then date_trunc('year', period_end - interval 3 month) + interval 3 month
        when 'rolling_12m' then date_trunc('month', period_end) - interval 11 month
    end::date as period_start,
    period_end,
    dimension,
    category,
    case when value_mark is null then numerator end as numerator,
    case when value_mark is null then denominator end as denominator,
    value,
    coalesce(value_mark, case when numerator_mark = 'c' or denominator_mark = 'c' then 'c' end) as mark,
    provisional as is_provisional
from returned
