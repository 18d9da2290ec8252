"""Rule files to entries: shape checked key by key, every problem with its place."""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from riskplug.documents import Document, KeyPath, load_yaml
from riskplug.errors import Problem, UsageError, suggestion
from riskplug.rules.listfile import list_values
from riskplug.rules.rulefile import MODELS, SCHEMA, NamedList, RuleEntry, RuleFile
from riskplug.rules.tree import Literal

Model = TypeVar("Model", bound=BaseModel)


@dataclass(frozen=True)
class Placed:
    """An entry of a rule file and where it stands; ``incomplete`` where faulty keys had to be left out."""

    entry: RuleEntry
    document: Document
    path: KeyPath
    incomplete: bool = False

    def problem(
        self,
        keys: Sequence[str | int],
        what: str,
        fix: str,
        code: str,
        *,
        value: bool = False,
        offset: int | None = None,
    ) -> Problem:
        return self.document.problem((*self.path, *keys), what, fix, code, value=value, offset=offset)


@dataclass
class Pack:
    """What the files of all folders say, later ids replacing earlier ones; ``problems`` so far."""

    entries: dict[str, Placed] = field(default_factory=dict)
    lists: dict[str, tuple[Literal, ...]] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)

    @cached_property
    def list_digests(self) -> dict[str, str]:
        """Digest per list with its days, once for all rules; ask when all is read."""
        return {
            name: hashlib.sha256(
                repr([(value.value, value.first, value.last) for value in values]).encode()
            ).hexdigest()
            for name, values in sorted(self.lists.items())
        }


def read_pack(folders: Iterable[Path]) -> Pack:
    """Every rule file of the folders (``*.yaml``, not below them), or files named one by one."""
    pack = Pack()
    for folder in folders:
        level = Pack()
        for file in _files(folder, level):
            try:
                _read_file(load_yaml(file), level)
            except UsageError as error:
                level.problems.extend(error.problems)
        pack.entries.update(level.entries)
        pack.lists.update(level.lists)
        pack.problems.extend(level.problems)
    return pack


def _files(folder: Path, level: Pack) -> list[Path]:
    if folder.is_dir():
        return sorted([*folder.glob("*.yaml"), *folder.glob("*.yml")])
    if not folder.is_file():
        level.problems.append(
            Problem(
                "no such folder or file of rules",
                str(folder),
                "correct the path, here or in [rules] paths",
                "rule-path",
            )
        )
        return []
    return [folder]


def _read_file(document: Document, level: Pack) -> None:
    data = document.data
    if not isinstance(data, dict) or data.get("schema") != SCHEMA:
        at: KeyPath = ("schema",) if isinstance(data, dict) and "schema" in data else ()
        fix = f"start the file with `schema: {SCHEMA}`"
        level.problems.append(
            document.problem(at, f"not a rule file: schema is not {SCHEMA}", fix, "rule-schema", value=bool(at))
        )
        return
    known = [field.alias or name for name, field in RuleFile.model_fields.items()]
    for key in data:
        if key not in known:
            fix = suggestion(key, known) or "remove it"
            level.problems.append(document.problem((key,), f"unknown key {key!r}", fix, "rule-unknown-key"))
    _read_lists(document, level)
    _read_rules(document, level)


def _read_lists(document: Document, level: Pack) -> None:
    lists = document.data.get("lists") or {}
    if not isinstance(lists, dict):
        level.problems.append(
            document.problem(
                ("lists",), "lists must be named", "write `lists: {name: [..]}`", "rule-bad-value", value=True
            )
        )
        return
    for name, content in lists.items():
        raw = content if isinstance(content, dict) else {"values": content}
        entry = _validated(NamedList, raw, document, ("lists", name), level.problems)
        if name in level.lists:
            level.problems.append(
                document.problem(
                    ("lists", name), f"list {name!r} exists already", "give it another name", "rule-duplicate-list"
                )
            )
        if entry is not None:
            values, problems = list_values(entry, document, ("lists", name))
            level.problems.extend(problems)
            if not values and not problems:
                level.problems.append(
                    document.problem(
                        ("lists", name), f"list {name!r} is empty", "give it `values` or a `file`", "list-empty"
                    )
                )
            level.lists[name] = values


def _read_rules(document: Document, level: Pack) -> None:
    rules = document.data.get("rules") or []
    if not isinstance(rules, list):
        level.problems.append(
            document.problem(
                ("rules",), "rules must be a list", "start each rule with `- id:`", "rule-bad-value", value=True
            )
        )
        return
    for index, raw in enumerate(rules):
        before = len(level.problems)
        entry = _validated(RuleEntry, raw, document, ("rules", index), level.problems)
        if entry is None:
            continue
        placed = Placed(entry, document, ("rules", index), len(level.problems) > before)
        if entry.id in level.entries:
            first = level.entries[entry.id]
            where = f"{first.document.path}:{first.document.position(first.path).line}"
            level.problems.append(
                placed.problem(
                    ("id",),
                    f"rule {entry.id!r} exists already ({where})",
                    "give it another id",
                    "rule-duplicate-id",
                    value=True,
                )
            )
        level.entries[entry.id] = placed


def _validated(
    model: type[Model], raw: object, document: Document, path: KeyPath, problems: list[Problem]
) -> Model | None:
    """The entry, or None. Faulty keys are reported and left out, so that the rest is checked as well."""
    faults = _faults(model, raw)
    problems.extend(_distinct(_problem(error, document, path) for error in faults))
    if not faults:
        return model.model_validate(raw)
    if not isinstance(raw, dict):
        return None
    faulty = {str(error["loc"][0]) for error in faults if error["loc"]}
    rest = {key: value for key, value in raw.items() if key not in faulty}
    return None if _faults(model, rest) else model.model_validate(rest)


def _faults(model: type[BaseModel], raw: object) -> list[Any]:
    try:
        model.model_validate(raw)
    except ValidationError as error:
        return list(error.errors())
    return []


def _distinct(problems: Iterable[Problem]) -> list[Problem]:
    """One problem per place: a value that fits no member of a union is wrong once."""
    return list({problem.where: problem for problem in reversed(list(problems))}.values())[::-1]


def _problem(error: Mapping[str, Any], document: Document, path: KeyPath) -> Problem:
    loc = tuple(step for step in error["loc"] if step != "[key]")
    at = _place(document, path, loc)
    name = ".".join(str(step) for step in loc)
    if error["type"] == "extra_forbidden":
        known = _known_keys(loc, path)
        return document.problem(
            at, f"unknown key {loc[-1]!r}", suggestion(str(loc[-1]), known) or "remove it", "rule-unknown-key"
        )
    if error["type"] == "missing":
        return document.problem(at, f"{name!r} is missing", f"add `{loc[-1]}:`", "rule-missing-key")
    return document.problem(
        at,
        f"{name or 'the entry'}: {_said(error)}",
        _fix(error),
        "rule-bad-value",
        value=error["loc"][-1:] != ("[key]",),
    )


def _said(error: Mapping[str, Any]) -> str:
    message = str(error["msg"]).removeprefix("Value error, ")
    return message.replace("Input should be", "should be").replace("a valid string", "text")


def _fix(error: Mapping[str, Any]) -> str:
    value = error.get("input")
    if error["type"] == "string_type" and not isinstance(value, list | dict):
        return f'quote it: "{value}"'
    if error["type"] == "string_pattern_mismatch":
        return "use small letters, digits and single hyphens: runway-too-short"
    return "correct the value"


def _place(document: Document, path: KeyPath, loc: tuple[str | int, ...]) -> KeyPath:
    """The path in the file of a place in the model: a single `tests` mapping stands for a list of one."""
    at = path
    for step in loc:
        if document.has((*at, step)):
            at = (*at, step)
        elif step != 0:
            break
    return at


def _known_keys(loc: tuple[str | int, ...], path: KeyPath) -> list[str]:
    model = MODELS.get(str(loc[0]) if len(loc) > 1 else str(path[0]), RuleEntry)
    return list(model.model_fields)
