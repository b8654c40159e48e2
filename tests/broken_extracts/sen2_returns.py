"""Faults of SEN2 returns, as CSV sets and as XML: what is wrong with a return is wrong with all that it feeds."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

from metrics.release_format import Verdict
from tests.broken_extracts.entries import SECRET, Entry, Make, Spot, at, refused
from tests.pipelines.returns_sen2 import Children, Record, as_set, as_xml, children
from tests.pipelines.templates import REQUESTS

YEAR, MONTH = 2025, "2025-01"
# What a whole return of this size gives: rows of requests, plans and reviews.
WHOLE: Final = 19
Change = Callable[[Children], object]


def _children(spot: Spot, change: Change | None = None) -> Children:
    """A few children whose names can be recognised, and are others in every entry."""
    found = children(YEAR, 4)
    for person in found.persons:
        person.fields["surname"] = f"{SECRET}{spot.first}"
    if change:
        change(found)
    return found


def _folder(spot: Spot) -> Path:
    folder = spot.folder / spot.month / (spot.agency or "education")
    folder.mkdir(parents=True)
    return folder


def csv_set(change: Change | None = None, *, after: Callable[[dict[str, Path]], object] | None = None,
            **options: Any) -> Make:  # fmt: skip
    """The nine files of a set; `after` may spoil them."""

    def make(spot: Spot) -> Path:
        files = as_set(_children(spot, change), _folder(spot), **options)
        if after:
            after(files)
        return next(iter(files.values()))

    return make


def xml(change: Change | None = None, *, after: Callable[[str], str] | None = None, name: str = "sen2.xml",
        **options: Any) -> Make:  # fmt: skip
    """The XML of a return; `after` may spoil its text."""

    def make(spot: Spot) -> Path:
        path = as_xml(_children(spot, change), _folder(spot) / name, **options)
        if after:
            path.write_text(after(path.read_text(encoding="utf-8")), encoding="utf-8")
        return path

    return make


def _spoilt(name: str, codes: set[str], set_aside: int, make: Make, verdict: Verdict = Verdict.ACCEPTED_WITH_WARNINGS
            ) -> Entry:  # fmt: skip
    return at(Entry(name, REQUESTS, frozenset(codes), verdict, make, set_aside, WHOLE), month=MONTH)


def _refused(name: str, code: str, make: Make, *, month: str = MONTH, agency: str | None = None) -> Entry:
    return at(refused(name, REQUESTS, code, make), month=month, agency=agency)


def _person(**fields: str) -> Change:
    """The first child of the return with other fields: one request, one plan, one review."""
    return lambda found: found.persons[0].fields.update(fields)


def _request(**fields: str) -> Change:
    return lambda found: _first(found.persons[0], "requests").fields.update(fields)


def _first(record: Record, module: str) -> Record:
    return next(one for one in record.inside if one.module == module)


def _open_quote(files: Mapping[str, Path]) -> None:
    text = files["person"].read_text(encoding="utf-8")
    files["person"].write_text(text.replace(SECRET, f'"{SECRET}', 1), encoding="utf-8")


def _without_key(files: Mapping[str, Path]) -> None:
    text = files["requests"].read_text(encoding="utf-8")
    files["requests"].write_text(text.replace("requeststableid", "number", 1), encoding="utf-8")


def _without_date(files: Mapping[str, Path]) -> None:
    text = files["sen2"].read_text(encoding="utf-8")
    files["sen2"].write_text(text.replace("2025-Jan-16 00:00:00", ""), encoding="utf-8")


LAUGHS: Final = "<!DOCTYPE Message [<!ENTITY a0 'ha'>{}]>\n".format(
    "".join(f"<!ENTITY a{place + 1} '{f'&a{place};' * 10}'>" for place in range(12))
)
OUTSIDE: Final = '<!DOCTYPE Message [<!ENTITY out SYSTEM "file:///etc/hostname">]>\n'
ELSEWHERE: Final = '<!DOCTYPE Message SYSTEM "http://example.org/message.dtd">\n'
UNREADABLE: Final = "file_unreadable"

REFUSED: Final = [
    _refused("a set that lacks a module", "file_incomplete", csv_set(without=("senneed",))),
    _refused("a set that lacks half of its modules", "file_incomplete",
             csv_set(without=("requests", "assessment", "namedplan", "plandetail"))),
    _refused("another council's set", "agency_mismatch", csv_set(council="830")),
    _refused("another council's XML", "agency_mismatch", xml(council="925")),
    _refused("a return of no council", "agency_mismatch", xml(council="")),
    _refused("a set in the folder of health", "agency_mismatch", csv_set(), agency="health"),
    _refused("XML in the folder of care", "agency_mismatch", xml(), agency="care"),
    _refused("a set in the folder of another month", "month_mismatch", csv_set(), month="2025-02"),
    _refused("XML that is named for another month", "month_mismatch", xml(name="sen2_2024-01.xml")),
    _refused("a set that was exported before its day", "month_mismatch", csv_set(stem="Blade-Export_16-12-2024")),
    _refused("a set of no month", "month_unknown", csv_set(stem="Export", after=_without_date), month="new"),
    _refused("XML of no month", "month_unknown",
             xml(after=lambda text: text.replace("<ReferenceDate>2025-01-16</ReferenceDate>", "")), month="new"),
    _refused("a set with a quotation mark that is never closed", UNREADABLE, csv_set(after=_open_quote)),
    _refused("a set whose records have no number", "header_missing",
             csv_set(after=_without_key, stem="Blade_16-01-2025")),
    _refused("XML that breaks off", UNREADABLE, xml(after=lambda text: text[:-200])),
    _refused("XML in which a tag is never closed", UNREADABLE,
             xml(after=lambda text: text.replace("</Requests>", "", 1))),
    _refused("XML that nests without end", UNREADABLE,
             xml(after=lambda text: text.replace("<Persons>", "<Persons>" + "<a>" * 500_000))),
]  # fmt: skip
# Of XML that was not read nobody knows that it is a return: it has one receipt, of no extract.
NOT_READ: Final = [
    _refused("XML that laughs a thousand million times", UNREADABLE,
             xml(prolog=LAUGHS, after=lambda text: text.replace(SECRET, "&a12;"))),
    _refused("XML that asks for a file of the machine", UNREADABLE,
             xml(prolog=OUTSIDE, after=lambda text: text.replace(SECRET, "&out;"))),
    _refused("XML that asks for a page of the web", UNREADABLE, xml(prolog=ELSEWHERE)),
    at(refused("XML of another collection", REQUESTS, UNREADABLE,
               xml(after=lambda text: text.replace("SEN2<", "SCHOOLCENSUS<"))), month=MONTH),
    at(refused("XML in an encoding that it does not have", REQUESTS, UNREADABLE,
               xml(after=lambda text: text.replace('encoding="utf-8"', 'encoding="utf-7"'))), month=MONTH),
]  # fmt: skip
ROWS: Final = [
    _spoilt("a label for a code in a set", {"sex_unknown_code"}, 3, csv_set(_person(sex="Female"))),
    _spoilt("a UPN with the wrong letter in XML", {"upn_check_letter"}, 3, xml(_person(upn="A801200005001"))),
    _spoilt("a request of no calendar's day in a set", {"received_date_not_a_date"}, 1,
            csv_set(_request(receiveddate="31/02/2024"))),
    _spoilt("a request that is decided before it comes, in XML", {"request_outcome_date_before_received_date"}, 1,
            xml(_request(requestoutcomedate="2023-12-01"))),
    _spoilt("a reason for a UPN in XML", {"upn_stated_reason"}, 0,
            xml(_person(upn="UN3", uniquelearnernumber=SECRET))),
]  # fmt: skip
SOUND: Final = [
    _spoilt("a set in UTF-16", set(), 0, csv_set(encoding="utf-16"), Verdict.ACCEPTED),
    _spoilt("a set in UTF-8 with a mark, in no agency's folder", set(), 0, csv_set(encoding="utf-8-sig"),
            Verdict.ACCEPTED),
    _spoilt("XML all on one line", set(), 0, xml(line_end=""), Verdict.ACCEPTED),
    _spoilt("XML with blank lines above it", set(), 0,
            xml(after=lambda text: text.replace('<?xml version="1.0" encoding="utf-8"?>', "\n\n")), Verdict.ACCEPTED),
]  # fmt: skip


def _fed(entries: list[Entry], receipts: int) -> list[Entry]:
    return [replace(one, receipts=receipts) for one in entries]


ACCEPTED: Final[list[Entry]] = _fed(SOUND, 3)
ENTRIES: Final[list[Entry]] = [*_fed([*REFUSED, *ROWS], 3), *NOT_READ]
