"""Reads measure files: all errors of all files at once; later folders override earlier ones by id."""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, get_args

from pydantic import BaseModel, ValidationError

from riskplug.documents import Document, load_yaml
from riskplug.errors import Problem, UsageError, suggestion
from riskplug.regimes.measures import Measure, MeasureFile

Loc = tuple[str | int, ...]
Place = tuple[Document, Loc]


def load_measures(folders: Sequence[Path]) -> tuple[Measure, ...]:
    """Measures of the given folders (their ``*.yaml``) and files, ordered by id.

    A measure of a later folder replaces one of an earlier folder with the same id; twice in one folder is an error.
    Raises UsageError with every problem of every file.
    """
    found: dict[str, tuple[Measure, Place]] = {}
    problems: list[Problem] = []
    for folder in folders:
        here: dict[str, tuple[Measure, Place]] = {}
        for file in _files(folder, problems):
            _read(file, here, problems)
        found |= here
    problems += _references(found, unread=bool(problems))
    if problems:
        raise UsageError.of(problems)
    return tuple(found[name][0] for name in sorted(found))


def _files(folder: Path, problems: list[Problem]) -> list[Path]:
    if folder.is_dir():
        return sorted(folder.glob("*.yaml"))
    if not folder.is_file():
        problems.append(Problem("no such folder or file of measures", str(folder), "correct the path", "no-such-path"))
        return []
    return [folder]


def _read(file: Path, into: dict[str, tuple[Measure, Place]], problems: list[Problem]) -> None:
    try:
        document = load_yaml(file)
        content = MeasureFile.model_validate(document.data)
    except UsageError as error:
        problems.extend(error.problems)
        return
    except ValidationError as error:
        problems.extend(_problem(document, item) for item in _told_apart(error))
        return
    for n, measure in enumerate(content.measures):
        if measure.id in into:
            problems.append(_twice(document, n, measure.id, into[measure.id][1]))
        into[measure.id] = (measure, (document, ("measures", n)))


def _told_apart(error: ValidationError) -> list[dict[str, Any]]:
    """The errors without those that only follow from others: a list is short because its entries are wrong."""
    found: list[dict[str, Any]] = [dict(item) for item in error.errors()]
    wrong = {item["loc"][:depth] for item in found for depth in range(len(item["loc"]))}
    return [item for item in found if item["type"] != "too_short" or item["loc"] not in wrong]


def _twice(document: Document, n: int, name: str, first: Place) -> Problem:
    at = first[0].position((*first[1], "id"))
    return document.problem(
        ("measures", n, "id"),
        f"measure {name!r} is given twice (first at {first[0].path}:{at.line})",
        "keep one of them",
        "measure-twice",
        value=True,
    )


def _references(found: Mapping[str, tuple[Measure, Place]], unread: bool) -> Iterable[Problem]:
    """References to measures that are not loaded; none are reported while a file could not be read."""
    for measure, (document, path) in found.values():
        for n, name in enumerate(measure.same_items_as):
            if name not in found and not unread:
                yield document.problem(
                    (*path, "same_items_as", n),
                    f"no measure {name!r}",
                    suggestion(name, found) or "name a measure that is loaded",
                    "unknown-measure",
                    value=True,
                )


def _problem(document: Document, error: Mapping[str, Any]) -> Problem:
    loc, kind, message = tuple(error["loc"]), str(error["type"]), str(error["msg"]).removeprefix("Value error, ")
    shown = ".".join(map(str, loc)) or "the file"
    if kind == "extra_forbidden":
        return document.problem(
            loc,
            f"unknown key {loc[-1]!r}",
            suggestion(str(loc[-1]), _known_keys(loc[:-1])) or "remove it",
            "unknown-key",
        )
    if kind == "missing":
        return document.problem(loc[:-1], f"missing key {loc[-1]!r}", f"add `{loc[-1]}`", "missing-key")
    if kind == "literal_error":
        words = [word.strip().strip("'") for word in str(error["ctx"]["expected"]).replace(" or ", ", ").split(",")]
        return document.problem(
            loc,
            f"{shown}: {error['input']!r} is not one of the words known here",
            suggestion(str(error["input"]), words) or f"known: {', '.join(words)}",
            "unknown-word",
            value=True,
        )
    fix = "quote it: codes are text" if kind == "string_type" else "correct the value"
    return document.problem(loc, f"{shown}: {message}", fix, "bad-value", value=True)


def _known_keys(loc: Loc) -> list[str]:
    """The keys of the model at a path of the file, as they are written there."""
    model: type[BaseModel] = MeasureFile
    for step in loc:
        if isinstance(step, str):
            model = next(
                (_model_in(info.annotation) for name, info in model.model_fields.items() if step in (name, info.alias)),
                model,
            )
    return [info.alias or name for name, info in model.model_fields.items()]


def _model_in(annotation: Any) -> type[BaseModel]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    return next(
        (_model_in(part) for part in get_args(annotation) if part is not Ellipsis and part is not type(None)),
        MeasureFile,
    )
