"""A definition in words: its rule, its conditions, its target and its worked example, for the catalogue file.

Conditions are small SQL expressions. What has no words here stands as it is written in the definition.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from typing import Any, Final

import sqlglot
from sqlglot import exp

from data_contracts.contract import code_labels
from data_contracts.local_area import Policy
from metrics.definition import Definition, Shape, Unit

_ABBREVIATIONS: Final = ("ehc", "id", "nc", "nd", "neet", "nhs", "ot", "sen", "send", "upn", "urn")
_CAPITALS: Final = {word: word.upper() for word in _ABBREVIATIONS} | {"post16": "post-16"}
_MOMENTS: Final = {"period_end": "the end of the period", "latest_month_end": "the end of the latest reporting month"}
_PLACED: Final = {
    "snapshot": "Rows count as they stood on the last day of the period.",
    "as_at": "A row counts if its {1} is not after the last day and its {2} is empty or after that day.",
    "spell": "A row counts in every period that its {1} to {2} touches.",
}
_UNITS: Final = {Unit.PERCENT: "%", Unit.PER_100: " per 100", Unit.WEEKS: " weeks", Unit.DAYS: " days",
                 Unit.HOURS: " hours"}  # fmt: skip
_COMPARED: Final[dict[type, str]] = {exp.EQ: "is", exp.NEQ: "is not", exp.GT: "is more than", exp.GTE: "is at least",
                    exp.LT: "is less than", exp.LTE: "is at most"}  # fmt: skip
_DATES: Final[dict[type, str]] = {
    exp.GT: "is after",
    exp.GTE: "is on or after",
    exp.LT: "is before",
    exp.LTE: "is on or before",
}


def spelt_out(code: str) -> str:
    """A code as words inside a sentence: `sen_provision` becomes `SEN provision`."""
    return " ".join(_CAPITALS.get(word, word) for word in code.split("_"))


def heading(code: str) -> str:
    """A code as a heading: `ehc_plans` becomes `EHC plans`."""
    words = spelt_out(code)
    return words[:1].upper() + words[1:]


def number(value: float) -> str:
    """A number as short as it can be written without losing anything."""
    return f"{int(value)}" if value == int(value) else f"{value!r}"


def rule(one: Definition) -> str:
    """How rows become the figure, in sentences."""
    if one.shape is Shape.RETURNED:
        return "Taken as the sender counted it."
    names = (spelt_out(name or "") for name in (one.placed_by, one.begins, one.ends))
    placed = _PLACED.get(str(one.placed_by), "A row counts in the period in which its {0} lies.")
    return f"{_shape(one)} {placed.format(*names)}"


def _shape(one: Definition) -> str:
    rows, part = _rows(one.mart, one.where), one.numerator or ""
    if one.shape in (Shape.COUNT, Shape.RATE):
        counted = f"different values of {spelt_out(one.distinct)} in {rows}" if one.distinct else rows
        return f"The number of {counted}{_divided(one)}."
    if one.shape is Shape.SHARE:
        return f"Of the {rows}, the share where {condition(part)}."
    if one.shape is Shape.RATIO_OF_SUMS:
        return f"The sum of {term(part)} divided by the sum of {term(one.denominator or '')}, over the {rows}."
    if one.shape is Shape.SHARE_OF_UNITS:
        together = f"The {rows} are taken together by {spelt_out(one.per or '')}"
        return f"{together}. Of those where {condition(one.denominator or '')}, the share where {condition(part)}."
    word = {Shape.SUM: "sum", Shape.MEAN: "mean", Shape.MEDIAN: "median", Shape.MAXIMUM: "greatest value"}[one.shape]
    return f"The {word} of {term(one.of or '')}, over the {rows}."


def _rows(mart: str | None, where: str | None) -> str:
    rows = f"rows of {spelt_out(str(mart).removeprefix('mart.'))}"
    return f"{rows} where {condition(where)}" if where else rows


def _divided(one: Definition) -> str:
    if not one.denominator_from:
        return ""
    each = "in per cent of" if one.unit is Unit.PERCENT else "for every 100 of"
    what = f"{term(one.denominator)}, over " if one.denominator else ""
    return f", {each} {what}the latest {_rows(one.denominator_from, one.denominator_where)}"


def condition(written: str) -> str:
    """A condition on rows in words: `days_to_issue <= 140` becomes `days to issue is at most 140`."""
    return _condition(sqlglot.parse_one(written, read="duckdb"))


def term(written: str) -> str:
    """An expression in words: `days_to_issue / 7.0` becomes `days to issue divided by 7`."""
    return _term(sqlglot.parse_one(written, read="duckdb"))


def _condition(node: exp.Expr) -> str:
    make = _CONDITIONS.get(type(node))
    return make(node) if make else node.sql("duckdb")


def _term(node: exp.Expr) -> str:
    make = _TERMS.get(type(node))
    return make(node) if make else node.sql("duckdb")


def _compared(node: exp.Expr) -> str:
    word = (_DATES if _is_date(node.this) else {}).get(type(node)) or _COMPARED[type(node)]
    return f"{_term(node.this)} {word} {_value(node.this, node.expression)}"


def _negated(node: exp.Expr) -> str:
    if isinstance(node, exp.Column):
        return _flag(node.name, "no")
    if isinstance(node, exp.Is):
        return f"{_term(node.this)} is not empty"
    return f"it does not hold that {_condition(node)}"


def _empty(node: exp.Expr) -> str:
    return f"{_term(node.this)} is empty" if isinstance(node.expression, exp.Null) else node.sql("duckdb")


def _one_of(node: exp.Expr) -> str:
    values = [_value(node.this, one) for one in node.expressions]
    return f"{_term(node.this)} is {' or '.join(values)}" if values else node.sql("duckdb")


def _flag(name: str, answer: str) -> str:
    first, _, rest = name.partition("_")
    if first == "is" and rest:
        return f"it is {'not ' * (answer == 'no')}{spelt_out(rest)}"
    if first == "has" and rest:
        return f"it has {'no ' * (answer == 'no')}{spelt_out(rest)}"
    return f"{spelt_out(name)} is {answer}"


def _is_date(node: exp.Expr) -> bool:
    return isinstance(node, exp.Column) and (node.name in _MOMENTS or node.name.endswith("_date"))


def _value(column: exp.Expr, node: exp.Expr) -> str:
    """What a column is compared with: a code with its meaning, where the contracts give one."""
    label = code_labels().get(column.name, {}).get(node.name) if isinstance(node, exp.Literal) else None
    return f"{node.name} ({label})" if label else _term(node)


def _between_dates(node: exp.Expr) -> str:
    if _is_date(node.this) and _is_date(node.expression):
        return f"the number of days from {_term(node.expression)} to {_term(node.this)}"
    return _joined("minus")(node)


def _joined(word: str, of: Callable[[exp.Expr], str] = _term) -> Callable[[exp.Expr], str]:
    return lambda node: f"{of(node.this)} {word} {of(node.expression)}"


_CONDITIONS: Final[dict[type, Callable[[exp.Expr], str]]] = {
    exp.Paren: lambda node: f"({_condition(node.this)})",
    exp.And: _joined("and", _condition),
    exp.Or: _joined("or", _condition),
    exp.Not: lambda node: _negated(node.this),
    exp.Column: lambda node: _flag(node.name, "yes"),
    exp.Is: _empty,
    exp.In: _one_of,
    exp.Between: lambda node: f"{_term(node.this)} is between {_term(node.args['low'])} and {_term(node.args['high'])}",
    **dict.fromkeys(_COMPARED, _compared),
}
_TERMS: Final[dict[type, Callable[[exp.Expr], str]]] = {
    exp.Column: lambda node: _MOMENTS.get(node.name) or spelt_out(node.name),
    exp.Literal: lambda node: node.name if node.is_string else number(float(node.name)),
    exp.Add: _joined("plus"),
    exp.Sub: _between_dates,
    exp.Mul: _joined("times"),
    exp.Div: _joined("divided by"),
    exp.Sum: lambda node: f"the sum of {_term(node.this)}",
    exp.Count: lambda node: "the number of rows" if isinstance(node.this, exp.Star) else node.sql("duckdb"),
}


def targets(one: Definition) -> str:
    """Every target with the day it begins and who says so."""
    return "\n".join(
        f"{'£' * (one.unit is Unit.GBP)}{number(each.value)}{_UNITS.get(one.unit, '')} "
        f"from {day(each.from_date)} ({each.source})"
        for each in one.target
    )


def day(when: date) -> str:
    """`1 September 2014`."""
    return f"{when.day} {when:%B %Y}"


def policy(name: str, policies: Mapping[str, Policy]) -> str:
    """What a policy of disclosure hides."""
    below = policies[name].below if name in policies else 0
    return f"{name}: counts of 1 to {below - 1} are hidden" if below > 1 else f"{name}: nothing is hidden"


def given(one: Definition) -> dict[str, list[dict[str, str]]]:
    """The rows of the worked example by their mart, every cell as text."""
    marts = {one.mart or "mart.indicator": one.example.given} | one.example.also
    return {mart: [{name: _cell(value) for name, value in row.items()} for row in rows] for mart, rows in marts.items()}


def result(one: Definition) -> str:
    """The figure that the worked example gives."""
    expect = one.example.expect.model_dump(exclude_none=True)
    numbers = ", ".join(f"{name} {number(value)}" for name, value in expect.items())
    return f"In {one.example.period}, grain {one.example.grain}: {numbers}"


def example(one: Definition) -> str:
    """The worked example as lines of text: its rows by mart, then the figure."""
    lines = []
    for mart, rows in given(one).items():
        lines += [f"{mart}:", *("; ".join(f"{name} {text}" for name, text in row.items() if text) for row in rows)]
    return "\n".join([*lines, result(one)])


def _cell(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, (int, float)):
        return number(value)
    return "" if value is None else str(value)
