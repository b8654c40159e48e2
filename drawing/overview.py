"""What stands over the list of headline measures: its order, its sum in words, and who has sent."""

from __future__ import annotations

from collections.abc import Container, Mapping, Sequence
from datetime import date
from html import escape

from drawing.deliveries import NOTHING_AGREED, Delivery, agency_state
from drawing.release import Cell, Series
from drawing.sentences import target_words
from drawing.wording import listed, month, plural, sentence
from metrics.release_format import Status


def by_outcome(lists: Sequence[Series], outcomes: Mapping[int, str]) -> list[tuple[str, str, list[Series]]]:
    """The series grouped by the outcome they serve: its sentence, its number, its measures."""
    groups = []
    for number in sorted(outcomes):
        found = [s for s in lists if s.metric.outcome == number]
        if found:
            groups.append((outcomes[number], f"Outcome {number}", found))
    rest = [s for s in lists if s.metric.outcome not in outcomes]
    return [*groups, ("Other measures", "", rest)] if rest else groups


def summary(lists: Sequence[Series], end: date, noun: str = "headline measure") -> str:
    """How many measures have a figure for the month, why others have none, and how many reach their target."""
    cells = [(s, s.at(end)) for s in lists]
    earlier = sum(c is None and s.due(end) != end for s, c in cells)
    hidden = sum(c is not None and c.status is Status.SUPPRESSED for _, c in cells)
    empty = sum(c is not None and c.status is Status.NOT_APPLICABLE for _, c in cells)
    known = sum(c is not None and c.status in (Status.OK, Status.LOW) for _, c in cells)
    missing = len(cells) - hidden - empty - known - earlier
    whys = []
    if hidden:
        whys.append(f"{_count(hidden)} hidden to protect children")
    if missing:
        whys.append(f"{_count(missing)} not available")
    if empty:
        whys.append(f"{empty} had nothing to measure")
    if earlier:
        whys.append(f"{earlier} {'stands' if earlier == 1 else 'stand'} with an earlier figure")
    if hidden == len(cells) > 1:
        return f"All {hidden} {noun}s are hidden to protect children in {month(end)}."
    if earlier == len(cells) > 0:
        which = "The one" if earlier == 1 else "Each"
        return f"{which} {noun} stands with an earlier figure: there is none for {month(end)}."
    first = f"{_of(known, len(cells), noun)} a figure for {month(end)}" + (f"; {listed(whys)}" if whys else "")
    aimed = [(s, c) for s, c in cells if s.metric.target_at(end)]
    return f"{sentence(first)} {_aimed(aimed, end)}".strip()


def _aimed(cells: Sequence[tuple[Series, Cell | None]], end: date) -> str:
    """How many of all measures with a target reach it, and of how many that cannot be said."""
    if not cells:
        return ""
    verdicts = [target_words(s.metric, c, s.metric.target_at(end))[1] for s, c in cells]
    reach, judged = verdicts.count("met"), sum(bool(v) for v in verdicts)
    why = _not_judged([c for (_, c), v in zip(cells, verdicts, strict=True) if not v])
    if len(cells) == 1:
        known = f"{'meets' if reach else 'does not meet'} it"
        return f"The one with a target {known if judged else why.removeprefix('1 ')}."
    none = "none meets it" if judged == len(cells) else "none is known to meet it"
    first = f"{reach} {'meet' if reach > 1 else 'meets'} it" if reach else none
    return f"Of the {len(cells)} with a target, {first}{'; ' + why if why else ''}."


def _not_judged(cells: Sequence[Cell | None]) -> str:
    hidden = sum(c is not None and c.status is Status.SUPPRESSED for c in cells)
    shown = sum(c is not None and c.status in (Status.OK, Status.LOW) for c in cells)
    none = len(cells) - hidden - shown
    parts = [f"{_count(hidden)} hidden"] if hidden else []
    parts += [f"{none} {'has' if none == 1 else 'have'} no figure"] if none else []
    parts += [f"{_count(shown)} not judged"] if shown else []
    return listed(parts)


def _count(number: int) -> str:
    return f"{number} {'is' if number == 1 else 'are'}"


def _of(known: int, total: int, noun: str) -> str:
    if known == total:
        return f"The one {noun} has" if total == 1 else f"All {total} {noun}s have"
    return f"{known or 'None'} of {plural(total, noun)} {'has' if known <= 1 else 'have'}"


def agencies_strip(deliveries: Sequence[Delivery], end: date, names: Mapping[str, str], agreed: Container[str]) -> str:
    """One short statement for each agency, as an HTML list: what it sent for the month.

    `agreed` holds the agencies with an agreed extract.
    """
    items = []
    for agency, name in names.items():
        own = [d for d in deliveries if d.agency == agency and d.month == end]
        words, wanting = agency_state(own) if own or agency in agreed else (NOTHING_AGREED, False)
        items.append(
            f'<li><b>{escape(name)}</b> <span class="{"wanting" if wanting else ""}">{escape(words)}</span></li>'
        )
    return f'<ul class="strip" aria-label="Deliveries for {month(end)}">{"".join(items)}</ul>'
