"""A contract: what an agency agreed to send in one extract, read from its ODCS 3.1 file.

The Open Data Contract Standard (bitol.io) gives the frame; what it has no word for stands in
`customProperties`, under the names this module reads.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cache, cached_property
from pathlib import Path
from typing import Any, Literal

from pydantic import Field

from data_contracts.mistakes import Mistakes, Written, nearest, part, read

HERE = Path(__file__).parent
# The codes of deliveries that are unusual against the last one; of a total, what follows its column's name.
ROWS_FELL = "row_count_fell"
ROWS_ROSE = "row_count_rose"
TOTAL_JUMPED = "_total_jumped"


class Kind(StrEnum):
    """What a delivery holds, and so what a re-delivery replaces."""

    HISTORY = "history"
    SNAPSHOT = "snapshot"
    SPELLS = "spells"
    RETURN = "return"


class Type(StrEnum):
    """The type of a column, as EXTRACTS names it (`physicalType` in the contract)."""

    TEXT = "text"
    INT = "int"
    NUMBER = "number"
    DATE = "date"
    BOOL = "bool"
    MONTH = "month"


@dataclass(frozen=True)
class Column:
    """One column: its canonical name and type, what it may hold, and what senders call it."""

    name: str
    description: str
    type: Type
    required: bool = False
    key_position: int | None = None
    codes: tuple[str, ...] = ()
    labels: Mapping[str, str] = field(default_factory=dict)
    value_aliases: Mapping[str, str] = field(default_factory=dict)
    aliases: tuple[str, ...] = ()
    minimum: float | None = None
    maximum: float | None = None
    pattern: str | None = None
    identifier: str | None = None
    reference: str | None = None
    marks: bool = False
    percent_sign: bool = False
    free_text: bool = False
    may_lie_ahead: bool = False


@dataclass(frozen=True)
class Rule:
    """Something that must hold across columns, which says itself in one sentence.

    `query` selects the line numbers of the rows that break it from `{batch}`.
    """

    code: str
    column: str | None
    severity: Literal["error", "warning"]
    sentence: str
    query: str


class Bounds(Written):
    """When a delivery is unusual against the last one, as shares of it; and what of that refuses it.

    `totals` names number columns whose sum is compared. What `stops` names by its code refuses the delivery, where it
    would only warn. `quarantined_share` is the share of rows set aside above which the delivery is refused; without
    one there is no such limit. A history is weighed by `rows_fall` alone, against the rows it would replace.
    """

    rows_fall: float = Field(default=0.5, alias="rowsFall", ge=0, le=1)
    rows_rise: float = Field(default=2.0, alias="rowsRise", ge=1)
    totals: tuple[str, ...] = ()
    totals_fall: float = Field(default=0.5, alias="totalsFall", ge=0, le=1)
    totals_rise: float = Field(default=2.0, alias="totalsRise", ge=1)
    quarantined_share: float | None = Field(default=None, alias="quarantinedShare", ge=0, lt=1)
    stops: tuple[str, ...] = ()


@dataclass(frozen=True)
class Contract:
    """One agency's extract: its columns, its rules, its kind of delivery and when it is due."""

    agency: str
    extract: str
    title: str
    purpose: str
    version: str
    kind: Kind
    columns: tuple[Column, ...]
    rules: tuple[Rule, ...]
    due_days: int
    date_formats: tuple[str, ...]
    dated_by: str | None = None
    is_provisional: bool = False
    must_change: bool = False
    quiet_months: tuple[int, ...] = ()
    bounds: Bounds = field(default_factory=Bounds)

    @property
    def id(self) -> str:
        """The extract as people write it: `education/ehc_requests`."""
        return f"{self.agency}/{self.extract}"

    @property
    def table(self) -> str:
        """The extract as a table's name: `education__ehc_requests`."""
        return f"{self.agency}__{self.extract}"

    @cached_property
    def key(self) -> tuple[Column, ...]:
        """The columns that together are unique in a delivery, in order."""
        keyed = [column for column in self.columns if column.key_position]
        return tuple(sorted(keyed, key=lambda column: column.key_position or 0))

    def column(self, name: str) -> Column:
        """The column of that name; `KeyError` if the contract has none."""
        return next(column for column in self.columns if column.name == name)


# The file as it is written: the part of ODCS 3.1 that our contracts use.


class _CustomProperty(Written):
    property: str
    value: Any


class _Library(Written):
    metric: Literal["invalidValues"]
    arguments: dict[str, list[str]]
    must_be: int = Field(alias="mustBe")
    description: str


class _Options(Written):
    minimum: float | None = None
    maximum: float | None = None
    pattern: str | None = None


class _Property(Written):
    name: str
    description: str
    logical_type: str = Field(alias="logicalType")
    physical_type: Type = Field(alias="physicalType")
    required: bool = False
    primary_key: bool = Field(default=False, alias="primaryKey")
    primary_key_position: int | None = Field(default=None, alias="primaryKeyPosition")
    classification: str | None = None
    options: _Options = Field(default=_Options(), alias="logicalTypeOptions")
    quality: list[_Library] = Field(default=[])
    custom: list[_CustomProperty] = Field(default=[], alias="customProperties")


class _Query(Written):
    unexpected_rows_query: str


class _Implementation(Written):
    type: Literal["unexpected_rows_expectation"]
    kwargs: _Query


class _Quality(Written):
    name: str
    description: str
    type: Literal["custom"]
    engine: Literal["greatExpectations"]
    severity: Literal["error", "warning"]
    dimension: str
    implementation: _Implementation


class _Table(Written):
    name: str
    physical_type: Literal["table"] = Field(alias="physicalType")
    description: str
    properties: list[_Property]
    quality: list[_Quality] = Field(default=[])
    custom: list[_CustomProperty] = Field(alias="customProperties")


class _Sla(Written):
    property: str
    value: int
    unit: str
    description: str


class _Description(Written):
    purpose: str


class _File(Written):
    api_version: Literal["v3.1.0"] = Field(alias="apiVersion")
    kind: Literal["DataContract"]
    id: str
    name: str
    version: str
    status: str
    domain: str
    description: _Description
    tables: list[_Table] = Field(alias="schema", min_length=1, max_length=1)
    sla: list[_Sla] = Field(alias="slaProperties")


_COLUMN_WORDS = {
    "labels": "labels",
    "valueAliases": "value_aliases",
    "aliases": "aliases",
    "identifier": "identifier",
    "reference": "reference",
    "marks": "marks",
    "percentSign": "percent_sign",
    "freeText": "free_text",
    "mayLieAhead": "may_lie_ahead",
}
_TABLE_WORDS = {
    "kind": "kind",
    "datedBy": "dated_by",
    "dateFormats": "date_formats",
    "provisional": "is_provisional",
    "contentMustChange": "must_change",
    "quietMonths": "quiet_months",
    "bounds": "bounds",
}


def load(folder: Path = HERE) -> dict[str, Contract]:
    """Every contract by its id (`education/ehc_requests`), in alphabetical order.

    Raises `Mistakes` with one sentence for each thing wrong in any of them.
    """
    contracts: dict[str, Contract] = {}
    sentences: list[str] = []
    for path in sorted(folder.glob("*/*.yaml")):
        shown_as = f"{folder.name}/{path.parent.name}/{path.name}"
        try:
            contract = _contract(read(_File, path, shown_as), path, shown_as)
        except Mistakes as mistakes:
            sentences.extend(mistakes.sentences)
        else:
            contracts[contract.id] = contract
    if sentences:
        raise Mistakes(sentences)
    return contracts


@cache
def code_labels() -> dict[str, dict[str, str]]:
    """What each code of each column means, in words: a column of one name means the same in every contract."""
    labels: dict[str, dict[str, str]] = {}
    for contract in load().values():
        for column in contract.columns:
            if column.labels:
                labels.setdefault(column.name, {}).update(column.labels)
    return labels


@cache
def extract_titles() -> dict[str, str]:
    """What each extract is called, by its name without the agency."""
    return {contract.extract: contract.title for contract in load().values()}


def _contract(file: _File, path: Path, shown_as: str) -> Contract:
    table = file.tables[0]
    words = _custom(table.custom, _TABLE_WORDS, shown_as)
    columns = tuple(_column(prop, shown_as) for prop in table.properties)
    names = [column.name for column in columns]
    due = next((sla.value for sla in file.sla if sla.property == "dueDay"), None)
    contract = Contract(
        agency=path.parent.name,
        extract=path.stem,
        title=file.name,
        purpose=table.description,
        version=file.version,
        kind=Kind(words.get("kind", "")) if words.get("kind") in set(Kind) else Kind.SNAPSHOT,
        columns=columns,
        rules=tuple(_rule(quality, names) for quality in table.quality),
        due_days=due or 0,
        date_formats=tuple(words.get("date_formats", ())),
        dated_by=words.get("dated_by"),
        is_provisional=bool(words.get("is_provisional", False)),
        must_change=bool(words.get("must_change", False)),
        quiet_months=tuple(words.get("quiet_months", ())),
        bounds=part(Bounds, words.get("bounds", {}), f"{shown_as}: bounds"),
    )
    sentences = [
        *([] if table.name == path.stem else [f'{shown_as}: the table is called "{table.name}", the file is not']),
        *([] if file.domain == path.parent.name else [f'{shown_as}: "domain" is not the folder\'s agency']),
        *([] if words.get("kind") in set(Kind) else [f'{shown_as}: "kind" is one of {", ".join(Kind)}']),
        *([] if due else [f"{shown_as}: slaProperties have no dueDay"]),
        *([] if contract.key else [f"{shown_as}: no column is part of the primary key"]),
        *_wrong_dates(contract, names, shown_as),
        *_wrong_bounds(contract, shown_as),
        *(f"{shown_as}: {sentence}" for rule in contract.rules for sentence in _wrong_rule(rule)),
    ]
    if sentences:
        raise Mistakes(sentences)
    return contract


def _wrong_dates(contract: Contract, names: list[str], shown_as: str) -> list[str]:
    if contract.kind is Kind.HISTORY and contract.dated_by not in names:
        word = str(contract.dated_by)
        return [f'{shown_as}: column "{word}" (datedBy) is not in the contract{nearest(word, names)}']
    return []


def _wrong_bounds(contract: Contract, shown_as: str) -> list[str]:
    numbers = [column.name for column in contract.columns if column.type in (Type.INT, Type.NUMBER)]
    codes = [ROWS_FELL, ROWS_ROSE, *(f"{name}{TOTAL_JUMPED}" for name in contract.bounds.totals)]
    return [
        *(
            f'{shown_as}: bounds: "{name}" is not a column of numbers{nearest(name, numbers)}'
            for name in contract.bounds.totals
            if name not in numbers
        ),
        *(
            f'{shown_as}: bounds: "{code}" is not a code that can stop a delivery{nearest(code, codes)}'
            for code in contract.bounds.stops
            if code not in codes
        ),
    ]


def _wrong_rule(rule: Rule) -> list[str]:
    wanted = "select line_number from {batch} where "
    return [] if rule.query.startswith(wanted) else [f'rule {rule.code}: its query begins "{wanted}"']


def _column(prop: _Property, shown_as: str) -> Column:
    words = _custom(prop.custom, _COLUMN_WORDS, f"{shown_as}: {prop.name}")
    codes = tuple(prop.quality[0].arguments.get("validValues", ())) if prop.quality else ()
    labels = {str(code): str(label) for code, label in words.pop("labels", {}).items()}
    if set(labels) != set(codes):
        raise Mistakes([f"{shown_as}: {prop.name}: validValues and labels name different codes"])
    return Column(
        name=prop.name,
        description=prop.description,
        type=prop.physical_type,
        required=prop.required,
        key_position=prop.primary_key_position if prop.primary_key else None,
        codes=codes,
        labels=labels,
        aliases=tuple(words.pop("aliases", ())),
        minimum=prop.options.minimum,
        maximum=prop.options.maximum,
        pattern=prop.options.pattern,
        **words,
    )


def _rule(quality: _Quality, names: list[str]) -> Rule:
    # A code is `<column>_<fault>`: the column is the longest name it begins with.
    owners = [name for name in names if quality.name.startswith(f"{name}_")]
    return Rule(
        code=quality.name,
        column=max(owners, key=len, default=None),
        severity=quality.severity,
        sentence=quality.description,
        query=" ".join(quality.implementation.kwargs.unexpected_rows_query.split()),
    )


def _custom(properties: list[_CustomProperty], words: Mapping[str, str], shown_as: str) -> dict[str, Any]:
    unknown = [
        f'{shown_as}: custom property "{one.property}" is not known{nearest(one.property, words)}'
        for one in properties
        if one.property not in words
    ]
    if unknown:
        raise Mistakes(unknown)
    return {words[one.property]: one.value for one in properties}
