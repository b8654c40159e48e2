"""Reading our own YAML: every mistake in it becomes one plain sentence, all of them at once."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from difflib import get_close_matches
from pathlib import Path
from typing import Any, TypeVar, cast

import yaml
from pydantic import BaseModel, ConfigDict, ValidationError

Model = TypeVar("Model", bound=BaseModel)


class Mistakes(Exception):
    """What is wrong with contracts, definitions or configuration: one sentence for each mistake."""

    def __init__(self, sentences: Iterable[str]) -> None:
        self.sentences = tuple(sentences)
        super().__init__("\n".join(self.sentences))


class Written(BaseModel):
    """A piece of YAML as people write it: immutable, and a key nobody knows is a mistake."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)


def nearest(name: str, known: Iterable[str]) -> str:
    """A question naming the known word nearest to `name`, or nothing when none is near."""
    match = get_close_matches(name.lower(), list(known), n=1, cutoff=0.5)
    return f"; did you mean {match[0]}?" if match else ""


def read(model: type[Model], path: Path, shown_as: str, **known: Any) -> Model:
    """The file as `model`, with the fields that are `known` from elsewhere, such as the file's name.

    Raises `Mistakes` with a sentence for each thing that is wrong.
    """
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    try:
        data = yaml.load(path.read_text(encoding="utf-8"), Loader=loader)  # noqa: S506 (a safe loader)
    except yaml.YAMLError as error:
        place = getattr(error, "problem_mark", None)
        where = f" at line {place.line + 1}" if place else ""
        raise Mistakes([f"{shown_as}: is not readable YAML{where}"]) from error
    return part(model, data, shown_as, **known)


def part(model: type[Model], data: object, shown_as: str, **known: Any) -> Model:
    """A piece of a file that was read as YAML, as `model`; raises `Mistakes` as `read` does."""
    if not isinstance(data, Mapping):
        raise Mistakes([f"{shown_as}: should hold keys and values"])
    try:
        return model.model_validate({**data, **known})
    except ValidationError as error:
        raise Mistakes(_sentences(model, error, shown_as)) from error


def _sentences(model: type[BaseModel], error: ValidationError, shown_as: str) -> list[str]:
    sentences = []
    for fault in error.errors(include_url=False, include_input=False):
        place = [part for part in fault["loc"] if isinstance(part, str)]
        name = place[-1] if place else ""
        where = ".".join(str(part) for part in fault["loc"])
        if fault["type"] == "extra_forbidden":
            hint = nearest(name, _keys(model, list(fault["loc"][:-1])))
            sentences.append(f'{shown_as}: "{where}" is not a known key{hint}')
        elif fault["type"] == "missing":
            sentences.append(f'{shown_as}: "{where}" is missing')
        else:
            said = fault["msg"].removeprefix("Value error, ")
            sentences.append(f'{shown_as}: "{where}": {said}' if where else f"{shown_as}: {said}")
    return sentences


def _keys(model: type[BaseModel], place: list[int | str]) -> list[str]:
    """The keys known at a place inside the model, for the hint of an unknown one."""
    here: Any = model
    for part in place:
        if isinstance(part, int):
            continue
        field = next((f for n, f in here.model_fields.items() if part in (n, f.alias)), None)
        found = _model_in(field.annotation) if field else None
        if found is None:
            return []
        here = found
    return [cast("str", field.alias or name) for name, field in here.model_fields.items()]


def _model_in(annotation: Any) -> type[BaseModel] | None:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    for inside in getattr(annotation, "__args__", ()):
        found = _model_in(inside)
        if found:
            return found
    return None
