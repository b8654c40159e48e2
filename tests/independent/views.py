"""What a sender's system holds at the end of a month: what has happened by then, and nothing that lies ahead."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta

from tests.independent import lives_in_health_and_care as care
from tests.independent import lives_in_school as school
from tests.independent import lives_with_a_plan as plan
from tests.independent.columns import CONCERNS, ISSUES, SCHOOL_PHASES
from tests.independent.names import (
    ADVICE,
    ALTERNATIVE,
    ATTENDANCE,
    BREAKS,
    CASES,
    COMMUNITY,
    COMPLEX,
    COSTS,
    DATED,
    DISPUTES,
    EARLY_YEARS,
    EXCLUSIONS,
    HOME,
    MISSING,
    ND,
    PLACES,
    PLANS,
    POST16,
    REQUESTS,
    REVIEWS,
    ROLL,
    THERAPY,
    TIMETABLES,
    YOUTH_JUSTICE,
)
from tests.independent.periods import Row, first_day, last_day, month_of, months_later
from tests.independent.world import World

# The day a sender first hears of a row, where it is not simply there; reviews are known three months ahead.
FIRST_KNOWN = {
    REQUESTS: "received_date", PLANS: "start_date", EXCLUSIONS: "recorded_date", HOME: "start_date",
    ND: "referral_date", CASES: "start_date", ATTENDANCE: "month", TIMETABLES: "start_date",
    MISSING: "identified_date", ALTERNATIVE: "start_date", ADVICE: "requested_date", DISPUTES: "opened_date",
    EARLY_YEARS: "record_date", COSTS: "start_date", COMMUNITY: "referral_date", COMPLEX: "event_date",
    BREAKS: "start_date", THERAPY: "referral_date",
}  # fmt: skip

# Columns that cannot lie ahead, and what goes with each when it does.
NOT_YET: dict[str, dict[str, tuple[str, ...]]] = {
    HOME: {"end_date": ("end_reason",)},
    TIMETABLES: {"end_date": ()},
    MISSING: {"located_date": (), "closed_date": ()},
    ALTERNATIVE: {"end_date": ("outcome",)},
    REVIEWS: {"meeting_date": (), "decision_date": ("decision",)},
    ADVICE: {"received_date": ("quality_result",)},
    DISPUTES: {"closed_date": ("outcome", "remedy_gbp")},
    ND: {"accepted_date": (), "first_contact_date": (), "assessment_start_date": (), "closed_date": ("outcome",)},
    COMMUNITY: {"first_contact_date": (), "closed_date": ()},
    BREAKS: {"end_date": ()},
    THERAPY: {"assessment_date": (), "closed_date": ()},
}

# How a row of a history is told otherwise later on.
RETOLD = {
    REQUESTS: ("phase", SCHOOL_PHASES), EXCLUSIONS: ("phase", SCHOOL_PHASES), ATTENDANCE: ("phase", SCHOOL_PHASES),
    REVIEWS: ("priority_group", ("eotas", "none")), ADVICE: ("adviser", ("camhs", "other_health")),
    DISPUTES: ("issue", ISSUES), EARLY_YEARS: ("primary_concern", CONCERNS), COMPLEX: ("rag", ("red", "amber")),
}  # fmt: skip


def build_world(months: Sequence[str], seed: int, children: int) -> World:
    world = World(months, seed, children)
    items = world.items
    items[REQUESTS] = plan.requests(world, children * 7 // 8)
    items[PLANS] = plan.plans(world)
    items[REVIEWS] = plan.reviews(world, children * 2 // 3)
    items[ADVICE] = plan.advice(world, children // 2)
    items[DISPUTES] = plan.disputes(world, children // 2)
    items[EARLY_YEARS] = plan.early_years(world, children // 2)
    items[COSTS] = plan.costs(world, children // 2)
    items[PLACES] = plan.places(world)
    items[EXCLUSIONS] = school.exclusions(world, children)
    items[ROLL] = school.roll(world)
    items[ATTENDANCE] = school.attendance(world)
    items[TIMETABLES] = school.timetables(world, children // 2)
    items[HOME] = school.home_education(world, children // 3)
    items[MISSING] = school.missing_education(world, children // 3)
    items[ALTERNATIVE] = school.alternative_provision(world, children // 2)
    items[ND] = care.nd_referrals(world, children // 2)
    items[COMMUNITY] = care.community_referrals(world, children)
    items[COMPLEX] = care.complex_needs(world, children // 3)
    items[CASES] = care.open_cases(world)
    items[BREAKS] = care.short_breaks(world, children // 2)
    items[THERAPY] = care.therapy_referrals(world, children // 3)
    items[YOUTH_JUSTICE] = care.youth_justice(world)
    for extract in RETOLD:
        _disturb(world, extract)
    return world


def _disturb(world: World, extract: str) -> None:
    """Rows of a history change afterwards, vanish, or come again with the same key and another date."""
    rng, items, placed = world.rng, world.items[extract], DATED[extract]
    column, codes = RETOLD[extract]
    for item in rng.sample(items, len(items) // 12):
        row = item.truths[0][1]
        since = months_later(month_of(row[placed]), rng.randrange(1, 5))
        item.truths.append((since, {**row, column: rng.choice(codes)}))
    for item in rng.sample(items, len(items) // 25):
        item.gone_from = months_later(month_of(item.truths[0][1][placed]), rng.randrange(1, 4))
    if extract not in (REQUESTS, EXCLUSIONS, REVIEWS):
        return
    old = [item for item in items if item.truths[0][1][placed] < world.first and item.gone_from is None]
    for item in rng.sample(old, min(3, len(old))):
        since = rng.choice(world.months[-5:-2])
        again = first_day(since) + timedelta(days=rng.randrange(20))
        item.truths.append((since, _at_another_date(world, extract, item.truths[-1][1], again)))


def _at_another_date(world: World, extract: str, row: Row, again: date) -> Row:
    row = {**row, DATED[extract]: again}
    if extract == EXCLUSIONS:
        row["recorded_date"] = again
    elif extract == REQUESTS:
        row.update(plan.request_life(world, again))
        row["date_of_birth"] = max(row["date_of_birth"], date(again.year - 24, 1, 1))
    return row


def view(world: World, extract: str, month: str) -> list[Row]:
    """The rows a sender's system holds at the end of the month, what lies ahead of it left out."""
    if extract == POST16:
        return school.after_16(world, month)
    close = last_day(month)
    rows = []
    for item in world.items[extract]:
        row = item.at(month)
        if row is None or not _is_known(extract, row, month):
            continue
        row = as_known(extract, row, close)
        long_over = extract in (ND, COMMUNITY) and row["closed_date"] is not None
        if long_over and row["closed_date"] <= last_day(months_later(month, -24)):
            continue
        rows.append(row)
    return rows


def _is_known(extract: str, row: Row, month: str) -> bool:
    if extract == REVIEWS:
        return bool(row["due_date"] <= last_day(months_later(month, 3)))
    return extract not in FIRST_KNOWN or bool(row[FIRST_KNOWN[extract]] <= last_day(month))


def as_known(extract: str, row: Row, close: date) -> Row:
    """The row as it stands at the close of a month: nothing in it lies later."""
    known = dict(row)
    if extract == REQUESTS:
        return _request_as_known(known, close)
    for column, others in NOT_YET.get(extract, {}).items():
        if known[column] is None or known[column] > close:
            known[column] = None
            known.update(dict.fromkeys(others))
    if extract == ALTERNATIVE and known["end_date"] is None:
        known["outcome"] = "ongoing"
    return known


def _request_as_known(known: Row, close: date) -> Row:
    left_on, undecided = known.pop("_left_on"), known.pop("_undecided")
    if left_on is not None and left_on > close:
        if known["request_outcome"] == "W":
            known["request_outcome"] = "A"
        else:
            known["assessment_outcome"] = undecided
    if known["assessment_outcome_date"] is not None and known["assessment_outcome_date"] > close:
        known.update(assessment_outcome=undecided, assessment_outcome_date=None, named_placement=None)
    if known["request_outcome_date"] is not None and known["request_outcome_date"] > close:
        known.update(request_outcome="A", request_outcome_date=None, assessment_outcome=None)
        known.update(assessment_outcome_date=None, named_placement=None)
    return known
