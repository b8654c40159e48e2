"""The table of figures that differ from the release before."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from html import escape

from drawing.deliveries import Delivery, in_place_of
from drawing.revisions import NOT_NAMED, NOT_NAMED_WHY, TOO_CLOSE, Changed, Revision
from drawing.wording import day, month
from presentation import filters

COLUMNS = (("Measure", "measure"), ("Period", "when"), ("Before", "number"), ("Now", "number"))


def revision_table(found: Iterable[Changed], names: Mapping[str, str]) -> str:
    """What changed, by delivery: the measure with its group, the period, and the figure before and now."""
    head = "".join(f'<th scope="col" role="columnheader" class="{kind}">{title}</th>' for title, kind in COLUMNS)
    bodies = "".join(
        f'<tbody role="rowgroup"><tr class="group" role="row"><th scope="rowgroup" role="rowheader" '
        f'colspan="{len(COLUMNS)}">{_delivery(one.delivery, names)}</th></tr>'
        f"{''.join(map(_row, one.foremost))}{_others(one)}</tbody>"
        for one in found
    )
    return (
        '<table class="overview revisions" role="table"><caption class="hear">Figures that changed with this release, '
        f'by delivery</caption><thead role="rowgroup"><tr role="row">{head}</tr></thead>{bodies}</table>'
    )


def _delivery(delivery: Delivery | None, names: Mapping[str, str]) -> str:
    if delivery is None:
        return f"<h3>{NOT_NAMED}</h3><span>{NOT_NAMED_WHY}</span>"
    parts = [names.get(delivery.agency, delivery.agency), month(delivery.month)]
    parts += [f"version {delivery.version}"] if delivery.is_again else []
    parts += [f"received {day(delivery.received_at.date())}"] if delivery.received_at else []
    said = ". ".join(filter(None, (", ".join(parts), in_place_of(delivery))))
    return f"<h3>{escape(delivery.name)}</h3><span>{escape(said)}</span>"


def _row(one: Revision) -> str:
    place = {"by": one.dimension, "category": one.category} if one.dimension != "all" else {}
    href = escape(filters.link("metric", metric=one.metric.metric_id, grain=one.grain,
                               period=one.end.strftime("%Y-%m"), **place))  # fmt: skip
    group = f"<p>{escape(one.group)}</p>" if one.group else ""
    before, now = one.shown
    drawn = f"<small>{now}</small>" if now == TOO_CLOSE else f"<b>{now}</b>"
    cells = zip(COLUMNS[1:], (one.period, before, drawn), strict=True)
    return (
        f'<tr role="row"><th scope="row" role="rowheader" class="measure"><a href="{href}" data-page>'
        f"{escape(one.metric.title)}</a>{group}</th>"
        + "".join(f'<td role="cell" class="{kind}" data-label="{title}">{text}</td>' for (title, kind), text in cells)
        + "</tr>"
    )


def _others(one: Changed) -> str:
    if not one.others:
        return ""
    return f'<tr role="row"><td role="cell" class="others" colspan="{len(COLUMNS)}">{one.others}</td></tr>'
