"""Expectations as data: generated from the canonical tables, read from a workspace's files, given by plugins."""

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, ValidationError, model_validator

from riskplug.documents import load_yaml
from riskplug.errors import Problem, UsageError, suggestion
from riskplug.extend import ExpectationSpec
from riskplug.tables import CARRIED, TABLES, Column, Table

SCHEMA = "riskplug.expectations/1"

# What a night's data must satisfy beyond the column contract, which ingest has already enforced cell by cell.
# A pair (table, columns): these columns together identify a row.
_UNIQUE: dict[str, tuple[str, ...]] = {
    "parts": ("part_no", "site"),
    "purchase_orders": ("site", "order_no", "line"),
    "suppliers": ("source", "supplier"),
}


def generated(table: Table) -> Iterator[ExpectationSpec]:
    """The suite of a canonical table, from its declaration."""
    yield ExpectationSpec(
        table.name,
        "expect_table_row_count_to_be_between",
        {"min_value": 1},
        "critical",
        "an empty export never means that everything has run out",
    )
    for column in table.columns:
        yield from _of_column(table.name, column)
    if table.name in _UNIQUE:
        yield ExpectationSpec(
            table.name,
            "expect_compound_columns_to_be_unique",
            {"column_list": list(_UNIQUE[table.name])},
            "warning",
            "one row per key",
        )


def _of_column(table: str, column: Column) -> Iterator[ExpectationSpec]:
    if column.required:
        yield ExpectationSpec(
            table, "expect_column_values_to_not_be_null", {"column": column.name}, "warning", "required by the table"
        )
    if column.minimum is not None or column.maximum is not None:
        yield ExpectationSpec(
            table,
            "expect_column_values_to_be_between",
            {"column": column.name, "min_value": column.minimum, "max_value": column.maximum},
            "warning",
            "outside the bounds of the table",
        )


class _Entry(BaseModel):
    """One expectation of a workspace file; further keys are the arguments of the expectation."""

    model_config = ConfigDict(extra="allow")
    table: str
    expect: str
    severity: Literal["critical", "warning", "info"] = "warning"
    reason: str = ""

    @model_validator(mode="after")
    def _known_names(self) -> "_Entry":
        if self.table not in TABLES:
            raise ValueError(f"unknown table {self.table!r}; {suggestion(self.table, TABLES)}")
        column = (self.model_extra or {}).get("column")
        names = [*TABLES[self.table].column_names, *(carried.name for carried in CARRIED)]
        if column is not None and column not in names:
            raise ValueError(f"unknown column {column!r} of {self.table}; {suggestion(str(column), names)}")
        return self

    def spec(self) -> ExpectationSpec:
        return ExpectationSpec(
            self.table,
            f"expect_{self.expect.removeprefix('expect_')}",
            dict(self.model_extra or {}),
            self.severity,
            self.reason,
        )


def load_expectations(paths: Iterable[Path]) -> list[ExpectationSpec]:
    """The expectations of the given files, and of all YAML files in the given folders.

    UsageError with every problem of all files.
    """
    problems: list[Problem] = []
    specs = [spec for file in _files(paths) for spec in _read(file, problems)]
    if problems:
        raise UsageError.of(problems)
    return specs


def _files(paths: Iterable[Path]) -> Iterator[Path]:
    for path in paths:
        yield from (sorted(path.glob("*.yaml")) if path.is_dir() else (path,))


def _read(file: Path, problems: list[Problem]) -> Iterator[ExpectationSpec]:
    document = load_yaml(file)
    content: Mapping[str, Any] = document.data if isinstance(document.data, Mapping) else {}
    if content.get("schema") != SCHEMA or not isinstance(content.get("expectations"), list):
        problems.append(
            Problem(
                "not an expectation file",
                str(file),
                f"start it with `schema: {SCHEMA}` and a list `expectations:`",
                "bad-expectations",
            )
        )
        return
    for number, entry in enumerate(content["expectations"]):
        try:
            yield _Entry.model_validate(entry).spec()
        except ValidationError as error:
            problems.extend(
                document.problem(
                    ("expectations", number),
                    item["msg"].removeprefix("Value error, "),
                    "correct the expectation",
                    "bad-expectation",
                )
                for item in error.errors()
            )
