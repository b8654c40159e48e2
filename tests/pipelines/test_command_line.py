"""The command line answers in one document or in sentences, and ends with a code that always means the same."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import duckdb
import pytest

from metrics.release_format import TABLES
from pipelines.store import Store
from tests.pipelines.inbox import Said, command, deliver, outside, query
from tests.pipelines.templates import HOME, REFERRALS, row, rows


@pytest.fixture(autouse=True)
def _elsewhere(tmp_path_factory, monkeypatch):
    """Every command runs in a folder of its own, with no store named in the surroundings."""
    monkeypatch.chdir(tmp_path_factory.mktemp("elsewhere"))
    for name in ("INSIGHT_STORE", "INSIGHT_KEY", "INSIGHT_DEBUG"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture(scope="module")
def first(tmp_path_factory) -> tuple[Path, Path, Said]:
    """An inbox, the store made of it by a process of its own, and what that process said."""
    folder = tmp_path_factory.mktemp("first")
    inbox, store = folder / "inbox", folder / "store"
    deliver(inbox, HOME, [*rows(HOME, 12), row(HOME, 13, sex="Q")], month="2025-08")
    deliver(inbox, HOME, rows(HOME, 17))
    return inbox, store, outside("refresh", "--inbox", inbox, "--store", store, "--json")


def test_json_is_one_document_on_standard_output_and_nothing_else(first):
    said = first[2]
    document = json.loads(said.out)
    assert set(document) == {"published", "release_id", "reporting_months", "receipts", "findings"}
    assert (said.code, document["published"], document["release_id"]) == (0, True, "2025-09.r1")
    assert document["reporting_months"] == ["2025-08", "2025-09"]
    assert [set(one) for one in document["receipts"]] == [{*TABLES["receipt"], "file"}] * 2
    assert [set(one) for one in document["findings"]] == [set(TABLES["finding"])]
    assert document["findings"][0]["row_count"] == 1
    assert {one["file"] for one in document["receipts"]} == {"ehe_register_2025-08.csv", "ehe_register_2025-09.csv"}


def test_progress_is_lines_of_json_on_standard_error_and_nothing_else(first):
    lines = [json.loads(line) for line in first[2].err.splitlines()]
    assert all(set(line) == {"step", "done", "of"} for line in lines)
    assert all(0 <= line["done"] <= line["of"] for line in lines)
    steps = list(dict.fromkeys(line["step"] for line in lines))
    assert steps == ["Receive", "Stage and check", "Model", "Measure", "Protect", "Publish"]
    last = {line["step"]: line for line in lines}
    assert all(line["done"] == line["of"] for line in last.values())


def test_nothing_new_is_success_and_says_so(first, capsys):
    inbox, store, _ = first
    said = command(capsys, "refresh", "--inbox", inbox, "--store", store)
    assert said.code == 0
    assert "Nothing new" in said.out
    assert Store(store).release_ids() == ["2025-09.r1"]
    document = command(capsys, "refresh", "--inbox", inbox, "--store", store, "--json").document
    assert (document["published"], document["receipts"], document["release_id"]) == (False, [], "2025-09.r1")


@pytest.mark.parametrize("month", ["2025-13", "September", "2025", "2025-09-30", ""])
def test_a_month_that_is_none_is_wrong_usage(first, capsys, month):
    inbox, store, _ = first
    for words in (["refresh", "--inbox", inbox, "--month", month], ["values", "--period", month]):
        said = command(capsys, *words, "--store", store)
        assert said.code == 2
        assert "2025-09" in said.err
        assert "Traceback" not in said.err


@pytest.mark.parametrize(
    "words", [["refresh"], ["refresh", "--inbox", "nowhere"], ["refrsh"], ["check"], ["check", "no.csv"]]
)
def test_wrong_usage_ends_with_two_and_a_sentence(capsys, words):
    said = command(capsys, *words)
    assert (said.code, said.out) == (2, "")
    assert said.err.strip()


def test_a_store_is_sample_or_real_for_good(first, capsys):
    inbox, store, _ = first
    said = command(capsys, "refresh", "--inbox", inbox, "--store", store, "--sample")
    assert said.code == 2
    assert "real data" in said.err
    assert query(store / "releases" / "2025-09.r1.duckdb", "select is_sample from release") == [(False,)]


def test_a_second_refresh_at_the_same_time_is_told_so(first, capsys):
    inbox, store, _ = first
    with Store(store).locked():
        said = command(capsys, "refresh", "--inbox", inbox, "--store", store, "--json")
    assert (said.code, said.out) == (4, "")
    assert "Another refresh is running" in said.err


def test_status_while_a_refresh_holds_the_warehouse_asks_to_wait(first):
    store = Store(first[1])
    with duckdb.connect(str(store.warehouse)):
        said = outside("status", "--store", store.root)
    assert (said.code, said.out) == (4, "")
    assert "running" in said.err


def test_status_says_how_each_extract_stands(first, capsys):
    document = command(capsys, "status", "--store", first[1], "--json").document
    assert (document["in_force"], document["reporting_month"], document["releases"]) == ("2025-09.r1", "2025-09", 1)
    by_name = {one["extract"]: one for one in document["extracts"]}
    assert (by_name[HOME]["last_month"], by_name[HOME]["rows_quarantined"]) == ("2025-09", 0)
    assert by_name[HOME]["state"] in ("on_time", "late")
    assert by_name[REFERRALS]["state"] == "not_started"
    assert "In force: release 2025-09.r1, for 2025-09." in command(capsys, "status", "--store", first[1]).out


def test_an_empty_store_says_what_to_do(capsys, tmp_path):
    store = ["--store", tmp_path / "none"]
    assert "refresh --inbox" in command(capsys, "status", *store).out
    assert command(capsys, "releases", *store).out.strip() == "There is no release yet."
    said = command(capsys, "values", *store)
    assert (said.code, "There is no release yet" in said.err) == (2, True)
    assert not (tmp_path / "none").exists()


def test_rollback_puts_an_earlier_release_in_force_and_deletes_nothing(first, capsys, tmp_path):
    _, store, _ = first
    deliver(tmp_path, HOME, rows(HOME, 19))
    assert command(capsys, "refresh", "--inbox", tmp_path, "--store", store).code == 0
    assert Store(store).in_force() == "2025-09.r2"
    said = command(capsys, "rollback", "2025-09.r1", "--store", store)
    assert (said.code, Store(store).in_force()) == (0, "2025-09.r1")
    assert Store(store).release_ids() == ["2025-09.r1", "2025-09.r2"]
    listed = command(capsys, "releases", "--store", store, "--json").document
    assert [(one["release_id"], one["in_force"]) for one in listed] == [("2025-09.r1", True), ("2025-09.r2", False)]
    again = command(capsys, "refresh", "--inbox", tmp_path, "--store", store)
    assert "rollback 2025-09.r2" in again.out
    unknown = command(capsys, "rollback", "2025-08.r1", "--store", store)
    assert (unknown.code, Store(store).in_force()) == (2, "2025-09.r1")
    command(capsys, "rollback", "2025-09.r2", "--store", store)


def test_something_new_that_cannot_be_published_ends_with_three(first, capsys, tmp_path):
    _, store, _ = first
    in_force = Store(store).in_force()
    bad = tmp_path / "2025-09" / "health" / "nd_referrals_2025-09.csv"
    bad.parent.mkdir(parents=True)
    bad.write_bytes(b"%PDF-1.7")
    said = command(capsys, "refresh", "--inbox", tmp_path, "--store", store)
    assert (said.code, Store(store).in_force()) == (3, in_force)
    assert "the release in force is unchanged" in said.out
    assert "file_unreadable" in said.out
    empty = command(capsys, "refresh", "--inbox", tmp_path, "--store", tmp_path / "new store")
    assert (empty.code, Store(tmp_path / "new store").in_force()) == (3, None)


def test_an_empty_inbox_is_nothing_to_do(capsys, tmp_path):
    (tmp_path / "inbox").mkdir()
    said = command(capsys, "refresh", "--inbox", tmp_path / "inbox", "--store", tmp_path / "store")
    assert (said.code, Store(tmp_path / "store").in_force()) == (0, None)


def test_something_rejected_beside_something_published_ends_with_one(capsys, tmp_path):
    deliver(tmp_path / "inbox", HOME, rows(HOME, 9))
    deliver(tmp_path / "inbox", REFERRALS, rows(REFERRALS, 9, sex="Q"))
    places = ["--inbox", tmp_path / "inbox", "--store", tmp_path / "store"]
    said = command(capsys, "refresh", *places, "--json", "--sample")
    verdicts = {one["extract"]: one["verdict"] for one in said.document["receipts"]}
    assert (said.code, verdicts) == (1, {"ehe_register": "accepted", "nd_referrals": "rejected"})
    assert query(tmp_path / "store" / "releases" / "2025-09.r1.duckdb", "select is_sample from release") == [(True,)]
    real = command(capsys, "refresh", *places)
    assert (real.code, "sample data" in real.err) == (2, True)


def test_check_says_what_would_be_accepted_and_keeps_nothing(capsys, tmp_path):
    good = deliver(tmp_path / "inbox", HOME, rows(HOME, 3))
    strange = tmp_path / "inbox" / "minutes_2025-09.csv"
    strange.write_text("agenda,speaker\nwelcome,chair\n", encoding="utf-8")
    said = command(capsys, "check", good, strange, "--json")
    assert (said.code, set(said.document)) == (1, {"receipts", "findings"})
    told = [(one["extract"], one["verdict"], one["rows_received"]) for one in said.document["receipts"]]
    assert told == [("ehe_register", "accepted", 3), (None, "rejected", None)]
    assert [one["code"] for one in said.document["findings"]] == ["file_unrecognised"]
    assert list(Path.cwd().iterdir()) == []
    assert sorted(path.name for path in tmp_path.rglob("*") if path.is_file()) == [good.name, strange.name]
    assert command(capsys, "check", good).code == 0


def test_the_store_may_be_named_by_the_surroundings(first, capsys, monkeypatch):
    monkeypatch.setenv("INSIGHT_STORE", str(first[1]))
    assert command(capsys, "values", "--metric", "ehe_count").code == 0


def test_every_verb_has_help_with_an_example(capsys):
    from pipelines.__main__ import app

    verbs = [str(one.name or one.callback.__name__) for one in app.registered_commands if one.callback]
    assert {"sample", "refresh", "check", "status", "values", "releases", "rollback"} <= set(verbs)
    for verb in verbs:
        said = command(capsys, verb, "--help")
        assert said.code == 0
        assert f"python -m pipelines {verb}" in " ".join(said.out.split()), verb


def test_what_should_not_happen_is_told_without_a_row_of_data(first, capsys, monkeypatch):
    def fails(*_, **__):
        raise ValueError("Amy Smith, born 17/03/2012")

    monkeypatch.setattr("pipelines.report.status", fails)
    said = command(capsys, "status", "--store", first[1])
    assert (said.code, said.out) == (2, "")
    assert "ValueError in test_command_line.py" in said.err
    assert "Amy" not in said.err


def test_sample_writes_what_refresh_reads(capsys, tmp_path):
    said = command(capsys, "sample", "--out", tmp_path, "--months", 1, "--to", "2025-01", "--scale", 0.01, "--json")
    files = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert (said.code, said.document["files"]) == (0, len(files))
    assert {path.parents[1].name for path in files} == {f"{date(2025, 1, 1):%Y-%m}"}
    assert command(capsys, "sample", "--out", tmp_path, "--to", "2025").code == 2
