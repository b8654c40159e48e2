"""Every file of the corpus trips the code it is there for and no other; every untidy and sound file trips none."""

from __future__ import annotations

import io
import json
import re
from collections import Counter
from collections.abc import Sequence
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass, replace
from typing import Any

import pytest

from data_contracts.contract import Bounds
from metrics.release_format import Verdict
from pipelines.__main__ import main
from pipelines.agreed import Agreed
from pipelines.intake import fingerprint_of
from pipelines.progress import Steps
from pipelines.refresh import check
from pipelines.rules import checks
from tests.broken_extracts.corpus import BROKEN, EVERY, SOUND, Made, glossary, make
from tests.broken_extracts.entries import SECRET, SECRET_NUMBER, Entry, Spot, cells
from tests.broken_extracts.forms import FORMS
from tests.broken_extracts.histories import CODES as BY_HISTORY
from tests.broken_extracts.histories import NOT_REGULAR, TOLD, Told, leave_links
from tests.broken_extracts.quickly import without_expectations
from tests.docs_kept.test_glossary import AGREED_CODES, FILE_CODES
from tests.pipelines.inbox import CONTRACTS, MONTH, Said, outside
from tests.pipelines.templates import HOME, nhs_number, upn

BORN = ("2012-03-17", "17/03/2012", "2006-05-21", "21/05/2006", "2022-01-19", "19/01/2022", "3/17/2012", "17/03/12")


@dataclass
class Checked:
    """What `check` said of every entry's files, in both ways of saying it."""

    made: dict[str, Made]
    receipts: dict[str, list[dict[str, Any]]]
    findings: dict[str, list[dict[str, Any]]]
    said: list[Said]


def checked(entries: Sequence[Made], *words: str) -> Said:
    return outside("check", *(path for one in entries for path in one.paths), *words)


def within(*words: object) -> Said:
    """A command in this process, whose rows are checked by SQL alone."""
    out, err = io.StringIO(), io.StringIO()
    with without_expectations(), redirect_stdout(out), redirect_stderr(err):
        code = main([str(word) for word in words])
    return Said(code, out.getvalue(), err.getvalue())


@pytest.fixture(scope="module")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> Checked:
    root = tmp_path_factory.mktemp("corpus")
    made = {entry.name: make(entry, place, root) for place, entry in enumerate(EVERY)}
    by_name = {fingerprint_of(one.paths[0]): name for name, one in made.items()}
    assert len(by_name) == len(made), "each file is unlike every other, so that its receipts are known by it"
    said = [checked([*made.values()], "--json")]
    found = Checked(made, {name: [] for name in made}, {name: [] for name in made}, said)
    for one in said:
        assert one.code == 1, one.err[-2000:]
        names = {}
        for receipt in json.loads(one.out)["receipts"]:
            names[receipt["receipt_id"]] = by_name[receipt["fingerprint"]]
            found.receipts[names[receipt["receipt_id"]]].append(receipt)
        for finding in json.loads(one.out)["findings"]:
            found.findings[names[finding["receipt_id"]]].append(finding)
    # In words, for a person: those whose faults stand in the sentences and not in the counts.
    in_words = [path for one in made.values() if one.entry.rows is None for path in one.paths]
    said.append(within("check", *in_words))
    return found


@pytest.mark.parametrize("entry", EVERY, ids=str)
def test_a_file_trips_exactly_the_code_it_is_there_for(corpus: Checked, entry: Entry):
    receipts = corpus.receipts[entry.name]
    assert {finding["code"] for finding in corpus.findings[entry.name]} == entry.codes
    assert len(receipts) == entry.receipts
    if entry.receipts == 1:
        assert receipts[0]["verdict"] == entry.verdict
    counted = [receipt for receipt in receipts if receipt["rows_received"] is not None]
    for receipt in counted:
        assert receipt["rows_received"] == receipt["rows_accepted"] + receipt["rows_quarantined"]
    if entry.rows is None:
        assert counted == []
        assert {receipt["verdict"] for receipt in receipts} == {Verdict.REJECTED}
    else:
        assert sum(receipt["rows_received"] for receipt in counted) == entry.rows
        assert sum(receipt["rows_quarantined"] for receipt in counted) == entry.set_aside


def test_no_traceback_is_seen(corpus: Checked):
    for said in corpus.said:
        assert "Traceback" not in said.out + said.err
        assert "This should not happen" not in said.out + said.err


def test_what_is_searched_for_was_sent(corpus: Checked):
    texts = [path.read_bytes() for one in corpus.made.values() for path in one.paths if path.stat().st_size < 1 << 20]
    together = b"".join(texts)
    assert all(mark.encode() in together for mark in (SECRET, SECRET_NUMBER, *BORN[:2]))
    assert len([text for text in texts if SECRET.encode() in text]) > 60


def test_nothing_that_tells_of_a_child_is_said(corpus: Checked):
    sent = {text for number in range(1000, 1000 + 100 * len(EVERY)) for text in (upn(number), nhs_number(number))}
    for said in corpus.said:
        for stream in (said.out, said.err):
            assert [mark for mark in (SECRET, SECRET_NUMBER, *BORN) if mark in stream] == []
            assert sent.isdisjoint(re.findall(r"[A-Z]8312\d{8}|999\d{7}", stream))
            assert not re.search(r"[\x00-\x08\x0b-\x1f\x7f\u202a-\u202e\u2066-\u2069]", stream)


@dataclass
class Refreshed:
    """What a refresh of two months said, and how much in its inbox was no file."""

    document: dict[str, Any]
    left: int
    said: Said

    def of(self, told: Told) -> tuple[dict[str, Any], set[str]]:
        """The receipt of the second month, and the codes of its findings."""
        (receipt,) = [
            one
            for one in self.document["receipts"]
            if f"{one['agency']}/{one['extract']}" == told.extract and one["reporting_month"] == MONTH
        ]
        findings = [one for one in self.document["findings"] if one["receipt_id"] == receipt["receipt_id"]]
        return receipt, {one["code"] for one in findings}


@pytest.fixture(scope="module")
def refreshed(tmp_path_factory: pytest.TempPathFactory) -> Refreshed:
    """One refresh of both months, as far as the third stop: figures are not this test's business."""
    folder = tmp_path_factory.mktemp("histories")
    for place, told in enumerate(TOLD, start=1):
        told.deliver(folder / "inbox", 1000 * place)
    left = leave_links(folder / "inbox")
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr("pipelines.refresh.edition_of", lambda *_, **__: None)
        said = within("refresh", "--inbox", folder / "inbox", "--store", folder / "store", "--json")
    return Refreshed(said.document, left, said)


@pytest.mark.parametrize("told", TOLD, ids=str)
def test_a_delivery_is_weighed_against_the_one_before_it(refreshed: Refreshed, told: Told):
    receipt, codes = refreshed.of(told)
    assert codes == told.codes
    assert receipt["verdict"] == told.verdict
    assert (receipt["rows_received"], receipt["rows_quarantined"]) == (told.after[0], told.set_aside)
    assert receipt["rows_accepted"] == told.after[0] - told.set_aside


def test_what_is_no_file_is_told_without_a_receipt_and_left(refreshed: Refreshed):
    told = [one for one in refreshed.document["findings"] if one["code"] == NOT_REGULAR]
    assert len(told) == refreshed.left
    assert {(one["receipt_id"], one["severity"]) for one in told} <= {(None, "warning")}
    assert len(refreshed.document["receipts"]) == 2 * len(TOLD)
    assert "Traceback" not in refreshed.said.out + refreshed.said.err


def test_more_rows_set_aside_than_a_contract_allows_refuse_the_delivery(tmp_path, monkeypatch):
    agreed = Agreed.load()
    strict = replace(agreed.contracts[HOME], bounds=Bounds(quarantined_share=0.1))
    monkeypatch.setattr(Agreed, "load", lambda: replace(agreed, contracts={**agreed.contracts, HOME: strict}))
    path = cells(sex="Female")(Spot(tmp_path, HOME, 1))
    with without_expectations():
        outcome = check([path], None, Steps())
    assert [one.code for one in outcome.findings[outcome.receipts[0].receipt_id]] == [
        "too_many_quarantined",
        "sex_unknown_code",
    ]
    assert outcome.receipts[0].rows_quarantined == outcome.receipts[0].rows_received == 5


def test_every_code_of_a_file_has_a_file():
    tripped = {code for entry in EVERY for code in entry.codes} | BY_HISTORY
    # What is put together from a column's name and a fault has a file for the fault.
    told = {*glossary()["Codes for a whole file"], *(FILE_CODES - AGREED_CODES)}
    assert {code for code in told if not is_there(code, tripped)} == set()


def test_every_code_of_rows_and_of_single_contracts_has_a_file():
    tripped = {code for entry in EVERY for code in entry.codes} | BY_HISTORY
    told = {*glossary()["Codes for rows"], *glossary()["Codes of single contracts"]}
    of_rules = {rule.code for contract in CONTRACTS.values() for rule in contract.rules}
    of_rows = {check.code for contract in CONTRACTS.values() for check in checks(contract) if check.column is None}
    assert {code for code in told | of_rules | of_rows if not is_there(code, tripped)} == set()


def is_there(code: str, tripped: set[str]) -> bool:
    """Whether a code, or the fault that it names, is among those tripped."""
    fault = re.sub(r"^<[^>]*>", "", code)
    return code in tripped or (fault.startswith("_") and any(one.endswith(fault) for one in tripped))


def test_every_extract_and_every_form_has_broken_files_and_no_name_comes_twice():
    assert {entry.extract for entry in BROKEN} == set(CONTRACTS)
    assert {entry.extract for entry in SOUND} == set(CONTRACTS)
    assert max(Counter(entry.name for entry in EVERY).values()) == 1
    assert len(BROKEN) >= 150
    assert len(SOUND) >= 60
    assert len(FORMS) >= 9
