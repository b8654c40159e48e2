"""A SEN2 return is one delivery that feeds three extracts, kept whole; what is not one, or not ours, is refused."""

from __future__ import annotations

import csv
import shutil
from datetime import date
from pathlib import Path

import pytest

from metrics.release_format import Verdict
from pipelines import intake, refresh, sen2_files
from pipelines.intake import Delivery
from pipelines.progress import Steps
from pipelines.reading import Unreadable
from pipelines.staging import desk_table
from pipelines.store import Store
from sample_data.schools import SCHOOLS, School
from tests.pipelines.inbox import (
    AREA,
    CONTRACTS,
    ROOT,
    as_table,
    command,
    deliver,
    empty_warehouse,
    outside,
    query,
    run,
    stage_file,
    write_lines,
)  # fmt: skip
from tests.pipelines.returns_sen2 import MODULES, Record, as_set, as_xml, children
from tests.pipelines.templates import PLANS, REQUESTS, REVIEWS, row, rows

FED = [REQUESTS, PLANS, REVIEWS]
LAUGHS = """<!DOCTYPE Message [
 <!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;"><!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;&b;&b;">
]>"""
OUTSIDE = '<!DOCTYPE Message [<!ENTITY secret SYSTEM "file:///etc/hostname">]>'


def each(path: Path, inbox: Path, month: date | None = None) -> list[Delivery]:
    return intake.receive_each(path, inbox, CONTRACTS, AREA.agencies, month)


def said(deliveries: list[Delivery]) -> list[tuple[str | None, list[str]]]:
    return [(one.extract, [finding.code for finding in one.findings]) for one in deliveries]


def refused(code: str) -> list[tuple[str, list[str]]]:
    return [(name.split("/")[1], [code]) for name in FED]


def a_set(inbox: Path, year: int = 2025, **about) -> dict[str, Path]:
    return as_set(children(year, 12), inbox / f"{year}-01" / "education", **about)


def an_xml(inbox: Path, year: int = 2025, **about) -> Path:
    return as_xml(children(year, 12), inbox / f"{year}-01" / "education" / "return.xml", **about)


def staged(path: Path, inbox: Path, extract: str) -> list[dict]:
    """The rows that a return gives for an extract as they stand on the desk, in order."""
    delivery = next(one for one in each(path, inbox) if one.contract and one.contract.id == extract)
    with empty_warehouse() as connection:
        stage_file(connection, delivery)
        cursor = connection.execute(f"select * from {desk_table(CONTRACTS[extract])} order by line_number")
        names = [column[0] for column in cursor.description or ()]
        return [dict(zip(names, values, strict=True)) for values in cursor.fetchall()]


def changed(path: Path, edit) -> None:
    """The rows of a module's file, edited in place."""
    with path.open(encoding="utf-8", newline="") as file:
        table = list(csv.DictReader(file))
    for one in table:
        edit(one)
    write_lines(path, as_table(table))


@pytest.mark.parametrize("form", ["set", "xml"])
def test_a_return_is_a_delivery_for_each_of_three_extracts(tmp_path, form):
    path = a_set(tmp_path)["sen2"] if form == "set" else an_xml(tmp_path)
    deliveries = each(path, tmp_path)
    assert list(intake.found(tmp_path)) == [path]
    assert said(deliveries) == [(name.split("/")[1], []) for name in FED]
    assert {one.month for one in deliveries} == {date(2025, 1, 1)}
    assert len({one.fingerprint for one in deliveries}) == 1


def test_every_file_of_a_set_stands_for_the_whole(tmp_path):
    files = a_set(tmp_path)
    first = each(files["sen2"], tmp_path)
    assert all(each(path, tmp_path) == first for path in files.values())
    assert sen2_files.one_for_each_set(files.values()) == [files["sen2"]]


def test_sets_are_told_apart_by_what_stands_before_the_module(tmp_path):
    folder = tmp_path / "2025-01" / "education"
    first = as_set(children(2025, 12), folder, stem="Spring first export")
    second = as_set(children(2025, 6), folder, stem="Spring second export")
    assert set(intake.found(tmp_path)) == {first["sen2"], second["sen2"]}


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "cp1252"])
def test_a_set_is_read_in_any_encoding(tmp_path, encoding):
    files = a_set(tmp_path, encoding=encoding)
    assert len(staged(files["sen2"], tmp_path, REQUESTS)) > 12


def test_an_extract_that_is_called_like_a_module_is_no_return(tmp_path):
    path = write_lines(tmp_path / "2025-09" / "education" / "ehc_requests.csv", as_table(rows(REQUESTS, 2)))
    assert said(each(path, tmp_path)) == [("ehc_requests", [])]
    aliased = [{"requeststableid" if name == "request_id" else name: text for name, text in row(REQUESTS).items()}]
    path = write_lines(tmp_path / "2025-09" / "education" / "ehc_requests.csv", as_table(aliased))
    assert said(each(path, tmp_path)) == [("ehc_requests", [])]


@pytest.mark.parametrize("form", ["set", "xml"])
def test_another_council_s_return_is_refused(tmp_path, form):
    path = a_set(tmp_path, council="830")["sen2"] if form == "set" else an_xml(tmp_path, council="830")
    assert said(each(path, tmp_path)) == refused("agency_mismatch")


@pytest.mark.parametrize("module", MODULES)
def test_a_set_that_lacks_a_module_is_refused_and_says_which(tmp_path, module):
    files = a_set(tmp_path, without=[module])
    deliveries = each(next(iter(files.values())), tmp_path)
    assert said(deliveries) == refused("file_incomplete")
    assert module in deliveries[0].findings[0].sentence


def test_a_set_in_another_agency_s_folder_is_refused(tmp_path):
    files = as_set(children(2025, 12), tmp_path / "2025-01" / "health")
    assert said(each(files["sen2"], tmp_path)) == refused("agency_mismatch")


MONTHS = {
    "the reference date alone": ("education", "return", None, "2025-01"),
    "a folder that agrees": ("2025-01/education", "Blade-Export_16-01-2025", None, "2025-01"),
    "an export later in the year": ("2025-01/education", "Blade-Export_14-03-2025", None, "2025-01"),
    "an export before the reference date": ("education", "Blade-Export_14-12-2024", None, None),
    "another folder": ("2025-02/education", "Blade-Export_16-01-2025", None, None),
    "another month in the name": ("education", "SEN2 2025-02", None, None),
    "another month asked for": ("education", "Blade-Export_16-01-2025", date(2025, 3, 1), None),
}


@pytest.mark.parametrize(("folder", "stem", "given", "month"), MONTHS.values(), ids=MONTHS)
def test_the_month_is_the_reference_date_s_and_the_rest_agrees(tmp_path, folder, stem, given, month):
    files = as_set(children(2025, 6), tmp_path / folder, stem=stem)
    deliveries = each(files["sen2"], tmp_path, given)
    if month is None:
        assert said(deliveries) == refused("month_mismatch")
    else:
        assert {f"{one.month:%Y-%m}" for one in deliveries} == {month}
        assert said(deliveries) == [(name.split("/")[1], []) for name in FED]


def test_without_a_reference_date_the_export_day_says_the_month(tmp_path):
    files = as_set(children(2025, 6), tmp_path / "education", stem="Blade-Export_31-01-2025")
    changed(files["sen2"], lambda one: one.update(referencedate=""))
    assert {one.month for one in each(files["sen2"], tmp_path)} == {date(2025, 1, 1)}


@pytest.mark.parametrize("prolog", [LAUGHS, OUTSIDE], ids=["entities that unfold", "an entity from outside"])
def test_xml_that_declares_entities_is_refused_unread(tmp_path, prolog):
    path = an_xml(tmp_path, prolog=prolog)
    text = path.read_text(encoding="utf-8").replace("Given, name", "&c;" if prolog is LAUGHS else "&secret;")
    path.write_text(text, encoding="utf-8")
    deliveries = each(path, tmp_path)
    assert [finding.code for one in deliveries for finding in one.findings] == ["file_unreadable"]
    assert deliveries[0].recognised is None
    answer = outside("check", path)
    assert answer.code == 1
    assert "Traceback" not in answer.out + answer.err
    assert "file_unreadable" in answer.out


OTHERS = {
    "other XML": '<?xml version="1.0"?><rows><row/></rows>',
    "another return": "<Message><Header><CollectionDetails><Collection>CIN</Collection></CollectionDetails></Header>"
    "<Children/></Message>",
    "a message without a header": "<Message><Persons><Person/></Persons></Message>",
    "a web page": "<!DOCTYPE html><html><body/></html>",
    "XML that breaks off": "<Message><Header><Collection",
    "no XML at all": "<<<<",
}


@pytest.mark.parametrize("content", OTHERS.values(), ids=OTHERS)
def test_other_xml_is_unreadable(tmp_path, content):
    path = tmp_path / "2025-01" / "education" / "return.xml"
    path.parent.mkdir(parents=True)
    path.write_text(content, encoding="utf-8")
    assert [code for _, codes in said(each(path, tmp_path)) for code in codes] == ["file_unreadable"]


def test_a_return_that_breaks_off_is_refused_for_every_extract(tmp_path):
    path = an_xml(tmp_path)
    path.write_bytes(path.read_bytes()[:-400])
    outcome = run(tmp_path / "store", tmp_path / "2025-01")
    assert [one.verdict for one in outcome.receipts] == [Verdict.REJECTED] * 3
    assert {finding.code for findings in outcome.findings.values() for finding in findings} == {"file_unreadable"}


def test_a_quote_that_stays_open_in_any_module_refuses_the_set(tmp_path):
    files = a_set(tmp_path)
    text = files["senneed"].read_text(encoding="utf-8")
    files["senneed"].write_text(text.replace(",ASD", ',"ASD', 1), encoding="utf-8")
    with pytest.raises(Unreadable) as refusal:
        staged(files["sen2"], tmp_path, PLANS)
    assert refusal.value.code == "file_unreadable"


def test_a_set_is_kept_whole_and_known_when_it_comes_again(tmp_path):
    inbox, store = tmp_path / "inbox", tmp_path / "store"
    files = a_set(inbox)
    outcome = run(store, inbox)
    kept = [store / str(one.stored_as) for one in outcome.receipts]
    assert len(set(kept)) == 1
    assert sorted(path.read_bytes() for path in kept[0].parent.iterdir()) == sorted(
        path.read_bytes() for path in files.values()
    )
    shutil.copytree(inbox / "2025-01", inbox / "again" / "2025-01")
    again = run(store, inbox)
    assert (again.receipts, again.published) == ([], False)


def test_a_refused_set_is_kept_and_known_like_any_file(tmp_path):
    inbox, store = tmp_path / "inbox", tmp_path / "store"
    files = a_set(inbox, council="830", without=["senneed"])
    outcome = run(store, inbox)
    assert [one.verdict for one in outcome.receipts] == [Verdict.REJECTED] * 3
    assert {len(list((store / str(one.stored_as)).parent.iterdir())) for one in outcome.receipts} == {len(files)}
    assert run(store, inbox).receipts == []


def test_a_renamed_set_is_the_same_and_a_changed_one_is_not(tmp_path):
    first = as_set(children(2025, 6), tmp_path / "one", stem="Blade-Export_16-01-2025")["sen2"]
    renamed = as_set(children(2025, 6), tmp_path / "two", stem="Blade-Export_17-01-2025")["sen2"]
    other = as_set(children(2025, 7), tmp_path / "three")["sen2"]
    prints = [intake.fingerprint_of(path) for path in (first, renamed, other)]
    assert prints[0] == prints[1] != prints[2]


@pytest.mark.parametrize("form", ["set", "xml"])
def test_what_lies_in_the_store_is_enough_to_read_a_return_again(tmp_path, form):
    inbox, store = tmp_path / "inbox", tmp_path / "store"
    _ = a_set(inbox) if form == "set" else an_xml(inbox)
    before = {one.extract: one.rows_accepted for one in run(store, inbox).receipts}
    fresh = tmp_path / "fresh"
    shutil.copytree(store / "received", fresh / "received")
    (tmp_path / "empty").mkdir()
    after = run(fresh, tmp_path / "empty")
    assert {one.extract: one.rows_accepted for one in after.receipts} == before


def test_a_return_is_checked_again_when_the_register_of_schools_changes(tmp_path, monkeypatch):
    inbox, store = tmp_path / "inbox", tmp_path / "store"
    a_set(inbox)
    run(store, inbox)
    agreed = tmp_path / "agreed"
    shutil.copytree(ROOT / "data_contracts", agreed)
    text = (agreed / "schools.csv").read_text(encoding="utf-8")
    (agreed / "schools.csv").write_text(text.replace("primary,mainstream", "secondary,mainstream"), encoding="utf-8")
    monkeypatch.setattr("pipelines.agreed.CONTRACTS", agreed)
    monkeypatch.setattr("pipelines.sen2.CONTRACTS", agreed)
    phases = "select distinct phase from held.education__ehc_requests order by 1"
    assert ("primary",) in query(store / "warehouse.duckdb", phases)
    refresh.refresh(Store(store), inbox, None, is_sample=False, steps=Steps())
    assert ("primary",) not in query(store / "warehouse.duckdb", phases)


def test_a_row_s_line_is_that_of_its_request_or_its_plan(tmp_path):
    files = a_set(tmp_path)
    found = staged(files["sen2"], tmp_path, REQUESTS)
    assert [one["line_number"] for one in found] == list(range(2, len(found) + 2))


@pytest.mark.parametrize("line_end", ["\n", ""], ids=["lines", "one line"])
def test_a_row_of_xml_is_told_by_the_line_of_its_record_or_else_its_number(tmp_path, line_end):
    path = an_xml(tmp_path, line_end=line_end)
    numbers = [one["line_number"] for one in staged(path, tmp_path, PLANS)]
    lines = path.read_text(encoding="utf-8").split("\n")
    if line_end:
        assert all("<ActivePlans>" in lines[number - 1] for number in numbers)
    assert len(set(numbers)) == len(numbers)


def test_the_set_and_the_xml_of_one_child_have_the_same_ids(tmp_path):
    key = {REQUESTS: "request_id", PLANS: "plan_id", REVIEWS: "review_id"}
    files, path = a_set(tmp_path / "set"), an_xml(tmp_path / "xml")
    for extract in FED:
        first = {(one[key[extract]], one["child_id"]) for one in staged(files["sen2"], tmp_path / "set", extract)}
        assert first == {(one[key[extract]], one["child_id"]) for one in staged(path, tmp_path / "xml", extract)}


def test_a_child_without_a_number_is_told_by_the_learner_s_number_or_the_name(tmp_path):
    found = children(2025, 3)
    found.persons = found.persons[:3]
    for person, about in zip(found.persons, ({"upnunknown": "UN2"}, {"uniquelearnernumber": "1000000043"}, {}),
                             strict=True):  # fmt: skip
        person.fields |= {"upn": ""} | about
    files = as_set(found, tmp_path / "set" / "2025-01")
    path = as_xml(found, tmp_path / "xml" / "2025-01" / "x.xml")
    rows_of_set = staged(files["sen2"], tmp_path / "set", REQUESTS)
    assert {one["child_id"] for one in rows_of_set} == {
        one["child_id"] for one in staged(path, tmp_path / "xml", REQUESTS)
    }
    assert len({one["child_id"] for one in rows_of_set}) == 3
    assert [one["upn_fault"] for one in rows_of_set].count("stated_reason") == 1


def one_plan(tmp_path: Path, **setting: str) -> list[dict]:
    """The plan of one child, placed as the return says."""
    found = children(2025, 1)
    found.persons = found.persons[:1]

    def place(one: Record) -> None:
        if one.module in ("plandetail", "placementdetail"):
            one.fields = {"placementrank": "1"} | setting
        if one.module == "activeplans":
            one.inside = [inside for inside in one.inside if inside.fields.get("placementrank") != "2"]
        for inside in one.inside:
            place(inside)

    place(found.persons[0])
    return staged(as_set(found, tmp_path / "2025-01")["sen2"], tmp_path, PLANS)


SETTINGS = {
    "a unit of a special school": ({"urn": "990099", "senunitindicator": "1"}, "state_special", "990099"),
    "a unit, its flag in words": ({"urn": "990008.0", "senunitindicator": "True"}, "sen_unit", "990008"),
    "a school that has closed": ({"urn": "990118"}, "mainstream", "990118"),
    "parents' own arrangements": ({"sensetting": "OPA"}, "eotas", None),
    "no education": ({"sensetting": "neet"}, "awaiting_placement", None),
    "a school nobody knows": ({"urn": "123456"}, None, "123456"),
    "something else": ({"sensetting": "OTH"}, None, None),
    "a placement that is over": ({"urn": "990008", "leavingdate": "2024-12-20"}, None, None),
}


@pytest.mark.parametrize(("setting", "placement", "urn"), SETTINGS.values(), ids=SETTINGS)
def test_a_placement_s_type_is_that_of_the_school_or_of_the_setting(tmp_path, setting, placement, urn):
    (plan,) = one_plan(tmp_path, **setting)
    assert (plan["placement_type"], plan["school_urn"]) == (placement, urn)


def test_a_provider_s_ukprn_counts_where_the_register_has_it(tmp_path, monkeypatch):
    agreed = tmp_path / "agreed"
    agreed.mkdir()
    with (ROOT / "data_contracts" / "schools.csv").open(encoding="utf-8") as file:
        lines = [
            line.rstrip("\n") + end for line, end in zip(file, [",ukprn", *[","] * 107, ",10001234"], strict=False)
        ]
    (agreed / "schools.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    monkeypatch.setattr("pipelines.sen2.CONTRACTS", agreed)
    (plan,) = one_plan(tmp_path / "inbox", ukprn="10001234")
    assert (plan["placement_type"], plan["school_urn"]) == ("post_16_college", "990108")


def test_a_plan_that_had_ceased_is_not_maintained(tmp_path):
    files = a_set(tmp_path)
    count = len(staged(files["sen2"], tmp_path, PLANS))
    changed(files["namedplan"], lambda one: one.update(ceasedate="2025-Jan-15 00:00:00"))
    assert count > 0
    assert staged(files["sen2"], tmp_path, PLANS) == []


def test_a_request_of_a_child_who_moved_away_is_withdrawn_while_it_is_open(tmp_path):
    files = a_set(tmp_path)
    changed(files["requests"], lambda one: one.update(exported="1"))
    found = staged(files["sen2"], tmp_path, REQUESTS)
    assert {one["request_outcome"] for one in found} == {"Y", "N", "W", "H"}
    assert {one["assessment_outcome"] for one in found if one["request_outcome"] == "Y"} == {"Y", "N", "W"}


def test_a_module_s_broken_row_sets_aside_the_rows_made_of_it(tmp_path):
    files = a_set(tmp_path)
    text = files["person"].read_text(encoding="utf-8").splitlines()
    text[1] += ",surplus"
    files["person"].write_text("\n".join(text) + "\n", encoding="utf-8")
    faults = [one["faults"] for one in staged(files["sen2"], tmp_path, REQUESTS)]
    assert faults[0] == ["row_too_many_fields"]
    assert faults[1] == []


def test_requests_that_contradict_each_other_are_set_aside_and_counted(tmp_path):
    inbox = tmp_path / "inbox"
    files = a_set(inbox)
    with files["requests"].open(encoding="utf-8", newline="") as file:
        table = list(csv.DictReader(file))
    write_lines(files["requests"], as_table([*table, table[0] | {"requeststableid": "1", "requestsource": "4"}]))
    receipt = run(tmp_path / "store", inbox).receipts[0]
    assert (receipt.rows_received, receipt.rows_quarantined) == (len(table) + 1, 2)


def test_check_says_once_for_each_extract_what_a_set_is(tmp_path, capsys):
    files = a_set(tmp_path)
    answer = command(capsys, "check", "--json", *files.values())
    assert answer.code == 0
    assert [one["extract"] for one in answer.document["receipts"]] == ["ehc_requests", "ehc_plans", "annual_reviews"]
    assert {one["verdict"] for one in answer.document["receipts"]} == {"accepted"}


def test_a_set_beside_other_files_leaves_them_alone(tmp_path):
    a_set(tmp_path)
    deliver(tmp_path, "education/ehe_register", rows("education/ehe_register", 2), month="2025-01")
    assert len(list(intake.found(tmp_path))) == 2


def test_the_register_of_schools_is_that_of_the_sample():
    with (ROOT / "data_contracts" / "schools.csv").open(encoding="utf-8", newline="") as file:
        table = list(csv.reader(file))
    assert table[0] == list(School._fields)
    assert table[1:] == [["" if cell is None else str(cell) for cell in school] for school in SCHOOLS]
