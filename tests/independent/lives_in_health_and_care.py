"""What happens with health and care: referrals, complex needs, open cases, short breaks, therapy, youth justice."""

from __future__ import annotations

from datetime import timedelta

from tests.independent.columns import SERVICES
from tests.independent.periods import last_day, month_of, months_later
from tests.independent.world import ALWAYS, Item, World


def nd_referrals(world: World, count: int) -> list[Item]:
    rng = world.rng
    items = []
    for _ in range(count):
        referred = world.day(world.first - timedelta(days=1200), world.last)
        if rng.random() < 0.1:  # exactly a year of weeks before some month's end, or a day to either side
            close = last_day(rng.choice(world.months))
            referred = close - timedelta(days=rng.choice((363, 364, 365, 366)))
        child = world.someone(referred, youngest=1.5, oldest=18)
        days = sorted(rng.randrange(5, 900) for _ in range(4))
        if rng.random() < 0.1:
            days[3] = (last_day(month_of(referred + timedelta(days=days[3]))) - referred).days
        seen = [referred + timedelta(days=count) for count in days]
        over = rng.random() < 0.55
        outcomes = ("diagnosed", "diagnosed", "not_diagnosed", "discharged", "rejected", "transferred")
        row = {
            "referral_id": world.numbers.text("nd_"),
            **child["health"],
            "pathway": rng.choices(("autism", "adhd", "both", "other"), (50, 30, 15, 3))[0],
            "priority": rng.choices(("routine", "urgent"), (9, 1))[0],
            "referral_date": referred,
            "accepted_date": world.maybe(seen[0], 0.8),
            "first_contact_date": world.maybe(seen[1], 0.6),
            "assessment_start_date": world.maybe(seen[2], 0.5),
            "closed_date": seen[3] if over else None,
            "outcome": world.maybe(rng.choice(outcomes), 0.9) if over else None,
        }
        items.append(Item([(month_of(referred), row)]))
    return items


def community_referrals(world: World, count: int) -> list[Item]:
    """Seen after 126 days, a day less or more; closed without ever being seen; seen or closed as a month ends."""
    rng = world.rng
    items = []
    for _ in range(count):
        referred = world.day(world.first - timedelta(days=500), world.last)
        row = {
            "referral_id": world.numbers.text("ch"),
            **world.someone(referred, youngest=0.5, oldest=18)["health"],
            "service": rng.choice(SERVICES),
            "priority": rng.choices(("routine", "urgent"), (8, 2))[0],
            "referral_date": referred,
            "first_contact_date": world.maybe(world.later(referred, 0, 30, 125, 126, 126, 127, 300), 0.65),
            "closed_date": world.maybe(world.later(referred, 0, 60, 127, 200, 400), 0.4),
        }
        items.append(Item([(month_of(referred), row)]))
    return items


def complex_needs(world: World, count: int) -> list[Item]:
    rng = world.rng
    items = []
    for _ in range(count):
        happened = world.day(world.months_ago(14), world.last)
        row = {
            "event_id": world.numbers.text("cx"),
            **world.someone(happened)["health"],
            "event_type": rng.choice(("dsr_referral", "dsr_referral", "dsr_referral", "cetr", "laep",
                                      "tier_4_admission")),
            "event_date": happened,
            "rag": world.maybe(rng.choice(("red", "amber", "green")), 0.8),
        }  # fmt: skip
        items.append(Item([(ALWAYS, row)]))
    return items


def open_cases(world: World) -> list[Item]:
    rng = world.rng
    items = []
    for child in rng.sample(world.children, len(world.children) * 2 // 5):
        started = world.day(max(child["born"], world.first - timedelta(days=900)), world.last)
        row = {
            **child["care"],
            "status": rng.choices(("CLA", "CP", "CIN", "EH"), (2, 1, 4, 4))[0],
            "start_date": started,
            "disabled": rng.random() < 0.2,
        }
        item = Item([(month_of(started), row)])
        if rng.random() < 0.3:
            since = max(rng.choice(world.months), month_of(started))
            item.truths.append((since, {**row, "status": rng.choice(("CLA", "CIN"))}))
        if rng.random() < 0.3:
            item.gone_from = max(rng.choice(world.months), months_later(month_of(started), 1))
        items.append(item)
    return items


def short_breaks(world: World, count: int) -> list[Item]:
    """Children with two packages of one type at once, and packages that end with a month."""
    rng = world.rng
    some = world.children[: max(8, count // 3)]
    items = []
    for _ in range(count):
        child = rng.choice(some)
        started = world.day(max(world.months_ago(16), child["born"]), world.last)
        row = {
            "package_id": world.numbers.text("SB"),
            **child["care"],
            "package_type": rng.choice(("community", "community", "overnight", "direct_payment",
                                        "personal_health_budget")),
            "start_date": started,
            "end_date": world.maybe(world.later(started, 0, 60, 150, 365), 0.5),
        }  # fmt: skip
        items.append(Item([(ALWAYS, row)]))
    return items


def therapy_referrals(world: World, count: int) -> list[Item]:
    items = []
    for _ in range(count):
        referred = world.day(world.first - timedelta(days=400), world.last)
        row = {
            "referral_id": world.numbers.text("OT"),
            **world.someone(referred, youngest=0.5, oldest=18)["care"],
            "referral_date": referred,
            "assessment_date": world.maybe(world.later(referred, 0, 60, 200, 300), 0.5),
            "closed_date": world.maybe(world.later(referred, 0, 90, 250, 380), 0.4),
        }
        items.append(Item([(month_of(referred), row)]))
    return items


def youth_justice(world: World) -> list[Item]:
    rng = world.rng
    young = [child for child in world.children if 9 <= (world.first - child["born"]).days / 365.25 <= 17]
    items = []
    for child in rng.sample(young, len(young) // 3):
        row = {
            **child["care"],
            "sen_provision": rng.choices("NKE", (3, 4, 4))[0],
            "activity": rng.choice(("EET", "NEET")),
        }
        item = Item([(rng.choice((ALWAYS, ALWAYS, world.months[3])), row)])
        if rng.random() < 0.3:
            item.truths.append((rng.choice(world.months[4:]), {**row, "activity": "EET"}))
        if rng.random() < 0.3:
            item.gone_from = rng.choice(world.months[5:])
        items.append(item)
    return items
