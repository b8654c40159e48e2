"""The command line: `python -m pipelines VERB`. Its verbs, options and exit codes are listed in docs/HOWTO.md."""

from __future__ import annotations

import csv
import json
import logging
import os
import sys
from collections.abc import Iterable
from datetime import date, datetime
from pathlib import Path
from typing import Annotated, Any

import typer
from typer.exceptions import TyperException

from data_contracts.mistakes import Mistakes
from pipelines.faults import StoreDamaged, out_of_room
from pipelines.store import Store, StoreBusy, StoreMisused

app = typer.Typer(
    add_completion=False,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    help="From an inbox of monthly extracts to a release that the dashboard draws.",
)
StoreOption = Annotated[Path, typer.Option("--store", envvar="INSIGHT_STORE", help="Where everything is kept.")]
JsonOption = Annotated[bool, typer.Option("--json", help="One JSON document on standard output.")]
MonthOption = Annotated[
    str | None, typer.Option("--month", metavar="YYYY-MM", help="The reporting month of every file.")
]
_STORE = Path("store")
_STOPPED = "Stopped; what was received is kept, and the next refresh goes on from there."


@app.command()
def sample(
    out: Annotated[Path, typer.Option("--out", help="The folder to write to.")],
    months: Annotated[int, typer.Option(min=1, help="How many months.")] = 25,
    to: Annotated[str, typer.Option(metavar="YYYY-MM", help="The last month.")] = "2025-09",
    scale: Annotated[float, typer.Option(min=0.01, help="1 is a city the size of Derby.")] = 1.0,
    seed: Annotated[int, typer.Option(help="The same seed writes the same files.")] = 1,
    as_json: JsonOption = False,
) -> None:
    """Write synthetic extracts, as the agencies would send them.

    Example: python -m pipelines sample --out inbox --months 25 --to 2025-09
    """
    from pipelines.progress import Steps
    from sample_data.generate import write

    _month(to)
    with Steps(as_json=as_json) as steps:
        try:
            files = write(
                out, months=months, to=to, scale=scale, seed=seed, progress=lambda _, *of: steps.tell("Write", *of)
            )
        except ValueError as error:
            raise typer.BadParameter(str(error)) from None
    _answer({"files": len(files), "out": str(out)}, f"Wrote {len(files)} files below {out}.", as_json=as_json)


@app.command()
def refresh(
    inbox: Annotated[Path, typer.Option("--inbox", help="The folder with new files, in folders by agency.")],
    month: MonthOption = None,
    is_sample: Annotated[bool, typer.Option("--sample", help="The files are sample data.")] = False,
    store: StoreOption = _STORE,
    as_json: JsonOption = False,
) -> None:
    """Receive every new file, take it through all seven stops, and publish one release.

    Example: python -m pipelines refresh --inbox inbox
    """
    from pipelines.progress import Steps
    from pipelines.refresh import refresh as run

    if not inbox.is_dir():
        raise typer.BadParameter(f"there is no folder {inbox}", param_hint="--inbox")
    with Steps(as_json=as_json) as steps:
        outcome = run(Store(store.resolve()), inbox.resolve(), _month(month), is_sample=is_sample, steps=steps)
    from pipelines.report import as_document, as_text

    _answer(as_document(outcome), as_text(outcome), as_json=as_json)
    raise typer.Exit(outcome.exit_code)


@app.command()
def check(
    files: Annotated[list[Path], typer.Argument(help="The files to check.", exists=True, dir_okay=False)],
    month: MonthOption = None,
    as_json: JsonOption = False,
) -> None:
    """Say what would be accepted, with every finding; nothing is kept.

    Example: python -m pipelines check inbox/2025-09/education/ehc_requests_2025-09.csv
    """
    from pipelines.progress import Steps
    from pipelines.refresh import check as run
    from pipelines.report import as_document, as_text

    with Steps(as_json=as_json) as steps:
        outcome = run(files, _month(month), steps)
    document = as_document(outcome)
    rejected = any(receipt["verdict"] == "rejected" for receipt in document["receipts"])
    _answer({key: document[key] for key in ("receipts", "findings")}, as_text(outcome, every=True), as_json=as_json)
    raise typer.Exit(1 if rejected else 0)


@app.command()
def status(store: StoreOption = _STORE, as_json: JsonOption = False) -> None:
    """Show the release in force and, for each extract, when it last came and what became of it.

    Example: python -m pipelines status
    """
    from pipelines.report import status as read
    from pipelines.report import status_text

    document = read(Store(store.resolve()))
    _answer(document, status_text(document), as_json=as_json)


@app.command()
def values(
    metric: Annotated[str | None, typer.Option("--metric", metavar="ID")] = None,
    grain: Annotated[str | None, typer.Option("--grain", metavar="G")] = None,
    period: Annotated[str | None, typer.Option("--period", metavar="YYYY-MM", help="The month it ends in.")] = None,
    by: Annotated[
        str | None, typer.Option("--by", metavar="DIMENSION", help="A breakdown; without it, totals.")
    ] = None,
    release: Annotated[str | None, typer.Option("--release", metavar="ID", help="Not the one in force.")] = None,
    store: StoreOption = _STORE,
    as_json: JsonOption = False,
) -> None:
    """Print published values as CSV, in the order of their keys.

    Example: python -m pipelines values --metric ehe_count --grain month --by sen_provision
    """
    from pipelines.report import published_values

    names, rows = published_values(Store(store.resolve()), metric, grain, _month(period), by, release)
    if as_json:
        _print([dict(zip(names, row, strict=True)) for row in rows])
        return
    writer = csv.writer(sys.stdout, lineterminator="\n")
    writer.writerow(names)
    writer.writerows([_cell(value) for value in row] for row in rows)


@app.command()
def releases(
    prune: Annotated[
        int | None, typer.Option(min=1, metavar="N", help="Delete all but the last N and the one in force.")
    ] = None,
    store: StoreOption = _STORE,
    as_json: JsonOption = False,
) -> None:
    """List every release kept, the one in force marked.

    Example: python -m pipelines releases --prune 24
    """
    from pipelines import publish
    from pipelines.report import release_rows

    place = Store(store.resolve())
    lines: list[str] = []
    if prune is not None and place.releases.is_dir():
        with place.locked():
            lines = [f"Deleted {release_id}." for release_id in publish.prune(place, prune)]
    rows = release_rows(place)
    lines += [
        f"{'*' if row['in_force'] else ' '} {row['release_id']:<14} {row['created_at']}  "
        f"{'sample' if row['is_sample'] else 'real'}"
        for row in rows
    ]
    _answer(rows, "\n".join(lines) or "There is no release yet.", as_json=as_json)


@app.command()
def rollback(
    release_id: Annotated[str, typer.Argument(help="The release to put in force again.")],
    store: StoreOption = _STORE,
    as_json: JsonOption = False,
) -> None:
    """Put an earlier release in force again; nothing is deleted.

    Example: python -m pipelines rollback 2025-08.r1
    """
    from pipelines import publish
    from pipelines.report import known

    place = Store(store.resolve())
    known(release_id, place.release_ids(), "release")
    with place.locked():
        publish.roll_back(place, release_id)
    _answer({"in_force": release_id}, f"In force is release {release_id}.", as_json=as_json)


@app.command()
def quarantine(
    out: Annotated[Path, typer.Option("--out", metavar="FILE.xlsx", help="The workbook to write.")],
    extract: Annotated[str | None, typer.Option("--extract", metavar="E", help="One extract only.")] = None,
    store: StoreOption = _STORE,
    as_json: JsonOption = False,
) -> None:
    """Write what the sender should mend as a workbook for each agency: its findings, and its rows set aside.

    Example: python -m pipelines quarantine --extract education/ehc_requests --out ehc_requests.xlsx
    """
    from pipelines import sending_back
    from pipelines.progress import Steps

    _writable(out, (".xlsx",))
    with Steps(as_json=as_json) as steps:
        try:
            written = sending_back.send_back(Store(store.resolve()), extract, out, steps)
        except PermissionError:
            raise typer.BadParameter(f"{out} cannot be written; is it open elsewhere?", param_hint="--out") from None
    _answer(sending_back.as_document(written), sending_back.as_text(written), as_json=as_json)


@app.command()
def rebuild(store: StoreOption = _STORE, as_json: JsonOption = False) -> None:
    """Make the warehouse anew from the files received; the release in force stays as it is.

    Example: python -m pipelines rebuild
    """
    from pipelines.progress import Steps
    from pipelines.refresh import rebuild as run
    from pipelines.report import rebuilt_as_document, rebuilt_as_text

    with Steps(as_json=as_json) as steps:
        rebuilt = run(Store(store.resolve()), steps)
    _answer(rebuilt_as_document(rebuilt), rebuilt_as_text(rebuilt), as_json=as_json)
    raise typer.Exit(rebuilt.exit_code)


@app.command()
def catalogue(
    out: Annotated[Path, typer.Option("--out", metavar="FILE.xlsx|md", help="The file to write.")],
    as_json: JsonOption = False,
) -> None:
    """Write the catalogue of metrics: what each one counts, what feeds it, and what every column feeds.

    Example: python -m pipelines catalogue --out catalogue.xlsx
    """
    from pipelines.catalogue_file import FORMS, gather, write
    from pipelines.progress import Steps

    _writable(out, FORMS)
    with Steps(as_json=as_json) as steps:
        with steps.one("Read"):
            found = gather()
        with steps.one("Write"):
            try:
                write(found, out)
            except OSError:
                raise typer.BadParameter(
                    f"{out} cannot be written; is it open elsewhere?", param_hint="--out"
                ) from None
    counted = {"metrics": len(found.definitions), "extracts": len(found.contracts)}
    text = f"Wrote {counted['metrics']} metrics and {counted['extracts']} extracts to {out}."
    _answer(counted | {"out": str(out)}, text, as_json=as_json)


def _writable(out: Path, forms: Iterable[str]) -> None:
    if out.suffix.lower() not in forms:
        raise typer.BadParameter(f"{out.name} should end in {' or '.join(forms)}", param_hint="--out")
    if out.is_dir() or not out.absolute().parent.is_dir():
        said = f"{out} is a folder" if out.is_dir() else f"there is no folder {out.parent}"
        raise typer.BadParameter(said, param_hint="--out")


def _month(text: str | None) -> date | None:
    if text is None:
        return None
    try:
        return datetime.strptime(text, "%Y-%m").date()  # noqa: DTZ007 (a month has no time zone)
    except ValueError:
        raise typer.BadParameter(f"{text} is not a month; write it as 2025-09") from None


def _answer(document: Any, text: str, *, as_json: bool) -> None:
    if as_json:
        _print(document)
    else:
        typer.echo(text)


def _print(document: Any) -> None:
    typer.echo(json.dumps(document, default=str, indent=2))


def _cell(value: Any) -> Any:
    return str(value).lower() if isinstance(value, bool) else value


def main(arguments: list[str] | None = None) -> int:
    """Runs one command and returns its exit code; whatever goes wrong is said in a sentence."""
    logging.basicConfig(level=logging.WARNING, format="%(message)s")
    try:
        code = app(args=arguments, standalone_mode=False)
    except typer.Exit as done:
        return done.exit_code
    except (Mistakes, StoreMisused, StoreDamaged) as error:
        return _refuse(str(error), 2)
    except StoreBusy as error:
        return _refuse(str(error), 4)
    except KeyboardInterrupt:
        return _refuse(_STOPPED, 130)
    except Exception as error:  # noqa: BLE001 (the last place where a sentence can be made of it)
        return _unexpected(error)
    return code if isinstance(code, int) else 0


def _unexpected(error: Exception) -> int:
    if isinstance(error, TyperException) and hasattr(error, "show"):
        error.show()
        return 2
    if isinstance(error, typer.Abort):
        return _refuse(_STOPPED, 130)
    if room := out_of_room(error):
        return _refuse(str(room), 3)
    # The message of an unexpected error could quote a row, so only its kind and place are told.
    trace = error.__traceback__
    while trace and trace.tb_next:
        trace = trace.tb_next
    place = f"{Path(trace.tb_frame.f_code.co_filename).name}, line {trace.tb_lineno}" if trace else "unknown"
    if os.environ.get("INSIGHT_DEBUG"):
        raise error
    return _refuse(f"This should not happen: {type(error).__name__} in {place}. Nothing was published.", 2)


def _refuse(sentence: str, code: int) -> int:
    typer.echo(sentence, err=True)
    return code


if __name__ == "__main__":
    exit_code = main()
    sys.stdout.flush()
    sys.stderr.flush()
    # Everything is closed by now; tearing the interpreter down would make DuckDB's bindings print pages of
    # warnings about objects that Great Expectations keeps.
    os._exit(exit_code)
