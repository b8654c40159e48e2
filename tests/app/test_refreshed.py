"""What the commands answered is said truly: for none, one and many, for what was refused, missing or not understood."""

from __future__ import annotations

from typing import Any

import pytest

from drawing import refreshed
from drawing.refreshed import Ended
from metrics.release_format import Verdict

R1, R2 = "2025-09.r1", "2025-09.r2"


def receipt(number: int, verdict: str = "accepted", aside: int = 0, **other: Any) -> dict[str, Any]:
    rows = dict.fromkeys(("rows_received", "rows_accepted", "rows_quarantined"))
    if verdict != "rejected":
        rows = {"rows_received": 10, "rows_accepted": 10 - aside, "rows_quarantined": aside}
    return {
        "receipt_id": f"r{number}", "agency": "education", "extract": "ehe_register", "reporting_month": "2025-09",
        "verdict": verdict, "file": f"file_{number}.csv", **rows, **other,
    }  # fmt: skip


def finding(number: int, severity: str = "error", row_count: int | None = 1) -> dict[str, Any]:
    return {
        "receipt_id": f"r{number}", "code": "sex_unknown_code", "severity": severity, "column_name": None,
        "sentence": "sex is one of M, F or U.", "row_count": row_count,
    }  # fmt: skip


def checked(*receipts: dict[str, Any], findings: tuple[dict[str, Any], ...] = ()) -> list[refreshed.Checked]:
    return refreshed.checked({"receipts": list(receipts), "findings": list(findings)})


@pytest.mark.parametrize(
    ("receipts", "said"),
    [
        ([], "Nothing was checked."),
        ([receipt(1)], "The one delivery would be accepted."),
        ([receipt(1, "rejected")], "The one delivery would be refused."),
        ([receipt(1), receipt(2)], "All 2 deliveries would be accepted."),
        ([receipt(1, "rejected"), receipt(2, "rejected")], "All 2 deliveries would be refused."),
        (
            [receipt(1, aside=1), receipt(2, "rejected")],
            "1 of 2 deliveries would be accepted, and 1 refused; 1 row would be set aside and count nowhere.",
        ),
    ],
)
def test_a_check_is_summed_up(receipts: list[dict[str, Any]], said: str) -> None:
    assert refreshed.check_summary(checked(*receipts)) == said


def test_the_refused_come_first_and_findings_about_the_file_are_told_as_such() -> None:
    ones = checked(receipt(1), receipt(2, aside=3), receipt(3, "rejected", extract=None, reporting_month=None),
                   findings=(finding(2, "warning", 9), finding(2), finding(3, row_count=None)))  # fmt: skip
    assert [one.file for one in ones] == ["file_3.csv", "file_2.csv", "file_1.csv"]
    assert [one.named({"education": "Education"}) for one in ones[:2]] == [
        refreshed.NOT_RECOGNISED,
        "Education: register of elective home education",
    ]
    assert [f.effect for f in ones[1].findings] == ["Rows set aside", "Counted, with a warning"]
    assert (ones[0].month, refreshed.exactly(ones[0].findings[0].row_count)) == (None, "the whole file")


@pytest.mark.parametrize(
    "document",
    [None, {}, {"receipts": [], "findings": 7}, {"receipts": [{}], "findings": []},
     {"receipts": [receipt(1, "lovely")], "findings": []},
     {"receipts": [receipt(1, reporting_month="May")], "findings": []}],
)  # fmt: skip
def test_an_answer_that_is_not_as_agreed_is_not_guessed_at(document: dict[str, Any] | None) -> None:
    with pytest.raises(refreshed.NotUnderstood):
        refreshed.checked(document)


@pytest.mark.parametrize("verdict", [v for v in Verdict if v not in (Verdict.MISSING, Verdict.NOT_STARTED)])
def test_every_verdict_of_a_file_has_words_before_and_after(verdict: Verdict) -> None:
    [one] = checked(receipt(1, str(verdict)))
    assert refreshed.verdict_words(one, is_received=False).startswith("Would be")
    assert not refreshed.verdict_words(one, is_received=True).startswith("Would")


def ended(exit_code: int | None, **other: Any) -> Ended:
    facts: dict[str, Any] = {"is_stopped": False, "is_understood": True, "told": "", "before": R1, "after": R1} | other
    return Ended(exit_code, **facts)


@pytest.mark.parametrize(
    ("how", "title", "among"),
    [
        (ended(0, is_published=True, after=R2), f"Release {R2} is in force", f"It takes the place of release {R1}."),
        (ended(0, is_published=True, before="", after=R1), f"Release {R1} is in force", "It is the first release."),
        (ended(0, is_published=True, before=R2, after=R2), f"Release {R2} is in force", "An earlier refresh had made"),
        (ended(1, is_published=True, after=R2), f"Release {R2} is in force", "the page Deliveries names it"),
        (ended(0), "Nothing new", f"Every file was received before. Release {R1} stays in force."),
        (ended(3), "Nothing could be published", f"Release {R1} stays in force."),
        (ended(3, before="", after=""), "Nothing could be published", "There is no release yet."),
        (ended(3, is_understood=False, told="No room."), "The refresh did not come to its end", "No room."),
        (ended(4, is_understood=False), "Another refresh is running", "Your files still wait."),
        (ended(-9, is_understood=False), "The refresh did not come to its end", "Refresh again: it goes on"),
        (ended(None, is_understood=False), "The refresh did not come to its end", "docs/HOWTO.md says how."),
        (ended(-15, is_understood=False, is_stopped=True), "The refresh was stopped", "What was received is kept."),
    ],
)  # fmt: skip
def test_every_end_of_a_refresh_is_said_with_what_to_do(how: Ended, title: str, among: str) -> None:
    assert refreshed.refresh_title(how) == title
    assert among in " ".join(refreshed.refresh_sentences(how, [], 0))


def test_what_a_refresh_read_and_took_is_counted() -> None:
    said = refreshed.refresh_sentences(
        ended(1, is_published=True, after=R2), checked(receipt(1, aside=2), receipt(2, "rejected")), 1
    )
    assert said[1:] == [
        "2 deliveries were read: 1 was refused and 2 rows were set aside.",
        "1 file was received and waits no longer.",
    ]
    assert refreshed.received_summary(checked(receipt(1))) == "1 delivery was read."


@pytest.mark.parametrize(
    ("count", "said"),
    [
        (0, "No figure that was shown before has changed."),
        (1, "1 figure that was shown before has changed."),
        (1234, "1,234 figures that were shown before have changed."),
    ],
)
def test_figures_that_changed_are_counted(count: int, said: str) -> None:
    assert refreshed.revised_sentence(count) == said


@pytest.mark.parametrize(
    ("in_bytes", "said"), [(0, "no bytes"), (1, "1 byte"), (999, "999 bytes"), (1500, "2 kB"), (3_400_000, "3.4 MB")]
)
def test_a_size_is_readable(in_bytes: int, said: str) -> None:
    assert refreshed.size(in_bytes) == said


@pytest.mark.parametrize(
    ("seconds", "said"),
    [(0, "Just begun"), (1, "For 1 second"), (60, "For 1 minute"), (125, "For 2 minutes 5 seconds")],
)
def test_the_time_so_far_is_said(seconds: int, said: str) -> None:
    assert refreshed.elapsed(seconds) == said


def test_an_earlier_release_that_could_not_be_put_back_is_said() -> None:
    title, said = refreshed.rollback_words(ended(4, told=""), R1)
    assert title == "The release was not changed"
    assert "Another program" in said[0]
    assert refreshed.rollback_words(ended(0, before=R2, after=R1), R1)[0] == f"Release {R1} is in force again"


@pytest.mark.parametrize("agency", ["", "Health"])
def test_nothing_to_send_back_says_to_whom(agency: str) -> None:
    assert ("Health" in refreshed.nothing_to_send_back(agency)) == bool(agency)
