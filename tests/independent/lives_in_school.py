"""What happens in and out of school: the roll, attendance, exclusions, timetables, home education and after 16."""

from __future__ import annotations

import random
from datetime import date, timedelta

from tests.independent.columns import (
    ACTIVITIES,
    EXCLUSION_REASONS,
    HOME_REASONS,
    MISSING_REASONS,
    NEEDS,
    SCHEMES,
    SCHOOL_PHASES,
    SCHOOL_YEARS,
    TIMETABLE_REASONS,
)
from tests.independent.periods import Row, first_day, last_day, month_of, months_between, months_later
from tests.independent.world import ALWAYS, Item, World


def _phase(age: float) -> str:
    for oldest, phase in ((4, "early_years"), (5, "reception"), (11, "primary"), (16, "secondary")):
        if age < oldest:
            return phase
    return "post_16"


def roll(world: World) -> list[Item]:
    """Pupils of one school, of two, and of two phases; some with a subsidiary enrolment alone."""
    items = []
    for child in world.pupils(3, 18.5):
        age = (world.first - child["born"]).days / 365.25
        enrolments = world.rng.choices(("C", "MS", "CC", "S", "CM"), (80, 10, 4, 4, 2))[0]
        for number, enrolment in enumerate(enrolments):
            phase = _phase(age) if number == 0 else world.rng.choice(SCHOOL_PHASES)
            items.append(_enrolment(world, child, phase, enrolment, number))
    return items


def _enrolment(world: World, child: Row, phase: str, enrolment: str, number: int) -> Item:
    rng = world.rng
    if rng.random() < 0.07:
        phase = rng.choice(("special", "alternative_provision"))
    if phase == "alternative_provision":  # nobody's main school: a rate of its suspensions has no denominator
        enrolment = "S"
    row = {
        "upn": child["upn"],
        **child["common"],
        "school_urn": str(rng.randrange(112700, 112724, 2) + number),  # never the same school twice
        "phase": phase,
        "nc_year": world.maybe(rng.choice(SCHOOL_YEARS), 0.93),
        "free_school_meals": world.maybe(rng.random() < 0.3, 0.9),
        "enrolment": enrolment,
        **_provision(world, rng.choices("NKE", (6, 3, 2))[0]),
    }
    item = Item([(ALWAYS, row)])
    if rng.random() < 0.15:
        item.truths.append((rng.choice(world.months), {**row, **_provision(world, rng.choice("KE"))}))
    if rng.random() < 0.1:
        item.truths[0] = (rng.choice(world.months[:6]), row)
        item.truths.sort(key=lambda truth: truth[0])
    if rng.random() < 0.1:
        item.gone_from = rng.choice(world.months[4:])
    return item


def _provision(world: World, provision: str) -> Row:
    needs = {"N": (None,), "K": (*NEEDS, "NSA", "NSA"), "E": NEEDS}[provision]
    return {"sen_provision": provision, "primary_need": world.maybe(world.rng.choice(needs), 0.95)}


# What a pupil misses of the sessions possible: exactly a tenth, exactly half, one session to either side, or so.
HABITS = ("never", "a tenth", "a tenth", "just under", "just over", "half", "under half", "often", "now and then")


def attendance(world: World) -> list[Item]:
    """A row per enrolment and month, subsidiary ones too; nothing is possible in August."""
    months = months_between(months_later(world.months[0], -13), world.months[-1])
    habits: dict[str, str] = {}
    items: dict[tuple[str, str, str], Item] = {}
    for enrolment in world.items["education/school_roll"]:
        upn = enrolment.truths[0][1]["upn"]
        habit = habits.setdefault(upn, world.rng.choice(HABITS))
        for month in months:
            row = enrolment.at(max(month, world.months[0]))
            if row is not None and world.rng.random() < 0.97:
                items[upn, row["school_urn"], month] = Item([(ALWAYS, _month_of_attendance(world, row, month, habit))])
    return list(items.values())


def _month_of_attendance(world: World, enrolment: Row, month: str, habit: str) -> Row:
    rng = world.rng
    possible = 0 if month.endswith("-08") else rng.choice((10, 20, 30, 30, 40, 40, 38, 26, 2, 0))
    row = {column: enrolment[column] for column in ("upn", "school_urn", "phase", "sen_provision")}
    if rng.random() < 0.02:
        row["phase"] = rng.choice(SCHOOL_PHASES)
    return {**row, "month": first_day(month), **sessions(world, possible, habit)}


def sessions(world: World, possible: int, habit: str) -> Row:
    rng = world.rng
    if habit in ("a tenth", "just under", "just over"):
        possible -= possible % 10
    absent = {
        "never": 0,
        "a tenth": possible // 10,
        "just under": possible // 10 - (rng.random() < 0.15),
        "just over": possible // 10 + (rng.random() < 0.15),
        "half": possible // 2 + possible % 2,
        "under half": possible // 2 - (rng.random() < 0.2),
        "often": rng.randrange(possible + 1),
        "now and then": rng.randrange(possible // 6 + 1),
    }[habit]
    absent = min(max(absent, 0), possible)
    authorised = rng.randrange(absent + 1)
    return {
        "sessions_possible": possible,
        "sessions_attended": possible - absent,
        "sessions_authorised_absence": authorised,
        "sessions_unauthorised_absence": absent - authorised,
    }


def exclusions(world: World, count: int) -> list[Item]:
    rng = world.rng
    pupils = world.pupils(5, 15)
    pupils = pupils[: max(8, len(pupils) // 2)]
    items = []
    for _ in range(count):
        started = world.day(world.months_ago(15), world.last)
        category = rng.choices(("SUSP", "PERM"), (88, 12))[0]
        reasons = rng.sample(EXCLUSION_REASONS, 3)
        row = {
            "event_id": world.numbers.text("ev."),
            "upn": rng.choice(pupils)["upn"],
            "school_urn": str(rng.randrange(112700, 112725)),
            "phase": rng.choice(SCHOOL_PHASES),
            "nc_year": world.maybe(rng.choice(SCHOOL_YEARS), 0.93),
            "category": category,
            "start_date": started,
            "recorded_date": started + timedelta(days=rng.choice((0, 0, 1, 3, 8, 20, 45))),
            "sessions": world.maybe(rng.choice((1, 2, 3, 6, 10, 90)), 0.9) if category == "SUSP" else None,
            "reason_1": reasons[0],
            "reason_2": world.maybe(reasons[1], 0.3),
            "reason_3": world.maybe(reasons[2], 0.1),
            "sen_provision": rng.choices("NKE", (5, 3, 2))[0],
            "plan_in_year": rng.random() < 0.25,
            "sen_support_in_year": rng.random() < 0.4,
            "under_assessment": rng.random() < 0.1,
            "known_to_social_care": rng.random() < 0.3,
        }
        items.append(Item([(ALWAYS, row)]))
    return items


def timetables(world: World, count: int) -> list[Item]:
    """Some pupils have two that overlap, in two phases."""
    rng = world.rng
    pupils = world.pupils(4, 16)[:60]
    items = []
    for _ in range(count):
        started = world.day(world.months_ago(16), world.last)
        ended = world.later(started, 0, 7, 42, 84, 100, 200)
        row = {
            "timetable_id": world.numbers.text("PT"),
            "upn": rng.choice(pupils)["upn"],
            "school_urn": world.maybe(str(rng.randrange(112700, 112725)), 0.9),
            "phase": rng.choice(SCHOOL_PHASES),
            "nc_year": world.maybe(rng.choice(SCHOOL_YEARS), 0.9),
            "sen_provision": rng.choices("NKE", (3, 4, 3))[0],
            "start_date": started,
            "planned_end_date": world.maybe(started + timedelta(days=rng.choice((0, 42, 300))), 0.8),
            "end_date": world.maybe(ended, 0.75),
            "hours_per_week": world.maybe(rng.choice((0, 2.5, 12, 12.5, 25)), 0.9),
            "reason": rng.choice(TIMETABLE_REASONS),
            "known_to_social_care": rng.random() < 0.4,
        }
        items.append(Item([(ALWAYS, row)]))
    return items


def home_education(world: World, count: int) -> list[Item]:
    rng = world.rng
    items = []
    for _ in range(count):
        started = world.day(world.months_ago(20), world.last)
        child = world.someone(started, youngest=3, oldest=17)
        over = rng.random() < 0.45
        ended = world.day(started, world.last) if over else None
        if over and rng.random() < 0.3:
            ended = last_day(month_of(started + timedelta(days=rng.randrange(40, 200))))
        reasons = ("returned_to_school", "returned_to_school", "moved_away", "over_age", "other")
        row = {
            "spell_id": world.numbers.text("H-"),
            **child["education"],
            "nc_year": world.maybe(rng.choice(SCHOOL_YEARS), 0.9),
            "start_date": started,
            "end_date": ended,
            "end_reason": world.maybe(rng.choice(reasons), 0.9) if over else None,
            "primary_reason": rng.choice(HOME_REASONS),
            "sen_provision": rng.choices("NKE", (5, 4, 1))[0],
            "known_to_social_care": rng.random() < 0.3,
        }
        item = Item([(ALWAYS, row)])
        if rng.random() < 0.06:
            item.gone_from = months_later(month_of(started), rng.randrange(1, 6))
        elif rng.random() < 0.1:
            since = months_later(month_of(started), rng.randrange(1, 6))
            item.truths.append((since, {**row, "sen_provision": "E", "primary_reason": "dissatisfaction_send"}))
        items.append(item)
    return items


def missing_education(world: World, count: int) -> list[Item]:
    """Some are identified exactly 84 days before a month's end, or a day to either side."""
    rng = world.rng
    items = []
    for _ in range(count):
        identified = world.day(world.months_ago(14), world.last)
        if rng.random() < 0.25:
            identified = last_day(rng.choice(world.months)) - timedelta(days=rng.choice((83, 84, 85)))
        located = world.later(identified, 0, 3, 10, 40, 85)
        row = {
            "spell_id": world.numbers.text("CME"),
            **world.someone(identified, youngest=3, oldest=17)["education"],
            "nc_year": world.maybe(rng.choice(SCHOOL_YEARS), 0.8),
            "identified_date": identified,
            "located_date": world.maybe(located, 0.6),
            "closed_date": world.maybe(world.later(located, 0, 5, 60, 120), 0.6),
            "reason": rng.choice(MISSING_REASONS),
            "sen_provision": rng.choices("NKE", (6, 3, 1))[0],
            "known_to_social_care": rng.random() < 0.4,
        }
        items.append(Item([(ALWAYS, row)]))
    return items


def alternative_provision(world: World, count: int) -> list[Item]:
    rng = world.rng
    pupils = world.pupils(5, 16)
    items = []
    for _ in range(count):
        started = world.day(world.months_ago(16), world.last)
        row = {
            "placement_id": world.numbers.text("AP"),
            "upn": rng.choice(pupils)["upn"],
            "provider": rng.choice(("The Bridge", "Kingfisher & Co", "Unit 7, Alfreton Road")),
            "scheme": rng.choice(SCHEMES),
            "commissioner": rng.choice(("council", "school")),
            "start_date": started,
            "end_date": world.maybe(world.later(started, 0, 30, 60, 90, 200), 0.6),
            "outcome": rng.choice(("sustained", "sustained", "broken_down", "ongoing")),
            "sen_provision": rng.choices("NKE", (2, 4, 4))[0],
            "phase": rng.choice(SCHOOL_PHASES),
            "sessions_per_week": world.maybe(rng.choice((0, 1, 5, 10)), 0.8),
            "weekly_cost": world.maybe(rng.choice((0.0, 85.5, 410.0, 1250.75)), 0.8),
        }
        items.append(Item([(ALWAYS, row)]))
    return items


def after_16(world: World, month: str) -> list[Row]:
    """Drawn afresh for each month, not as items."""
    close = last_day(month)
    august = date(close.year if close.month >= 9 else close.year - 1, 8, 31)
    rows = []
    for child in world.children:
        born = child["born"]
        age = august.year - born.year - ((august.month, august.day) < (born.month, born.day))
        if not 16 <= age <= 24:
            continue
        # The same draw for the same child until the term changes.
        dice = random.Random(f"{child['education']['child_id']} {close.year} {close.month // 4}")
        begun = close - timedelta(days=dice.randrange(10, 400))
        rows.append(
            {
                **child["education"],
                "academic_age": age,
                "sen_provision": dice.choices("NKE", (4, 4, 3))[0],
                "activity_code": str(dice.choice(ACTIVITIES)),
                "activity_start_date": begun,
                "last_confirmed_date": begun + timedelta(days=(close - begun).days // 2),
            }
        )
    return rows
