"""The same invented children as the canonical extracts and as SEN2 returns of every version, as CSV sets and XML."""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from typing import Final
from xml.sax.saxutils import escape

from tests.pipelines.inbox import deliver
from tests.pipelines.templates import PLANS, REQUESTS, REVIEWS, Row, upn

VERSIONS: Final = (2023, 2024, 2025, 2026)
MODULES: Final = (
    "sen2", "person", "requests", "assessment", "namedplan", "plandetail", "activeplans", "placementdetail", "senneed"
)  # fmt: skip
_ABOVE: Final = {
    "person": "sen2", "requests": "person", "assessment": "requests", "namedplan": "assessment",
    "plandetail": "namedplan", "activeplans": "requests", "placementdetail": "activeplans", "senneed": "activeplans",
}  # fmt: skip
_TAGS: Final = {
    "person": "Person", "requests": "Requests", "assessment": "Assessment", "namedplan": "NamedPlan",
    "plandetail": "PlanDetail", "activeplans": "ActivePlans", "placementdetail": "PlacementDetail",
    "senneed": "SENneed", "upn": "UPN", "lea": "LEA", "referencedate": "ReferenceDate", "urn": "URN",
}  # fmt: skip
# Schools of the register: mainstream primary and secondary, state and independent special, a college.
PRIMARY, SECONDARY, SPECIAL, INDEPENDENT, COLLEGE = "990008", "990083", "990099", "990110", "990108"


@dataclass
class Record:
    """A record of a module, with those that lie in it."""

    module: str
    fields: dict[str, str]
    inside: list[Record] = field(default_factory=list)

    def add(self, module: str, **fields: str) -> Record:
        one = Record(module, fields)
        self.inside.append(one)
        return one


@dataclass
class Children:
    """Children as rows of the three extracts, and the same as the persons of a return."""

    year: int
    persons: list[Record] = field(default_factory=list)
    requests: list[Row] = field(default_factory=list)
    plans: list[Row] = field(default_factory=list)
    reviews: list[Row] = field(default_factory=list)

    @property
    def month(self) -> str:
        return f"{self.year}-01"

    @property
    def reference_date(self) -> date:
        return date(self.year, 1, 16)


# Setting as the return has it, and what the extracts call it: the phase, the type of placement, the URN.
_SETTINGS: Final[tuple[tuple[dict[str, str], str, str, str], ...]] = (
    ({"urn": PRIMARY}, "primary", "mainstream", PRIMARY),
    ({"urn": PRIMARY, "resourcedprovisionindicator": "1"}, "primary", "erp", PRIMARY),
    ({"urn": SECONDARY, "senunitindicator": "1"}, "secondary", "sen_unit", SECONDARY),
    ({"urn": SPECIAL, "senunitindicator": "0"}, "special", "state_special", SPECIAL),
    ({"urn": INDEPENDENT}, "special", "independent_special", INDEPENDENT),
    ({"urn": COLLEGE}, "post_16", "post_16_college", COLLEGE),
    ({"sensetting": "OLA"}, "", "eotas", ""),
    ({"sensetting": "EHE"}, "", "elective_home_education", ""),
    ({"sensetting": "NIEO"}, "", "awaiting_placement", ""),
)
_NEEDS: Final = ("ASD", "SEMH", "SLCN", "MLD")
_ETHNICITIES: Final = ("WBRI", "APKN", "BCRB", "")
# What became of a request: outcome of the request, days to it, of the assessment, days to that, exception.
_COURSES: Final = (
    ("Y", 35, "Y", 130, "0"),
    ("Y", 42, "Y", 140, "0"),
    ("Y", 45, "Y", 190, "1"),
    ("Y", 30, "N", 110, "0"),
    ("N", 43, "", 0, "0"),
    ("A", 0, "", 0, "0"),
    ("Y", 40, "A", 0, "0"),
    ("W", 0, "", 0, "0"),
    ("Y", 40, "W", 0, "0"),
    ("Y", 42, "", 0, "0"),
)


def children(year: int, count: int = 60) -> Children:
    """As many children whose requests, plans and reviews the return of the year tells of."""
    found = Children(year)
    for number in range(count):
        _one(found, number)
    return found


def _one(found: Children, number: int) -> None:
    year = found.year
    person = {
        "upn": upn(100 + number),
        "date_of_birth": date(year - 5 - number % 15, 1 + number % 12, 1 + number % 28).isoformat(),
        "sex": "FM"[number % 2],
        "ethnicity": _ETHNICITIES[number % 4],
    }
    child = {"child_id": f"C{number}"} | person | {"ward": "Abbey"}
    record = Record(
        "person",
        {
            "surname": f"Surname{number}", "forename": "Given, name", "personbirthdate": person["date_of_birth"],
            "sex": person["sex"], "ethnicity": person["ethnicity"], "upn": person["upn"],
        },
    )  # fmt: skip
    found.persons.append(record)
    outcome, to_outcome, assessed, to_assessed, exception = _COURSES[number % len(_COURSES)]
    received = date(year - 1, 1 + number % 6, 3 + number % 20)
    decided = (received + timedelta(to_outcome)).isoformat() if to_outcome else ""
    finished = (received + timedelta(to_assessed)).isoformat() if to_assessed else ""
    source = str(1 + number % 5)
    setting, phase, placement, urn = _SETTINGS[number % len(_SETTINGS)]
    need = _NEEDS[number % 4]
    has_plan = assessed == "Y"
    request = record.add(
        "requests", receiveddate=received.isoformat(), requestsource=source, requestoutcome=outcome,
        requestoutcomedate=decided or (received.isoformat() if outcome == "W" else ""),
        requestmediation="0", requesttribunal="1" if outcome == "N" else "0",
    )  # fmt: skip
    found.requests.append(
        {"request_id": f"R{number}"} | child | {
            "phase": phase if has_plan else "", "primary_need": need if has_plan else "", "request_source": source,
            "received_date": received.isoformat(), "request_outcome": outcome, "request_outcome_date": decided,
            "assessment_outcome": assessed, "assessment_outcome_date": finished, "exception_applies": exception,
            "named_placement": placement if has_plan else "", "mediation": "0",
            "tribunal": "1" if outcome == "N" else "0",
        }
    )  # fmt: skip
    if not assessed:
        return
    assessment = request.add("assessment", assessmentoutcome=assessed, assessmentoutcomedate=finished, week20=exception)
    if not has_plan:
        return
    budget = str(int(number % 3 == 0))
    named = assessment.add("namedplan", startdate=finished, pb=budget)
    named.add("plandetail", **setting, placementrank="1")
    _plan(found, request, child, (finished, need, budget, placement, urn, setting), number)
    _old_plan(found, number, child, setting, placement, urn, need)


def _plan(
    found: Children, request: Record, child: Row, about: tuple[str, str, str, str, str, Mapping[str, str]], number: int
) -> None:
    """A plan maintained on the reference date, with its placement and needs; new, so its first review is to come."""
    start, need, budget, placement, urn, setting = about
    active = request.add("activeplans", transferla="")
    active.add("placementdetail", urn=PRIMARY, placementrank="2", entrydate=start)
    active.add("placementdetail", **setting, placementrank="1", entrydate=start)
    active.add("senneed", sentype="OTH", sentyperank="2")
    active.add("senneed", sentype=need, sentyperank="1")
    found.plans.append(
        {"plan_id": f"P{number}"} | child
        | {"primary_need": need, "start_date": start, "placement_type": placement, "school_urn": urn,
           "personal_budget": budget, "joint_funded": "none"}
    )  # fmt: skip
    due = date.fromisoformat(start)
    _review(found, child, f"P{number}", need, due.replace(year=due.year + 1), placement)


def _old_plan(
    found: Children, number: int, child: Row, setting: Mapping[str, str], placement: str, urn: str, need: str
) -> None:
    """Another child, with a plan of three years' standing whose review was held last year, or should have been."""
    year, start = found.year, date(found.year - 4, 3, 10)
    born = date(year - 8 - number % 9, 6, 5).isoformat()
    other = child | {"child_id": f"D{number}", "upn": upn(5000 + number), "date_of_birth": born}
    record = Record(
        "person",
        {"surname": f"Older{number}", "forename": "Child", "personbirthdate": born, "sex": other["sex"],
         "ethnicity": other["ethnicity"], "upn": other["upn"]},
    )  # fmt: skip
    found.persons.append(record)
    received = start - timedelta(130)
    request = record.add("requests", receiveddate=received.isoformat(), requestoutcome="H", requestoutcomedate="")
    assessment = request.add("assessment", assessmentoutcome="H", assessmentoutcomedate="")
    assessment.add("namedplan", startdate=start.isoformat(), pb="0").add("plandetail", **setting, placementrank="1")
    active = request.add("activeplans")
    is_late = number % 4 == 0
    decided = date(year - 2 if is_late else year - 1, 4, 20) if number % 2 == 0 or is_late else date(year - 1, 3, 1)
    met = decided - timedelta(40 if number % 5 == 0 else 20)
    active.fields |= {"reviewmeeting": met.isoformat(), "reviewoutcome": "M", "lastreview": decided.isoformat()}
    active.add("placementdetail", **setting, placementrank="1", entrydate=start.isoformat())
    active.add("senneed", sentype=need, sentyperank="1")
    _requested_long_ago(found, number, other, received, setting, need)
    found.plans.append(
        {"plan_id": f"Q{number}"} | other
        | {"primary_need": need, "start_date": start.isoformat(), "placement_type": placement, "school_urn": urn,
           "personal_budget": "0", "joint_funded": "none"}
    )  # fmt: skip
    if is_late:
        _review(found, other, f"Q{number}", need, decided.replace(year=year - 1), placement)
    else:
        held = {"meeting_date": met.isoformat(), "decision_date": decided.isoformat(), "decision": "M"}
        _review(found, other, f"Q{number}", need, date(year - 1, 3, 10), placement, held)


def _requested_long_ago(
    found: Children, number: int, child: Row, received: date, setting: Mapping[str, str], need: str
) -> None:
    phase = next(phase for one, phase, _, _ in _SETTINGS if one == setting)
    found.requests.append(
        {"request_id": f"S{number}"} | child | {
            "phase": phase, "primary_need": need, "request_source": "", "received_date": received.isoformat(),
            "request_outcome": "H", "request_outcome_date": "", "assessment_outcome": "",
            "assessment_outcome_date": "", "exception_applies": "0", "named_placement": "", "mediation": "",
            "tribunal": "",
        }
    )  # fmt: skip


def _review(
    found: Children, child: Row, plan: str, need: str, due: date, placement: str, held: Mapping[str, str] | None = None
) -> None:
    group = {"eotas": "eotas", "elective_home_education": "home_educated"}.get(placement, "none")
    none = {"meeting_date": "", "decision_date": "", "decision": ""}
    found.reviews.append(
        {"review_id": f"V{plan}", "plan_id": plan} | child
        | {"primary_need": need, "due_date": due.isoformat()} | none | dict(held or {}) | {"priority_group": group}
    )  # fmt: skip


def as_canonical(found: Children, inbox: Path) -> None:
    """The children as the three extracts, each a CSV file with the agreed names."""
    for extract, table in ((REQUESTS, found.requests), (PLANS, found.plans), (REVIEWS, found.reviews)):
        deliver(inbox, extract, table, month=found.month)


# What each version of the return calls a column, and where it has none (None).
_RENAMED: Final[dict[int, dict[tuple[str, str], str | None]]] = {
    2023: {
        ("person", "sex"): "gendercurrent",
        ("requests", "requestsource"): None,
        ("activeplans", "reviewmeeting"): None,
        ("activeplans", "reviewoutcome"): None,
    },
    2024: {("requests", "requestsource"): None},
    2025: {},
    2026: {},
}
_OWN: Final[dict[int, dict[str, dict[str, str]]]] = {
    2023: {"activeplans": {"res": "", "wbp": ""}, "placementdetail": {"attendancepattern": ""}},
    2024: {"placementdetail": {"res": "", "wbp": ""}},
    2025: {
        "placementdetail": {"res": "", "wbp": ""},
        "activeplans": {"reviewdraft": "", "phasetransferduedate": "", "phasetransferfinaldate": ""},
        "sen2": {"dsco": ""},
    },
    2026: {
        "placementdetail": {"res": "", "wbp": ""},
        "activeplans": {"reviewdraft": "", "phasetransferduedate": "2026-02-15", "phasetransferfinaldate": ""},
        "sen2": {"dsco": "A name"},
    },
}
_COLUMNS: Final = {
    "sen2": ("collection", "year", "referencedate", "sourcelevel", "lea"),
    "person": ("surname", "forename", "personbirthdate", "sex", "ethnicity", "postcode", "upn", "uniquelearnernumber",
               "upnunknown"),
    "requests": ("receiveddate", "requestsource", "rya", "requestoutcomedate", "requestoutcome", "requestmediation",
                 "requesttribunal", "exported"),
    "assessment": ("assessmentoutcome", "assessmentoutcomedate", "assessmentmediation", "assessmenttribunal",
                   "othermediation", "othertribunal", "week20"),
    "namedplan": ("startdate", "planres", "planwbp", "pb", "oa", "dp", "ceasedate", "ceasereason"),
    "plandetail": ("urn", "ukprn", "sensetting", "sensettingother", "placementrank", "senunitindicator",
                   "resourcedprovisionindicator"),
    "activeplans": ("transferla", "reviewmeeting", "reviewoutcome", "lastreview"),
    "placementdetail": ("urn", "ukprn", "sensetting", "sensettingother", "placementrank", "entrydate", "leavingdate",
                        "senunitindicator", "resourcedprovisionindicator"),
    "senneed": ("sentype", "sentyperank"),
}  # fmt: skip


def _whole(found: Children, council: str) -> Record:
    head = {
        "collection": "SEN2", "year": str(found.year), "referencedate": found.reference_date.isoformat(),
        "sourcelevel": "L", "lea": council,
    }  # fmt: skip
    return Record("sen2", head, found.persons)


def _fields(one: Record, year: int) -> dict[str, str]:
    """The record's columns as that version calls them."""
    fields = {}
    for name in _COLUMNS[one.module]:
        called = _RENAMED[year].get((one.module, name), name)
        if called:
            fields[called] = one.fields.get(name, "")
    return fields | _OWN[year].get(one.module, {})


def _in_blade(text: str) -> str:
    """A day as COLLECT exports it; other text as it is."""
    try:
        return f"{date.fromisoformat(text):%Y-%b-%d} 00:00:00" if len(text) == 10 else text
    except ValueError:
        return text


def as_set(
    found: Children,
    folder: Path,
    *,
    council: str = "831",
    stem: str = "",
    without: Sequence[str] = (),
    encoding: str = "utf-8",
) -> dict[str, Path]:
    """The children as the nine CSV files of a return of their year; its files by module."""
    tables: dict[str, list[dict[str, str]]] = {module: [] for module in MODULES}

    def write(one: Record, above: str) -> None:
        rows = tables[one.module]
        own = str(700_000 + 1000 * MODULES.index(one.module) + len(rows))
        keys = {f"{one.module}tableid": own, "NativeId": f"N{own}", f"{one.module}orderseqcolumn": "1", "sourceid": "1"}
        parent = {f"{_ABOVE[one.module]}tableid": above} if one.module in _ABOVE else {}
        values = {name: _in_blade(text) for name, text in _fields(one, found.year).items()}
        rows.append(keys | parent | values)
        for inside in one.inside:
            write(inside, own)

    write(_whole(found, council), "")
    stem = stem or f"Blade-Export_{found.reference_date:%d-%m-%Y}"
    folder.mkdir(parents=True, exist_ok=True)
    files = {}
    for module, rows in tables.items():
        if module in without:
            continue
        files[module] = folder / f"{stem}_{module}.csv"
        names = list(rows[0]) if rows else [f"{module}tableid", f"{_ABOVE[module]}tableid"]
        with files[module].open("w", encoding=encoding, newline="") as file:
            writer = csv.DictWriter(file, names, lineterminator="\r\n")
            writer.writeheader()
            writer.writerows(rows)
    return files


def as_xml(found: Children, path: Path, *, council: str = "831", prolog: str = "", line_end: str = "\n") -> Path:
    """The children as the XML of a return of their year."""

    def element(name: str, text: str) -> str:
        tag = _TAGS.get(name, name)
        return f"<{tag}>{escape(text)}</{tag}>" if text else ""

    def write(one: Record) -> str:
        tag = _TAGS[one.module]
        leaves = "".join(element(name, text) for name, text in _fields(one, found.year).items())
        return f"<{tag}>{leaves}{line_end}{''.join(map(write, one.inside))}</{tag}>{line_end}"

    head = _whole(found, council).fields
    details = "".join(element(name.title() if name != "referencedate" else name, head[name])
                      for name in ("collection", "year", "referencedate"))  # fmt: skip
    source = f"<SourceLevel>L</SourceLevel>{element('lea', council)}"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(
        f'<?xml version="1.0" encoding="utf-8"?>{line_end}{prolog}<Message><Header><CollectionDetails>{details}'
        f"</CollectionDetails><Source>{source}</Source></Header>{line_end}<Persons>"
        f"{''.join(map(write, found.persons))}</Persons></Message>",
        encoding="utf-8",
    )
    return path
