"""The catalogue of one release: which definitions there are, what each rests on, and what each column is for."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Final

from drawing.labels import dimension_phrase, extract_label, grain_label, in_sentence, spelt_out, theme_label
from drawing.release import Metric, Source
from drawing.wording import listed, plural

NO_LINEAGE: Final = (
    "This release does not say which columns feed its measures: it was made before that was recorded. "
    "The next release says it."
)
BREAKDOWNS: Final = (
    "Columns by which figures are only broken down are left out: they say how a figure divides, not what it is."
)
PROTECTION: Final = {
    "default": "Small numbers are hidden to protect children.",
    "public": "Nothing is hidden: the figure is not about children.",
}


def extracts_of(metric: Metric) -> list[str]:
    """The extracts a metric names, `agency/extract` each, the sender's own first."""
    return [part for part in re.split(r"\s*[+;,]\s*", metric.extract) if part]


def extracts(metrics: Iterable[Metric], lineage: Iterable[Source]) -> list[str]:
    """Every extract that a metric names or that feeds one, in alphabetical order."""
    return sorted({s.extract for s in lineage} | {e for metric in metrics for e in extracts_of(metric)})


def sources(metric: Metric, lineage: Iterable[Source]) -> dict[str, list[str]]:
    """The columns that feed a metric by extract, those the metric names first; none where no lineage is known."""
    found: dict[str, list[str]] = {extract: [] for extract in extracts_of(metric)}
    for source in lineage:
        if source.metric_id == metric.metric_id:
            found.setdefault(source.extract, []).append(source.column)
    return found


def uses(extract: str, lineage: Iterable[Source]) -> list[tuple[list[str], list[str]]]:
    """The columns of an extract with the ids of the metrics they feed; columns that feed the same stand together."""
    fed: dict[str, list[str]] = {}
    for source in lineage:
        if source.extract == extract:
            fed.setdefault(source.column, []).append(source.metric_id)
    together: dict[tuple[str, ...], list[str]] = {}
    for column, metric_ids in fed.items():
        together.setdefault(tuple(metric_ids), []).append(column)
    return [(columns, list(metric_ids)) for metric_ids, columns in together.items()]


def fed_by(extract: str, metrics: Iterable[Metric], lineage: Sequence[Source]) -> list[Metric]:
    """The metrics that an extract feeds, as the lineage has it or as they say themselves."""
    known = {s.metric_id for s in lineage if s.extract == extract}
    return [m for m in metrics if m.metric_id in known or extract in extracts_of(m)]


def by_theme(metrics: Iterable[Metric]) -> list[tuple[str, list[Metric]]]:
    """The metrics, in the order of a release, under the heading of their theme."""
    groups: dict[str, list[Metric]] = {}
    for metric in metrics:
        groups.setdefault(metric.theme, []).append(metric)
    return list(groups.items())


def search(metrics: Iterable[Metric], lineage: Iterable[Source], text: str) -> list[Metric]:
    """The metrics in whose definition every word of `text` occurs: in a name, a sentence, a source or a column."""
    wanted = text.casefold().split()
    columns: dict[str, list[str]] = {}
    for source in lineage:
        columns.setdefault(source.metric_id, []).append(source.column)
    return [m for m in metrics if _holds(_text(m, columns.get(m.metric_id, [])), wanted)]


def _text(metric: Metric, columns: Iterable[str]) -> str:
    names = [extract_label(extract) for extract in extracts_of(metric)]
    codes = [metric.metric_id, metric.extract, metric.owner, metric.unit, *columns]
    words = [metric.title, metric.question, metric.definition, theme_label(metric.theme), *names]
    return " ".join([*words, *codes, *(spelt_out(code) for code in codes)]).casefold()


def _holds(text: str, wanted: Iterable[str]) -> bool:
    return all(word in text for word in wanted)


def summary(found: int, of: int, text: str, theme: str) -> str:
    """How many definitions the list holds, and why not all of them."""
    where = f" in {in_sentence(theme_label(theme))}" if theme else ""
    if text:
        holds = "holds" if found == 1 else "hold"
        return f"{found or 'None'} of {plural(of, 'definition')}{where} {holds} “{text[:60]}”."
    if theme:
        return f"{plural(found, 'definition')}{where}."
    return f"{plural(of, 'measure')}: what each one counts, how, and which columns feed it."


def column(name: str) -> tuple[str, str]:
    """A column in words, and as it is called in the extract; the month of a delivery stands in none."""
    return ("The month it is sent for", "") if name == "reporting_month" else (spelt_out(name), name)


def extract_summary(extract: str, sender: str, fed: int, lineage: Iterable[Source]) -> str:
    """What comes of an extract: how many of its columns are used, and for how many measures."""
    used = len({source.column for source in lineage if source.extract == extract})
    columns = f"{plural(used, 'column')} {'feeds' if used == 1 else 'feed'}" if used else "It feeds"
    return f"Sent by {sender}. {columns} {plural(fed, 'measure')}."


def counted(metric: Metric) -> str:
    """How rows become the figure, as far as a release says: by its unit and by what its worked example expects."""
    if metric.lane == "return":
        return "The sender counts it; the figure is taken as sent."
    expect = (metric.example or {}).get("expect") or {}
    has_top, has_bottom = expect.get("numerator") is not None, expect.get("denominator") is not None
    if metric.unit == "percent":
        return "Numerator ÷ denominator × 100."
    if metric.unit == "per_100":
        return "Numerator ÷ denominator × 100: so many for every 100."
    if has_top and has_bottom:
        return "Numerator ÷ denominator, not rounded."
    if has_bottom:
        return "One value out of those of all rows counted: the middle one or the greatest, as the definition says."
    return "A sum; nothing is divided." if metric.unit == "gbp" else "A count; nothing is divided."


def periods(grains: Sequence[str]) -> str:
    """Lengths of period in a sentence."""
    names = [grain_label(grain) for grain in grains]
    return f"{listed([names[0], *map(in_sentence, names[1:])])}." if names else ""


def breakdowns(dimensions: Sequence[str]) -> str:
    """What a metric is broken down by, in a sentence."""
    names = [dimension_phrase(dimension) for dimension in dimensions]
    # A two-way breakdown has an `and` of its own.
    joined = "; ".join(names) if any("*" in d for d in dimensions) else listed(names)
    return f"By {joined}." if names else "None: the figure is for everyone together."


def protection(metric: Metric) -> list[str]:
    """What is hidden, and which numbers are looked at to decide it."""
    policy = PROTECTION.get(metric.disclosure, f"{spelt_out(metric.disclosure)}.")
    looked_at = metric.behind.replace(" - ", " \N{MINUS SIGN} ")
    return [policy, *([f"What is looked at: {looked_at}."] if looked_at and metric.disclosure != "public" else [])]
