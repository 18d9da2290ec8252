"""Profile files: YAML read strictly, ``extends`` resolved, every problem of a file reported with its line."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ValidationError

from riskplug.documents import Document, load_yaml
from riskplug.errors import Problem, UsageError, suggestion
from riskplug.ingest.profile import (
    AsOf,
    Client,
    ColumnRule,
    DropRule,
    Input,
    Join,
    Keys,
    Levels,
    Profile,
    TableRule,
    Unpivot,
)
from riskplug.tables import TABLES

SHIPPED = Path(__file__).parent / "profiles"
CARRIED_COLUMNS = ("company", "site")


@dataclass(frozen=True)
class _Draft:
    """A profile file as written, before its parent is merged in."""

    document: Document
    data: dict[str, Any]

    @property
    def name(self) -> str:
        return str(self.data["name"])


def load_profiles(extra: Iterable[Path] = ()) -> dict[str, Profile]:
    """Shipped profiles and the given files, by name; UsageError with every problem of every file."""
    drafts: dict[str, _Draft] = {}
    for path in (*sorted(SHIPPED.glob("*.yaml")), *extra):
        draft = _draft(path)
        if draft.name in drafts and drafts[draft.name].document.path != path:
            first = drafts[draft.name].document.path
            raise UsageError(f"profile {draft.name!r} is already defined in {first}", f"{path}:1", "rename one of them")
        drafts[draft.name] = draft
    return {name: _profile(draft, drafts) for name, draft in drafts.items()}


def load_profile(path: Path, known: Mapping[str, Profile] | None = None) -> Profile:
    """One profile file, which may extend a known profile or a shipped one."""
    # what a known profile inherits is in it already: merged once more, a table it took away would come back
    known = known or load_profiles()
    parents = {name: each.model_dump(exclude_unset=True, exclude={"extends"}) for name, each in known.items()}
    draft = _draft(path)
    return _profile(draft, {name: _Draft(draft.document, data) for name, data in parents.items()} | {draft.name: draft})


def _draft(path: Path) -> _Draft:
    document = load_yaml(path)
    if not isinstance(document.data, dict):
        raise UsageError("a profile is a mapping of settings", f"{path}:1", "start with `name: ...`")
    data = dict(document.data)
    data.pop("schema", None)
    return _Draft(document, {"name": path.stem, **data})


def _profile(draft: _Draft, drafts: Mapping[str, _Draft]) -> Profile:
    data = _merged(draft, drafts, (draft.name,))
    try:
        profile = Profile.model_validate(data)
    except ValidationError as error:
        raise UsageError.of([_problem(draft.document, item) for item in error.errors()]) from error
    problems = [*_unknown_names(profile, draft.document), *_without_place(profile, draft.document)]
    if problems:
        raise UsageError.of(problems)
    return profile


def _merged(draft: _Draft, drafts: Mapping[str, _Draft], seen: tuple[str, ...]) -> dict[str, Any]:
    parent = draft.data.get("extends")
    if parent is None:
        return draft.data
    if parent not in drafts:
        fix = suggestion(str(parent), drafts) or "name a shipped profile"
        raise UsageError.of(
            [draft.document.problem(("extends",), f"unknown profile {parent!r}", fix, "unknown-profile")]
        )
    if parent in seen:
        what = f"profiles extend each other: {' -> '.join((*seen, parent))}"
        raise UsageError.of([draft.document.problem(("extends",), what, "remove one `extends`", "profile-cycle")])
    return _overlay(_merged(drafts[parent], drafts, (*seen, parent)), draft.data, 3)


def _overlay(below: Mapping[str, Any], above: Mapping[str, Any], depth: int) -> dict[str, Any]:
    """``above`` over ``below``, mappings merged down to single columns; null takes an inherited key away."""
    merged = dict(below)
    for key, value in above.items():
        inherited = merged.get(key)
        if depth and isinstance(value, dict) and isinstance(inherited, dict):
            merged[key] = _overlay(inherited, value, depth - 1)
        else:
            merged[key] = value
    return {key: value for key, value in merged.items() if value is not None}


def _problem(document: Document, item: Any) -> Problem:
    path = tuple(part for part in item["loc"] if part not in ("[key]", "function-after[_one_test(), DropRule]"))
    word = str(path[-1]) if path else ""
    if item["type"] == "extra_forbidden":
        fix = suggestion(word, _model_at(path[:-1]).model_fields) or "remove it"
        return document.problem(path, f"unknown key {word!r}", fix, "unknown-key")
    if item["type"] == "missing":
        return document.problem(path[:-1], f"missing {word!r}", f"add `{word}`", "missing-key")
    what = f"{'.'.join(map(str, path))}: {item['msg'].removeprefix('Value error, ')}".removeprefix(": ")
    return document.problem(path, what, "correct the value", "bad-value", value=True)


_MODELS: dict[str, type[BaseModel]] = {
    "columns": ColumnRule,
    "unpivot": Unpivot,
    "drop_rows": DropRule,
    "as_of": AsOf,
    "keys": Keys,
    "join": Join,
    "inputs": Input,
    "levels": Levels,
    "client": Client,
}


def _model_at(path: Sequence[str | int]) -> type[BaseModel]:
    named = [part for part in path if part in _MODELS]
    if named:
        return _MODELS[str(named[0])]
    return TableRule if path and path[0] == "tables" else Profile


def _unknown_names(profile: Profile, document: Document) -> Iterator[Problem]:
    for table, rule in profile.tables.items():
        if table not in TABLES:
            yield document.problem(
                ("tables", table), f"unknown table {table!r}", suggestion(table, TABLES), "unknown-table"
            )
            continue
        known = (*TABLES[table].column_names, *CARRIED_COLUMNS)
        for column in rule.columns:
            if column not in known:
                yield document.problem(
                    ("tables", table, "columns", column),
                    f"table {table} has no column {column!r}",
                    suggestion(column, known),
                    "unknown-column",
                )


def _without_place(profile: Profile, document: Document) -> Iterator[Problem]:
    """Tables that name no file or database table: a typing error would otherwise read as an absent table."""
    for table, rule in profile.tables.items():
        wanted = "table" if profile.reader == "sql" else "files"
        places: dict[tuple[str | int, ...], TableRule | Join | Input] = {("tables", table): rule}
        places |= {("tables", table, "join", at): join for at, join in enumerate(rule.join)}
        places |= {("tables", table, "inputs", name): item for name, item in rule.inputs.items()}
        for path, place in places.items():
            given = getattr(place, wanted) or (wanted == "table" and getattr(place, "query", None))
            if table in TABLES and not given:
                what = f"table {table}" if place is rule else f"{'.'.join(map(str, path[1:]))}"
                yield document.problem(path, f"{what} names no {wanted}", f"add `{wanted}:`", "missing-key")
