"""What the pipeline's commands answered, in words: what each file is, what was found in it, what came of a refresh."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from drawing.deliveries import VERDICT_WORDS
from drawing.labels import extract_label, in_sentence
from drawing.quality import Finding
from drawing.release import About, month_end
from drawing.wording import digits, listed, month, plural
from metrics.release_format import Severity, Verdict

WOULD_BE: Final = {
    Verdict.ACCEPTED: "Would be accepted",
    Verdict.ACCEPTED_WITH_WARNINGS: "Would be accepted, with warnings",
    Verdict.REJECTED: "Would be refused",
}
NOT_RECOGNISED: Final = "Not recognised"
STEPS: Final = {
    "Receive": "each new file gets a receipt and is kept as it came",
    "Stage and check": "rows get agreed names and types, and are checked",
    "Model": "the agencies’ rows are put side by side",
    "Measure": "every figure is worked out",
    "Protect": "small counts of children are taken out",
    "Publish": "one release is written and put in force",
    "Read": "the files received are read again",
    "Write": "the workbooks are written",
}
GOES_ON: Final = "What was received is kept. Refresh again: it goes on from there."
IN_A_TERMINAL: Final = "If it happens again, run the command in a terminal: docs/HOWTO.md says how."
STOPPING: Final = "Stopping loses nothing: the next refresh finishes what this one began."
WHAT_THEY_DO: Final = (
    "Check reads the files and keeps nothing. Refresh receives them for good and publishes one release; what was set "
    "aside or refused can be sent again later."
)
NATURE: Final = (
    "Nothing has been published yet, so this refresh makes the first release. It decides for good whether this store "
    "holds sample data or real data."
)
COMMAND: Final = "python -m pipelines refresh --inbox FOLDER"
IN_MEMORY: Final = (
    "Workbooks are held in the memory of this machine until they are put away or the next refresh begins."
)
LIST_CHANGED: Final = "The list of files has changed since: this is what the check saw."
FINDINGS_UNDER: Final = "Codes and counts for the sender; no finding holds a row of data"


class NotUnderstood(Exception):
    """A command's answer is not what was agreed."""


def in_force_sentence(about: About | None) -> str:
    """Which release is drawn now."""
    if about is None:
        return "No release is in force yet"
    return f"Release {about.release_id} is in force, for {month(about.reporting_month)}"


def size(in_bytes: int) -> str:
    """How large a file is: `614 bytes`, `12 kB`, `3.4 MB`."""
    if in_bytes < 1000:
        return plural(in_bytes, "byte")
    if in_bytes < 999_500:
        return f"{in_bytes / 1000:.0f} kB"
    return f"{in_bytes / 1_000_000:.1f} MB"


def elapsed(seconds: int) -> str:
    """How long something has been running."""
    if seconds < 60:
        return f"For {plural(seconds, 'second')}" if seconds else "Just begun"
    minutes, rest = divmod(seconds, 60)
    return f"For {plural(minutes, 'minute')}" + (f" {plural(rest, 'second')}" if rest else "")


def upload_sentence(largest: int) -> str:
    """What may be uploaded."""
    return (
        f"CSV, Excel, Parquet or the files of a SEN2 return, up to {largest} MB each. "
        "A larger file goes in by the command line:"
    )


def saved_sentences(
    saved: int, replaced: Sequence[str], renamed: Sequence[str], twice: Sequence[str], failed: Sequence[str]
) -> list[str]:
    """What became of an upload."""
    said = [f"{plural(saved, 'file')} saved."] if saved else []
    said += [f"{listed(replaced)} replaced the one that waited under that name."] if replaced else []
    said += [f"Saved under a name that is safe here: {listed(renamed)}."] if renamed else []
    said += [
        f"More than one file is called {name}, so only the first was saved. Choose whose it is, and upload the other "
        "alone." for name in dict.fromkeys(twice)
    ]  # fmt: skip
    said += [f"{listed(failed)} could not be saved. Is there room on the disk? Then upload again."] if failed else []
    return said


def undo_question(before: str, after: str) -> str:
    """What is asked before an earlier release is put in force again."""
    return f"Show release {before} again in place of {after}? Nothing is deleted."


def workbook_sentence(deliveries: int, rows: int) -> str:
    """What is in a workbook."""
    return (
        f"{plural(deliveries, 'delivery', 'deliveries').capitalize()} with findings, {plural(rows, 'row')} set aside."
    )


def nothing_to_send_back(agency: str) -> str:
    """Why there is no workbook."""
    whom = f" to {agency}" if agency else ""
    return f"There is nothing to send back{whom}: in what counts now, no check failed and no row was set aside."


@dataclass(frozen=True)
class Checked:
    """One file, or one of the extracts in it: what it was taken for, its verdict, its rows, and what was found."""

    file: str
    agency: str
    extract: str
    month: date | None
    verdict: Verdict
    rows_received: int | None
    rows_accepted: int | None
    rows_quarantined: int | None
    findings: tuple[Finding, ...]

    @property
    def name(self) -> str:
        """The extract in words."""
        return extract_label(self.extract) if self.extract else NOT_RECOGNISED

    @property
    def is_refused(self) -> bool:
        return self.verdict is Verdict.REJECTED

    def named(self, agencies: Mapping[str, str]) -> str:
        """The extract after its agency, as returns have one name everywhere."""
        agency = agencies.get(self.agency, "")
        return f"{agency}: {in_sentence(self.name)}" if agency and self.extract else self.name


def checked(document: Mapping[str, Any] | None) -> list[Checked]:
    """The receipts of a check or a refresh with their findings: the refused first. Raises NotUnderstood."""
    try:
        assert document is not None  # noqa: S101 (no answer is one that is not understood)
        found: dict[str, list[Finding]] = {}
        for row in document["findings"]:
            found.setdefault(row["receipt_id"], []).append(_finding(row))
        ones = [_checked(row, found.get(row["receipt_id"], ())) for row in document["receipts"]]
    except (AssertionError, KeyError, TypeError, ValueError, AttributeError) as error:
        raise NotUnderstood from error
    return sorted(ones, key=lambda one: (not one.is_refused, -(one.rows_quarantined or 0), not one.findings))


def _finding(row: Mapping[str, Any]) -> Finding:
    return Finding(
        receipt_id=str(row["receipt_id"]),
        code=str(row["code"]),
        severity=Severity(row["severity"]),
        column_name=str(row["column_name"] or ""),
        sentence=str(row["sentence"]),
        row_count=row["row_count"],
    )


def _checked(row: Mapping[str, Any], findings: Sequence[Finding]) -> Checked:
    sent_for = row["reporting_month"]
    return Checked(
        file=str(row["file"]),
        agency=str(row["agency"] or ""),
        extract=str(row["extract"] or ""),
        month=month_end(date.fromisoformat(f"{sent_for}-01")) if sent_for else None,
        verdict=Verdict(row["verdict"]),
        **{name: row[name] for name in ("rows_received", "rows_accepted", "rows_quarantined")},
        findings=tuple(sorted(findings, key=lambda one: (one.severity is Severity.WARNING, -(one.row_count or 0)))),
    )


def exactly(count: int | None) -> str:
    """A number of rows as counted; a finding without one is about the file."""
    return "the whole file" if count is None else digits(count)


def check_summary(ones: Sequence[Checked]) -> str:
    """What a check came to: `2 of 3 deliveries would be accepted; 14 rows would be set aside.`"""
    if not ones:
        return "Nothing was checked."
    taken = [one for one in ones if not one.is_refused]
    aside = sum(one.rows_quarantined or 0 for one in taken)
    if len(ones) == 1:
        first = f"The one delivery would be {'accepted' if taken else 'refused'}"
    elif len(taken) in (0, len(ones)):
        first = f"All {len(ones)} deliveries would be {'accepted' if taken else 'refused'}"
    else:
        first = f"{len(taken)} of {len(ones)} deliveries would be accepted, and {len(ones) - len(taken)} refused"
    rows = f"; {plural(aside, 'row')} would be set aside and count nowhere" if aside else ""
    return f"{first}{rows}."


def received_summary(ones: Sequence[Checked]) -> str:
    """What became of the files of a refresh; empty if nothing new came."""
    if not ones:
        return ""
    refused = sum(one.is_refused for one in ones)
    aside = sum(one.rows_quarantined or 0 for one in ones if not one.is_refused)
    parts = [f"{refused} {'was' if refused == 1 else 'were'} refused"] if refused else []
    parts += [f"{plural(aside, 'row')} {'was' if aside == 1 else 'were'} set aside"] if aside else []
    was = "was" if len(ones) == 1 else "were"
    return f"{plural(len(ones), 'delivery', 'deliveries')} {was} read{': ' if parts else ''}{listed(parts)}."


def verdict_words(one: Checked, is_received: bool) -> str:
    """The verdict as it is, or as it would be."""
    return (VERDICT_WORDS if is_received else WOULD_BE).get(one.verdict, VERDICT_WORDS[one.verdict])


@dataclass(frozen=True)
class Ended:
    """How a command ended, as its process says it; `before` and `after` are the releases in force around it."""

    exit_code: int | None
    is_stopped: bool
    is_understood: bool
    told: str
    is_published: bool = False
    before: str = ""
    after: str = ""


def refresh_title(ended: Ended) -> str:
    """What came of a refresh, as a heading."""
    if ended.is_stopped:
        return "The refresh was stopped"
    if ended.exit_code == 4:
        return "Another refresh is running"
    if ended.exit_code in (0, 1, 3) and ended.is_understood:
        if ended.is_published:
            return f"Release {ended.after} is in force"
        return "Nothing could be published" if ended.exit_code == 3 else "Nothing new"
    return "The refresh did not come to its end"


def refresh_sentences(ended: Ended, ones: Sequence[Checked], taken: int) -> list[str]:
    """What came of a refresh, and what to do about it. `taken` is how many files left the inbox."""
    in_force = f"Release {ended.after} stays in force." if ended.after else "There is no release yet."
    if ended.is_stopped:
        return [in_force, GOES_ON]
    if ended.exit_code == 4:
        return [
            "Another program is at work on this store. Wait until it has ended, and refresh again.",
            "Your files still wait.",
        ]
    if ended.exit_code not in (0, 1, 3) or not ended.is_understood:
        said = ended.told or "It ended without an answer that can be read."
        return [said, in_force, GOES_ON, IN_A_TERMINAL]
    was = "was received and waits" if taken == 1 else "were received and wait"
    files = f"{plural(taken, 'file')} {was} no longer." if taken else ""
    return [s for s in (*_published(ended, ones, in_force), received_summary(ones), files) if s]


def _published(ended: Ended, ones: Sequence[Checked], in_force: str) -> list[str]:
    if not ended.is_published:
        if ended.exit_code == 3:
            return [
                in_force,
                "Send the findings below to the senders, and upload the files again when they are mended.",
            ]
        return [f"Every file was received before. {in_force}"]
    was = f"It takes the place of release {ended.before}." if ended.before else "It is the first release."
    was = "An earlier refresh had made it." if ended.before == ended.after else was
    lacking = ended.exit_code == 1 and not any(one.is_refused for one in ones)
    missing = "An extract that used to come did not come for this month: the page Deliveries names it."
    return [was, *([missing] if lacking else [])]


def revised_sentence(count: int) -> str:
    """How many figures of earlier months differ from the release before."""
    if not count:
        return "No figure that was shown before has changed."
    were, have = ("was", "has") if count == 1 else ("were", "have")
    return f"{plural(count, 'figure')} that {were} shown before {have} changed."


def rollback_words(ended: Ended, wanted: str) -> tuple[str, list[str]]:
    """What came of putting an earlier release in force again."""
    if ended.exit_code == 0 and ended.after == wanted:
        return f"Release {ended.after} is in force again", [
            f"Nothing was deleted; release {ended.before} is kept.",
            "The next refresh that publishes counts every accepted delivery again, so upload the corrected file first.",
        ]
    reason = "Another program is at work on this store. Try again when it has ended." if ended.exit_code == 4 else ""
    return "The release was not changed", [
        reason or ended.told or "The command ended without saying why.",
        f"Release {ended.after or ended.before} is in force.",
    ]


def failed_words(what: str, ended: Ended) -> tuple[str, list[str]]:
    """What to say of a check, or of workbooks, that did not come to an end."""
    if ended.is_stopped:
        return f"{what} was stopped", ["Nothing of it is kept. Start it again when you like."]
    if ended.exit_code == 4:
        return f"{what} has to wait", ["Another program is at work on this store. Try again when it has ended."]
    said = ended.told or "It ended without an answer that can be read."
    return f"{what} did not come to its end", [said, "Nothing was changed. Start it again.", IN_A_TERMINAL]
