"""What the models refuse in a file, said with its place in words for whoever wrote it."""

import re
from collections.abc import Mapping
from typing import Any, TypeVar, get_args

from pydantic import BaseModel, ValidationError

from riskplug.documents import Document
from riskplug.errors import Problem, suggestion

Model = TypeVar("Model", bound=BaseModel)
Loc = tuple[str | int, ...]
_CODES = ("hs_codes", "control_codes", "headings")
# Reported from what the file says, with a better place.
_ELSEWHERE = ("inconsistent", "unknown_material")


def read_model(document: Document, model: type[Model]) -> tuple[Model | None, list[Problem]]:
    """The document as a model, or nothing and every mistake; inconsistencies between keys are reported elsewhere."""
    try:
        return model.model_validate(document.data), []
    except ValidationError as error:
        wrong = [item for item in _told_apart(error) if item["type"] not in _ELSEWHERE]
        return None, [_problem(document, model, item) for item in wrong]


def _told_apart(error: ValidationError) -> list[dict[str, Any]]:
    """The errors without those that only follow from others: a list is short because its entries are wrong."""
    found: list[dict[str, Any]] = [dict(item) for item in error.errors()]
    wrong = {item["loc"][:depth] for item in found for depth in range(len(item["loc"]))}
    return [item for item in found if item["type"] != "too_short" or item["loc"] not in wrong]


def _problem(document: Document, model: type[BaseModel], error: Mapping[str, Any]) -> Problem:
    loc, kind, message = tuple(error["loc"]), str(error["type"]), str(error["msg"]).removeprefix("Value error, ")
    shown = ".".join(map(str, loc)) or "the file"
    if kind == "extra_forbidden":
        fix = suggestion(str(loc[-1]), _known_keys(model, loc[:-1])) or "remove it"
        return document.problem(loc, f"unknown key {loc[-1]!r}", fix, "unknown-key")
    if kind == "missing":
        code = "no-source" if loc[-1] == "sources" else "missing-key"
        return document.problem(loc[:-1], f"missing key {loc[-1]!r}", f"add `{loc[-1]}`", code)
    if kind == "too_short" and loc[-1] == "sources":
        return document.problem(loc, f"{shown} is empty", "name what somebody read", "no-source", value=True)
    if kind == "literal_error":
        return _unknown_word(document, loc, shown, error)
    if kind == "unknown_country":
        fix = str(error["ctx"]["fix"])
        return document.problem(loc, f"{shown}: {message}", fix, "unknown-country", value=True)
    if kind == "string_type":
        return _no_text(document, loc, shown)
    return document.problem(loc, f"{shown}: {message}", "correct the value", "bad-value", value=True)


def _unknown_word(document: Document, loc: Loc, shown: str, error: Mapping[str, Any]) -> Problem:
    words = [word.strip().strip("'") for word in str(error["ctx"]["expected"]).replace(" or ", ", ").split(",")]
    what = f"{shown}: {error['input']!r} is not one of the words known here"
    fix = suggestion(str(error["input"]), words) or f"known: {', '.join(words)}"
    return document.problem(loc, what, fix, "unknown-form" if "forms" in loc else "unknown-word", value=True)


def _no_text(document: Document, loc: Loc, shown: str) -> Problem:
    written = _written(document, loc)
    if set(_CODES) & set(loc):
        what = f"{shown}: {written} is read as a number, and a code is text"
        return document.problem(loc, what, f'quote it: "{written}"', "code-as-number", value=True)
    what = f"{shown}: {written or 'this'} is no text (should be a valid string)"
    return document.problem(loc, what, f'quote it: "{written}"' if written else "write text", "bad-value", value=True)


def _written(document: Document, loc: Loc) -> str:
    """A plain value as the file has it: 6E001, not the number that it was read as."""
    place = document.position(loc, value=True)
    line = document.text.split("\n")[place.line - 1][place.column - 1 :]
    found = re.match(r"[^\s,\[\]{}#]+", line)
    return found.group() if found else ""


def _known_keys(model: type[BaseModel], loc: Loc) -> list[str]:
    """The keys of the model at a path of the file, as they are written there."""
    for step in loc:
        if isinstance(step, str):
            model = next(
                (
                    _model_in(info.annotation, model)
                    for name, info in model.model_fields.items()
                    if step in (name, info.alias)
                ),
                model,
            )
    return [info.alias or name for name, info in model.model_fields.items()]


def _model_in(annotation: Any, default: type[BaseModel]) -> type[BaseModel]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    return next(
        (_model_in(part, default) for part in get_args(annotation) if part is not Ellipsis and part is not type(None)),
        default,
    )
