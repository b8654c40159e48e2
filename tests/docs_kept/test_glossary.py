"""Whatever a reader can meet, a status, a code, a caveat, a verb, is found by listing and must be explained."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from enum import StrEnum
from pathlib import Path

import pytest

import pipelines
from data_contracts import load
from data_contracts.contract import ROWS_FELL, ROWS_ROSE, TOTAL_JUMPED, Kind, Type
from metrics.caveats import CAVEATS
from metrics.definition import Direction, Shape, Unit
from metrics.release_format import Grain, Severity, Status, Verdict
from pipelines.__main__ import app
from pipelines.rules import checks
from pipelines.values import OTHER_ORDER

ROOT = Path(__file__).parents[2]
SOURCES = sorted(Path(pipelines.__file__).parent.glob("*.py"))
ENUMS: tuple[type[StrEnum], ...] = (Status, Verdict, Severity, Grain, Kind, Shape, Unit, Direction)
# Where a code stands among the arguments of what makes a finding.
MAKERS = {"Finding": 0, "Refused": 0, "Unreadable": 0, "_reject": 2}


def document(name: str) -> str:
    path = ROOT / "docs" / name
    assert path.exists(), f"docs/{name} is missing"
    return path.read_text(encoding="utf-8")


def words(text: str) -> set[str]:
    """What stands in code style or in bold."""
    return {word.strip() for pair in re.findall(r"`([^`\n]+)`|\*\*([^*\n]+)\*\*", text) for word in pair if word}


def codes_in(argument: ast.expr, constants: dict[str, str]) -> Iterator[str]:
    for node in ast.walk(argument):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value
        elif isinstance(node, ast.Name) and node.id in constants:
            yield constants[node.id]


def file_codes() -> set[str]:
    """The codes that are written out where files are received, read and weighed."""
    found: set[str] = set()
    for path in SOURCES:
        tree = ast.parse(path.read_text(encoding="utf-8"))
        constants = {
            target.id: node.value.value
            for node in ast.walk(tree)
            if isinstance(node, (ast.Assign, ast.AnnAssign)) and isinstance(node.value, ast.Constant)
            for target in (node.targets if isinstance(node, ast.Assign) else [node.target])
            if isinstance(target, ast.Name) and isinstance(node.value.value, str)
        }
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in MAKERS:
                place = MAKERS[node.func.id]
                if len(node.args) > place:
                    found |= set(codes_in(node.args[place], constants))
    return {code for code in found if re.fullmatch(r"[a-z]+(_[a-z0-9]+)+", code)}


# Codes that are put together from what a contract says.
AGREED_CODES = {
    ROWS_FELL,
    ROWS_ROSE,
    *(f"{name}{TOTAL_JUMPED}" for contract in load().values() for name in contract.bounds.totals),
    *(f"{one.name}{OTHER_ORDER}" for contract in load().values() for one in contract.columns if one.type is Type.DATE),
}
FILE_CODES = file_codes() | AGREED_CODES
ROW_CODES = sorted({(check.code, check.column) for contract in load().values() for check in checks(contract)}, key=str)


def is_explained(code: str, column: str | None, explained: set[str]) -> bool:
    """Whether a code stands there whole, or its fault does: `_missing`, `<column>_missing`, `_before_<column>`."""
    for word in explained:
        literal = re.sub(r"<[^>]*>|…", "", word).strip("_")
        if not literal:
            continue
        pattern = "".join(
            "[a-z0-9_]+" if part[0] in "<…" else re.escape(part) for part in re.findall(r"<[^>]*>|…|[^<…]+", word)
        )
        if re.fullmatch(pattern, code):
            return True
        if column and word.startswith("_") and re.fullmatch(f"{re.escape(column)}{pattern}", code):
            return True
    return False


def test_codes_are_found_where_they_are_made():
    assert {"file_empty", "file_unreadable", "month_mismatch", "row_count_fell", "no_usable_rows"} <= FILE_CODES
    assert {"header_missing", "file_unrecognised", "header_unknown"} <= FILE_CODES


@pytest.mark.parametrize("members", ENUMS, ids=lambda members: members.__name__)
def test_every_member_of_a_list_is_in_the_glossary(members):
    explained = words(document("GLOSSARY.md"))
    assert [str(member) for member in members if str(member) not in explained] == []


def test_every_caveat_is_in_the_glossary():
    explained = words(document("GLOSSARY.md"))
    assert [key for key in CAVEATS if key not in explained] == []


def test_every_code_of_a_file_is_in_the_glossary():
    explained = words(document("GLOSSARY.md"))
    assert sorted(code for code in FILE_CODES if not is_explained(code, None, explained)) == []


def test_every_code_of_a_row_is_in_the_glossary_whole_or_by_its_fault():
    explained = words(document("GLOSSARY.md"))
    assert [code for code, column in ROW_CODES if not is_explained(code, column, explained)] == []


def test_every_verb_and_its_options_are_in_the_howto():
    text = document("HOWTO.md")
    for one in app.registered_commands:
        assert one.callback
        verb = one.name or one.callback.__name__
        assert f"python -m pipelines {verb}" in text, verb


def test_every_exit_code_is_in_the_howto():
    text = document("HOWTO.md")
    for code in range(5):
        assert re.search(rf"(^|\W){code}(\W|$)", text), code


@pytest.mark.parametrize(
    ("code", "column", "word", "explained"),
    [
        ("sex_missing", "sex", "_missing", True),
        ("sex_missing", "sex", "<column>_missing", True),
        ("sex_missing", "sex", "sex_missing", True),
        ("sex_missing", "sex", "<column>_<fault>", False),
        ("end_date_before_start_date", "end_date", "_before_<column>", True),
        ("end_date_before_start_date", "end_date", "_before", False),
        ("school_urn_format", "school_urn", "urn_format", False),
    ],
)
def test_a_code_is_explained_by_itself_or_by_its_fault_and_not_by_the_scheme_alone(code, column, word, explained):
    assert is_explained(code, column, {word}) is explained
