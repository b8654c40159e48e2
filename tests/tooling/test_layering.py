"""Who may import whom: the contracts have no holes, see every module, and each of them really fails."""

import ast
import os
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import grimp
import pytest

ROOT = Path(__file__).parents[2]
SETTINGS = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["importlinter"]
PACKAGES = SETTINGS["root_packages"]
CONTRACTS = SETTINGS["contracts"]

DOWNWARDS = "The dashboard looks only downwards."
PIPELINE = "The pipeline looks only downwards; measuring and sampling are strangers."
NEVER_MEET = ["The dashboard never meets the pipeline.", "The pipeline never meets the dashboard."]
STRANGERS = "Pages are strangers to one another."
NO_QUERIES = "Pages do not query and do not compute."
STREAMLIT = "Only the frame, the pages and what they share know of Streamlit."
EXPECTATIONS = "Great Expectations, slow to import, lives in pipelines.expectations."
SQLALCHEMY = "SQLAlchemy serves Great Expectations alone."
FRAME = "Nobody imports the frame or the two commands."
PANDAS = "Our code never imports pandas."

LAWFUL = {
    "pages/board/overview.py": "import streamlit, presentation, drawing, metrics, data_contracts",
    "pages/board/claims.py": "import presentation",
    "pages/explore/metric.py": "import presentation",
    "presentation/__init__.py": "import streamlit, polars, drawing",
    "drawing/__init__.py": "import duckdb, metrics",
    "metrics/__init__.py": "import polars, data_contracts",
    "data_contracts/__init__.py": "",
    "pipelines/__init__.py": "import duckdb, metrics, sample_data, data_contracts",
    "pipelines/expectations.py": "import great_expectations, sqlalchemy, duckdb_engine",
    "sample_data/__init__.py": "import data_contracts",
}
BELOW_STREAMLIT = ["drawing", "metrics", "data_contracts", "pipelines", "sample_data"]
VIOLATIONS = [
    ("presentation/filters.py", "import pages.board.overview", DOWNWARDS),
    ("drawing/charts.py", "from presentation import filters", DOWNWARDS),
    ("metrics/calculate.py", "import drawing", DOWNWARDS),
    ("data_contracts/contract.py", "import metrics", DOWNWARDS),
    ("data_contracts/contract.py", "import sample_data", PIPELINE),
    ("metrics/calculate.py", "import pipelines", PIPELINE),
    ("metrics/calculate.py", "import sample_data", PIPELINE),
    ("sample_data/children.py", "import metrics", PIPELINE),
    ("pages/assurance/refresh.py", "import pipelines", NEVER_MEET[0]),
    ("presentation/commands.py", "import pipelines", NEVER_MEET[0]),
    ("drawing/release.py", "import sample_data", NEVER_MEET[0]),
    ("pipelines/publish.py", "import drawing", NEVER_MEET[1]),
    ("pages/explore/compare.py", "import pages.board.overview", STRANGERS),
    ("pages/board/summary.py", "from pages.board import overview", STRANGERS),
    *[("pages/explore/compare.py", f"import {tool}", NO_QUERIES) for tool in ("duckdb", "polars", "numpy")],
    *[(f"{package}/more.py", "import streamlit", STREAMLIT) for package in BELOW_STREAMLIT],
    ("pipelines/staging.py", "def lazy():\n    import great_expectations", EXPECTATIONS),
    ("drawing/release.py", "from sqlalchemy import orm", SQLALCHEMY),
    ("pipelines/warehouse.py", "import duckdb_engine", SQLALCHEMY),
    *[(f"{package}/more.py", "import run", FRAME) for package in PACKAGES if package != "pages"],
    ("pages/board/summary.py", "import app", FRAME),
    *[(f"{package}/more.py", "import pandas as pd", PANDAS) for package in PACKAGES if package != "pages"],
    ("pages/board/summary.py", "from pandas import DataFrame", PANDAS),
]


def sources(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*.py") if "__pycache__" not in path.parts]


def lint(tree: Path) -> subprocess.CompletedProcess[str]:
    command = "from importlinter.cli import lint_imports_command as check; check(['--no-cache', '--no-logo'])"
    wide = os.environ | {"COLUMNS": "200"}
    return subprocess.run([sys.executable, "-c", command], cwd=tree, env=wide, capture_output=True, text=True)


def broken(output: str) -> set[str]:
    return set(re.findall(r"^(.*) BROKEN$", output, flags=re.MULTILINE))


@pytest.fixture
def tree(tmp_path):
    """A small house with our contracts in which everybody keeps to them."""
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    for file, text in LAWFUL.items():
        (tmp_path / file).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / file).write_text(text)
    return tmp_path


def test_what_the_drawing_of_the_house_allows_is_allowed(tree):
    result = lint(tree)
    assert result.returncode == 0, result.stdout + result.stderr


@pytest.mark.parametrize(("file", "text", "contract"), VIOLATIONS)
def test_a_planted_violation_is_found_under_the_contract_it_breaks(tree, file, text, contract):
    (tree / file).parent.mkdir(parents=True, exist_ok=True)
    (tree / file).write_text(text)
    result = lint(tree)
    assert result.returncode == 1
    assert contract in broken(result.stdout), result.stdout + result.stderr


def test_every_contract_has_a_violation_planted_here():
    assert {contract["name"] for contract in CONTRACTS} == {violation[2] for violation in VIOLATIONS}


def test_no_contract_ignores_an_import():
    assert [key for contract in CONTRACTS for key in contract if "ignore" in key] == []
    assert not SETTINGS.get("exclude_type_checking_imports", False)


def test_every_contract_is_a_sentence():
    assert [contract["name"] for contract in CONTRACTS if not re.fullmatch(r"[A-Z].*\.", contract["name"])] == []


def test_every_package_of_the_tree_is_under_contract():
    outside = {"tests", "benchmarks"}
    folders = [folder for folder in ROOT.iterdir() if folder.is_dir() and folder.name.isidentifier()]
    assert {folder.name for folder in folders if folder.name not in outside and sources(folder)} == set(PACKAGES)


def test_no_module_hides_from_the_contracts():
    seen = grimp.build_graph(*PACKAGES, cache_dir=None).modules
    files = [path.relative_to(ROOT) for package in PACKAGES for path in sources(ROOT / package)]
    modules = {".".join(file.with_suffix("").parts).removesuffix(".__init__") for file in files}
    assert modules - seen == set()


def test_pages_stay_in_their_sections():
    """A module beside the sections starts Streamlit's old multipage mode; __init__.py hides them from the contracts."""
    assert list((ROOT / "pages").glob("*.py")) == []
    assert list((ROOT / "pages").rglob("__init__.py")) == []


def test_the_frame_meets_neither_the_pipeline_nor_its_tools():
    forbidden = {"pipelines", "sample_data", "great_expectations", "sqlalchemy", "duckdb_engine", "duckdb", "pandas"}
    assert imported(ROOT / "app.py") & forbidden == set()


def test_the_two_commands_need_nothing_installed():
    assert imported(ROOT / "run.py") - set(sys.stdlib_module_names) == set()


def imported(path: Path) -> set[str]:
    nodes = list(ast.walk(ast.parse(path.read_text(encoding="utf-8"))))
    plain = {alias.name for node in nodes if isinstance(node, ast.Import) for alias in node.names}
    members = {node.module or "" for node in nodes if isinstance(node, ast.ImportFrom)}
    return {module.split(".")[0] for module in plain | members}
