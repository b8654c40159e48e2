-- One row per figure that an agency returned already counted, as sent.

-- What its sender hid on any of its numbers is hidden on all, because two of them give away the third.

with sent as (
    select 'education' as agency, * from held.education__indicator_return
    union all by name
    select 'health' as agency, * from held.health__indicator_return
    union all by name
    select 'care' as agency, * from held.care__indicator_return
    union all by name
    select 'partnership' as agency, * from held.partnership__indicator_return
),

returned as (
    select
        *,
        coalesce(
            value_mark,
            case when 'c' in (numerator_mark, denominator_mark) then 'c' end
        ) as mark
    from sent
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
    case when mark is null then numerator end as numerator,
    case when mark is null then denominator end as denominator,
    case when mark is null then value end as value,
    mark,
    provisional as is_provisional
from returned
