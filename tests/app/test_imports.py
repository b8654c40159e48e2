"""Who may import whom in the dashboard, read from the source: no layer looks up, and nothing slow comes along."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from tests.app.conftest import ROOT

OURS = {"pages", "presentation", "exports", "drawing", "metrics", "data_contracts", "pipelines", "actions"}
MAY_IMPORT = {
    "app.py": {"presentation"},
    "pages": {"presentation", "exports", "drawing", "metrics", "data_contracts"},
    "presentation": {"presentation", "exports", "actions", "drawing", "metrics", "data_contracts"},
    "drawing": {"drawing", "metrics", "data_contracts"},
}
NEVER = {"pandas", "great_expectations", "pipelines", "sample_data", "sqlalchemy"}
SOURCES = [
    ROOT / "app.py",
    *sorted(p for part in ("pages", "presentation", "drawing") for p in (ROOT / part).rglob("*.py")),
]


def _imported(path: Path) -> set[str]:
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found.add(node.module.split(".")[0])
    return found


@pytest.mark.parametrize("path", SOURCES, ids=lambda p: p.relative_to(ROOT).as_posix())
def test_a_module_looks_only_downwards(path: Path) -> None:
    part = path.relative_to(ROOT).parts[0]
    imported = _imported(path)
    assert not imported & NEVER
    assert imported & OURS <= MAY_IMPORT[part]
    if part == "drawing":
        assert "streamlit" not in imported
    if part == "pages":
        assert not imported & {"duckdb", "polars"}, "pages do not query"


def test_no_page_lies_directly_in_pages_and_all_have_their_own_name() -> None:
    pages = list((ROOT / "pages").rglob("*.py"))
    assert all(len(p.relative_to(ROOT / "pages").parts) == 2 for p in pages)
    assert len({p.stem for p in pages}) == len(pages)
