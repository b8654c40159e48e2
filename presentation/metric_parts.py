"""The blocks of the metric page: the key facts, the definition, the worked example."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from html import escape
from typing import Any

from data_contracts.local_area import LocalArea
from drawing import labels, sentences, wording
from drawing.deliveries import Delivery, arrival, of_metric
from drawing.release import Metric, Series
from metrics.caveats import CAVEATS
from presentation.components import table
from presentation.overview_table import figure_now, steps

DIRECTIONS = {
    "higher_better": "Higher is better.",
    "lower_better": "Lower is better.",
    "neutral": "Neither higher nor lower is better in itself.",
}


def facts(
    series: Series, end: date, deliveries: Sequence[Delivery], policy: str, over_year: Series | None = None
) -> str:
    """The latest figure, its change, its target and its freshness, side by side."""
    metric, cell = series.metric, series.at(end)
    figure, verdict = sentences.target_words(metric, cell, metric.target_at(end))
    words, wanting = arrival(of_metric(metric, deliveries, end))
    arrived = f'<p class="{"wanting" if wanting else "quiet"}">{escape(words)}</p>'
    until = sentences.data_to(series, end)
    aim = f"{escape(figure)}{f', {verdict}' if verdict else ''}"
    nothing = '<p class="quiet">Nothing to compare with yet</p>'
    blocks = [
        ("Now", f"{figure_now(cell, metric.unit)}<p>{escape(sentences.meaning(series, end, policy, over_year))}</p>"),
        ("Change", steps(series, end) or nothing),
        ("Target", f"<p>{aim}</p>" if aim else '<p class="quiet">None set</p>'),
        ("Data to", f"<p>{wording.month(until) if until else 'No figures yet'}</p>{arrived}"),
    ]
    return '<dl class="facts">' + "".join(f"<div><dt>{k}</dt><dd>{v}</dd></div>" for k, v in blocks) + "</dl>"


def definition(metric: Metric, area: LocalArea) -> str:
    """What the measure counts, from what, and what to bear in mind."""
    return f'{about(definition_rows(metric, area))}<p class="quiet"><small>id {escape(metric.metric_id)}</small></p>'


def definition_rows(metric: Metric, area: LocalArea) -> list[tuple[str, list[str]]]:
    """The same as names and sentences."""
    sender = area.agencies.get(metric.agency)
    source = f"{labels.extract_label(metric.extract)}, sent by {sender.sender if sender else metric.agency}."
    lane = (
        "Computed here from records." if metric.lane == "computed" else "Counted by the sender; no records are shared."
    )
    # Said once: below, where the definition bids the reader bear it in mind.
    how = [] if "counted_by_sender" in metric.caveats else [lane]
    targets = [
        f"{sentences.quantity_short(t.value, metric.unit)}" + (f" from {_since(t.since)}" if t.since else "")
        + (f" ({t.source})" if t.source else "")
        for t in metric.targets
    ]  # fmt: skip
    return [
        ("What it counts", [metric.definition]),
        ("Which way is better", [DIRECTIONS.get(metric.direction, "")]),
        ("Comes from", [source, *how]),
        ("Target", [wording.sentence("; ".join(targets))] if targets else []),
        ("Bear in mind", [CAVEATS.get(c, labels.spelt_out(c)) for c in metric.caveats]),
        ("Owner", [f"{labels.spelt_out(metric.owner)}; definition version {metric.version}."]),
    ]


def about(rows: Iterable[tuple[str, Sequence[str]]]) -> str:
    """Names with their sentences; a name that has nothing to say is left out."""
    body = "".join(
        f"<div><dt>{name}</dt><dd>{''.join(f'<p>{escape(t)}</p>' for t in texts)}</dd></div>"
        for name, texts in rows
        if any(texts)
    )
    return f'<dl class="about">{body}</dl>'


def _since(day: str) -> str:
    parts = [int(p) for p in day.split("-")[:2]]
    return wording.month(date(parts[0], parts[1], 1)) if len(parts) == 2 else day


def example(metric: Metric) -> str:
    """A few invented rows and the figure they give: the same example that tests the definition."""
    if not metric.example or not metric.example.get("given"):
        return ""
    tables = [_invented(metric, metric.example["given"])]
    for mart, rows in (metric.example.get("also") or {}).items():
        name = labels.in_sentence(labels.spelt_out(mart.removeprefix("mart.")))
        tables.append(f'<p class="quiet">And, to divide by, rows of {escape(name)}:</p>{_invented(metric, rows)}')
    return f"{''.join(tables)}<p class='prose'>{escape(_outcome(metric, metric.example))}</p>"


def _invented(metric: Metric, given: Sequence[Mapping[str, Any]]) -> str:
    names = list(dict.fromkeys(name for row in given for name in row))
    columns = [(labels.spelt_out(name), "") for name in names]
    rows = [[_as_text(name, row.get(name), metric) for name in names] for row in given]
    return f'<div class="scroll given">{table("Invented rows", columns, rows)}</div>'


def _outcome(metric: Metric, worked: dict[str, Any]) -> str:
    expect = worked.get("expect") or {}
    value, top, bottom = expect.get("value"), expect.get("numerator"), expect.get("denominator")
    end = date.fromisoformat(f"{worked['period']}-01") if worked.get("period") else None
    when = f"In {wording.month(end)} " if end else ""
    rows = len(worked["given"]) + sum(len(more) for more in (worked.get("also") or {}).values())
    gives = f"{when}{'this row gives' if rows == 1 else f'these {rows} rows give'}"
    gives = gives[:1].upper() + gives[1:]
    if value is None:
        return f"{gives} no figure, because there is nothing to divide by."
    figure = wording.quantity(float(value), metric.unit)
    if bottom is None or top is None:
        return f"{gives} {figure}."
    parts = f"{wording.figure(float(top), 'count')} ÷ {wording.figure(float(bottom), 'count')}"
    scale = " × 100" if metric.unit in ("percent", "per_100") else ""
    return f"{gives} {parts}{scale} = {figure}."


def _as_text(column: str, value: object, metric: Metric) -> str:
    """A value of an example as a reader reads it: dates and codes in words, numbers to one place at most."""
    if value is None:
        return "empty"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int | float):
        return str(value) if column.endswith("year") else wording.figure(float(value), "count")
    text = str(value)
    if re.fullmatch(r"\d{4}-\d{2}-\d{2}", text):
        return wording.day(date.fromisoformat(text))
    if text == metric.metric_id:
        return metric.title
    return labels.GRAINS.get(text) or labels.known_label(column, text) or _spelt(text)


def _spelt(text: str) -> str:
    """A code nobody put into words; what is no plain code (an id, a letter) stands as it is."""
    return labels.spelt_out(text) if re.fullmatch(r"[a-z][a-z_]+", text) else text
