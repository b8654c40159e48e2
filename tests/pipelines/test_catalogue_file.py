"""The catalogue file holds every metric with what feeds it, every column with what it feeds, nothing that can run."""

from __future__ import annotations

import io
import re
import zipfile
from dataclasses import replace

import fastexcel
import pytest

from data_contracts.local_area import Policy
from metrics.definition import Shape
from pipelines import catalogue_file, catalogue_words
from pipelines.catalogue_file import Catalogue, as_markdown, as_workbook, facts, gather, uses
from tests.pipelines.inbox import command

HOSTILE = '=HYPERLINK("http://x")|<b>[a](b)\n@SUM(1)'


@pytest.fixture(scope="module")
def catalogue() -> Catalogue:
    return gather()


@pytest.fixture(scope="module")
def workbook(catalogue) -> bytes:
    return as_workbook(catalogue)


@pytest.fixture(scope="module")
def document(catalogue) -> str:
    return as_markdown(catalogue).decode()


def sheet(workbook: bytes, name: str) -> list[dict[str, str]]:
    return fastexcel.read_excel(workbook).load_sheet(name, dtypes="string").to_polars().to_dicts()


def parts(workbook: bytes, folder: str) -> list[str]:
    """The XML files of a workbook below a folder."""
    with zipfile.ZipFile(io.BytesIO(workbook)) as archive:
        return [archive.read(name).decode() for name in archive.namelist() if name.startswith(folder)]


def with_hostile_title(catalogue: Catalogue) -> Catalogue:
    one = catalogue.definitions["ehe_count"].model_copy(update={"title": HOSTILE})
    return replace(catalogue, definitions={**catalogue.definitions, "ehe_count": one})


def rows_of(table: str) -> list[list[str]]:
    """The cells of a Markdown table: what lies between bars that are not escaped."""
    return [re.split(r"(?<!\\)\|", line)[1:-1] for line in table.splitlines()]


def test_every_metric_has_a_row_under_its_theme(catalogue, workbook):
    rows = sheet(workbook, "Metrics")
    assert sorted(row["Id"] for row in rows) == sorted(catalogue.definitions)
    assert [row["Theme"] for row in rows] == sorted(row["Theme"] for row in rows)
    named = {row["Id"]: row["Theme"] for row in rows}
    assert (named["ehe_count"], named["ehc_requests_count"]) == ("Children not in school", "EHC plans")


def test_nothing_that_every_metric_has_is_left_out(catalogue, workbook):
    for row in sheet(workbook, "Metrics"):
        one = catalogue.definitions[row["Id"]]
        may_be_empty = {"Target": not one.target, "Caveats": not one.caveats, "Dimensions": not one.dimensions,
                        "Query": one.shape is Shape.RETURNED}  # fmt: skip
        assert [name for name, text in row.items() if not text and not may_be_empty.get(name)] == []


def test_what_feeds_a_metric_and_what_a_column_feeds_are_the_same(catalogue, workbook):
    stated = {
        (row["Id"], line.split(": ")[0], column)
        for row in sheet(workbook, "Metrics")
        for line in row["Fed by"].split("\n")
        for column in line.split(": ")[1].split(", ")
    }
    turned_round = {
        (row[4], contract.id, row[0])
        for contract in catalogue.contracts.values()
        for row in uses(catalogue, contract)
        if row[4]
    }
    assert stated == turned_round == {(m, *source) for m, sources in catalogue.feeding.items() for source in sources}


def test_every_extract_has_a_sheet_with_all_its_columns(catalogue, workbook):
    names = fastexcel.read_excel(workbook).sheet_names
    assert names[:2] == ["Metrics", "Extracts"]
    assert len(names) == 2 + len(catalogue.contracts)
    assert [row["Extract"] for row in sheet(workbook, "Extracts")] == list(catalogue.contracts)
    for name, contract in zip(names[2:], catalogue.contracts.values(), strict=True):
        columns = list(dict.fromkeys(row["Column"] for row in sheet(workbook, name)))
        assert [column for column in columns if column != "reporting_month"] == [c.name for c in contract.columns]


def test_a_sheet_can_be_read_and_sorted(workbook):
    for xml in parts(workbook, "xl/worksheets/sheet"):
        assert 'state="frozen"' in xml
        assert "<autoFilter" in xml
        assert all(8 <= float(width) <= 90 for width in re.findall(r'<col [^>]*width="([\d.]+)"', xml))
        assert all(float(height) <= 409 for height in re.findall(r'<row [^>]*ht="([\d.]+)"', xml))
    assert 'wrapText="1"' in parts(workbook, "xl/styles")[0]


def test_no_cell_is_a_formula_a_link_or_a_number(catalogue):
    hostile = as_workbook(with_hostile_title(catalogue))
    sheets = parts(hostile, "xl/worksheets/sheet")
    assert not any("<f>" in xml or "<hyperlink" in xml for xml in sheets)
    assert all('t="s"' in cell for xml in sheets for cell in re.findall(r"<c [^>]*><v>", xml))
    assert HOSTILE in [row["Title"] for row in sheet(hostile, "Metrics")]


def test_extracts_with_long_names_have_sheets_of_their_own(catalogue):
    one = catalogue.contracts["education/suspensions_exclusions"]
    taken: set[str] = set()
    names = [catalogue_file._sheet_name(replace(one, extract=f"suspensions_exclusions{n}"), taken) for n in range(12)]
    assert len(set(names)) == 12
    assert max(map(len, names)) == 31


def test_the_document_has_a_section_for_every_metric_and_extract(catalogue, document):
    headings = re.findall(r"^### (.*)$", document, flags=re.MULTILINE)
    assert len(headings) == len(catalogue.definitions) + len(catalogue.contracts)
    assert all(contract in headings for contract in catalogue.contracts)
    titles = re.findall(r"^## (.*)$", document, flags=re.MULTILINE)
    anchors = {re.sub(r"[^\w -]", "", title.lower()).replace(" ", "-") for title in titles}
    assert set(re.findall(r"^\* \[.*\]\(#(.*)\)$", document, flags=re.MULTILINE)) == anchors
    assert document.count("```sql\n") == document.count("\n```\n") == sum(map(bool, catalogue.queries.values()))


def test_every_table_of_the_document_has_as_many_cells_in_every_row(catalogue):
    text = re.sub(r"```sql\n.*?\n```", "", as_markdown(with_hostile_title(catalogue)).decode(), flags=re.DOTALL)
    tables = re.findall(r"(?:^\|.*\n)+", text, flags=re.MULTILINE)
    assert len(tables) > 2 * len(catalogue.definitions)
    for table in tables:
        head, rule, *rows = rows_of(table)
        assert {cell.strip() for cell in rule} == {"---"}
        assert rows
        assert {len(row) for row in rows} == {len(head)} == {len(rule)}
    assert '\n### =HYPERLINK("http://x")\\|\\<b>\\[a\\](b)<br>@SUM(1)\n' in text


def test_a_metric_is_told_whole(catalogue):
    told = facts(catalogue, catalogue.definitions["ehcp_issued_within_20_weeks_pct"])
    assert told["Rule"] == (
        "Of the rows of EHC request where assessment outcome is Y (Issue), the share where days to issue is at most "
        "140. A row counts in the period in which its assessment outcome date lies."
    )
    assert told["Target"] == "100% from 1 September 2014 (SEND Regulations 2014, regulation 13)"
    assert told["Fed by"] == "education/ehc_requests: assessment_outcome, assessment_outcome_date, received_date"
    assert told["Outcome"] == "2: I have a plan for my future"
    assert told["Disclosure"] == "default: counts of 1 to 4 are hidden"
    assert told["Caveats"].startswith("Plans that were already late count when they are issued")
    assert "select" in catalogue.queries["ehcp_issued_within_20_weeks_pct"].lower()


def test_a_worked_example_shows_its_rows_and_its_result(catalogue):
    said = catalogue_words.example(catalogue.definitions["ehe_school_age_pct"])
    assert said.startswith("mart.home_education:\nstart_date 2025-01-01; birth_month 2015-05-01\n")
    assert "mart.population:\nsnapshot_date 2025-01-01; age 5; population 150" in said
    assert said.endswith("In 2025-09, grain month: numerator 1, denominator 200, value 0.5")


@pytest.mark.parametrize(
    ("written", "words"),
    [
        ("days_to_issue <= 140", "days to issue is at most 140"),
        ("decision_date <= due_date", "decision date is on or before due date"),
        ("sen_provision in ('K', 'E')", "SEN provision is K (SEN support) or E (EHC plan)"),
        ("joint_funded <> 'none'", "joint funded is not none (Not jointly funded)"),
        ("quality_result is not null", "quality result is not empty"),
        ("ended is null or not is_open", "ended is empty or it is not open"),
        ("has_ehc_plan and not in_area", "it has EHC plan and in area is no"),
        ("age between 5 and 15", "age is between 5 and 15"),
        ("a = 1 and (b = 2 or c = 3)", "a is 1 and (b is 2 or c is 3)"),
        ("period_end - identified_date > 84",
         "the number of days from identified date to the end of the period is more than 84"),
        ("10 * sum(missed) >= sum(possible)", "10 times the sum of missed is at least the sum of possible"),
        ("count(*) >= 2", "the number of rows is at least 2"),
        ("not (a = 1)", "it does not hold that (a is 1)"),
        ("starts_with(a, 'x')", "STARTS_WITH(a, 'x')"),
        ("a in (select 1)", "a IN (SELECT 1)"),
        ("a is true", "a IS TRUE"),
    ],
)  # fmt: skip
def test_a_condition_in_words_and_what_has_none_as_written(written, words):
    assert catalogue_words.condition(written) == words


def test_every_rule_is_in_words(catalogue):
    for one in catalogue.definitions.values():
        said = catalogue_words.rule(one)
        assert said.endswith(".")
        assert not re.search(r"[<>=_]|null|\bSUM|\{", re.sub(r"is \w+ \([^)]*\)|or \w+ \([^)]*\)", "", said)), said


@pytest.mark.parametrize(("below", "words"), [(5, "p: counts of 1 to 4 are hidden"), (0, "p: nothing is hidden")])
def test_a_policy_says_what_it_hides(below, words):
    assert catalogue_words.policy("p", {"p": Policy(below=below)}) == words


@pytest.fixture
def at_hand(catalogue, monkeypatch, tmp_path):
    """The catalogue, gathered once for all commands, each of which runs in an empty folder."""
    monkeypatch.setattr(catalogue_file, "gather", lambda: catalogue)
    monkeypatch.chdir(tmp_path)


@pytest.mark.parametrize("name", ["metrics.xlsx", "metrics.md", "METRICS.MD"])
def test_the_command_writes_one_file_and_needs_no_store(at_hand, capsys, tmp_path, name, catalogue):
    said = command(capsys, "catalogue", "--out", name, "--json")
    assert said.code == 0
    assert said.document == {"metrics": len(catalogue.definitions), "extracts": len(catalogue.contracts), "out": name}
    assert [path.name for path in tmp_path.iterdir()] == [name]
    counts = f"{len(catalogue.definitions)} metrics and {len(catalogue.contracts)} extracts"
    assert command(capsys, "catalogue", "--out", name).out == f"Wrote {counts} to {name}.\n"


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("metrics.csv", "metrics.csv should end in .xlsx or .md"),
        ("metrics", "metrics should end in .xlsx or .md"),
        ("nowhere/metrics.md", "there is no folder nowhere"),
        ("folder.md", "folder.md is a folder"),
    ],
)
def test_what_cannot_be_written_is_wrong_usage_and_a_sentence(at_hand, capsys, tmp_path, name, sentence):
    (tmp_path / "folder.md").mkdir()
    said = command(capsys, "catalogue", "--out", name)
    assert (said.code, said.out) == (2, "")
    assert sentence in " ".join(said.err.split())
    assert [path.name for path in tmp_path.iterdir()] == ["folder.md"]


def test_a_file_that_cannot_be_replaced_is_said_and_stays_whole(at_hand, capsys, tmp_path, monkeypatch):
    (tmp_path / "metrics.md").write_text("earlier")

    def refused(*_: object) -> None:
        raise PermissionError

    monkeypatch.setattr(catalogue_file, "move_into_place", refused)
    said = command(capsys, "catalogue", "--out", "metrics.md")
    assert said.code == 2
    assert "metrics.md cannot be written" in " ".join(said.err.split())
    assert [(path.name, path.read_text()) for path in tmp_path.iterdir()] == [("metrics.md", "earlier")]
