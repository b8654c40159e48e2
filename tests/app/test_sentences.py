"""Sentences are true for any figure, and none of them gives away a hidden one."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drawing import labels, overview, sentences, wording
from drawing.release import Cell, Series, month_end
from metrics.release_format import Status
from tests.app.cells import END, NO_NUMBER, UNITS, VALUES, cell, metric, series

POLICY = "primary suppression below 5"
HIDDEN, LATE = Status.SUPPRESSED, Status.NOT_AVAILABLE
LISTS = st.lists(VALUES, min_size=1, max_size=25)


@given(LISTS, st.sampled_from(UNITS))
def test_every_series_has_its_sentences(values: list[float | Status], unit: str) -> None:
    drawn = series(values, unit)
    for words in (
        sentences.meaning(drawn, END, POLICY),
        sentences.trend_finding(drawn, END),
        sentences.alternative(drawn, END),
    ):
        assert words
        assert not re.search(r"None|nan|\b1 (months|measures|groups)\b|-\d|  |\.\.", words), words
    assert sentences.meaning(drawn, END, POLICY).endswith(".")


@given(LISTS, st.sampled_from(UNITS), st.sampled_from([1, 12]))
def test_a_change_is_said_only_between_two_figures_that_are_shown(
    values: list[float | Status], unit: str, months: int
) -> None:
    drawn = series(values, unit)
    change = sentences.change(drawn, END, months)
    now, then = drawn.at(END), drawn.at(month_end(END, -months))
    if change is None:
        assert then is None
    elif now is None or then is None or now.number is None or then.number is None:
        assert not change.direction
        assert not re.search(r"\d", change.words), "nothing may be worked out from a change to or from a hidden figure"
    else:
        assert (
            change.direction == {1: "up", 0: "same", -1: "down"}[wording.difference(now.number, then.number, unit)[0]]
        )


@given(LISTS, st.sampled_from(UNITS))
def test_a_rank_is_claimed_only_when_it_is_certain(values: list[float | Status], unit: str) -> None:
    drawn = series(values, unit)
    words = sentences.standing(drawn, END)
    if not words:
        return
    numbers = [wording.as_shown(c.number, unit) for c in drawn.cells if c.number is not None]
    assert all(c.status not in (Status.SUPPRESSED, Status.LOW) for c in drawn.cells)
    if words.startswith("highest"):
        assert all(numbers[-1] > other for other in numbers[:-1])
    elif words.startswith("lowest"):
        assert all(numbers[-1] < other for other in numbers[:-1])
    elif words.startswith("unchanged"):
        assert len(set(numbers)) == 1
    else:
        assert len(set(numbers)) > 1
    assert ("with a figure" in words) == (len(numbers) < len(drawn.cells))


@pytest.mark.parametrize(
    ("now", "words"),
    [
        (Status.SUPPRESSED, "Between 1 and 4: hidden to protect children."),
        (Status.NOT_AVAILABLE, "No figure for September 2025. Last available: 12, August 2025."),
        (Status.NOT_APPLICABLE, "Nothing to measure in September 2025."),
        (Status.LOW, "More than zero, but rounds to zero."),
        (0, "Lowest of the 7 months."),
    ],
)
def test_each_state_has_its_own_words(now: float | Status, words: str) -> None:
    assert sentences.meaning(series([14, 13, 15, 13, 14, 12, now]), END, POLICY) == words


def test_the_first_month_says_so() -> None:
    assert sentences.meaning(series([7]), END, POLICY) == "The first month with figures."
    assert sentences.changes(series([7]), END) == []


def test_the_threshold_is_named_only_where_every_hidden_number_is_below_it() -> None:
    assert sentences.hidden("primary suppression below 8", metric()) == "Between 1 and 7: hidden to protect children"
    share = sentences.hidden(POLICY, metric("percent"))
    assert share == "Hidden to protect children: a number behind it is between 1 and 4"
    for policy in (
        "",
        "secondary suppression",
        "primary suppression below 5 and rounding",
        "primary suppression below 2",
    ):
        assert sentences.hidden(policy, metric()) == "Hidden to protect children"
    as_sent = replace(metric(), lane="return")
    assert sentences.hidden(POLICY, as_sent) == "Hidden to protect children", "the sender may have a rule of its own"


@pytest.mark.parametrize(
    ("value", "unit", "words"),
    [(1, "weeks", "1\u00a0week"), (13, "weeks", "13\u00a0weeks"), (12.5, "weeks", "12.5\u00a0weeks"), (0, "count", "0"),
     (95, "percent", "95%"), (1, "per_100", "1\u00a0per 100"), (1_500_000, "gbp", "£1.5m")],
)  # fmt: skip
def test_a_target_is_written_short(value: float, unit: str, words: str) -> None:
    assert sentences.quantity_short(value, unit) == words


def test_a_year_to_date_is_not_ranked_among_shorter_ones() -> None:
    drawn = series([float(n) for n in range(1, 13)], grain="calendar_ytd")
    assert sentences.meaning(drawn, END, POLICY) == "September 2025."


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ([520.0] * 12 + [551.0], "31 more than a year ago"),
        ([551.0] * 12 + [550.0], "1 fewer than a year ago"),
        ([551.0] * 13, "Same as a year ago"),
        ([Status.SUPPRESSED] * 12 + [550.0], "Not compared with a year ago"),
        ([Status.NOT_AVAILABLE] * 12 + [550.0], "No comparison with a year ago"),
    ],
)
def test_a_change_in_words(values: list[float | Status], words: str) -> None:
    changes = sentences.changes(series(values), END)
    assert changes[0].words == words


@given(LISTS, st.sampled_from(UNITS), st.sampled_from(["higher_better", "lower_better", "neutral", ""]))
def test_a_change_is_better_or_worse_only_where_figures_differ_and_the_measure_says_which(
    values: list[float | Status], unit: str, direction: str
) -> None:
    for change in sentences.changes(series(values, unit, direction=direction), END):
        says = change.direction in ("up", "down") and direction in ("higher_better", "lower_better")
        assert bool(change.verdict) == says
        if says:
            assert (change.verdict == "better") == ((change.direction == "up") == (direction == "higher_better"))


@pytest.mark.parametrize(
    ("policy", "words"),
    [
        ("primary suppression below 5", "Counts of children from 1 to 4 are hidden."),
        ("primary suppression below 10", "Counts of children from 1 to 9 are hidden."),
        ("rounding to 5", "What is hidden follows the policy “rounding to 5”."),
        ("", "No policy on what to hide is named."),
    ],
)
def test_the_foot_promises_only_what_the_policy_does(policy: str, words: str) -> None:
    said = sentences.protection(policy)
    assert said.startswith(words)
    assert ("not yet checked against one another" in said) == ("from 1 to" in said)


def test_earlier_hidden_months_are_counted() -> None:
    assert sentences.meaning(series([7.0, HIDDEN, 8.0]), END, POLICY) == "1 earlier month is hidden."
    assert sentences.meaning(series([HIDDEN, 7.0, HIDDEN, 8.0]), END, POLICY) == "2 earlier months are hidden."


def test_a_hidden_month_tells_its_12_months_unless_they_would_give_it_away() -> None:
    year = series([43.0], grain="rolling_12m")
    hidden = "Between 1 and 4: hidden to protect children."
    told = f"{hidden} 43 in the 12 months to September 2025."
    assert sentences.meaning(series([6.0] * 10 + [HIDDEN, HIDDEN]), END, POLICY, year) == told
    assert sentences.meaning(series([HIDDEN] + [6.0] * 11 + [HIDDEN]), END, POLICY, year) == hidden
    assert sentences.meaning(series([HIDDEN, HIDDEN]), END, POLICY, series([HIDDEN], grain="rolling_12m")) == hidden
    assert "12 months" not in sentences.meaning(series([6.0, 7.0]), END, POLICY, year)


def test_words_for_a_picture_name_the_measure() -> None:
    assert sentences.alternative(series([7.0, 8.0]), END).startswith("Test measure: from 7 in August 2025 to 8")


def test_what_is_not_known_is_no_group_that_is_highest_or_lowest() -> None:
    cells = [cell(v, category=c) for c, v in (("a", 5.0), ("b", 9.0), ("unknown", 40.0), ("a*unknown", 1.0))]
    assert sentences.breakdown_finding(cells, "service", "count") == "Highest for B (9), lowest for A (5)"
    assert sentences.breakdown_finding(cells[2:3], "service", "count") == "Not known: 40"


def _aimed(*values: float | Status) -> str:
    lists = [series([v], target=10) for v in values] + [series([3.0])]
    return overview.summary(lists, END).split(". ", 1)[1]


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ([9.0, 8.0, 7.0, 11.0], "Of the 4 with a target, 3 meet it."),
        ([11.0, 12.0, HIDDEN, HIDDEN], "Of the 4 with a target, none is known to meet it; 2 are hidden."),
        ([9.0, HIDDEN, LATE], "Of the 3 with a target, 1 meets it; 1 is hidden and 1 has no figure."),
        ([11.0, 12.0], "Of the 2 with a target, none meets it."),
        ([11.0], "The one with a target does not meet it."),
        ([HIDDEN], "The one with a target is hidden."),
        ([LATE], "The one with a target has no figure."),
        ([Status.LOW], "The one with a target is not judged."),
    ],
)
def test_every_measure_with_a_target_is_counted_whether_or_not_it_can_be_judged(
    values: list[float | Status], words: str
) -> None:
    assert _aimed(*values) == words


def test_a_year_to_date_is_not_compared_with_the_month_before() -> None:
    assert [months for months, _ in sentences.steps("calendar_ytd")] == [12]
    assert sentences.change(series([1.0, 2.0], grain="quarter"), END, 3) is None


@pytest.mark.parametrize(
    ("value", "direction", "target", "words"),
    [
        (100.0, "higher_better", 100, ("100%", "met")),
        (99.99, "higher_better", 100, ("100%", "just short")),
        (51.0, "higher_better", 100, ("100%", "not met")),
        (12.0, "lower_better", 13, ("13%", "met")),
        (51.0, "neutral", 100, ("100%", "")),
        (Status.SUPPRESSED, "higher_better", 100, ("100%", "")),
    ],
)
def test_a_target_is_judged_only_against_a_figure(
    value: float | Status, direction: str, target: float, words: tuple[str, str]
) -> None:
    drawn = series([value], "percent", direction=direction, target=target)
    assert sentences.target_words(drawn.metric, drawn.at(END), drawn.metric.target_at(END)) == words


def test_a_target_that_has_not_begun_is_not_in_force() -> None:
    assert metric(target=100).target_at(END.replace(year=2013)) is None


CELLS = st.lists(st.one_of(st.integers(0, 60).map(float), NO_NUMBER), max_size=8)


def _breakdown(values: list[float | Status]) -> list[Cell]:
    return [
        cell(None, END, v, category=f"c{i}") if isinstance(v, Status) else cell(v, END, category=f"c{i}")
        for i, v in enumerate(values)
    ]


@given(CELLS)
def test_a_breakdown_names_the_highest_of_those_shown(values: list[float | Status]) -> None:
    cells = _breakdown(values)
    words = sentences.breakdown_finding(cells, "service", "count")
    known = [c for c in cells if c.number is not None]
    hidden = sum(c.status is Status.SUPPRESSED for c in cells)
    assert ("hidden" in words) == (hidden > 0)
    if "lowest" in words:
        assert not hidden, "a hidden group could be lower still"
    if words.startswith("Highest for"):
        top = max(c.number or 0 for c in known)
        for found in known:
            named = f"C{found.category[1:]}" in words.split("(")[0]
            assert named == (found.number == top)


def test_ties_and_single_groups_read_as_sentences() -> None:
    def finding(*values: float | Status) -> str:
        return sentences.breakdown_finding(_breakdown(list(values)), "service", "count")

    assert finding() == "No figures to break down"
    assert finding(Status.SUPPRESSED) == "Every group is hidden to protect children"
    assert finding(7) == "C0: 7"
    assert finding(7, 7) == "7 in each of 2 groups"
    assert finding(7, 7, 3) == "Highest for C0 and C1 (7), lowest for C2 (3)"
    assert finding(7, 3, Status.SUPPRESSED) == "Highest for C0 (7); 1 group is hidden"
    assert finding(7, 7, 7, 3) == "3 groups are equal highest (7)"


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ([[1.0]], "The one headline measure has a figure for {month}."),
        ([[1.0], [2.0]], "All 2 headline measures have a figure for {month}."),
        ([[1.0], [HIDDEN]], "1 of 2 headline measures has a figure for {month}; 1 is hidden to protect children."),
        ([[LATE], [LATE]], "None of 2 headline measures has a figure for {month}; 2 are not available."),
        ([[HIDDEN], [HIDDEN]], "All 2 headline measures are hidden to protect children in {month}."),
    ],
)
def test_the_sum_of_the_overview_counts_every_measure_once(values: list[list[float | Status]], words: str) -> None:
    lists: list[Series] = [series(v) for v in values]
    assert overview.summary(lists, END) == words.format(month="September 2025")


def test_yes_and_no_are_named_with_what_they_answer() -> None:
    cells = [cell(7.5e6, category="true"), cell(12.4e6, category="false")]
    assert sentences.breakdown_finding(cells, "in_area", "gbp") == "In the local area: yes £7.5m, no £12.4m"
    hidden = cell(None, category="true", status=Status.SUPPRESSED)
    assert sentences.breakdown_finding([cell(9.0, category="false"), hidden], "in_area", "count") == (
        "In the local area: no 9; 1 group is hidden"
    )


def test_hours_of_help_are_more_and_not_longer() -> None:
    drawn = series([76.0, *[80.0] * 11, 81.0], "hours")
    assert [c.words.replace("\u00a0", " ") for c in sentences.changes(drawn, END)] == [
        "5.0 hours more than a year ago",
        "1.0 hours more than in August",
    ]


@pytest.mark.parametrize(
    ("dimension", "code", "said"),
    [
        ("age", "under_25", "Under 25 years"),
        ("age_band", "11-15", "11 to 15 years"),
        ("nc_year", "R", "Reception"),
        ("cohort", "care_experienced_with_send", "Care experienced with SEND"),
    ],
)
def test_codes_are_in_words(dimension: str, code: str, said: str) -> None:
    assert labels.category_label(dimension, code) == said
