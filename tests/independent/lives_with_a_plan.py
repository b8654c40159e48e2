"""What happens on the way to a plan and with one: requests, plans, reviews, advice, disputes, places and money."""

from __future__ import annotations

from datetime import date, timedelta

from tests.independent.columns import (
    ADVISERS,
    CASE_TYPES,
    CONCERNS,
    ISSUES,
    NEEDS,
    PHASES,
    PLACEMENTS,
    PRIORITY_GROUPS,
    PROVIDERS,
    WITHOUT_SCHOOL,
)
from tests.independent.periods import Row, last_day, month_of, months_later
from tests.independent.world import ALWAYS, Item, World


def requests(world: World, count: int) -> list[Item]:
    items = []
    for _ in range(count):
        received = world.day(world.months_ago(10), world.last)
        person = world.someone(received)["education"]
        row = {"request_id": world.numbers.text("RQ/"), **person, **request_life(world, received)}
        items.append(Item([(ALWAYS, row)]))
    for days in (139, 140, 141, 146, 147, 148):  # old on the last day, and still open
        received = world.last - timedelta(days=days)
        row = {"request_id": world.numbers.text("RQ/"), **world.someone(received)["education"]}
        row.update(request_life(world, received))
        row.update(request_outcome="A", request_outcome_date=None, assessment_outcome=None, named_placement=None)
        row.update(assessment_outcome_date=None, _left_on=None)
        items.append(Item([(ALWAYS, row)]))
    return items


def request_life(world: World, received: date) -> Row:
    rng = world.rng
    decided = received + timedelta(days=rng.choice((41, 42, 43, rng.randrange(12, 70))))
    concluded = received + timedelta(days=rng.choice((139, 140, 141, 146, 147, 148, rng.randrange(75, 240))))
    outcome = rng.choices("YNWHA", (70, 16, 6, 3, 5))[0]
    second = rng.choices(("Y", "N", "W", "H", "A", None), (68, 10, 6, 3, 9, 4))[0] if outcome == "Y" else None
    return {
        "phase": world.maybe(rng.choice(PHASES), 0.93),
        "primary_need": world.maybe(rng.choice(NEEDS), 0.9),
        "request_source": world.maybe(rng.choice("1222345"), 0.92),
        "received_date": received,
        "request_outcome": outcome,
        "request_outcome_date": decided if outcome in "YN" else None,
        "assessment_outcome": second,
        "assessment_outcome_date": concluded if second in ("Y", "N") else None,
        "exception_applies": rng.random() < 0.14,
        "named_placement": world.maybe(rng.choice(PLACEMENTS), 0.9) if second == "Y" else None,
        "mediation": world.maybe(rng.random() < 0.1, 0.7),
        "tribunal": world.maybe(rng.random() < 0.06, 0.7),
        "moving_forward_offered": world.maybe(rng.random() < 0.6, 0.8),
        "moving_forward_taken_up": world.maybe(rng.random() < 0.5, 0.8),
        "_left_on": (decided if outcome in "WH" else concluded) if "W" in (outcome, second) else None,
        "_undecided": rng.choice(("A", "A", None)),
    }


def plans(world: World) -> list[Item]:
    rng = world.rng
    items = []
    for child in rng.sample(world.children, len(world.children) // 2):
        started = world.day(max(child["born"], world.first - timedelta(days=1500)), world.last)
        placement = rng.choice(PLACEMENTS)
        row = {
            "plan_id": world.numbers.text("EHCP "),
            **child["education"],
            "primary_need": rng.choice(NEEDS),
            "start_date": started,
            "placement_type": placement,
            "school_urn": None if placement in WITHOUT_SCHOOL else str(rng.randrange(113000, 113040)),
            "personal_budget": world.maybe(rng.random() < 0.25, 0.8),
            "joint_funded": world.maybe(rng.choice(("none", "none", "health", "social_care", "both")), 0.8),
        }
        item = Item([(month_of(started), row)])
        if rng.random() < 0.15:
            since = rng.choice(world.months)
            moved = {**row, "placement_type": "independent_special", "school_urn": "113099"}
            item.truths.append((max(since, month_of(started)), moved))
        if rng.random() < 0.15:
            item.gone_from = max(rng.choice(world.months), months_later(month_of(started), 1))
        items.append(item)
    return items


def reviews(world: World, count: int) -> list[Item]:
    """Reviews due up to three months ahead; decided before, on and after the day, or never."""
    rng = world.rng
    ahead = last_day(months_later(world.months[-1], 3))
    items = []
    for _ in range(count):
        plan = rng.choice(world.items["education/ehc_plans"]).truths[0][1]
        due = world.day(max(world.months_ago(11), plan["date_of_birth"]), ahead)
        if rng.random() < 0.1:  # on the very day on which a month closes, or just before
            due = last_day(rng.choice(world.months)) - timedelta(days=rng.choice((0, 1)))
        met = due - timedelta(days=rng.choice((1, 27, 28, 29, 40, -20)))
        decided = rng.choice((met, *(met + timedelta(days=days) for days in (27, 28, 29, 60)), due, due))
        decided = max(decided, met)
        is_decided = rng.random() < 0.8
        row = {
            "review_id": world.numbers.text("AR-"),
            **{column: plan[column] for column in ("plan_id", *world.children[0]["education"])},
            "primary_need": world.maybe(plan["primary_need"], 0.9),
            "due_date": due,
            "meeting_date": world.maybe(met, 0.9),
            "decision_date": decided if is_decided else None,
            "decision": rng.choice("MMAC") if is_decided else None,
            "priority_group": rng.choice(PRIORITY_GROUPS),
        }
        items.append(Item([(ALWAYS, row)]))
    return items


def advice(world: World, count: int) -> list[Item]:
    """Asked for by the council; back in 42 days, a day less or more, or not at all."""
    rng = world.rng
    items = []
    for _ in range(count):
        requested = world.day(world.months_ago(11), world.last)
        if rng.random() < 0.15:  # the six weeks end with a month, or on the first day of the next
            requested = last_day(rng.choice(world.months)) - timedelta(days=rng.choice((42, 41)))
        received = requested + timedelta(days=rng.choice((41, 42, 42, 43, rng.randrange(0, 90))))
        row = {
            "advice_id": world.numbers.text("ADV"),
            "request_id": rng.choice(world.items["education/ehc_requests"]).truths[0][1]["request_id"],
            "adviser": rng.choice(ADVISERS),
            "requested_date": requested,
            "received_date": world.maybe(received, 0.85),
            "quality_result": world.maybe(rng.choice(("compliant", "compliant", "not_compliant")), 0.7),
        }
        items.append(Item([(ALWAYS, row)]))
    return items


def disputes(world: World, count: int) -> list[Item]:
    rng = world.rng
    items = []
    for _ in range(count):
        opened = world.day(world.months_ago(14), world.last)
        outcomes = ("upheld", "partly_upheld", "not_upheld", "agreed", "conceded", "withdrawn")
        row = {
            "case_id": world.numbers.text("D/"),
            "child_id": world.maybe(rng.choice(world.children)["education"]["child_id"], 0.8),
            "case_type": rng.choice(CASE_TYPES),
            "issue": rng.choice(ISSUES),
            "opened_date": opened,
            "closed_date": world.maybe(world.later(opened, 0, 20, 90, 200), 0.6),
            "outcome": world.maybe(rng.choice(outcomes), 0.9),
            "remedy_gbp": world.maybe(rng.choice((0.0, 150.0, 1200.5)), 0.2),
        }
        items.append(Item([(ALWAYS, row)]))
    return items


def early_years(world: World, count: int) -> list[Item]:
    """A few small children, most of them more than once."""
    rng = world.rng
    small = [child for child in world.children if (world.first - child["born"]).days < 6 * 365]
    items = []
    for _ in range(count):
        child = rng.choice(small)
        row = {
            "record_id": world.numbers.text("EY"),
            **child["education"],
            "record_type": rng.choice(("senif", "senif", "s23")),
            "record_date": world.day(max(world.months_ago(12), child["born"]), world.last),
            "primary_concern": rng.choice(CONCERNS),
            "setting": world.maybe("Little Acorns, Normanton", 0.7),
        }
        items.append(Item([(ALWAYS, row)]))
    return items


def costs(world: World, count: int) -> list[Item]:
    """Placements some of which end with a month, or are agreed to end later."""
    rng = world.rng
    items = []
    for _ in range(count):
        started = world.day(world.months_ago(18), world.last)
        pence = [rng.randrange(0, 4_000_000), rng.choice((0, 0, 1_250_033)), rng.choice((0, 0, 999_999))]
        row = {
            "placement_id": world.numbers.text("PL"),
            "plan_id": rng.choice(world.items["education/ehc_plans"]).truths[0][1]["plan_id"],
            "placement_type": rng.choice((*PLACEMENTS, "independent_special", "independent_special")),
            "provider_type": rng.choice(PROVIDERS),
            "in_area": rng.random() < 0.7,
            "start_date": started,
            "end_date": world.maybe(world.later(started, 0, 120, 300, 500), 0.6),
            "annual_cost": sum(pence) / 100,
            "education_contribution": pence[0] / 100,
            "health_contribution": pence[1] / 100,
            "care_contribution": pence[2] / 100,
            "transport_annual_cost": world.maybe(rng.choice((0.0, 3500.0, 12_750.4)), 0.5),
        }
        item = Item([(month_of(started), row)])
        if rng.random() < 0.2:
            raised = {**row, "annual_cost": row["annual_cost"] + 1000, "in_area": not row["in_area"]}
            raised["education_contribution"] += 1000
            item.truths.append((max(rng.choice(world.months), month_of(started)), raised))
        items.append(item)
    return items


def places(world: World) -> list[Item]:
    rng = world.rng
    items = []
    for number in range(14):
        for place_type in rng.sample(("special", "erp", "sen_unit", "alternative_provision"), rng.choice((1, 1, 2))):
            opening = rng.choice((None, last_day(months_later(world.months[-1], rng.randrange(1, 30))).replace(day=1)))
            row: Row = {
                "school_urn": str(113200 + number),
                "school_name": rng.choice(("Ivy House", "St Giles'", 'The "Old" School, Derby', "Bemrose")),
                "place_type": place_type,
                # Nothing is commissioned, only planned, in the one school of its phase.
                "phase": "reception" if number == 0 else rng.choice(("primary", "secondary", "special", "post_16")),
                "commissioned_places": 0 if number == 0 else rng.choice((0, 3, 12, 24, 120)),
                "filled_places": rng.choice((0, 2, 12, 30)),
                "planned_places": rng.choice((0, 0, 2, 40)),
                "planned_opening": opening,
            }
            item = Item([(ALWAYS, row)])
            if rng.random() < 0.4:
                item.truths.append((rng.choice(world.months), {**row, "filled_places": row["filled_places"] + 1}))
            items.append(item)
    return items
