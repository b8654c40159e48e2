"""How much time and memory one very large text file and one large, messy workbook take.

Run by hand: `python benchmarks/large_files.py --gigabytes 2`. The text file holds referrals with sound numbers. The
workbook has title rows, real dates and written ones, numbers as text, blank rows, notes and a total. Each is given to
`check`, and to a refresh of a store of its own.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from datetime import date, timedelta
from pathlib import Path

import duckdb
import xlsxwriter

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))
from benchmarks.refresh import told  # noqa: E402 (found only once the project's folder is on the path)

BYTES_A_ROW = 92
REFERRALS = "health/nd_referrals_2025-09"
HEADER = (
    "referral_id", "child_id", "upn", "nhs_number", "date_of_birth", "sex", "ethnicity", "ward", "pathway", "priority",
    "referral_date", "accepted_date", "first_contact_date", "assessment_start_date", "closed_date", "outcome",
)  # fmt: skip


def main() -> None:
    """Prints one line for each command: seconds and peak memory."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--gigabytes", type=float, default=2.0)
    parser.add_argument("--workbook-rows", type=int, default=100_000)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        text = Path(folder) / "text" / "2025-09" / f"{REFERRALS}.csv"
        write_text(text, int(options.gigabytes * 1e9 / BYTES_A_ROW))
        print(f"text file: {text.stat().st_size / 1e9:.2f} GB", flush=True)
        measure(text, Path(folder))
        book = Path(folder) / "book" / "2025-09" / f"{REFERRALS}.xlsx"
        write_workbook(book, options.workbook_rows)
        print(f"workbook: {options.workbook_rows} rows, {book.stat().st_size / 1e6:.1f} MB", flush=True)
        measure(book, Path(folder))


def measure(file: Path, folder: Path) -> None:
    """Times a check of the file, and a refresh that receives it."""
    pipelines = [sys.executable, "-m", "pipelines"]
    told(f"check {file.suffix}", [*pipelines, "check", str(file)])
    inbox, store = file.parents[2], folder / f"store{file.suffix}"
    told(f"refresh {file.suffix}", [*pipelines, "refresh", "--inbox", str(inbox), "--store", str(store)])


def write_text(path: Path, rows: int) -> None:
    """Referrals of children who do not exist, with sound UPNs, put together by DuckDB."""
    path.parent.mkdir(parents=True)
    with duckdb.connect() as connection:
        connection.execute((ROOT / "pipelines" / "sql" / "identifiers.sql").read_text(encoding="utf-8"))
        day = "(date '2020-01-01' + (i % 2000)::integer)"
        connection.execute(f"""
            copy (
                select 'N' || i as referral_id, 'C' || i as child_id,
                    upn_check_letter(83120000000 + i // 10, (i % 10)::varchar) || (831200000000 + i)::varchar as upn,
                    '' as nhs_number, date '2008-01-01' + (i % 4000)::integer as date_of_birth,
                    ['M', 'F'][i % 2 + 1] as sex, 'WBRI' as ethnicity, 'Abbey' as ward,
                    ['autism', 'adhd'][i % 2 + 1] as pathway, 'routine' as priority, {day} as referral_date,
                    {day} + 20 as accepted_date, '' as first_contact_date, '' as assessment_start_date,
                    '' as closed_date, '' as outcome
                from range({rows}) as t(i)
            ) to '{path}' (format csv, header)""")  # fmt: skip


def write_workbook(path: Path, rows: int) -> None:
    """The same kind of rows as somebody would keep them in a workbook for years."""
    path.parent.mkdir(parents=True)
    with xlsxwriter.Workbook(path, {"constant_memory": True}) as book:
        page, day = book.add_worksheet("Referrals"), book.add_format({"num_format": "dd/mm/yyyy"})
        page.write(0, 0, "Neurodevelopmental referrals, September 2025")
        page.write_row(2, 0, [name.replace("_", " ").title() for name in HEADER])
        for number in range(rows):
            line, referred = number + 3 + number // 5000, date(2020, 1, 1) + timedelta(days=number % 2000)
            page.write_row(line, 0, [f" N{number} ", number, None, None])
            page.write_datetime(line, 4, date(2008, 1, 1) + timedelta(days=number % 4000), day)
            page.write_row(line, 5, ["m", "WBRI", "abbey", "Autism", "ROUTINE"])
            if number % 2:
                page.write_datetime(line, 10, referred, day)
            else:
                page.write(line, 10, f"{referred:%d/%m/%Y}")
        page.write_row(line + 2, 0, ["Total", rows])
        page.write(line + 3, 0, "Source: case system, run on 1 October 2025")


if __name__ == "__main__":
    main()
