"""The lower half of the analyst's page: what came of a check or a refresh, the way back, and the workbooks."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from typing import Final

import streamlit as st

from data_contracts.local_area import load_local_area
from drawing import refreshed, wording
from drawing.refreshed import Checked, Ended
from presentation import components, delivery_tables, filters, store
from presentation.commands import ANSWERED, Commands, Run
from presentation.inbox import Waiting

UNDER: Final = "A workbook for each agency of what it should mend, with the rows that were set aside"
ASKED, WHOSE = "monthly_refresh_undo", "monthly_refresh_whose"
COLUMNS: Final = (
    ("Delivery", "measure"),
    ("Month", "when"),
    ("Verdict", "verdict"),
    ("Rows", "number"),
    ("Accepted", "number"),
    ("Set aside", "number"),
)


def outcome(at_work: Commands, run: Run, waiting: Sequence[Waiting]) -> None:
    """What came of the last check, refresh or rollback."""
    if run.verb == "check":
        _check(run, waiting)
    elif run.verb == "refresh":
        _refresh(at_work, run)
    else:
        _rollback(run)


def _ended(run: Run, is_understood: bool) -> Ended:
    is_published = bool(run.document and run.document.get("published"))
    return Ended(run.exit_code, run.is_stopped, is_understood, run.sentence, is_published, run.before, run.after)


def answered(run: Run) -> tuple[Ended, list[Checked]]:
    """How a command ended, and what it says of each delivery; nothing of an answer that is not understood."""
    try:
        ones = refreshed.checked(run.document) if run.exit_code in ANSWERED else []
    except refreshed.NotUnderstood:
        return _ended(run, False), []
    return _ended(run, run.exit_code in ANSWERED), ones


def _block(title: str, sentences: Sequence[str], after: str = "") -> None:
    """A heading and sentences, heard as soon as they appear."""
    lines = "".join(f"<p>{escape(sentence)}</p>" for sentence in sentences)
    st.html(f'<section class="outcome" role="status"><h2>{escape(title)}</h2>{lines}{after}</section>')


def _check(run: Run, waiting: Sequence[Waiting]) -> None:
    ended, ones = answered(run)
    if not ended.is_understood:
        _block(*refreshed.failed_words("The check", ended))
        return
    changed = [] if set(waiting) == set(run.files) else [refreshed.LIST_CHANGED]
    _block("What the check found", [refreshed.check_summary(ones), *changed])
    _tables(ones, is_received=False)


def _refresh(at_work: Commands, run: Run) -> None:
    ended, ones = answered(run)
    sentences = refreshed.refresh_sentences(ended, ones, len(run.received))
    in_force = store.in_force()
    is_new = ended.is_understood and ended.is_published and in_force is not None
    if is_new and in_force and in_force.about.release_id == run.after and run.before:
        sentences.insert(1, refreshed.revised_sentence(in_force.revisions().height))
    _block(refreshed.refresh_title(ended), sentences, _ways() if is_new else "")
    if is_new and run.before and in_force and in_force.about.release_id == run.after != run.before:
        _undo(at_work, run)
    _tables(ones, is_received=True)


def _ways() -> str:
    pages = (("Overview", ""), ("Deliveries", "deliveries"), ("Data quality", "data_quality"))
    links = "".join(f'<a href="{escape(filters.link(page))}" data-page>{words}</a>' for words, page in pages)
    return f'<p class="ways">{links}</p>'


def _undo(at_work: Commands, run: Run) -> None:
    """The way back to the release before, asked twice."""
    with st.container(key="undo", horizontal=True, vertical_alignment="center", gap="small"):
        if st.session_state.get(ASKED) != run.after:
            st.button(f"Put release {run.before} back in force", key="undo_ask", disabled=at_work.running is not None,
                      on_click=_ask, args=(run.after,))  # fmt: skip
            return
        st.html(f'<p class="file">{escape(refreshed.undo_question(run.before, run.after))}</p>')
        st.button("Yes, put it back", key="undo_yes", on_click=_roll_back, args=(at_work, run.before))
        st.button("No, leave it", key="undo_no", type="tertiary", on_click=_ask, args=("",))


def _ask(release_id: str) -> None:
    st.session_state[ASKED] = release_id


def _roll_back(at_work: Commands, release_id: str) -> None:
    _ask("")
    at_work.roll_back(release_id)


def _rollback(run: Run) -> None:
    wanted = str((run.document or {}).get("in_force", ""))
    title, sentences = refreshed.rollback_words(_ended(run, run.document is not None), wanted)
    _block(title, sentences, _ways())


def _tables(ones: Sequence[Checked], *, is_received: bool) -> None:
    """Every delivery with its verdict, and below it every finding."""
    if not ones:
        return
    st.html(receipts_table(ones, is_received=is_received))
    names = _names()
    found = [
        (
            one.named(names),
            ", ".join(filter(None, (one.file, wording.month(one.month) if one.month else ""))),
            one.findings,
        )
        for one in ones
        if one.findings
    ]
    if found:
        components.subheading("Findings", refreshed.FINDINGS_UNDER)
        st.html(delivery_tables.findings_by_group(found, refreshed.exactly))


def _names() -> dict[str, str]:
    return {key: agency.name for key, agency in load_local_area().agencies.items()}


def receipts_table(ones: Sequence[Checked], *, is_received: bool) -> str:
    """A line for each delivery: what it was taken for, for which month, its verdict, and its rows."""
    head = "".join(f'<th scope="col" role="columnheader" class="{kind}">{title}</th>' for title, kind in COLUMNS)
    names, rows = _names(), []
    for one in ones:
        verdict = escape(refreshed.verdict_words(one, is_received))
        counts = (one.rows_received, one.rows_accepted, one.rows_quarantined)
        cells = (
            wording.month(one.month) if one.month else "Not known",
            f'<span class="{"wanting" if one.is_refused else ""}">{verdict}</span>',
            *("" if count is None else wording.digits(count) for count in counts),
        )
        drawn = "".join(
            f'<td role="cell" class="{kind}" data-label="{title}">{inner}</td>'
            for (title, kind), inner in zip(COLUMNS[1:], cells, strict=True)
        )
        rows.append(
            f'<tr role="row"><th scope="row" role="rowheader" class="measure"><b>{escape(one.named(names))}</b>'
            f"<p>{escape(one.file)}</p></th>{drawn}</tr>"
        )
    return (
        '<table class="overview receipts" role="table"><caption class="hear">Deliveries read</caption>'
        f'<thead role="rowgroup"><tr role="row">{head}</tr></thead>'
        f'<tbody role="rowgroup">{"".join(rows)}</tbody></table>'
    )


def sending_back(at_work: Commands) -> None:
    """The workbooks for the senders: made when asked for, kept in memory until put away."""
    names = _names()
    with st.container(key="controls_sending_back", horizontal=True, vertical_alignment="bottom", gap="small"):
        whose = st.selectbox("For", ["", *names], key=WHOSE, width=220,
                             format_func=lambda a: names[a] if a else "Every agency")  # fmt: skip
        st.button("Write the workbook" if whose else "Write the workbooks", key="send_back",
                  disabled=at_work.running is not None, on_click=at_work.send_back)  # fmt: skip
    run = at_work.sending_back
    if run is None or run.is_running:
        return
    if run.exit_code != 0 or run.document is None:
        title, sentences = refreshed.failed_words("Writing the workbooks", _ended(run, False))
        components.paragraph(" ".join([f"{title}.", *sentences]))
        return
    chosen = [one for one in run.workbooks if whose in ("", one.agency)]
    if not chosen:
        components.paragraph(refreshed.nothing_to_send_back(names.get(whose, "")))
        return
    for one in chosen:
        name = names.get(one.agency, one.agency)
        held = refreshed.workbook_sentence(one.deliveries, one.rows)
        st.html(
            f'<div class="workbook"><h3>{escape(name)}</h3><p>{held}</p><p class="quiet">{escape(one.notice)}</p></div>'
        )
        st.download_button(f"Download the workbook for {name}", one.content, f"to_mend_{one.agency}.xlsx",
                           key=f"workbook_{one.agency}", on_click="ignore")  # fmt: skip
    components.paragraph(refreshed.IN_MEMORY, quiet=True)
    st.button("Put the workbooks away", key="put_away", type="tertiary", on_click=_put_away, args=(at_work,))


def _put_away(at_work: Commands) -> None:
    at_work.sending_back = None
