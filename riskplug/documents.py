"""YAML files that people write, read strictly: positions kept, surprises refused, every problem of a file at once.

YAML 1.2 without its traps. Keys are text as written. ``NO`` is text, ``2025-04-28`` a date, ``0012`` an error (quote
it, or drop the zeros). Refused: duplicate keys, anchors, aliases, tags, a second document, files over 1 MB, nesting
beyond 30 levels.
"""

import math
import re
from collections.abc import Iterator, Sequence
from copy import deepcopy
from dataclasses import dataclass, field, replace
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml import events as yaml_events
from ruamel.yaml.error import MarkedYAMLError, YAMLError

from riskplug.errors import Problem, UsageError

MAX_BYTES = 1_000_000
MAX_DEPTH = 30

KeyPath = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class Position:
    """A place in a file; line and column count from 1."""

    line: int
    column: int


@dataclass(frozen=True)
class Document:
    """A YAML file: ``data`` in dict, list, str, int, float, bool, date and None, and where each piece stands."""

    path: Path
    text: str
    data: Any
    _keys: dict[KeyPath, int] = field(repr=False, default_factory=dict)
    _values: dict[KeyPath, int] = field(repr=False, default_factory=dict)

    def position(self, path: Sequence[str | int] = (), *, value: bool = False) -> Position:
        """Where the key (or list item) of a path stands, or its value; the nearest known parent when it is absent."""
        known = self._values if value else self._keys
        here = tuple(path)
        while here and here not in known:
            here = here[:-1]
        return self._place(known.get(here, 0))

    def has(self, path: Sequence[str | int]) -> bool:
        """Whether the file has something at the path."""
        return tuple(path) in self._keys

    def quoted(self, path: Sequence[str | int]) -> bool:
        """Whether the value at the path is written in quotation marks."""
        at = self._values.get(tuple(path), -1)
        return at >= 0 and self.text[at : at + 1] in ("'", '"')

    def within(self, path: Sequence[str | int], offset: int) -> Position:
        """Where the character ``offset`` of a text value stands in the file, through quotes, escapes and folding."""
        text, at = self._find(tuple(path)), self._values.get(tuple(path))
        if at is None or not isinstance(text, str):
            return self.position(path)
        return self._place(_align(self.text, at, text, offset))

    def problem(
        self,
        path: Sequence[str | int],
        what: str,
        fix: str,
        code: str,
        *,
        value: bool = False,
        offset: int | None = None,
    ) -> Problem:
        """A problem at a key, at its value, or at one character of a text value, with excerpt and caret."""
        at = self.position(path, value=value) if offset is None else self.within(path, offset)
        return self.problem_at(at, what, fix, code)

    def problem_at(self, at: Position, what: str, fix: str, code: str) -> Problem:
        return Problem(what, f"{self.path}:{at.line}:{at.column}", fix, code, excerpt(self.text, at))

    def _place(self, index: int) -> Position:
        before = self.text.rfind("\n", 0, index) + 1
        return Position(self.text.count("\n", 0, index) + 1, index - before + 1)

    def _find(self, path: KeyPath) -> Any:
        here = self.data
        for step in path:
            try:
                here = here[step]
            except (KeyError, IndexError, TypeError):
                return None
        return here


def excerpt(text: str, at: Position) -> str:
    """The line with a caret under the column; long lines are cut around it."""
    lines = text.split("\n")
    line = lines[at.line - 1] if at.line <= len(lines) else ""
    line = "".join(character if character.isprintable() else " " for character in line)
    start = max(0, at.column - 1 - 80)
    return f"    {line[start : start + 120]}\n    {' ' * (at.column - 1 - start)}^"


def load_yaml(path: Path) -> Document:
    """Read one YAML file strictly; UsageError with every problem of it."""
    try:
        size = path.stat().st_size
        raw = path.read_bytes() if size <= MAX_BYTES else b""
    except OSError as error:
        raise UsageError(f"cannot read the file: {error.strerror}", str(path), "check the path and rights") from error
    if size > MAX_BYTES:
        raise UsageError.of(
            [
                Problem(
                    f"{size:,} bytes; a YAML file may have {MAX_BYTES:,}", str(path), "split the file", "yaml-too-large"
                )
            ]
        )
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise UsageError.of(
            [Problem(f"byte {error.start} is not UTF-8", str(path), "save the file as UTF-8", "yaml-encoding")]
        ) from error
    return parse_yaml(text, path)


def parse_yaml(text: str, path: Path = Path("<text>")) -> Document:
    """Read YAML text strictly; ``path`` is only named in problems."""
    document = _parsed(text.replace("\r\n", "\n"), path)
    return replace(document, data=deepcopy(document.data))  # whoever changes what they got changes no other reader's


@lru_cache(maxsize=1024)
def _parsed(text: str, path: Path) -> Document:
    """The same text is asked for many times in a scan, and reading it as YAML takes longer than reading the ERP."""
    return _Reader(Document(path, text, None)).read()


@dataclass
class _Open:
    """A list or mapping not yet closed; ``key`` is the mapping key that waits for its value."""

    value: list[Any] | dict[str, Any]
    path: KeyPath
    key: str | None = None

    def next_path(self) -> KeyPath:
        return (*self.path, len(self.value) if isinstance(self.value, list) else str(self.key))

    def add(self, value: Any) -> None:
        if isinstance(self.value, list):
            self.value.append(value)
        else:
            self.value[str(self.key)] = value
            self.key = None


class _Reader:
    """Builds a document from parser events, without recursion and without any YAML constructor."""

    def __init__(self, empty: Document) -> None:
        self.empty = empty
        self.problems: list[Problem] = []
        self.open: list[_Open] = []
        self.keys: dict[KeyPath, int] = {(): 0}
        self.values: dict[KeyPath, int] = {(): 0}
        self.data: Any = None
        self.documents = 0

    def read(self) -> Document:
        for event in self._events():
            self._take(event)
            if self.documents > 1 or len(self.open) > MAX_DEPTH:
                break
        if self.problems:
            raise UsageError.of(self.problems)
        return Document(self.empty.path, self.empty.text, self.data, self.keys, self.values)

    def _events(self) -> Iterator[Any]:
        try:
            yield from YAML(typ="safe", pure=True).parse(self.empty.text)
        except MarkedYAMLError as error:
            mark = error.problem_mark or error.context_mark
            what = " ".join(part for part in (error.context, error.problem) if part)
            self._report(
                mark.index if mark else 0,
                f"not valid YAML: {what}",
                "check indentation, colons and quotes on this line",
                "yaml-syntax",
            )
        except (YAMLError, ValueError, AttributeError) as error:
            what = str(error).split("\n")[0]
            self._report(
                int(getattr(error, "position", 0) or 0),
                f"not valid YAML: {what}",
                "remove the character",
                "yaml-syntax",
            )

    def _report(self, index: int, what: str, fix: str, code: str) -> None:
        self.problems.append(self.empty.problem_at(self.empty._place(index), what, fix, code))

    def _take(self, event: Any) -> None:
        if isinstance(event, yaml_events.DocumentStartEvent):
            self._start(event)
        elif isinstance(event, yaml_events.AliasEvent):
            self._report(
                event.start_mark.index, f"alias *{event.anchor} is not allowed", "write the value out", "yaml-alias"
            )
            self._place_value(None, event)
        elif isinstance(event, yaml_events.CollectionEndEvent):
            self.open.pop()
        elif isinstance(event, yaml_events.NodeEvent):
            self._node(event)

    def _start(self, event: Any) -> None:
        self.documents += 1
        if self.documents > 1:
            self._report(
                event.start_mark.index,
                "a second document starts here",
                "one document per file: remove the `---`",
                "yaml-second-document",
            )
        if event.version not in (None, (1, 2)) or event.tags:
            self._report(
                0, "only the directive %YAML 1.2 is allowed", "remove the line that starts with %", "yaml-directive"
            )

    def _node(self, event: Any) -> None:
        at = event.start_mark.index
        if event.anchor is not None:
            self._report(at, f"anchor &{event.anchor} is not allowed", "write the value out", "yaml-anchor")
        if event.tag is not None:
            self._report(at, f"tag {event.tag} is not allowed", "remove the tag", "yaml-tag")
        if self._expects_key():
            self._key(event)
        elif isinstance(event, yaml_events.ScalarEvent):
            self._place_value(self._scalar(event), event)
        else:
            self._place_value(_empty(event), event)

    def _expects_key(self) -> bool:
        return bool(self.open) and isinstance(self.open[-1].value, dict) and self.open[-1].key is None

    def _key(self, event: Any) -> None:
        inside = self.open[-1]
        at = event.start_mark.index
        if not isinstance(event, yaml_events.ScalarEvent):
            self._report(
                at, "a key must be text, not a list or mapping", "write a plain word before the colon", "yaml-key"
            )
            inside.key = f"?{at}"
            # its end is still to come: read it as a value that nobody keeps
            self.open.append(_Open(_empty(event), (*inside.path, inside.key)))
            return
        if isinstance(inside.value, dict) and event.value in inside.value:
            first = self.empty._place(self.keys[(*inside.path, event.value)]).line
            self._report(
                at,
                f"key {event.value!r} is given twice (first on line {first})",
                "keep one of them",
                "yaml-duplicate-key",
            )
        inside.key = event.value
        self.keys[(*inside.path, event.value)] = at

    def _place_value(self, value: Any, event: Any) -> None:
        path = self.open[-1].next_path() if self.open else ()
        at = event.start_mark.index
        self.values[path] = at
        self.keys.setdefault(path, at)
        if self.open:
            self.open[-1].add(value)
        else:
            self.data = value
        if isinstance(value, list | dict) and not isinstance(event, yaml_events.ScalarEvent):
            self.open.append(_Open(value, path))
            if len(self.open) > MAX_DEPTH:
                self._report(at, f"nested deeper than {MAX_DEPTH} levels", "flatten the file", "yaml-depth")

    def _scalar(self, event: Any) -> Any:
        text = str(event.value)
        if event.style is not None:
            return text
        if _LEADING_ZEROS.fullmatch(text):
            self._report(
                event.start_mark.index,
                f"{text} starts with zeros that a number does not keep",
                f'quote it if it is text: "{text}"',
                "yaml-leading-zeros",
            )
            return text
        try:
            return resolve(text)
        except ValueError as error:
            self._report(
                event.start_mark.index,
                f"{text} is no date: {error}",
                "correct the date, or quote it if it is text",
                "yaml-date",
            )
            return text


def _empty(event: Any) -> list[Any] | dict[str, Any]:
    return [] if isinstance(event, yaml_events.SequenceStartEvent) else {}


_LEADING_ZEROS = re.compile(r"[-+]?0[0-9][0-9_]*")
_INT = re.compile(r"[-+]?(0|[1-9][0-9]*)")
_FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?")
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_WORDS = {
    "": None,
    "~": None,
    "null": None,
    "Null": None,
    "NULL": None,
    "true": True,
    "True": True,
    "TRUE": True,
    "false": False,
    "False": False,
    "FALSE": False,
    ".inf": math.inf,
    "+.inf": math.inf,
    "-.inf": -math.inf,
    ".nan": math.nan,
}


def resolve(text: str) -> str | int | float | bool | date | None:
    """The value of a plain scalar (YAML 1.2 core schema, plus ISO dates); ValueError for an impossible date."""
    if text in _WORDS:
        return _WORDS[text]
    if _INT.fullmatch(text) and len(text) <= 400:
        return int(text)
    if _FLOAT.fullmatch(text):
        return float(text)
    return date.fromisoformat(text) if _DATE.fullmatch(text) else text


def _align(source: str, start: int, value: str, offset: int) -> int:
    """The index in ``source`` of ``value[offset]``, the value being written from ``start`` on in any YAML style."""
    at = start
    if source[start : start + 1] in ("|", ">"):
        at = source.find("\n", start) + 1
    elif source[start : start + 1] in ("'", '"'):
        at = start + 1
    for character in value[:offset]:
        if not character.isspace():
            found = source.find(character, at)
            at = at if found < 0 else found + 1
    while at < len(source) - 1 and source[at].isspace() and not value[offset : offset + 1].isspace():
        at += 1
    return at
