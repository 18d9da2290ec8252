"""Lists of named entities as their files say it: schema riskplug.entities/1. They give hits, never a clearance."""

import re
from collections.abc import Collection, Iterator, Sequence
from datetime import date
from pathlib import Path
from typing import Literal

from pydantic import Field

from riskplug.documents import Document, load_yaml
from riskplug.errors import Problem, UsageError, suggestion
from riskplug.regimes.mistakes import read_model
from riskplug.workspace import Strict

SCHEMA = "riskplug.entities/1"
ListKind = Literal["control", "watch", "not_stated"]
_SAYS_SO = re.compile(rf"^schema:\s*['\"]?{re.escape(SCHEMA)}\b", re.MULTILINE)


class Entity(Strict):
    """A name as printed; ``aliases``: other spellings of the same entity.

    ``units``: the text lists some units of this group, whose names are not on file, so a match is only similar.
    """

    name: str = Field(min_length=2)
    aliases: tuple[str, ...] = ()
    units: bool = False
    note: str = ""


class EntityList(Strict):
    """One instrument that names entities. ``listed``: how many it names; we may know fewer of them."""

    instrument: str
    measure: str
    list: ListKind
    starts: date = Field(alias="from")
    through: date | None = None
    listed: int = Field(ge=1)
    entities: tuple[Entity, ...] = ()
    source: str = Field(min_length=1)
    confidence: Literal["H", "M", "L", "K"]
    as_of: date
    note: str = ""

    @property
    def unnamed(self) -> int:
        """Listed entities whose names are not on file."""
        return self.listed - sum(not entity.units for entity in self.entities)


class EntityFile(Strict):
    """A file of entity lists."""

    schema_: Literal["riskplug.entities/1"] = Field(alias="schema")
    lists: tuple[EntityList, ...] = Field(min_length=1)


def is_entity_file(file: Path) -> bool:
    """Whether a YAML file says that it holds entities, without reading it whole."""
    try:
        with file.open(encoding="utf-8-sig", errors="replace") as text:
            return _SAYS_SO.search(text.read(4096)) is not None
    except OSError:
        return False


def load_entities(folders: Sequence[Path]) -> tuple[EntityList, ...]:
    """The entity lists of the given folders; a later folder's list replaces one of the same instrument.

    Raises UsageError with every problem of every file.
    """
    lists, problems = read_entities(folders)
    if problems:
        raise UsageError.of(problems)
    return lists


def read_entities(
    folders: Sequence[Path], measures: Collection[str] | None = None
) -> tuple[tuple[EntityList, ...], list[Problem]]:
    """Lists ordered by date and instrument, and every problem of their files; ``measures``: the ids they may name."""
    found: dict[str, EntityList] = {}
    problems: list[Problem] = []
    for file in entity_files(folders):
        try:
            document = load_yaml(file)
        except UsageError as error:
            problems += error.problems
            continue
        content, wrong = read_model(document, EntityFile)
        lists = content.lists if content else ()
        problems += [*wrong, *_strays(document, lists, measures)]
        found |= {one.instrument: one for one in lists}
    return tuple(sorted(found.values(), key=lambda one: (one.starts, one.instrument))), problems


def _strays(document: Document, lists: Sequence[EntityList], measures: Collection[str] | None) -> Iterator[Problem]:
    """Lists of a measure that is not there, and more names than the list is said to have."""
    for n, one in enumerate(lists):
        if measures is not None and one.measure not in measures:
            fix = suggestion(one.measure, measures) or "name a measure that is loaded"
            what = f"no measure {one.measure!r}"
            yield document.problem(("lists", n, "measure"), what, fix, "unknown-measure", value=True)
        if one.unnamed < 0:
            what = f"{one.listed} entities are listed, and {one.listed - one.unnamed} named"
            yield document.problem(("lists", n, "listed"), what, "correct the number", "entity-count", value=True)


def entity_files(folders: Sequence[Path]) -> list[Path]:
    """The entity files among the given folders and files."""
    files = [file for path in folders for file in (sorted(path.glob("*.yaml")) if path.is_dir() else [path])]
    return [file for file in files if is_entity_file(file)]
