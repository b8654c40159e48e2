"""What must hold for a row: the contract's own rules, and those that its columns imply.

A rule is a code, a severity, a sentence and a condition that finds the rows which break it. The same
condition is an expectation for Great Expectations (verdict and count) and a column of the one pass that
sets rows aside; a refresh stops if the two ever count differently.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Final

from data_contracts.contract import Column, Contract, Rule, Type

SELECT: Final = "select line_number from {batch} where "


@dataclass(frozen=True)
class Check:
    """One thing that must hold; `native` names Great Expectations' own expectation where it has one."""

    code: str
    column: str | None
    severity: str
    sentence: str
    condition: str
    native: tuple[str, dict[str, Any]] | None = field(default=None, compare=False)


def checks(contract: Contract) -> list[Check]:
    """Everything that must hold for a row of the extract, in the order of its columns, own rules last."""
    found = [*_of_rows(contract)]
    for column in contract.columns:
        found.extend(_of_column(column))
    found.extend(
        Check(rule.code, rule.column, rule.severity, rule.sentence, _condition(rule)) for rule in contract.rules
    )
    return found


def _condition(rule: Rule) -> str:
    return rule.query.removeprefix(SELECT).replace("{{", "{").replace("}}", "}")


def _of_rows(contract: Contract) -> Iterator[Check]:
    key = contract.key[0].name
    named = " and ".join(column.name for column in contract.key)
    yield _fault("row_too_few_fields", None, "Each row has as many fields as the header.")
    yield _fault("row_too_many_fields", None, "No row has more fields than the header.")
    yield _fault("row_cell_too_long", None, "No cell is longer than a spreadsheet could hold, 32,767 characters.")
    yield _fault("row_duplicate", None, "No row is sent twice; the first was kept.")
    yield _fault(f"{key}_duplicate", key, f"No two different rows share the same {named}.")


def _of_column(column: Column) -> Iterator[Check]:
    name = column.name
    yield from _readable(column)
    if column.required:
        untyped = "" if column.type is Type.TEXT else f" and not list_contains(faults, '{_unreadable(column)}')"
        missing = f"{name} is null{untyped}"
        missing += f" and {name}_mark is null" if column.marks else ""
        if column.identifier == "upn":
            missing += f" and coalesce({name}_fault, '') <> 'stated_reason'"
        native = ("not_null", {"column": name}) if missing == f"{name} is null" else None
        yield Check(f"{name}_missing", name, "error", f"Every row has {name}.", missing, native)
    if column.codes:
        listed = ", ".join(f"'{code}'" for code in column.codes)
        sentence = f"{name} is one of {_listing(column.codes)}."
        in_set = ("in_set", {"column": name, "value_set": list(column.codes)})
        yield Check(f"{name}_unknown_code", name, "error", sentence, f"{name} not in ({listed})", in_set)
    if column.type in (Type.DATE, Type.MONTH) and not column.may_lie_ahead:
        sentence = f"{name} is not after the last day of the reporting month."
        yield Check(f"{name}_after_month_end", name, "error", sentence, f"{name} > month_end")
    if column.minimum is not None and column.maximum is not None:
        low, high = (f"{bound:.10g}" for bound in (column.minimum, column.maximum))
        sentence = f"{name} lies from {low} to {high}."
        outside = f"{name} not between {low} and {high}"
        yield Check(f"{name}_out_of_range", name, "error", sentence, outside)
    if column.pattern:
        sentence = f"{name} has the agreed form, {column.description[0].lower()}{column.description[1:]}"
        yield Check(f"{name}_format", name, "error", sentence, f"not regexp_matches({name}, '{column.pattern}')")


def _readable(column: Column) -> Iterator[Check]:
    name = column.name
    if column.identifier == "upn":
        severity = "error" if column.required else "warning"
        sentence = f"{name} holds a number, not a reason why there is none (UN1 to UN10)."
        yield Check(f"{name}_stated_reason", name, severity, sentence, f"{name}_fault = 'stated_reason'")
        yield _companion(name, "format", "has 13 characters: a letter, eleven digits, and a digit or letter.")
        yield _companion(name, "check_letter", "begins with the check letter that its digits call for.")
    elif column.identifier == "nhs_number":
        yield _companion(name, "format", "has ten digits.")
        yield _companion(name, "check_digit", "ends with the check digit that its digits call for.")
    elif column.reference == "ward":
        sentence = f"{name} is a ward of the local area; others count as unknown."
        yield Check(f"{name}_outside_area", name, "warning", sentence, f"{name}_is_outside")
    elif column.free_text:
        sentence = f"{name} holds no control characters; they were taken out."
        yield Check(f"{name}_control_characters", name, "warning", sentence, f"{name}_was_stripped")
    elif column.type is Type.TEXT and not column.codes:
        yield _fault(
            f"{name}_control_characters", name, f"{name} holds no line breaks and no other control characters."
        )
    elif column.type is not Type.TEXT:
        forms = {
            Type.DATE: "a date, written as 2025-09-30 or 30/09/2025",
            Type.MONTH: "a month, written as 2025-09",
            Type.BOOL: "yes or no: 1/0, true/false or Y/N",
            Type.INT: "a whole number",
            Type.NUMBER: "a number",
        }
        yield _fault(_unreadable(column), name, f"{name} is {forms[column.type]}.")


def _unreadable(column: Column) -> str:
    forms = {
        Type.DATE: "not_a_date",
        Type.MONTH: "not_a_month",
        Type.BOOL: "not_yes_or_no",
        Type.INT: "not_a_whole_number",
        Type.NUMBER: "not_a_number",
    }
    return f"{column.name}_{forms[column.type]}"


def _fault(code: str, column: str | None, sentence: str) -> Check:
    return Check(code, column, "error", sentence, f"list_contains(faults, '{code}')")


def _companion(name: str, fault: str, sentence: str) -> Check:
    return Check(f"{name}_{fault}", name, "error", f"{name} {sentence}", f"{name}_fault = '{fault}'")


def _listing(codes: tuple[str, ...]) -> str:
    if len(codes) > 12:
        return f"the {len(codes)} agreed codes"
    return ", ".join(codes[:-1]) + f" or {codes[-1]}"
