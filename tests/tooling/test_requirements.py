"""What is installed: the same everywhere, from the machine's own package index, and no more than was asked for."""

import re
import tomllib
from collections import Counter
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PINNED = re.compile(r"(?P<name>[a-z0-9-]+)==(?P<version>[\w.+!]+)( ; [^#]+?)? *(#.*)?")
FILES = ["requirements.txt", "requirements-dev.txt"]


def lines(file: str) -> list[str]:
    return [line for line in (ROOT / file).read_text(encoding="utf-8").splitlines() if not line.startswith("#")]


def pins(file: str) -> set[tuple[str, ...]]:
    return {found.group("name", "version") for found in map(PINNED.fullmatch, lines(file)) if found}


def name(requirement: str) -> str:
    return re.split(r"[^A-Za-z0-9._-]", requirement)[0].lower().replace("_", "-")


def declared() -> dict[str, list[str]]:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    runtime = project["project"]["dependencies"]
    return {"requirements.txt": runtime, "requirements-dev.txt": runtime + project["dependency-groups"]["dev"]}


@pytest.mark.parametrize("file", FILES)
def test_every_requirement_is_pinned_to_one_version(file):
    assert [line for line in lines(file) if not PINNED.fullmatch(line)] == []


@pytest.mark.parametrize("file", FILES)
def test_no_requirement_names_a_place_to_fetch_it_from(file):
    text = (ROOT / file).read_text(encoding="utf-8")
    assert not re.search(r"://|@|--(extra-)?index-url[ =]|--find-links|--trusted-host", text)


@pytest.mark.parametrize("file", FILES)
def test_every_direct_dependency_was_compiled_in(file):
    pinned = {package for package, _ in pins(file)}
    assert [requirement for requirement in declared()[file] if name(requirement) not in pinned] == []


@pytest.mark.parametrize("file", FILES)
def test_only_direct_dependencies_stand_without_a_package_that_wants_them(file):
    wanted = {name(requirement) for requirement in declared()[file]}
    orphans = [line for line in lines(file) if "# via" not in line]
    ours = [line for line in lines(file) if "inclusion-insight" in line]
    assert orphans == []
    assert {name(line) for line in ours} == wanted


def test_a_direct_dependency_is_the_same_version_on_every_python_and_system():
    versions = Counter(package for package, _ in pins("requirements-dev.txt"))
    assert [wanted for wanted in declared()["requirements-dev.txt"] if versions[name(wanted)] != 1] == []


def test_the_tests_run_on_the_very_versions_that_users_run():
    assert pins("requirements.txt") <= pins("requirements-dev.txt")


@pytest.mark.parametrize("file", FILES)
def test_a_requirements_file_says_how_to_compile_it_again(file):
    head = (ROOT / file).read_text(encoding="utf-8").split("\n", 2)[1]
    assert "uv pip compile pyproject.toml --universal --python-version 3.11" in head
    assert f"--output-file {file}" in head


def test_every_direct_dependency_has_its_reason_written_down():
    reasons = (ROOT / "docs/decisions/0001-dependencies.md").read_text(encoding="utf-8").lower()
    assert [wanted for wanted in declared()["requirements-dev.txt"] if f"| {name(wanted)} |" not in reasons] == []
