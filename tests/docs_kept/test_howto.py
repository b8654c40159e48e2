"""The recipes name what there is: every extract, command, setting and place; and nothing that is not."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest
from typer.main import get_command

from data_contracts import load
from data_contracts.contract import _TABLE_WORDS, Bounds
from pipelines.__main__ import app

ROOT = Path(__file__).parents[2]
HOWTO = (ROOT / "docs" / "HOWTO.md").read_text(encoding="utf-8")
SOURCES = [path for part in ("pipelines", "presentation", "drawing", "metrics", "data_contracts")
           for path in (ROOT / part).rglob("*.py")]  # fmt: skip
COMMANDS = re.findall(r"^python -m pipelines (.+)$", HOWTO, flags=re.MULTILINE)


def part(title: str) -> str:
    """The text of one recipe."""
    return HOWTO.split(f"## {title}\n", 1)[1].split("\n## ", 1)[0]


def test_every_extract_is_listed_as_its_contract_says():
    listed = re.findall(
        r"^\| `(\w+/\w+)` \| (\w+) \| (.+?) \| (.+?) \| (\d+) \|$", part("Send data"), flags=re.MULTILINE
    )
    assert listed == [
        (one.id, str(one.kind), one.title, ", ".join(f"`{column.name}`" for column in one.key), str(one.due_days))
        for one in load().values()
    ]


def test_every_command_has_its_line():
    verbs = {str(one.name or one.callback.__name__) for one in app.registered_commands}  # type: ignore[union-attr]
    assert verbs <= {
        line.split(" ")[0] for line in [*COMMANDS, *re.findall(r"^\| `(\w+)", part("Commands"), re.MULTILINE)]
    }


@pytest.mark.parametrize("line", sorted(set(COMMANDS)))
def test_a_command_as_it_is_written_is_understood(line):
    verb, *words = shlex.split(line, comments=True)
    command = get_command(app).commands[verb]  # type: ignore[attr-defined]
    options = {name for one in command.params for name in one.opts}
    assert {word for word in words if word.startswith("--")} <= options


def test_every_setting_that_the_code_reads_is_listed():
    read = {name for path in SOURCES for name in re.findall(r"\bINSIGHT_[A-Z_]+\b", path.read_text(encoding="utf-8"))}
    assert read <= set(re.findall(r"`(INSIGHT_[A-Z_]+)`", part("Settings")))


def test_every_link_leads_to_a_recipe():
    anchors = {
        re.sub(r"[^a-z0-9 -]", "", title.lower()).replace(" ", "-")
        for title in re.findall(r"^#+ (.+)$", HOWTO, flags=re.MULTILINE)
    }
    assert set(re.findall(r"\]\(#([^)]+)\)", HOWTO)) <= anchors


def test_what_a_contract_may_say_of_a_whole_delivery_is_listed():
    said = part("Change a contract")
    for word in (*_TABLE_WORDS, *(str(one.alias or name) for name, one in Bounds.model_fields.items())):
        assert f"`{word}`" in said or word in ("kind", "datedBy", "dateFormats"), word
