"""What the metric page shows: read from the address, changed by its controls, written back to the address."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date

import streamlit as st

from drawing import charts, labels, wording
from drawing.release import Cell, Metric, Release, Series
from presentation import filters

TREND_MONTHS = 25


@dataclass(frozen=True)
class View:
    """One measure, one length of period, one month, and perhaps a breakdown with one of its categories."""

    metric: Metric
    grain: str
    end: date
    by: str
    category: str
    everyone: Series  # all periods, of everyone; none where there are figures for groups only
    ends: tuple[date, ...]  # of the periods to choose from
    series: Series  # the trend drawn: everyone, or one category, up to `end`
    parts: tuple[Cell, ...]  # the categories of the period, as read
    grains_of: dict[str, list[str]]
    notes: tuple[filters.Note, ...]

    @property
    def context(self) -> Series | None:
        """Everyone, behind the line of one category, where both can be compared on one axis."""
        same_scale = self.metric.unit not in ("count", "gbp")
        drawn = self.everyone.up_to(self.end, _reach(self.everyone))
        return drawn if drawn.cells and self.category and same_scale else None


def choose_view(release: Release) -> View:
    """The view the address asks for; what it cannot have is said in the notes. The release has a metric."""
    metric, is_known, notes = _choose_metric(release)
    grains_of = release.breakdowns(metric.metric_id)
    groups = [d for d in grains_of if d != "all"]
    first = "" if grains_of["all"] else next(iter(groups), "")
    by = filters.choose("by", groups, first, "breakdown", labels.dimension_label)
    grains = grains_of["all"] or grains_of.get(by.value) or list(metric.grains)
    fitting = [g for g in grains if g in grains_of.get(by.value or "all", [])]
    grain = filters.choose("grain", grains, (fitting or grains)[0], "length of period", labels.grain_label)
    everyone = release.series(metric.metric_id, grain.value).begun()
    ends = [c.period_end for c in everyone.cells] or release.ends(metric.metric_id, grain.value, by.value)
    end, month_notes = filters.choose_month(ends, ends[-1] if ends else release.about.reporting_month)
    kept_by, by_notes = _fitting(by.value, grain.value, grains_of)
    cells = release.breakdown(metric.metric_id, grain.value, end, kept_by) if kept_by else []
    names = [c.category for c in charts.ordered(cells, kept_by)]
    default = "" if everyone.cells else next(iter(names), "")
    category = filters.choose("category", names, default, "category", lambda c: labels.category_label(kept_by, c))
    one = release.series(metric.metric_id, grain.value, kept_by, category.value) if category.value else everyone
    longer = _longer(kept_by, grain.value, everyone.at(end), grains, grains_of)
    dependent = (*by.notes, *longer, *grain.notes, *month_notes, *by_notes, *(category.notes if kept_by else ()))
    return View(
        metric=metric,
        grain=grain.value,
        end=end,
        by=kept_by,
        category=category.value,
        everyone=everyone,
        ends=tuple(ends),
        series=one.up_to(end, _reach(one)),
        parts=tuple(charts.ordered(cells, kept_by)),
        grains_of=grains_of,
        # What depends on an unknown measure is not judged: it may fit the one that was meant.
        notes=(*notes, *(dependent if is_known else ())),
    )


def _reach(series: Series) -> int | None:
    """How many months back a trend goes; as far as there are figures where they are whole years, of which few fit."""
    return None if series.is_by_year else TREND_MONTHS


def _choose_metric(release: Release) -> tuple[Metric, bool, tuple[filters.Note, ...]]:
    """The measure asked for and whether it is known; else the first headline measure of the theme."""
    metrics = release.metrics
    theme = filters.choose("theme", sorted({m.theme for m in metrics.values()}), "", "theme", labels.theme_label)
    inside = [m for m in metrics.values() if theme.value in ("", m.theme)]
    usual = next((m for m in inside if m.headline), inside[0])
    chosen = filters.choose("metric", list(metrics), usual.metric_id, "measure", lambda i: metrics[i].title)
    area = filters.choose("area", release.areas(), release.about.local_area, "area")
    notes = (*filters.only_theme(theme.value), *theme.notes, *chosen.notes, *area.notes)
    return metrics[chosen.value], not chosen.notes, notes


def _fitting(by: str, grain: str, grains_of: dict[str, list[str]]) -> tuple[str, tuple[filters.Note, ...]]:
    """The breakdown if this length of period has it, else none and where it is found."""
    if not by or grain in grains_of[by]:
        return by, ()
    name, other = labels.dimension_label(by), grains_of[by][0]
    said = f"{name} is broken down over longer periods only, so that less has to be hidden."
    return "", (filters.Note(said, labels.grain_label(other), filters.here(grain=other), "See it for"),)


def _longer(
    by: str, grain: str, cell: Cell | None, grains: list[str], grains_of: dict[str, list[str]]
) -> tuple[filters.Note, ...]:
    """Says when a breakdown, and nothing in the address, made the period longer than the measure's own."""
    if not by or filters.asked("grain") or grain == grains[0] or cell is None:
        return ()
    name, when = labels.dimension_label(by), wording.period(grain, cell.period_start, cell.period_end)
    article = "the " if grain == "rolling_12m" else ""
    where = "is shown over 12 months only" if grains_of[by] == ["rolling_12m"] else "needs longer periods"
    return (filters.Note(f"{name} {where}, so the figure is for {article}{when}."),)


def controls(view: View, release: Release) -> None:
    """The selectors over the page; each writes its value into the address."""
    theme = filters.asked("theme")
    metrics = [i for i, m in release.metrics.items() if not theme or m.theme == theme or i == view.metric.metric_id]
    with st.container(key="controls"):
        spots = st.columns([2.2, 1.5, 1.2, 1.4, 1.2], gap="small")
    with spots[0]:
        _select("metric", "Measure", metrics, view.metric.metric_id, lambda i: release.metrics[i].title,
                forget=("grain", "by", "category"))  # fmt: skip
    grains = view.grains_of[view.by or "all"] or [view.grain]
    with spots[1]:
        _select("grain", "Length of period", grains, view.grain,
                lambda g: labels.grain_label(g, g == view.grain and view.series.is_by_year))  # fmt: skip
    words = {end.strftime("%Y-%m"): wording.month(end) for end in view.ends[::-1] or (view.end,)}
    with spots[2]:
        _select("period", "Up to", list(words), view.end.strftime("%Y-%m"), lambda m: words.get(m, m))
    everyone = ["all"] if view.everyone.cells or not view.by else []
    dimensions = [*everyone, *[d for d in view.grains_of if d != "all"]]
    with spots[3]:
        _select("by", "Break down by", dimensions, view.by or "all",
                lambda d: "Nothing" if d == "all" else labels.dimension_label(d),
                forget=("category", "grain"))  # fmt: skip
    with spots[4]:
        _select("category", "Trend of", [*everyone, *[c.category for c in view.parts]], view.category or "all",
                lambda c: labels.category_label(view.by or "all", c) if c != "all" else "Everyone")  # fmt: skip


def _select(
    name: str, label: str, options: Sequence[str], value: str, words: Callable[[str], str], forget: Sequence[str] = ()
) -> None:
    key = f"metric_{name}"
    st.session_state[key] = value
    st.selectbox(
        label, options, key=key, format_func=words, disabled=len(options) < 2,
        on_change=filters.write, args=(name, key, *forget),
    )  # fmt: skip
