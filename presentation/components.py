"""The few blocks pages are made of. Everything that came from a release is escaped before it becomes HTML."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from html import escape

import plotly.graph_objects as go
import streamlit as st

from drawing.theme import Palette, palette
from presentation.filters import Note

NAME = "Inclusion Insight"

# Three bars of one figure, one of them in focus.
ICON = (
    "data:image/svg+xml;base64,PHN2ZyB4bWxucz0iaHR0cDovL3d3dy53My5vcmcvMjAwMC9zdmciIHZpZXdCb3g9IjAgMCAzMiAzMiI+PHBhdG"
    "ggZmlsbD0iIzg3OTE5QiIgZD0iTTUgMTdoNnYxMEg1ek0xMyAxMWg2djE2aC02eiIvPjxwYXRoIGZpbGw9IiMxQjVBOTQiIGQ9Ik0yMSA1aDZ2Mj"
    "JoLTZ6Ii8+PC9zdmc+"
)


def heading(title: str, under: str = "", over: Sequence[tuple[str, str]] = ()) -> None:
    """The title of a page, the line under it, and small links (words, address) over it: where it belongs."""
    ways = "".join(f'<a href="{escape(href)}" data-page>{escape(words)}</a>' for words, href in over)
    small = f'<p class="over">{ways}</p>' if ways else ""
    line = f'<p class="under">{escape(under)}</p>' if under else ""
    st.set_page_config(page_title=f"{title} – {NAME}")
    st.html(f'<div class="title">{small}<h1 tabindex="-1">{escape(title)}</h1>{line}</div>')


def subheading(title: str, under: str = "") -> None:
    """The title of a part of a page."""
    line = f'<p class="under">{escape(under)}</p>' if under else ""
    st.html(f'<div class="part"><h2>{escape(title)}</h2>{line}</div>')


def paragraph(text: str, quiet: bool = False) -> None:
    """A paragraph of plain text, if there is any."""
    if text:
        st.html(f'<p class="{"quiet" if quiet else "prose"}">{escape(text)}</p>')


def notes(items: Iterable[Note]) -> None:
    """What has to be said about the address, each with a link to what was probably meant."""
    lines = [
        f"<p>{escape(n.sentence)}"
        + (f' {escape(n.lead)} <a href="{escape(n.href)}" data-page>{escape(n.offer)}</a>.' if n.offer else "")
        + "</p>"
        for n in items
    ]
    if lines:
        st.html(f'<div class="note" role="status">{"".join(lines)}</div>')


def state(title: str, sentences: Sequence[str], command: str = "") -> None:
    """A page's answer when there is nothing to draw: what is so, and what to do about it."""
    body = "".join(f"<p>{escape(s)}</p>" for s in sentences)
    code = f"<pre><code>{escape(command)}</code></pre>" if command else ""
    st.html(f'<section class="state"><h1 tabindex="-1">{escape(title)}</h1>{body}{code}</section>')


def no_release() -> None:
    """Nothing was published so far: how to publish."""
    state(
        "Nothing has been published yet",
        [
            "The dashboard shows the latest release of checked and protected figures, and this store holds none.",
            "Put what the agencies sent into a folder, run the refresh, and reload this page when it has finished.",
        ],
        "python -m pipelines refresh --inbox INBOX",
    )


def trouble(sentence: str) -> None:
    """Something is wrong that the reader cannot put right."""
    rest = "The figures are safe. Whoever runs the dashboard finds the reason in its log; other pages may well work."
    state("Something is not right", [sentence, rest])


def nothing_measured() -> None:
    """A release without a single measure."""
    state(
        "No measures in this release",
        ["The release holds no figures. They appear here once an agency's delivery is accepted."],
        "python -m pipelines refresh --inbox INBOX",
    )


def nothing_sent() -> None:
    """A month for which no agency sent anything, or anything was due."""
    state(
        "No deliveries to show",
        ["Deliveries appear here once the first file has been received and a release has been made."],
        "python -m pipelines refresh --inbox INBOX",
    )


def colours() -> Palette:
    """The palette of the reader's colour scheme."""
    return palette(st.context.theme.type)


def chart(figure: go.Figure, alternative: str, key: str) -> None:
    """A Plotly chart in our own look, with its text alternative; nothing to click that does not help a reader."""
    st.plotly_chart(figure, theme=None, key=key, alt=alternative, config={"displayModeBar": False, "responsive": True})


def figures(caption: str, first: str, rows: Sequence[Sequence[str]], parts: bool) -> None:
    """A table of figures: name or period, figure, what it rests on, and remarks where there are any."""
    headings = [(first, ""), ("Figure", "number"), ("Numerator", "number"), ("Denominator", "number"), ("Remarks", "")]
    keep = [0, 1, *([2, 3] if parts else []), *([4] if any(row[4] for row in rows) else [])]
    drawn = table(caption, [headings[i] for i in keep], [[row[i] for i in keep] for row in rows])
    st.html(f'<div class="scroll">{drawn}</div>')


def download(text: str | Callable[[], str], name: str, label: str = "Download these figures (CSV)") -> None:
    """The figures on the page as a CSV file; with a byte-order mark, so that Excel reads its accents.

    Where making the text takes long, a function makes it for whoever asks.
    """
    data = text.encode("utf-8-sig") if isinstance(text, str) else lambda: text().encode("utf-8-sig")
    st.download_button(label, data, name, "text/csv", on_click="ignore")


def table(caption: str, columns: Sequence[tuple[str, str]], rows: Iterable[Sequence[str]]) -> str:
    """An HTML table: `columns` are (heading, class), and the first cell of a row is its header."""
    head = "".join(f'<th scope="col" role="columnheader" class="{kind}">{escape(h)}</th>' for h, kind in columns)
    body = []
    for first, *rest in rows:
        cells = "".join(
            f'<td role="cell" class="{kind}">{escape(text)}</td>'
            for text, (_, kind) in zip(rest, columns[1:], strict=True)
        )
        body.append(f'<tr role="row"><th scope="row" role="rowheader">{escape(first)}</th>{cells}</tr>')
    return (
        f'<table class="figures" role="table"><caption class="hear">{escape(caption)}</caption>'
        f'<thead role="rowgroup"><tr role="row">{head}</tr></thead>'
        f'<tbody role="rowgroup">{"".join(body)}</tbody></table>'
    )
