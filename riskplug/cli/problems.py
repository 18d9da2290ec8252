"""Problems of files as text for people, and in the formats that editors and build servers read."""

import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import quote

import typer

from riskplug.errors import Problem, UsageError

FORMATS = ("text", "json", "sarif", "github")
_SARIF = "https://json.schemastore.org/sarif-2.1.0.json"


def print_problems(problems: Sequence[Problem], output: str) -> None:
    """Print problems in the order of files; text goes to stderr, the other FORMATS are results and go to stdout."""
    if output not in FORMATS:
        raise UsageError(f"no format {output!r}", "--format", f"use {', '.join(FORMATS)}")
    problems = sorted(problems, key=_order)
    if output == "text":
        for problem in problems:
            rest = problem.where.removeprefix(problem.place[0])
            typer.echo(str(replace(problem, where=f"{_near(problem.place[0])}{rest}")), err=True)
    elif output == "json":
        typer.echo(json.dumps([_record(problem) for problem in problems], indent=1))
    elif output == "sarif":
        typer.echo(json.dumps(_sarif(problems), indent=1))
    else:
        for problem in problems:
            typer.echo(_github(problem))


def _order(problem: Problem) -> tuple[str, int, int]:
    file, line, column = problem.place
    return file, line or 0, column or 0


def _near(file: str) -> str:
    """The file as seen from here: build servers know the repository, not its place on a disk."""
    path = Path(file)
    return path.relative_to(Path.cwd()).as_posix() if path.is_relative_to(Path.cwd()) else path.as_posix()


def _record(problem: Problem) -> dict[str, Any]:
    file, line, column = problem.place
    return {
        "level": problem.level,
        "code": problem.code,
        "file": file,
        "line": line,
        "column": column,
        "what": problem.what,
        "fix": problem.fix,
        "excerpt": problem.excerpt,
    }


def _sarif(problems: Sequence[Problem]) -> dict[str, Any]:
    """SARIF 2.1.0: one run, a rule per code, a result per problem."""
    codes = sorted({problem.code or "problem" for problem in problems})
    driver = {"name": "riskplug", "rules": [{"id": code} for code in codes]}
    return {
        "$schema": _SARIF,
        "version": "2.1.0",
        "runs": [{"tool": {"driver": driver}, "results": [_result(problem) for problem in problems]}],
    }


def _result(problem: Problem) -> dict[str, Any]:
    file, line, column = problem.place
    region = {name: value for name, value in (("startLine", line), ("startColumn", column)) if value is not None}
    near = Path(_near(file))
    uri = near.as_uri() if near.is_absolute() else quote(near.as_posix())
    location: dict[str, Any] = {"artifactLocation": {"uri": uri}}
    if region:
        location["region"] = region
    return {
        "ruleId": problem.code or "problem",
        "level": problem.level,
        "message": {"text": f"{problem.what}. {problem.fix}".rstrip(". ")},
        "locations": [{"physicalLocation": location}],
    }


def _github(problem: Problem) -> str:
    """A workflow command; its values are escaped as GitHub's runner reads them."""
    file, line, column = problem.place
    given = {"file": _near(file), "line": line, "col": column, "title": problem.code}
    values = ",".join(f"{name}={_property(str(value))}" for name, value in given.items() if value)
    return f"::{problem.level} {values}::{_data(f'{problem.what} -> {problem.fix}' if problem.fix else problem.what)}"


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
