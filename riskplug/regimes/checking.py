"""What `riskplug regimes check` says of measure and entity files."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from riskplug.errors import Problem
from riskplug.regimes.entities import entity_files, read_entities
from riskplug.regimes.loading import read_register

SCHEMA = "riskplug.problems/1"


@dataclass(frozen=True, slots=True)
class Checked:
    """Every problem, and how much was read of the files that were asked for."""

    problems: tuple[Problem, ...]
    files: int
    measures: int
    items: int
    entities: int

    def __str__(self) -> str:
        return f"{self.measures} measures, {self.items} items and {self.entities} named entities in {self.files} files"


def check_files(
    own: Sequence[Sequence[Path]], base: Sequence[Sequence[Path]] = (), materials: Mapping[str, str] | None = None
) -> Checked:
    """Check the layers ``own``, read over the layers ``base``, whose measures they may refer to or replace.

    A mistake of a base file is reported too: what refers to it cannot be right.
    """
    register = read_register([*base, *own], materials)
    paths = [path for layer in own for path in layer]
    lists, wrong = read_entities(paths, register.found)
    base_files = set(read_register(base).files) if base else set()
    mine = [measure for measure, (document, _) in register.found.values() if document.path not in base_files]
    files = len(set(register.files) - base_files) + len(entity_files(paths))
    items, entities = sum(len(one.items) for one in mine), sum(len(one.entities) for one in lists)
    return Checked((*register.problems, *wrong), files, len(mine), items, entities)


def problems_document(checked: Checked) -> dict[str, Any]:
    """The document that `riskplug regimes check --format json` prints (riskplug/schemas/problems.json)."""
    counts = {name: getattr(checked, name) for name in ("files", "measures", "items", "entities")}
    return {"schema": SCHEMA, **counts, "problems": [_said(problem) for problem in checked.problems]}


def _said(problem: Problem) -> dict[str, object]:
    file, line, column = problem.place
    about = {"what": problem.what, "fix": problem.fix, "code": problem.code, "excerpt": problem.excerpt}
    return {"file": file, "line": line, "column": column, **about}
