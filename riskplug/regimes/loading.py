"""Reads measure files: all errors of all files at once; later folders override earlier ones by id."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from riskplug.documents import Document, load_yaml
from riskplug.errors import Problem, UsageError, suggestion
from riskplug.regimes.consistency import Fault, Loc, faults
from riskplug.regimes.entities import is_entity_file
from riskplug.regimes.measures import ELEMENTS, GOODS, Measure, MeasureFile
from riskplug.regimes.mistakes import read_model

Place = tuple[Document, Loc]


@dataclass
class Register:
    """What the files say: measures with their places, and every problem found."""

    found: dict[str, tuple[Measure, Place]] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    files: list[Path] = field(default_factory=list)

    @property
    def measures(self) -> tuple[Measure, ...]:
        return tuple(self.found[name][0] for name in sorted(self.found))


def load_measures(folders: Sequence[Path], materials: Mapping[str, str] | None = None) -> tuple[Measure, ...]:
    """Measures of the given folders (their ``*.yaml``) and files, ordered by id.

    A measure of a later folder replaces one of an earlier folder with the same id; twice in one folder is an error.
    ``materials``: known symbols and names (Dy -> Dysprosium); without them any well-formed name passes. Raises
    UsageError with every problem of every file.
    """
    register = read_register([[folder] for folder in folders], materials)
    if register.problems:
        raise UsageError.of(register.problems)
    return register.measures


def read_register(layers: Sequence[Sequence[Path]], materials: Mapping[str, str] | None = None) -> Register:
    """All layers of files, with problems rather than an error. Paths of one layer may not repeat an id."""
    register = Register()
    for paths in layers:
        layer = Register(problems=register.problems)
        for path in paths:
            for file in yaml_files(path, register.problems):
                _read(file, layer, materials)
        register.found |= layer.found
        register.files += layer.files
    register.problems += _references(register)
    return register


def yaml_files(folder: Path, problems: list[Problem]) -> list[Path]:
    """The files of a folder, or the file itself; a problem where there is neither."""
    if folder.is_dir():
        return sorted(folder.glob("*.yaml"))
    if not folder.is_file():
        problems.append(Problem("no such folder or file of measures", str(folder), "correct the path", "no-such-path"))
        return []
    return [folder]


def _read(file: Path, into: Register, materials: Mapping[str, str] | None) -> None:
    if is_entity_file(file):
        return
    into.files.append(file)
    try:
        document = load_yaml(file)
    except UsageError as error:
        into.problems.extend(error.problems)
        return
    content, wrong = read_model(document, MeasureFile)
    raw = document.data.get("measures") if isinstance(document.data, dict) else None
    for n, one in enumerate(raw if isinstance(raw, list) else ()):
        place = document, ("measures", n)
        wrong += _inside(one, place, materials)
        _keep(content.measures[n] if content else _alone(one), place, into)
    into.problems += wrong


def _alone(one: object) -> Measure | None:
    """A measure of a file with mistakes, whole or only its id: an id given twice is a mistake either way."""
    try:
        return Measure.model_validate(one)
    except ValidationError:
        name = one.get("id") if isinstance(one, dict) else None
        return Measure.model_construct(id=name) if isinstance(name, str) else None


def _inside(one: object, place: Place, materials: Mapping[str, str] | None) -> Iterator[Problem]:
    """Problems of one measure that its keys alone do not show."""
    if not isinstance(one, dict):
        return
    for fault in (*faults(one), *_about_materials(one, materials), *_about_norway(one, place)):
        document, path = place
        yield document.problem((*path, *fault.loc), fault.what, fault.fix, fault.code, value=fault.value)


def _keep(measure: Measure | None, place: Place, into: Register) -> None:
    if measure is None:
        return
    if measure.id in into.found:
        into.problems.append(_twice(place, measure.id, into.found[measure.id][1]))
    into.found[measure.id] = (measure, place)


def _twice(place: Place, name: str, first: Place) -> Problem:
    at = first[0].position((*first[1], "id"))
    what = f"measure {name!r} is given twice (first at {first[0].path}:{at.line})"
    return place[0].problem((*place[1], "id"), what, "keep one of them", "measure-twice", value=True)


def _about_materials(measure: Mapping[str, Any], names: Mapping[str, str] | None) -> Iterator[Fault]:
    items = measure.get("items")
    for n, item in enumerate(items if isinstance(items, list) else ()):
        listed = item.get("materials") if isinstance(item, dict) else None
        for m, word in enumerate(listed if isinstance(listed, list) else ()):
            if isinstance(word, str) and not _is_material(word, names):
                fix = _near_material(word, names or {})
                yield Fault(("items", n, "materials", m), f"no material {word!r}", fix, "unknown-material")


def _is_material(word: str, names: Mapping[str, str] | None) -> bool:
    if word in ELEMENTS or word in GOODS:
        return True
    return word.islower() if names is None else word in names


def _near_material(word: str, names: Mapping[str, str]) -> str:
    """The symbol for an element's name, or the material spelt most like the word."""
    known = {name.casefold(): symbol for symbol, name in names.items()}
    known |= {symbol.casefold(): symbol for symbol in (*names, *ELEMENTS, *GOODS)}
    close = get_close_matches(word.casefold(), known, n=1, cutoff=0.6)
    if close:
        return f"did you mean {known[close[0]]!r}?"
    return "use an element symbol, or a material of rules/materials/elements.csv"


def _about_norway(measure: Mapping[str, Any], place: Place) -> Iterator[Fault]:
    """A bare NO: Norway here, false to readers of YAML 1.1. A file must not mean two things."""
    document, path = place
    for key in ("origin", "origin_except", "destination", "destination_except"):
        listed = measure.get(key)
        for n, word in enumerate(listed if isinstance(listed, list) else ()):
            if word == "NO" and not document.quoted((*path, key, n)):
                what = "a bare NO is Norway to riskplug and false to many other readers of YAML"
                yield Fault((key, n), what, 'quote it: "NO"', "norway-unquoted")


def _references(register: Register) -> Iterator[Problem]:
    """References to measures that are not there, and items of different measures with one id."""
    owner: dict[str, str] = {}
    unread = _may_be_unread(register)
    for measure, (document, path) in register.found.values():
        for n, name in enumerate(measure.same_items_as):
            if name not in register.found and not unread:
                fix = suggestion(name, register.found) or "name a measure that is loaded"
                here = (*path, "same_items_as", n)
                yield document.problem(here, f"no measure {name!r}", fix, "unknown-measure", value=True)
        for n, item in enumerate(measure.items):
            taken = item.id if item.id in register.found else owner.get(item.id, measure.id)
            if taken != measure.id:
                what = f"item {item.id!r} has the id of {taken}, or of an item of it"
                here = (*path, "items", n, "id")
                yield document.problem(here, what, "choose an id that is free", "item-twice", value=True)
            owner.setdefault(item.id, measure.id)
    yield from [] if unread else _inputs(register)


def _inputs(register: Register) -> Iterator[Problem]:
    """Inputs of a test by value that no measure lists."""
    items = {item.id for measure, _ in register.found.values() for item in measure.items}
    for measure, (document, path) in register.found.values():
        for n, name in enumerate(measure.value_inputs.items if measure.value_inputs else ()):
            if name not in items:
                here, fix = (
                    (*path, "value_inputs", "items", n),
                    suggestion(name, items) or "name an item that is loaded",
                )
                yield document.problem(here, f"no item {name!r}", fix, "unknown-item", value=True)


def _may_be_unread(register: Register) -> bool:
    """Whether a file could not be read at all: what it holds is not known, so nothing is said to be missing."""
    return any(problem.code.startswith("yaml-") for problem in register.problems)
