"""The tables of the two assurance pages: what was sent, and what was wrong with it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date
from html import escape

from drawing import calendar, quality, wording
from drawing.definitions import fed_by
from drawing.deliveries import NOTHING_AGREED, VERDICT_WORDS, Delivery, in_place_of, timing
from drawing.labels import agencies_with_an_extract, spelt_out
from drawing.release import Metric, Source
from metrics.release_format import Verdict
from presentation import filters

COLUMNS = (
    ("Extract", "measure"),
    (f"{calendar.MONTHS} months", "trend"),
    ("This month", "verdict"),
    ("Received", "when"),
    ("Rows", "number"),
    ("Set aside", "number"),
)
WANTING = (Verdict.MISSING, Verdict.REJECTED)


def deliveries_table(
    deliveries: Sequence[Delivery],
    end: date,
    names: Mapping[str, str],
    metrics: Iterable[Metric],
    lineage: Sequence[Source],
) -> str:
    """Every extract by agency: its last months as marks, this month in words, and how many measures it feeds."""
    every, bodies = list(metrics), []
    for agency, name in names.items():
        own = [d for d in deliveries if d.agency == agency]
        rows = "".join(
            _row([d for d in own if d.extract == extract], end, len(fed_by(f"{agency}/{extract}", every, lineage)))
            for extract in sorted({d.extract for d in own if d.month == end})
        )
        nothing = "" if rows or agency in agencies_with_an_extract() else f"<span>{NOTHING_AGREED}</span>"
        if rows or nothing:
            bodies.append(
                f'<tbody role="rowgroup"><tr class="group" role="row"><th scope="rowgroup" role="rowheader" '
                f'colspan="{len(COLUMNS)}"><h2>{escape(name)}</h2>{nothing}</th></tr>{rows}</tbody>'
            )
    head = "".join(f'<th scope="col" role="columnheader" class="{kind}">{title}</th>' for title, kind in COLUMNS)
    marks = "".join(calendar.key(verdict) for verdict in VERDICT_WORDS)
    return (
        f'<p class="key">{marks}</p><table class="overview deliveries" role="table">'
        f'<caption class="hear">Deliveries for {wording.month(end)}</caption>'
        f'<thead role="rowgroup"><tr role="row">{head}</tr></thead>{"".join(bodies)}</table>'
    )


def _row(months: Sequence[Delivery], end: date, feeds: int) -> str:
    now = next(d for d in months if d.month == end)
    came, against = timing(now)
    cells = (
        calendar.calendar(months, end),
        f'<span class="{"wanting" if now.verdict in WANTING else ""}">{VERDICT_WORDS[now.verdict]}</span>',
        came + "".join(f"<small>{text}</small>" for text in (against, in_place_of(now)) if text),
        "" if now.rows_received is None else quality.about(now.rows_received).removeprefix("about "),
        _aside(now),
    )
    drawn = "".join(
        f'<td role="cell" class="{kind}" data-label="{title}">{inner}</td>'
        for (title, kind), inner in zip(COLUMNS[1:], cells, strict=True)
    )
    href = escape(filters.link("definitions", by="extract", category=f"{now.agency}/{now.extract}"))
    count = f'<a href="{href}" data-page>{wording.plural(feeds, "measure")}</a>'
    feed = f"Feeds {count}" if feeds else "Feeds no measure yet"
    return (
        f'<tr role="row"><th scope="row" role="rowheader" class="measure"><b>{escape(now.name)}</b>'
        f"<p>{feed}</p></th>{drawn}</tr>"
    )


def _aside(delivery: Delivery) -> str:
    """The rows set aside; as they are published to the nearest ten, a nought is none only where all was accepted."""
    if delivery.rows_quarantined is None:
        return ""
    if delivery.verdict is Verdict.REJECTED:
        return "whole file"
    return "none" if delivery.verdict is Verdict.ACCEPTED else quality.about(delivery.rows_quarantined)


def findings_table(found: Sequence[tuple[Delivery, Sequence[quality.Finding]]], names: Mapping[str, str]) -> str:
    """Every check that was not passed, under the delivery it belongs to."""
    groups = []
    for delivery, findings in found:
        sender = names.get(delivery.agency, delivery.agency) or "Sender not known"
        groups.append((delivery.name, f"{sender}, {VERDICT_WORDS[delivery.verdict].lower()}", findings))
    return findings_by_group(groups, quality.about)


def findings_by_group(
    groups: Iterable[tuple[str, str, Sequence[quality.Finding]]], rows_in_words: Callable[[int | None], str]
) -> str:
    """Findings under headings, each with a small heading beside it."""
    columns = (("What was found", "measure"), ("What was done", "verdict"), ("Column", "when"), ("Rows", "number"))
    head = "".join(f'<th scope="col" role="columnheader" class="{kind}">{title}</th>' for title, kind in columns)
    bodies = []
    for name, small, findings in groups:
        rows = "".join(_finding(f, columns, rows_in_words) for f in findings)
        bodies.append(
            f'<tbody role="rowgroup"><tr class="group" role="row"><th scope="rowgroup" role="rowheader" '
            f'colspan="{len(columns)}"><h2>{escape(name)}</h2><span>{escape(small)}</span></th></tr>{rows}</tbody>'
        )
    return (
        '<table class="overview findings" role="table"><caption class="hear">Checks that were not passed</caption>'
        f'<thead role="rowgroup"><tr role="row">{head}</tr></thead>{"".join(bodies)}</table>'
    )


def _finding(
    finding: quality.Finding, columns: Sequence[tuple[str, str]], rows_in_words: Callable[[int | None], str]
) -> str:
    wanting = "wanting" if finding.effect == "File refused" else ""
    cells = (
        f'<span class="{wanting}">{finding.effect}</span>',
        escape(spelt_out(finding.column_name)),
        rows_in_words(finding.row_count),
    )
    drawn = "".join(
        f'<td role="cell" class="{kind}" data-label="{title}">{inner}</td>'
        for (title, kind), inner in zip(columns[1:], cells, strict=True)
    )
    return (
        f'<tr role="row"><th scope="row" role="rowheader" class="measure"><b>{escape(finding.sentence)}</b>'
        f"<p>{escape(finding.code)}</p></th>{drawn}</tr>"
    )


def link_to_quality(end: date) -> str:
    """Where the reasons stand."""
    href = escape(filters.link("data_quality", period=end.strftime("%Y-%m")))
    return f'<p class="prose">What was wrong, check by check: <a href="{href}" data-page>data quality</a>.</p>'
