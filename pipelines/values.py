"""How the text of a cell becomes a value, and the faults it can have: derived from the contract, column by column.

Everything here is SQL over one row's cells, so that DuckDB reads millions of them at once. A cell whose
meaning is not sure becomes nothing and a fault; nothing is guessed.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from data_contracts.contract import Column, Contract, Type
from data_contracts.local_area import LocalArea, ward_key

SERIAL: Final = "excel-serial"
SERIAL_DAY: Final = "[0-9]{5}([.][0-9]+)?"
DATE_FORMATS: Final = {
    "yyyy-mm-dd": ("%Y-%m-%d", "%Y-%m-%d %H:%M:%S", "%Y-%m-%d %H:%M", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M:%S.%f"),
    "dd/mm/yyyy": ("%d/%m/%Y", "%d/%m/%Y %H:%M:%S", "%d/%m/%Y %H:%M"),
    "dd-mon-yyyy": ("%d-%b-%Y", "%d-%b-%Y %H:%M:%S", "%d-%b-%Y %H:%M"),
    "yyyy-mon-dd": ("%Y-%b-%d", "%Y-%b-%d %H:%M:%S", "%Y-%b-%d %H:%M"),
    SERIAL: (),
}
_DATE_SHAPES: Final = {
    "yyyy-mm-dd": "^[0-9]+-[0-9]",
    "dd/mm/yyyy": "^[0-9]+/",
    "dd-mon-yyyy": "^[0-9]+-[A-Za-z]",
    "yyyy-mon-dd": "^[0-9]+-[A-Za-z]",
    SERIAL: f"^{SERIAL_DAY}$",
}
# A day where the agreed order has the month: whoever wrote it writes the others that way round, too.
_OTHER_ORDERS: Final = {
    "yyyy-mm-dd": "^[0-9]{4}-(1[3-9]|2[0-9]|3[01])-(0?[1-9]|1[0-2])([ T]|$)",
    "dd/mm/yyyy": "^(0?[1-9]|1[0-2])/(1[3-9]|2[0-9]|3[01])/[0-9]{4}( |$)",
}
_MARKS: Final = {
    "c": "(^\\*$|^c$|^<\\s*[0-9]+$)",
    "x": "^(x|-|\u2013|n/a|:|\\.\\.)$",
    "z": "^z$",
    "low": "^(low|~)$",
}
_OVERRIDES: Final = "\\x7f-\\x9f\\x{202a}-\\x{202e}\\x{2066}-\\x{2069}"
_CONTROL: Final = f"[\\x00-\\x1f{_OVERRIDES}]"
# Ends the code of a fault that refuses the whole file.
OTHER_ORDER: Final = "_date_order"
# A note may run over lines; anything else that does has swallowed the rows below it.
_CONTROL_IN_NOTES: Final = f"[\\x00-\\x08\\x0b\\x0c\\x0e-\\x1f{_OVERRIDES}]"
_STATED_REASON: Final = "^UN([1-9]|10)$"
_BLANK: Final = " \t\r\n\u00a0\ufeff"
_BLANK_ENDS: Final = f"^[{_BLANK}]|[{_BLANK}]$"


@dataclass(frozen=True)
class Reader:
    """How one column is read: its value and companions as SQL, and the faults a cell can have.

    What is costly and needed twice is `cleaned` once, in a layer of its own below the values.
    """

    select: tuple[tuple[str, str], ...]
    faults: tuple[tuple[str, str], ...] = ()
    cleaned: tuple[tuple[str, str], ...] = ()


def text_name(column: Column) -> str:
    """The name under which a column's cells lie as text, before they are read."""
    return f"{column.name}__text"


def trimmed(cell: str) -> str:
    """The text of a cell without blanks around it, null where nothing is left."""
    # Few cells have blanks around them, and finding that out is far cheaper than taking them off.
    bare = f"case when regexp_matches({cell}, '{_BLANK_ENDS}') then trim({cell}, '{_BLANK}') else {cell} end"
    return f"nullif({bare}, '')"


def reader(column: Column, contract: Contract, area: LocalArea) -> Reader:
    """How the cells of a column are read, in the area whose wards are known."""
    text = f'"{text_name(column)}"'
    if column.identifier in ("upn", "nhs_number"):
        return _national_identifier(column, text)
    if column.reference == "ward":
        return _ward(column, area, text)
    if column.marks:
        return _marked_number(column, text)
    if column.type is Type.TEXT:
        return _coded(column, text) if column.codes else _free(column, text)
    if column.type is Type.DATE:
        return _date(column, contract, text)
    expressions = {
        Type.MONTH: (_month(text), "not_a_month"),
        Type.BOOL: (_bool(text), "not_yes_or_no"),
        Type.INT: (_whole(text), "not_a_whole_number"),
        Type.NUMBER: (_number(column, text), "not_a_number"),
    }
    value, fault = expressions[column.type]
    return Reader(
        ((column.name, value),), ((f"{column.name}_{fault}", f'{text} is not null and "{column.name}" is null'),)
    )


def _hashed(column: Column, text: str) -> str:
    # Keyed, so that nobody without the store's key can try out identifiers; the column's name keeps
    # a plan's number and a child's number apart. 128 bits are kept.
    return f"left(sha256(getvariable('identifier_key') || ':{column.name}:' || {text}), 32)::uuid"


def _national_identifier(column: Column, text: str) -> Reader:
    strip = "[\\s\\-]" if column.identifier == "nhs_number" else "\\s"
    clean = f'"{column.name}__clean"'
    cleaned = (column.name + "__clean", f"upper(regexp_replace({text}, '{strip}', '', 'g'))")
    stated = f"coalesce(regexp_matches({clean}, '{_STATED_REASON}'), false)" if column.identifier == "upn" else "false"
    fault = f"case when {stated} then 'stated_reason' else {column.identifier}_fault({clean}) end"
    value = f"case when not {stated} then {_hashed(column, clean)} end"
    return Reader(((column.name, value), (f"{column.name}_fault", fault)), cleaned=(cleaned,))


def _date(column: Column, contract: Contract, text: str) -> Reader:
    parsed = f'"{column.name}__parsed"'
    # A year before 1900 is a two-digit year or a slip, and nobody here was born then.
    select = [(column.name, f"case when {parsed} >= date '1900-01-01' then {parsed}::date end")]
    if column.name == "date_of_birth":
        select.append(("birth_month", f"date_trunc('month', {parsed})::date"))
    is_none = f'{text} is not null and "{column.name}" is null'
    orders = "|".join(_OTHER_ORDERS[name] for name in contract.date_formats if name in _OTHER_ORDERS)
    faults = [(f"{column.name}_not_a_date", is_none)]
    if orders:
        # Not joined by "and": DuckDB would then look for the pattern in every cell, and nearly all are dates.
        is_other = f"case when {is_none} then regexp_matches({text}, '{orders}') else false end"
        faults.append((f"{column.name}{OTHER_ORDER}", is_other))
    return Reader(tuple(select), tuple(faults), ((f"{column.name}__parsed", _parsed(contract, text)),))


def _parsed(contract: Contract, text: str) -> str:
    """The date in a text: only the formats that its shape allows are tried, as each one in vain costs time."""
    by_shape: dict[str, list[str]] = {}
    for name in contract.date_formats:
        by_shape.setdefault(_DATE_SHAPES[name], []).extend(f"'{form}'" for form in DATE_FORMATS[name])
    days = f"(date '1899-12-30' + floor(try_cast({text} as double))::integer)::timestamp"
    cases = " ".join(
        f"when regexp_matches({text}, '{shape}') then "
        + (f"try_strptime({text}, [{', '.join(formats)}])" if formats else days)
        for shape, formats in by_shape.items()
    )
    return f"case {cases} end"


def _ward(column: Column, area: LocalArea, text: str) -> Reader:
    known = ", ".join(f"'{ward_key(ward)}': {_quoted(ward)}" for ward in area.wards)
    compared = f"regexp_replace(trim(replace(lower({text}), '&', ' and ')), '\\s+', ' ', 'g')"
    value = f"map {{{known}}}[{compared}]"
    return Reader(
        ((column.name, value), (f"{column.name}_is_outside", f"{text} is not null and {value} is null")),
    )


def _coded(column: Column, text: str) -> Reader:
    clean = f"lower(regexp_replace({text}, '\\.0+$', ''))"
    known = {code.lower(): code for code in column.codes}
    known |= {alias.lower(): code for alias, code in column.value_aliases.items()}
    pairs = ", ".join(f"{_quoted(said)}: {_quoted(code)}" for said, code in known.items())
    # An unknown code stays on the desk as it was sent, for the expectation to refuse.
    return Reader(((column.name, f"coalesce(map {{{pairs}}}[{clean}], {text})"),))


def _free(column: Column, text: str) -> Reader:
    clean = f"regexp_replace({text}, '\\.0+$', '')" if column.identifier or column.pattern else text
    if column.free_text:
        value = f"nullif(regexp_replace({text}, '{_CONTROL_IN_NOTES}', '', 'g'), '')"
        found = f"coalesce(regexp_matches({text}, '{_CONTROL_IN_NOTES}'), false)"
        stripped = (f"{column.name}_was_stripped", found)
        return Reader(((column.name, value), stripped))
    value = _hashed(column, clean) if column.identifier else clean
    return Reader(
        ((column.name, value),),
        ((f"{column.name}_control_characters", f"regexp_matches({text}, '{_CONTROL}')"),),
    )


def _marked_number(column: Column, text: str) -> Reader:
    mark = " ".join(
        f"when regexp_matches(lower({text}), '{pattern}') then '{status}'" for status, pattern in _MARKS.items()
    )
    value, name = _number(column, text), column.name
    # How many decimals were sent bounds how far rounding can have moved the figure.
    decimals = f"length(regexp_extract({text}, '\\.([0-9]+)', 1))"
    is_percent = [(f"{name}_is_percent", f"coalesce(ends_with({text}, '%'), false)")] if column.percent_sign else []
    return Reader(
        ((name, value), (f"{name}_mark", f"case {mark} end"), (f"{name}_decimals", decimals), *is_percent),
        ((f"{name}_not_a_number", f'{text} is not null and "{name}" is null and "{name}_mark" is null'),),
    )


def _month(text: str) -> str:
    return f"case when regexp_full_match({text}, '(19|20)[0-9]{{2}}-(0[1-9]|1[0-2])') then ({text} || '-01')::date end"


def _bool(text: str) -> str:
    clean = f"regexp_replace(lower({text}), '\\.0+$', '')"
    yes, no = "('1', 'true', 'y', 'yes')", "('0', 'false', 'n', 'no')"
    return f"case when {clean} in {yes} then true when {clean} in {no} then false end"


def _whole(text: str) -> str:
    clean = f"regexp_replace({text}, '\\.0+$', '')"
    return (
        f"case when regexp_full_match({text}, '-?[0-9]+') then try_cast({text} as bigint) "
        f"when regexp_full_match({clean}, '-?([0-9]+|[0-9]{{1,3}}(,[0-9]{{3}})+)') "
        f"then try_cast(replace({clean}, ',', '') as bigint) end"
    )


def _number(column: Column, text: str) -> str:
    sign = "\\s?%?" if column.percent_sign else ""
    written = f"-?(£\\s?)?-?([0-9]+|[0-9]{{1,3}}(,[0-9]{{3}})+)(\\.[0-9]+)?{sign}"
    return (
        f"case when regexp_full_match({text}, '{written}') "
        f"then try_cast(regexp_replace({text}, '[£%,\\s]', '', 'g') as double) end"
    )


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
