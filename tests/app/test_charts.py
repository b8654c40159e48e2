"""A chart shows what is known, and where something is hidden it shows nothing about it."""

from __future__ import annotations

import base64
import re
from dataclasses import replace
from datetime import date
from itertools import pairwise
from typing import Any

import plotly.graph_objects as go
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from drawing import calendar, charts
from drawing.deliveries import Delivery
from drawing.release import Cell, Series, month_end
from drawing.sparkline import key, sparkline
from drawing.theme import DARK, LIGHT
from metrics.release_format import Status, Verdict
from tests.app.cells import END, UNITS, VALUES, cell, metric, series

POLICY = "primary suppression below 5"


def _lines(figure: go.Figure) -> list[Any]:
    return [trace for trace in figure.data if trace.mode == "lines"]


@pytest.mark.parametrize("unit", ["count", "weeks", "gbp", "per_100", "days", "hours"])
def test_counts_times_and_money_start_at_zero(unit: str) -> None:
    figure = charts.trend(series([900.0, 910.0, 905.0], unit), END, LIGHT, POLICY)
    assert figure.layout.yaxis.range[0] == 0


def test_a_share_that_hardly_moves_is_not_flattened() -> None:
    figure = charts.trend(series([92.1, 93.0, 92.8], "percent"), END, LIGHT, POLICY)
    assert 80 < figure.layout.yaxis.range[0] < 92.1


def test_hidden_months_are_hollow_marks_on_the_axis_and_the_line_breaks() -> None:
    figure = charts.trend(series([40.0, 30.0, Status.SUPPRESSED, 20.0, 25.0]), END, LIGHT, POLICY)
    hollow = next(t for t in figure.data if t.hovertext and "Between 1 and 4" in t.hovertext[0])
    assert list(hollow.y) == [figure.layout.yaxis.range[0]]
    assert hollow.marker.color == LIGHT.paper
    assert [list(line.y) for line in _lines(figure)] == [[40, 30], [20, 25]]


def test_a_month_that_is_not_available_leaves_a_gap() -> None:
    figure = charts.trend(series([40.0, 30.0, Status.NOT_AVAILABLE, 20.0, 25.0]), END, LIGHT, POLICY)
    assert [list(line.y) for line in _lines(figure)] == [[40, 30], [20, 25]]


def test_a_year_to_date_begins_a_new_line_with_every_year() -> None:
    ends = [month_end(END, -back) for back in (2, 1, 0)]
    starts = [date(2024, 9, 1), date(2024, 9, 1), date(2025, 9, 1)]
    cells = [Cell(start, end, value=value) for start, end, value in zip(starts, ends, (80.0, 90.0, 7.0), strict=True)]
    drawn = Series(metric(), "academic_ytd", tuple(cells))
    assert [[c.value for c in run] for run in drawn.runs()] == [[80, 90], [7]]


def _by_year(*values: float) -> Series:
    ends = [date(2023 + place, 8, 31) for place in range(len(values))]
    cells = [Cell(month_end(e, -11).replace(day=1), e, value=v) for e, v in zip(ends, values, strict=True)]
    return Series(metric("score"), "academic_ytd", tuple(cells))


def test_whole_years_are_joined_and_have_a_date_each() -> None:
    drawn = _by_year(45.0, 43.1, 42.9)
    assert drawn.is_by_year
    assert [len(run) for run in drawn.runs()] == [3]
    axis = charts.trend(drawn, drawn.cells[-1].period_end, LIGHT, POLICY).layout.xaxis
    assert axis.ticktext == tuple(f"Aug<br><b>{year}</b>" for year in (2023, 2024, 2025))


def test_few_figures_have_their_own_dates_unless_two_would_meet() -> None:
    every = series([float(place) for place in range(25)])
    terms = replace(every, cells=every.cells[::4])
    assert charts.trend(terms, END, LIGHT, POLICY).layout.xaxis.tickvals == tuple(c.period_end for c in terms.cells)
    close = replace(every, cells=(*every.cells[::4], every.cells[23], every.cells[24]))
    ticks = charts.trend(close, END, LIGHT, POLICY).layout.xaxis.tickvals
    assert [b.month - a.month for a, b in pairwise(ticks)][:2] == [3, -9]


def test_what_is_sent_each_term_is_one_line_and_a_group_without_anybody_breaks_its_own() -> None:
    every = series([1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0, 9.0])
    terms = replace(every, cells=tuple(every.cells[i] for i in (0, 3, 7, 8)))
    assert [len(run) for run in terms.runs()] == [4]
    assert [len(run) for run in replace(terms, dimension="sex", category="F").runs()] == [1, 1, 2]


def test_provisional_months_are_dashed() -> None:
    drawn = series([40.0, 30.0, 20.0])
    cells = [*drawn.cells[:-1], cell(20.0, END, is_provisional=True)]
    figure = charts.trend(type(drawn)(drawn.metric, "month", tuple(cells)), END, LIGHT, POLICY)
    assert [line.line.dash for line in _lines(figure)] == ["solid", "3px,3px"]


def test_nothing_but_hidden_months_has_no_scale() -> None:
    figure = charts.trend(series([Status.SUPPRESSED] * 5), END, LIGHT, POLICY)
    assert figure.layout.yaxis.visible is False
    assert not _lines(figure)


def test_the_latest_figure_and_the_target_are_labelled() -> None:
    drawn = series([40.0, 51.04], "percent", direction="higher_better", target=100)
    figure = charts.trend(drawn, END, LIGHT, POLICY, drawn.metric.target_at(END))
    texts = [a.text for a in figure.layout.annotations]
    assert "<b>51.0%</b>" in texts
    assert "Target 100%" in texts


@given(st.lists(VALUES, max_size=25), st.sampled_from(UNITS))
@settings(max_examples=40)
def test_any_series_can_be_drawn_in_both_palettes(values: list[float | Status], unit: str) -> None:
    drawn = series(values, unit)
    assert charts.trend(drawn, END, LIGHT, POLICY).to_json()
    assert charts.trend(drawn, END, DARK, POLICY, context=drawn).to_json()
    assert charts.bars(charts.ordered(drawn.cells, "service"), "service", drawn.metric, LIGHT, POLICY).to_json()


def test_a_hidden_category_has_no_bar_and_says_so() -> None:
    cells = [cell(30.0, category="F"), cell(None, status=Status.SUPPRESSED, category="U")]
    figure = charts.bars(cells, "sex", metric(), LIGHT, POLICY)
    bar = figure.data[0]
    assert dict(zip(figure.layout.yaxis.ticktext, bar.x, strict=True)) == {"Female": 30, "Not recorded": 0}
    assert " [c] hidden to protect children" in bar.text


def _side_of_the_label(values: list[float]) -> str:
    figure = charts.trend(series([*values, Status.SUPPRESSED]), END, LIGHT, POLICY)
    return str(next(a.yanchor for a in figure.layout.annotations if a.text.endswith("August 2025")))


def test_the_label_of_an_earlier_month_keeps_clear_of_a_line_that_comes_down_to_it() -> None:
    assert _side_of_the_label([50.0, 90.0, 60.0]) == "top"
    assert _side_of_the_label([50.0, 40.0, 60.0]) == "bottom"
    assert _side_of_the_label([90.0]) == "bottom"
    assert _side_of_the_label([50.0, 90.0, 0.0]) == "bottom", "there is no room under a nought"


def test_the_last_figure_stands_in_the_margin_which_has_room_for_it() -> None:
    for unit, said in (("count", "1,200"), ("per_100", "per 100"), ("weeks", "1,200.0")):
        figure = charts.trend(series([900.0, 1200.0], unit), END, LIGHT, POLICY)
        label = next(a for a in figure.layout.annotations if said in a.text)
        assert (label.xanchor, label.yanchor) == ("left", "middle")
        assert figure.layout.margin.r > 7 * len(said)


def test_the_words_of_two_lines_stand_on_opposite_sides() -> None:
    one, everyone = series([40.0, 30.0], "percent"), series([40.0, 30.1], "percent")
    figure = charts.trend(one, END, LIGHT, POLICY, context=everyone)
    assert {a.text: a.yanchor for a in figure.layout.annotations} == {"<b>30.0%</b>": "top", "Everyone": "bottom"}


def test_millions_of_pounds_are_written_on_the_axis_as_in_the_text() -> None:
    axis = charts.trend(series([2.1e6, 6.7e6], "gbp"), END, LIGHT, POLICY).layout.yaxis
    assert axis.ticktext == ("£0", "£2m", "£4m", "£6m")
    assert axis.tickvals == (0, 2e6, 4e6, 6e6)
    assert charts.trend(series([2100.0], "gbp"), END, LIGHT, POLICY).layout.yaxis.tickprefix == "£"


def test_a_long_name_of_a_bar_has_the_height_of_its_lines() -> None:
    long = "Children of families who have only just moved into the area and wait for a place"
    cells = [cell(9.0, category="short"), cell(8.0, category=long), cell(7.0, category=long + " too")]
    figure = charts.bars(cells, "reason", metric(), LIGHT, POLICY)
    axis = figure.layout.yaxis
    tops = [(place, name.count("<br>") + 1) for place, name in zip(axis.tickvals, axis.ticktext, strict=True)]
    for (low, under), (high, over) in pairwise(tops):
        assert high - low >= charts.LINE_HEIGHT * (under + over) / 2
    assert figure.layout.height >= axis.range[1] - axis.range[0], "a unit of the axis is a pixel at least"


def test_the_words_of_the_bars_name_the_measure() -> None:
    assert charts.bars_alternative([cell(3.0, category="F")], "sex", metric()) == "Test measure by sex: Female 3."
    assert charts.bars_alternative([], "sex", metric()) == "Test measure by sex: no figures."


def test_the_key_of_the_lines_names_this_month_hidden_months_and_the_target() -> None:
    words = re.sub(r"<[^>]+>", " ", key())
    assert all(mark in words for mark in ("this month", "hidden month", "target"))


def test_ages_keep_their_order_and_others_go_from_the_highest() -> None:
    ages = [cell(float(n), category=c) for c, n in (("5-10", 9), ("11-15", 3), ("0-4", 1), ("unknown", 40))]
    assert [c.category for c in charts.ordered(ages, "age_band")] == ["0-4", "5-10", "11-15", "unknown"]
    needs = [cell(1.0, category="HI"), cell(5.0, category="ASD"), cell(9.0, category="unknown"),
             cell(None, status=Status.SUPPRESSED, category="VI")]  # fmt: skip
    assert [c.category for c in charts.ordered(needs, "primary_need")] == ["ASD", "HI", "VI", "unknown"]


def _svg(image: str) -> str:
    found = re.search(r"base64,([^\"]+)", image)
    assert found
    return base64.b64decode(found[1]).decode()


@given(st.lists(VALUES, max_size=25), st.one_of(st.none(), st.floats(-100, 5000)))
def test_a_sparkline_stays_inside_its_frame(values: list[float | Status], target: float | None) -> None:
    image = sparkline(series(values), END, 25, target, 'said "aloud"')
    assert 'alt="said &quot;aloud&quot;"' in image
    heights = [float(y) for y in re.findall(r'(?:,|cy=")(-?[\d.]+)', _svg(image))]
    assert all(0 <= y <= 44 for y in heights)


def test_a_sparkline_does_not_place_a_hidden_month_by_its_value() -> None:
    many, few = (_svg(sparkline(series([50.0, v, 60.0]), END, 25, None, "")) for v in (Status.SUPPRESSED, 4.0))
    assert 'class="h"' in many
    assert 'class="h"' not in few


def test_a_month_without_a_figure_does_not_carry_the_last_dot_forward() -> None:
    assert 'class="n"' in _svg(sparkline(series([50.0, 60.0]), END, 25, None, ""))
    assert 'class="n"' not in _svg(sparkline(series([50.0, Status.NOT_AVAILABLE]), END, 25, None, ""))


def test_a_calendar_says_every_verdict_in_words() -> None:
    def sent(verdict: Verdict, back: int) -> Delivery:
        return Delivery("r", "health", "nd_referrals", month_end(END, -back), None, date(2025, 10, 14), 1, verdict,
                        None, None, None)  # fmt: skip

    drawn = calendar.calendar([sent(verdict, place) for place, verdict in enumerate(Verdict)], END)
    words = "Accepted in 1 month; accepted with warnings in 1 month; rejected in July 2025; not received in June 2025"
    assert f'alt="{words}; not started in 1 month."' in drawn
    assert set(calendar.MARKS) == set(Verdict)
