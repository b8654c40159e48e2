"""Every definition, found by listing the folder."""

from __future__ import annotations

from pathlib import Path

from data_contracts.mistakes import Mistakes, read
from metrics.definition import Definition

HERE = Path(__file__).parent / "definitions"


def load(folder: Path = HERE) -> dict[str, Definition]:
    """Every definition by its metric id, in alphabetical order.

    Raises `Mistakes` with one sentence for each thing wrong in any of them.
    """
    definitions: dict[str, Definition] = {}
    sentences: list[str] = []
    for path in sorted(folder.glob("*/*.yaml"), key=lambda path: path.stem):
        shown_as = f"metrics/definitions/{path.parent.name}/{path.name}"
        try:
            one = read(Definition, path, shown_as, metric_id=path.stem)
        except Mistakes as mistakes:
            sentences.extend(mistakes.sentences)
            continue
        if one.theme != path.parent.name:
            sentences.append(f'{shown_as}: "theme" is not the folder\'s name')
        if one.metric_id in definitions:
            sentences.append(f"{shown_as}: another theme has a metric of this name")
        definitions[one.metric_id] = one
    if sentences:
        raise Mistakes(sentences)
    return definitions
