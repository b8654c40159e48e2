"""The catalogue of metrics as a file for people: every definition with what feeds it, every column with what it feeds.

It is made from definitions and contracts alone; no store is read.
"""

from __future__ import annotations

import io
import math
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import xlsxwriter

from data_contracts.contract import Contract
from data_contracts.contract import load as load_contracts
from data_contracts.local_area import LocalArea, load_local_area
from metrics import catalogue as definitions_on_file
from metrics.caveats import CAVEATS
from metrics.definition import Definition
from metrics.queries import readable_sql
from pipelines import catalogue_words, marts, warehouse
from pipelines.catalogue_words import heading
from pipelines.lineage import Lineage, Source
from pipelines.store import move_into_place

QUERY: Final = "Query"
EXAMPLE: Final = "Worked example"
FROM_THE_FILE: Final = ("reporting_month", "month", "", "The month of the delivery; it is no column of the file.")
USED_BY: Final = ("Column", "Type", "Required", "Holds", "Metric", "Title")
ABOUT: Final = (
    "Breakdowns are left out of what feeds a metric: they say by what a figure can be divided, not what it is."
)
# Characters of a column's width; every other fact has the usual width.
WIDTHS: Final = {
    "Id": 34, "Title": 34, "Question": 34, "Target": 34, "Definition": 52, "Fed by": 46, "Rule": 60, "Caveats": 60,
    EXAMPLE: 60, QUERY: 80, "Holds": 60, "Metric": 46, "Column": 30, "Version": 9,
}  # fmt: skip
USUAL_WIDTH: Final = 20
LINE, LONGEST_ROW, LONGEST_CELL, LONGEST_NAME = 15, 400, 32_767, 31


@dataclass(frozen=True)
class Catalogue:
    """What a catalogue is written from."""

    definitions: Mapping[str, Definition]
    contracts: Mapping[str, Contract]
    feeding: Mapping[str, Sequence[Source]]
    queries: Mapping[str, str]
    area: LocalArea

    def by_theme(self) -> list[tuple[str, list[Definition]]]:
        """The definitions by theme, each in the order of their titles."""
        themes: dict[str, list[Definition]] = {}
        for one in sorted(self.definitions.values(), key=lambda one: (one.theme, one.title.casefold())):
            themes.setdefault(one.theme, []).append(one)
        return list(themes.items())

    def fed_by(self, extract: str) -> dict[str, list[Definition]]:
        """The metrics that each column of an extract feeds."""
        fed: dict[str, list[Definition]] = {}
        for metric_id, sources in self.feeding.items():
            for found, column in sources:
                if found == extract:
                    fed.setdefault(column, []).append(self.definitions[metric_id])
        return fed


def gather() -> Catalogue:
    """Everything, from the files of definitions and contracts; raises `Mistakes` where one is wrong."""
    definitions, contracts = definitions_on_file.load(), load_contracts()
    lineage = Lineage(contracts.values())
    columns: dict[str, dict[str, str]] = {}
    with warehouse.in_memory(contracts.values(), key="no rows are read") as connection:
        warehouse.load_reference(connection, definitions, {})
        marts.build(connection)
        for table, column, kind in connection.execute(
            "select table_name, column_name, data_type from information_schema.columns where table_schema = 'mart'"
        ).fetchall():
            columns.setdefault(f"mart.{table}", {})[column] = kind
    return Catalogue(
        definitions=definitions,
        contracts=contracts,
        feeding={name: sorted(lineage.feeding(one)) for name, one in definitions.items()},
        queries={name: readable_sql(one, columns.get(one.mart or "", {})) or "" for name, one in definitions.items()},
        area=load_local_area(),
    )


def write(catalogue: Catalogue, out: Path) -> None:
    """Writes the catalogue whole, in the form that the suffix asks for (one of `FORMS`)."""
    content = FORMS[out.suffix.lower()](catalogue)
    beside = out.with_name(f".{out.name}.part")
    try:
        beside.write_bytes(content)
        move_into_place(beside, out)
    finally:
        beside.unlink(missing_ok=True)


def facts(catalogue: Catalogue, one: Definition) -> dict[str, str]:
    """All about one metric but its theme, by the name of the fact; lines are separated by line breaks."""
    area = catalogue.area
    sources: dict[str, list[str]] = {extract: [] for extract in one.extracts}
    for extract, column in catalogue.feeding[one.metric_id]:
        sources.setdefault(extract, []).append(column)
    agency = area.agencies.get(one.agency)
    return {
        "Id": one.metric_id,
        "Title": one.title,
        "Question": one.question,
        "Definition": one.definition,
        "Unit": str(one.unit),
        "Direction": str(one.direction),
        "Grains": ", ".join(one.grains),
        "Dimensions": ", ".join(one.dimensions),
        "Target": catalogue_words.targets(one),
        "Outcome": f"{one.outcome}: {area.outcomes.get(one.outcome, '')}",
        "Owner": area.agencies[one.owner].name if one.owner in area.agencies else one.owner,
        "Lane": "computed here from records" if one.lane == "computed" else "return: counted by the sender",
        "Agency": f"{agency.name}: {agency.sender}" if agency else one.agency,
        "Fed by": "\n".join(f"{extract}: {', '.join(columns)}" for extract, columns in sources.items()),
        "Shape": str(one.shape),
        "Rule": catalogue_words.rule(one),
        "Caveats": "\n".join(CAVEATS[key] for key in one.caveats),
        "Disclosure": catalogue_words.policy(one.disclosure, area.disclosure.policies),
        "Behind": one.behind,
        "Version": str(one.version),
    }


def uses(catalogue: Catalogue, contract: Contract) -> list[tuple[str, ...]]:
    """A row for each column of an extract and metric that it feeds; a column that feeds none has one row without."""
    fed = catalogue.fed_by(contract.id)
    columns = [(c.name, str(c.type), "yes" if c.required else "", c.description) for c in contract.columns]
    columns += [FROM_THE_FILE] if FROM_THE_FILE[0] in fed else []
    return [
        (*column, *named)
        for column in columns
        for named in ([(one.metric_id, one.title) for one in fed.get(column[0], [])] or [("", "")])
    ]


def as_workbook(catalogue: Catalogue) -> bytes:
    """An Excel workbook: a row for each metric, and a sheet for each extract. Every cell is text, never a formula."""
    content = io.BytesIO()
    with xlsxwriter.Workbook(content, {"in_memory": True}) as book:
        rows = [
            (
                heading(theme),
                *facts(catalogue, one).values(),
                catalogue_words.example(one),
                catalogue.queries[one.metric_id],
            )
            for theme, ones in catalogue.by_theme()
            for one in ones
        ]
        names = ("Theme", *facts(catalogue, next(iter(catalogue.definitions.values()))), EXAMPLE, QUERY)
        _sheet(book, "Metrics", names, rows, frozen=3)
        index = [
            (c.id, c.title, c.purpose, str(len(c.columns)), str(len({row[4] for row in uses(catalogue, c) if row[4]})))
            for c in catalogue.contracts.values()
        ]
        _sheet(book, "Extracts", ("Extract", "Title", "Holds", "Columns", "Metrics fed"), index, frozen=1)
        taken: set[str] = set()
        for contract in catalogue.contracts.values():
            _sheet(book, _sheet_name(contract, taken), USED_BY, uses(catalogue, contract), frozen=1)
    return content.getvalue()


def _sheet(book: Any, name: str, names: Sequence[str], rows: Sequence[Sequence[str]], frozen: int) -> None:
    top = book.add_format({"bold": True, "valign": "top", "text_wrap": True, "bottom": 1})
    cell = book.add_format({"valign": "top", "text_wrap": True})
    sheet = book.add_worksheet(name)
    widths = [WIDTHS.get(column, USUAL_WIDTH) for column in names]
    for place, (column, width) in enumerate(zip(names, widths, strict=True)):
        sheet.set_column(place, place, width)
        sheet.write_string(0, place, column, top)
    for number, row in enumerate(rows, start=1):
        # A query is as long as it is: it is cut off where the other cells end, and whole inside its cell.
        others = [(text, width) for text, width, column in zip(row, widths, names, strict=True) if column != QUERY]
        sheet.set_row(number, min(LINE * max(_lines(text, width) for text, width in others), LONGEST_ROW))
        for place, text in enumerate(row):
            sheet.write_string(number, place, text[:LONGEST_CELL], cell)
    sheet.autofilter(0, 0, len(rows), len(names) - 1)
    sheet.freeze_panes(1, frozen)
    sheet.set_landscape()
    sheet.repeat_rows(0)
    sheet.fit_to_pages(1, 0)


def _lines(text: str, width: int) -> int:
    return sum(max(1, math.ceil(len(line) * 1.1 / width)) for line in text.split("\n"))


def _sheet_name(contract: Contract, taken: set[str]) -> str:
    """The extract as a sheet may be called: 31 characters, no slash, each name once."""
    whole = f"{contract.agency} {contract.extract}"
    for ending in ("", *(f"~{number}" for number in range(2, 100))):
        name = whole[: LONGEST_NAME - len(ending)] + ending
        if name not in taken:
            break
    taken.add(name)
    return name


def as_markdown(catalogue: Catalogue) -> bytes:
    """A document in Markdown: a section for each metric by theme, then one for each extract."""
    themes = catalogue.by_theme()
    lines = ["# Catalogue of metrics", "", f"{len(catalogue.definitions)} metrics. {ABOUT}", ""]
    lines += [f"* [{heading(theme)}](#{_anchor(heading(theme))})" for theme, _ in themes]
    lines += ["* [Extracts](#extracts)", ""]
    for theme, ones in themes:
        lines += [f"## {heading(theme)}", ""]
        for one in ones:
            lines += _section(catalogue, one)
    lines += ["## Extracts", ""]
    for contract in catalogue.contracts.values():
        lines += [f"### {_plain(contract.id)}", "", _plain(f"{contract.title}. {contract.purpose}"), ""]
        lines += _table(("Column", "Type", "Required", "Holds", "Metrics"), _together(uses(catalogue, contract)))
    return "\n".join(lines).rstrip("\n").encode() + b"\n"


def _section(catalogue: Catalogue, one: Definition) -> list[str]:
    lines = [f"### {_plain(one.title)}", ""]
    lines += _table(("Fact", "Value"), [pair for pair in facts(catalogue, one).items() if pair[1]])
    lines += ["Worked example:", ""]
    for mart, rows in catalogue_words.given(one).items():
        names = list(dict.fromkeys(name for row in rows for name in row))
        lines += [f"`{mart}`", "", *_table(names, [[row.get(name, "") for name in names] for row in rows])]
    lines += [f"{_plain(catalogue_words.result(one))}.", ""]
    query = catalogue.queries[one.metric_id]
    return [*lines, *(["```sql", query, "```", ""] if query else [])]


def _together(rows: Iterable[Sequence[str]]) -> list[list[str]]:
    """A row for each column, with all its metrics in one cell."""
    found: dict[tuple[str, ...], list[str]] = {}
    for row in rows:
        found.setdefault(tuple(row[:4]), []).append(row[4])
    return [[*column, ", ".join(metric for metric in metrics if metric)] for column, metrics in found.items()]


def _table(names: Sequence[str], rows: Iterable[Sequence[str]]) -> list[str]:
    drawn = [[_plain(name) for name in names], ["---"] * len(names), *([_plain(text) for text in row] for row in rows)]
    return [*(f"| {' | '.join(cells)} |" for cells in drawn), ""]


def _plain(text: str) -> str:
    """Text that Markdown takes as text, on one line."""
    return re.sub(r"([\\`*|<\[\]]|(?<!\w)_|_(?!\w))", r"\\\1", text).replace("\n", "<br>")


def _anchor(title: str) -> str:
    return re.sub(r"[^\w -]", "", title.lower()).replace(" ", "-")


FORMS: Final = {".xlsx": as_workbook, ".md": as_markdown}
