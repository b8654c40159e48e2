"""The blocks of the definitions page: the list, what feeds a measure, and what an extract feeds."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from html import escape
from itertools import groupby

from data_contracts.local_area import LocalArea
from drawing import definitions, labels, wording
from drawing.release import Metric, Source
from presentation import filters
from presentation.definition_view import EXTRACT, agency_name, extract_name
from presentation.metric_parts import about, definition_rows

COLUMNS = (("Measure", "measure"), ("What it counts", "counts"), ("Unit", "unit"), ("Comes from", "source"))


def catalogue(metrics: Iterable[Metric], area: LocalArea, chosen: str = "") -> str:
    """The definitions by theme, a line for each; the one that is opened is marked."""
    head = "".join(f'<th scope="col" role="columnheader" class="{kind}">{name}</th>' for name, kind in COLUMNS)
    bodies = "".join(
        _group(labels.theme_label(theme), wording.plural(len(ones), "definition"), len(COLUMNS),
               (_line(one, area, one.metric_id == chosen) for one in ones))
        for theme, ones in definitions.by_theme(metrics)
    )  # fmt: skip
    return _table("catalogue", "Definitions by theme", head, bodies)


def _line(metric: Metric, area: LocalArea, is_chosen: bool) -> str:
    here = ' aria-current="true"' if is_chosen else ""
    named = definitions.extracts_of(metric)
    source = extract_name(named[0], area) if named else ""
    cells = (metric.definition, wording.unit_name(metric.unit), source)
    kinds = [kind for _, kind in COLUMNS[1:]]
    drawn = (f'<td role="cell" class="{kind}">{escape(t)}</td>' for t, kind in zip(cells, kinds, strict=True))
    return _row(f'<a href="{escape(_to(metric))}" data-page{here}>{escape(metric.title)}</a>', drawn)


def _to(metric: Metric) -> str:
    return filters.link("definitions", metric=metric.metric_id, theme=filters.asked("theme"))


def _to_extract(extract: str) -> str:
    return filters.link("definitions", by=EXTRACT, category=extract)


def _row(first: str, cells: Iterable[str]) -> str:
    return f'<tr role="row"><th scope="row" role="rowheader" class="measure">{first}</th>{"".join(cells)}</tr>'


def _group(title: str, small: str, width: int, rows: Iterable[str]) -> str:
    return (
        f'<tbody role="rowgroup"><tr class="group" role="row"><th scope="rowgroup" role="rowheader" colspan="{width}">'
        f"<h2>{escape(title)}</h2><span>{escape(small)}</span></th></tr>{''.join(rows)}</tbody>"
    )


def _table(kind: str, caption: str, head: str, bodies: str) -> str:
    return (
        f'<table class="overview {kind}" role="table"><caption class="hear">{escape(caption)}</caption>'
        f'<thead role="rowgroup"><tr role="row">{head}</tr></thead>{bodies}</table>'
    )


def meaning(metric: Metric, area: LocalArea) -> str:
    """What a measure counts, how, from what, and what to bear in mind."""
    first, *others, _ = definition_rows(metric, area)
    return about([first, ("Worked out as", [definitions.counted(metric)]), *others])


def publication(metric: Metric, published: Mapping[str, Sequence[str]], area: LocalArea) -> str:
    """For which periods and groups a measure is published, what is hidden, and who answers for it.

    `published` gives the lengths of period with figures, for everyone (`all`) and for each breakdown that has any.
    """
    outcome = area.outcomes.get(metric.outcome or 0)
    rows = [
        ("Lengths of period", [definitions.periods(next(filter(None, published.values()), []))]),
        ("Broken down", [definitions.breakdowns([d for d in published if d != "all"])]),
        ("Protection", definitions.protection(metric)),
        ("Serves", [f"Outcome {metric.outcome}: {outcome}."] if outcome else []),
        definition_rows(metric, area)[-1],
    ]
    return about(rows)


def figures(metric: Metric) -> str:
    """The way from a definition to its figures."""
    href = escape(filters.link("metric", metric=metric.metric_id))
    return f'<p class="aside"><a href="{href}" data-page>See its figures</a></p>'


def other_way_round() -> str:
    """The way to the extracts."""
    href = escape(filters.link("definitions", by=EXTRACT))
    return f'<p class="aside"><a href="{href}" data-page>The other way round: what each extract feeds</a></p>'


def feeding(metric: Metric, lineage: Sequence[Source], area: LocalArea) -> str:
    """The extracts behind a measure, each with its columns, and with the way to all that it feeds."""
    blocks = []
    for extract, columns in definitions.sources(metric, lineage).items():
        name = f'<a href="{escape(_to_extract(extract))}" data-page>{escape(extract_name(extract, area))}</a>'
        blocks.append(f"<div><dt>{name}</dt><dd>{_columns(columns)}</dd></div>")
    missing = "" if lineage else f'<p class="quiet">{escape(definitions.NO_LINEAGE)}</p>'
    return f'<dl class="feeding">{"".join(blocks)}</dl>{missing}'


def _columns(columns: Iterable[str]) -> str:
    items = "".join(
        f"<li>{escape(name)}{f' <code>{escape(code)}</code>' if code else ''}</li>"
        for name, code in map(definitions.column, columns)
    )
    return f"<ul>{items}</ul>" if items else ""


def extract_list(extracts: Iterable[str], metrics: Iterable[Metric], lineage: Sequence[Source], area: LocalArea) -> str:
    """Every extract by agency: how many of its columns count, and for how many measures."""
    kinds = (("Extract", "measure"), ("Columns used", "number"), ("Measures", "number"))
    head = "".join(f'<th scope="col" role="columnheader" class="{kind}">{name}</th>' for name, kind in kinds)
    every, bodies = list(metrics), ""
    for agency, own in groupby(extracts, lambda e: e.partition("/")[0]):
        rows = []
        for extract in own:
            used = len({s.column for s in lineage if s.extract == extract})
            fed = len(definitions.fed_by(extract, every, lineage))
            name = f'<a href="{escape(_to_extract(extract))}" data-page>{escape(labels.extract_label(extract))}</a>'
            numbers = (("Columns used", str(used or "")), ("Measures", str(fed)))
            cells = (f'<td role="cell" class="number" data-label="{k}">{n}</td>' for k, n in numbers)
            rows.append(_row(name, cells))
        bodies += _group(agency_name(agency, area), wording.plural(len(rows), "extract"), len(kinds), rows)
    return _table("extracts", "Extracts by agency", head, bodies)


def extract_columns(extract: str, lineage: Sequence[Source], metrics: Mapping[str, Metric]) -> str:
    """The columns of one extract, each with the measures it feeds; columns that feed the same share a row."""
    head = '<th scope="col" role="columnheader" class="measure">Column</th>'
    head += '<th scope="col" role="columnheader" class="feeds">Feeds</th>'
    rows = []
    for columns, metric_ids in definitions.uses(extract, lineage):
        fed = measures(metrics[i] for i in metric_ids if i in metrics)
        rows.append(_row(_columns(columns), [f'<td role="cell" class="feeds">{fed}</td>']))
    return _table("uses", "Columns and the measures they feed", head, f'<tbody role="rowgroup">{"".join(rows)}</tbody>')


def measures(metrics: Iterable[Metric]) -> str:
    """Measures as links to their definitions, in the order of their titles."""
    ones = sorted(metrics, key=lambda m: m.title.casefold())
    links = (f'<li><a href="{escape(_to(one))}" data-page>{escape(one.title)}</a></li>' for one in ones)
    return f'<ul class="measures">{"".join(links)}</ul>'
