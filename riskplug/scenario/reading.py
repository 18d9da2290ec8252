"""Reads scenario files: every problem of every file at once, with file, line, column and a suggestion."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from difflib import get_close_matches
from pathlib import Path
from typing import Any

import pandas as pd
from pydantic import BaseModel, ValidationError

from riskplug.documents import Document, load_yaml
from riskplug.errors import Problem, UsageError, suggestion
from riskplug.regimes import Measure
from riskplug.scenario.overlays import (
    ALL,
    BACKWARD,
    MODELS,
    SUSPENDED,
    MeasureChange,
    NewSource,
    Scenario,
    ScenarioFile,
)
from riskplug.workspace import Strict

Loc = tuple[str | int, ...]
# Comparing a misspelt part number with a million others takes minutes: only those that begin alike are compared.
_MOST_COMPARED = 20_000
_NAMING = ("measures", "materials", "supplier", "site", "part", "alternate", "product")


@dataclass(frozen=True)
class Known:
    """What a scenario may name. ``places``: frame part_no, site; a missing site means every site."""

    measures: tuple[Measure, ...]
    materials: frozenset[str]
    sites: tuple[str, ...]
    suppliers: frozenset[str]
    places: pd.DataFrame

    @property
    def parts(self) -> "pd.Index[str]":
        names: pd.Index[str] = pd.Index(self.places["part_no"].unique(), dtype="str")
        return names

    def sites_of(self, part_no: str) -> tuple[str, ...]:
        """Sites at which the part master has the part."""
        at = self.places.loc[self.places["part_no"] == part_no, "site"]
        return self.sites if at.isna().any() else tuple(sorted(at.astype("str").unique()))


@dataclass(frozen=True)
class Placed:
    """What an overlay names, by key, as it is written: also where something else about the overlay is wrong."""

    model: type[Strict]
    names: Mapping[str, tuple[str, ...]]
    document: Document
    loc: Loc


def scenario_files(paths: Iterable[Path]) -> list[Path]:
    """The files given, and the ``*.yaml`` of the folders given; UsageError for a path that is neither."""
    found: list[Path] = []
    missing = []
    for path in paths:
        if path.is_dir():
            found += sorted(path.glob("*.yaml"))
        elif path.is_file():
            found.append(path)
        else:
            missing.append(
                Problem("no such file or folder of scenarios", str(path), "correct the path", "no-such-path")
            )
    if missing:
        raise UsageError.of(missing)
    return found


def read_scenarios(files: Sequence[Path], known: Known | None = None) -> tuple[Scenario, ...]:
    """All scenarios of the files, in order. ``known``: also check that what they name exists.

    Raises UsageError with every problem of every file. What overlays name is looked up in every file that can be read.
    """
    problems: list[Problem] = []
    documents: list[Document] = []
    scenarios: list[Scenario] = []
    for file in files:
        try:
            documents.append(load_yaml(file))
            scenarios += ScenarioFile.model_validate(documents[-1].data).scenarios
        except UsageError as error:
            problems += error.problems
        except ValidationError as error:
            problems += [_problem(documents[-1], item) for item in _told_apart(error)]
    problems += [*_repeated(documents), *(one for document in documents for one in _backward(document))]
    if known is not None:
        parts = known.parts
        placed = [one for document in documents for one in _placed(document)]
        problems += [problem for one in placed for problem in _references(one, known, parts)]
    if problems:
        raise UsageError.of(problems)
    return tuple(scenarios)


def _entries(document: Document) -> Iterator[tuple[Loc, dict[str, Any]]]:
    """The scenarios of a file as they are written, also where some are wrong."""
    found = document.data.get("scenarios") if isinstance(document.data, dict) else None
    for n, entry in enumerate(found if isinstance(found, list) else []):
        if isinstance(entry, dict):
            yield ("scenarios", n), entry


def _overlays(document: Document) -> Iterator[tuple[Loc, dict[str, Any]]]:
    for loc, entry in _entries(document):
        found = entry.get("overlays")
        for n, overlay in enumerate(found if isinstance(found, list) else []):
            if isinstance(overlay, dict):
                yield (*loc, "overlays", n), overlay


def _placed(document: Document) -> Iterator[Placed]:
    for loc, overlay in _overlays(document):
        model = MODELS.get(str(overlay.get("kind")))
        if model is not None:
            keys = [key for key in _NAMING if key in overlay and key in model.model_fields]
            yield Placed(model, {key: _texts(overlay[key]) for key in keys}, document, loc)


def _texts(value: object) -> tuple[str, ...]:
    return tuple(one for one in (value if isinstance(value, list) else [value]) if isinstance(one, str))


def _backward(document: Document) -> Iterator[Problem]:
    for loc, overlay in _overlays(document):
        starts, through = overlay.get("from"), overlay.get("through")
        if isinstance(starts, date) and isinstance(through, date) and through < starts:
            what = f"through {through} lies before from {starts}"
            yield document.problem((*loc, "through"), what, "swap them, or correct one", "backward-dates", value=True)


def _told_apart(error: ValidationError) -> list[dict[str, Any]]:
    """The errors without those that only follow from others (a list is short because its entries are wrong), and
    without backward dates, which are looked for in files with other errors too."""
    found: list[dict[str, Any]] = [dict(item) for item in error.errors()]
    wrong = {item["loc"][:depth] for item in found for depth in range(len(item["loc"]))}
    own = [item for item in found if item["type"] != "too_short" or item["loc"] not in wrong]
    return [item for item in own if not str(item["msg"]).endswith(BACKWARD)]


def _repeated(documents: Sequence[Document]) -> Iterator[Problem]:
    first: dict[str, tuple[Document, Loc]] = {}
    for document in documents:
        for loc, entry in _entries(document):
            here = (document, (*loc, "id"))
            before = first.setdefault(str(entry.get("id")), here)
            if before is not here and "id" in entry:
                yield document.problem(
                    here[1],
                    f"scenario {entry['id']!r} is given twice "
                    f"(first at {before[0].path}:{before[0].position(before[1]).line})",
                    "keep one of them, or give one another id",
                    "scenario-twice",
                    value=True,
                )


def _problem(document: Document, error: Mapping[str, Any]) -> Problem:
    kind, message = str(error["type"]), str(error["msg"]).removeprefix("Value error, ")
    loc = _in_file(document, error["loc"])
    shown = ".".join(map(str, loc)) or "the file"
    if kind == "extra_forbidden":
        fix = suggestion(str(loc[-1]), _keys(document, loc[:-1])) or "remove it"
        return document.problem(loc, f"unknown key {loc[-1]!r}", fix, "unknown-key")
    if kind in ("missing", "union_tag_not_found"):
        key = loc[-1] if kind == "missing" else "kind"
        at = loc[:-1] if kind == "missing" else loc
        fix = f"one of {', '.join(MODELS)}" if key == "kind" else f"add `{key}`"
        return document.problem(at, f"missing key {key!r}", fix, "missing-key")
    if kind in ("literal_error", "union_tag_invalid"):
        tagged = kind == "union_tag_invalid"
        at, given = ((*loc, "kind"), error["ctx"]["tag"]) if tagged else (loc, error["input"])
        expected = str(error["ctx"]["expected_tags" if tagged else "expected"])
        words = [word.strip().strip("'") for word in expected.replace(" or ", ", ").split(",")]
        fix = suggestion(str(given), words) or f"known: {', '.join(words)}"
        return document.problem(at, f"{given!r} is not one of the words known here", fix, "unknown-word", value=True)
    return document.problem(loc, f"{shown}: {message}", "correct the value", _CODES.get(kind, "bad-value"), value=True)


_CODES = {
    "greater_than": "out-of-range",
    "greater_than_equal": "out-of-range",
    "less_than": "out-of-range",
    "less_than_equal": "out-of-range",
    "string_pattern_mismatch": "bad-id",
    "too_short": "empty-list",
}


def _in_file(document: Document, loc: Loc) -> Loc:
    """The path in the file: without the kind that tells overlays apart; a word that stands for a list has no item."""
    here = loc[:4] + loc[5:] if len(loc) > 4 and loc[2] == "overlays" and loc[4] in MODELS else loc
    return here if document.has(here) or not (here and isinstance(here[-1], int)) else here[:-1]


def _keys(document: Document, loc: Loc) -> list[str]:
    """The keys that are known at a path of the file."""
    model: type[BaseModel] = ScenarioFile
    if len(loc) == 2:
        model = Scenario
    elif len(loc) >= 4:
        overlay = document.data["scenarios"][loc[1]]["overlays"][loc[3]]
        model = MODELS.get(str(overlay.get("kind")), Scenario)
    return [info.alias or name for name, info in model.model_fields.items()]


def _references(read: Placed, known: Known, parts: "pd.Index[str]") -> Iterator[Problem]:
    """Everything that an overlay names and nobody knows."""
    reserved = SUSPENDED if read.model is MeasureChange else ALL
    lists: dict[str, tuple[str, Iterable[str]]] = {
        "measures": ("measure", [*(measure.id for measure in known.measures), reserved]),
        "materials": ("material", known.materials),
        "site": ("site", known.sites),
        "supplier": ("supplier", known.suppliers),
    }
    if read.model is NewSource:  # its supplier may be one that the exports do not know
        del lists["supplier"]
    for key in read.names.keys() & lists.keys():
        what, names = lists[key]
        yield from _unknown(read, key, names, what)
    site = next(iter(read.names.get("site", ())), None)
    for key in ("part", "alternate", "product"):
        for name in read.names.get(key, ()):
            yield from _about_part(read, (*read.loc, key), name, site, known, parts)


def _unknown(read: Placed, key: str, names: Iterable[str], what: str) -> Iterator[Problem]:
    allowed = frozenset(names)
    for n, name in enumerate(read.names[key]):
        if name not in allowed:
            at = (*read.loc, key, n) if read.document.has((*read.loc, key, n)) else (*read.loc, key)
            fix = suggestion(name, allowed) or f"name a {what} that the data or the register knows"
            yield read.document.problem(at, f"no {what} {name!r}", fix, f"unknown-{what}", value=True)


def _about_part(
    read: Placed, loc: Loc, name: str, site: str | None, known: Known, parts: "pd.Index[str]"
) -> Iterator[Problem]:
    if name not in parts:
        fix = _near(name, parts) or "name a part of the part master"
        yield read.document.problem(loc, f"no part {name!r}", fix, "unknown-part", value=True)
    elif site in known.sites and site not in known.sites_of(name):
        there = ", ".join(known.sites_of(name))
        yield read.document.problem(
            loc, f"part {name!r} is not at site {site}", f"it is at {there}", "part-not-at-site", value=True
        )


def _near(name: str, parts: "pd.Index[str]") -> str:
    alike = parts if len(parts) <= _MOST_COMPARED else parts[parts.str.startswith(name[:2])][:_MOST_COMPARED]
    close = get_close_matches(name, alike.tolist(), n=1, cutoff=0.6)
    return f"did you mean {close[0]!r}?" if close else ""
