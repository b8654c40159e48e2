"""Great Expectations and the pass that sets rows aside see the same rows, however many; if not, the refresh stops."""

from __future__ import annotations

import pytest

from pipelines import expectations
from pipelines.expectations import Expectations, ExpectationsDisagree, agree, set_aside
from pipelines.rules import Check, checks
from pipelines.store import Store
from tests.pipelines.inbox import (
    CONTRACTS,
    as_table,
    command,
    deliver,
    empty_warehouse,
    query,
    received,
    run,
    stage_file,
    write_lines,
)
from tests.pipelines.templates import HOME, row, rows

CONTRACT = CONTRACTS[HOME]
MANY = 1_000
WRONG_LETTER = "A801200005001"


@pytest.fixture(scope="module")
def counted(tmp_path_factory):
    """What both ways of counting say of 1,000 faulty rows of each of several kinds."""
    inbox = tmp_path_factory.mktemp("inbox")
    faults = [
        {"sex": "Q"},
        {"start_date": ""},
        {"end_date": "2024-01-14"},
        {"ward": "Hilton"},
        {"upn": "A801200005001"},
    ]
    table = rows(HOME, 50)
    for place, fault in enumerate(faults, start=1):
        table += rows(HOME, MANY, first=10_000 * place, **fault)
    table += [row(HOME, 1, sex="M")]
    path = write_lines(inbox / "ehe_register_2025-09.csv", as_table(table))
    with empty_warehouse() as connection:
        stage_file(connection, received(path, inbox))
        everything = checks(CONTRACT)
        great = Expectations(connection)
        try:
            expected = great.validate(CONTRACT, everything)
            set_aside_counts = set_aside(connection, CONTRACT, everything)
            ((aside,),) = connection.execute("select count(*) from desk.broken").fetchall()
        finally:
            great.close()
    return expected, set_aside_counts, aside


def test_both_count_the_same_far_beyond_200_rows(counted):
    expected, set_aside_counts, _ = counted
    assert expected == set_aside_counts
    assert {code: count for code, count in expected.items() if count} == {
        "sex_unknown_code": MANY,
        "start_date_missing": MANY,
        "end_date_before_start_date": MANY,
        "ward_outside_area": MANY,
        "upn_check_letter": MANY,
        "spell_id_duplicate": 2,
    }


def test_every_check_is_counted_also_where_nothing_breaks_it(counted):
    assert set(counted[0]) == set(counted[1]) == {check.code for check in checks(CONTRACT)}


def test_rows_that_only_warn_are_not_set_aside(counted):
    assert counted[2] == 4 * MANY + 2


def test_an_expectation_that_cannot_be_evaluated_is_named(tmp_path):
    broken = Check("sex_impossible", "sex", "error", "sex is sensible.", "no_such_column > 1")
    path = deliver(tmp_path, HOME, rows(HOME, 1))
    with empty_warehouse() as connection:
        stage_file(connection, received(path, tmp_path))
        great = Expectations(connection)
        try:
            with pytest.raises(ExpectationsDisagree, match="could not evaluate the check sex_impossible"):
                great.validate(CONTRACT, [broken])
        finally:
            great.close()


def test_a_difference_of_one_row_is_a_disagreement_that_names_the_check():
    agree(CONTRACT, {"a": 3, "b": 0}, {"a": 3, "b": 0})
    with pytest.raises(ExpectationsDisagree, match="education/ehe_register: .* for a, c"):
        agree(CONTRACT, {"a": 3, "b": 0}, {"a": 4, "b": 0, "c": 1})


def test_a_disagreement_stops_the_refresh_and_the_next_one_goes_on_from_there(tmp_path, monkeypatch, capsys):
    deliver(tmp_path / "inbox", HOME, rows(HOME, 12))
    store = Store(tmp_path / "store")
    validate = Expectations.validate
    with monkeypatch.context() as patch:
        patch.setattr(
            expectations.Expectations,
            "validate",
            lambda *given: validate(*given) | {"sex_unknown_code": 1},
        )
        said = command(capsys, "refresh", "--inbox", tmp_path / "inbox", "--store", store.root)
    assert said.code != 0
    assert "Nothing was published" in said.err
    assert "Traceback" not in said.err + said.out
    assert store.release_ids() == []
    assert store.in_force() is None
    assert query(store.warehouse, "select count(*) from ledger.receipt") == [(0,)]
    outcome = run(store.root, tmp_path / "inbox")
    assert (outcome.published, [one.rows_accepted for one in outcome.receipts]) == (True, [12])
