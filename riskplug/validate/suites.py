"""The only room that knows Great Expectations: builds suites from specs, runs them, returns plain frames.

Imported when a scan validates and never before: the import alone takes seconds and loads two thousand modules.
"""

import os
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import pandas as pd

from riskplug.errors import Problem, UsageError
from riskplug.extend import ExpectationSpec
from riskplug.reuse import NOTHING, Kept, Reuse

ROW = "__row"
ROW_COUNT = "expect_table_row_count_to_be_between"
# These only ask whether there is a value, or whether two are the same: the words do not matter.
_BLIND = ("expect_column_values_to_not_be_null", "expect_compound_columns_to_be_unique")

STAGE = "validate"
# An argument that the library works out itself, from its clock among other things.
_PARAMETER = "$PARAMETER"


@dataclass(frozen=True, slots=True)
class Check:
    """One expectation's outcome. ``rows``: labels of failing rows. ``error``: it could not be evaluated at all."""

    spec: ExpectationSpec
    success: bool
    unexpected: int
    total: int
    rows: tuple[int, ...] = ()
    error: str = ""


class _Library:
    """Great Expectations itself, with one context for all tables of a scan."""

    def __init__(self) -> None:
        os.environ.setdefault("GX_ANALYTICS_ENABLED", "false")
        with warnings.catch_warnings():
            # The library imports modules that newer Pythons deprecate; nothing a user of riskplug could mend.
            warnings.simplefilter("ignore")
            import great_expectations as gx
            from great_expectations import expectations
            from great_expectations.execution_engine.pandas_execution_engine import PandasExecutionEngine
            from great_expectations.validator.validator import Validator

        self.expectations, self._engine, self._validator = expectations, PandasExecutionEngine, Validator
        self._context = gx.get_context(mode="ephemeral")
        self._context.variables.progress_bars = {"globally": False, "metric_calculations": False}  # type: ignore[assignment]

    def validator(self, frame: pd.DataFrame) -> Any:
        """What evaluates expectations over a frame: as an asset of a data source it would be given a fingerprint of all
        its cells, twice, which takes longer than most checks.
        """
        return self._validator(self._engine(batch_data_dict={"rows": frame}), data_context=self._context)


@dataclass
class Checker:
    """Runs suites over frames. What an earlier night asked of the same rows is not asked again."""

    reuse: Reuse = NOTHING

    @cached_property
    def _library(self) -> _Library:
        return _Library()

    def run(self, name: str, frame: pd.DataFrame, specs: Sequence[ExpectationSpec]) -> list[Check]:
        """Check a frame. UsageError for an expectation that does not exist.

        ``name``: what is told of as checked before.
        """
        given = _numeric(frame, specs)
        key = "" if _PARAMETER in repr(specs) else self.reuse.key(STAGE, given, repr(specs))
        kept = self.reuse.found(STAGE, key)
        if kept is not None:
            self.reuse.say(STAGE, name, len(frame))
            return [_of_kept(told, specs) for told in kept.told["checks"]]
        checks = self._run(given, specs)
        if not any(check.error for check in checks):
            self.reuse.keep(STAGE, key, Kept(told={"checks": [_to_keep(check, specs) for check in checks]}))
        return checks

    def _run(self, given: pd.DataFrame, specs: Sequence[ExpectationSpec]) -> list[Check]:
        validator = self._library.validator(given)
        built = [self.build(spec).configuration for spec in specs]
        results = validator.graph_validate(
            validator.process_expectations_for_validation(built),
            {
                "result_format": {
                    "result_format": "COMPLETE",
                    "unexpected_index_column_names": [ROW],
                    "include_unexpected_rows": False,
                    "return_unexpected_index_query": False,
                }
            },
        )
        return [_check(item, specs) for item in results]

    def build(self, spec: ExpectationSpec) -> Any:
        """The library's object; UsageError for an expectation that does not exist or has other arguments."""
        kind = getattr(self._library.expectations, "".join(word.capitalize() for word in spec.name.split("_")), None)
        if kind is None:
            raise UsageError(
                f"no expectation {spec.name!r}",
                f"expectations of table {spec.table}",
                "see the list of Great Expectations' core expectations",
            )
        try:
            return kind(**spec.kwargs, severity=spec.severity, meta={"spec": _number(spec)})
        except (TypeError, ValueError) as error:
            raise UsageError.of(
                [
                    Problem(
                        f"{spec.name}: {error}",
                        f"expectations of table {spec.table}",
                        "correct its arguments",
                        "bad-expectation",
                    )
                ]
            ) from error


def _to_keep(check: Check, specs: Sequence[ExpectationSpec]) -> tuple[int, bool, int, int, tuple[int, ...]]:
    return list(specs).index(check.spec), check.success, check.unexpected, check.total, check.rows


def _of_kept(told: Sequence[Any], specs: Sequence[ExpectationSpec]) -> Check:
    number, success, unexpected, total, rows = told
    return Check(specs[number], success, unexpected, total, tuple(rows))


def _number(spec: ExpectationSpec) -> str:
    return repr((spec.name, sorted(spec.kwargs.items(), key=lambda item: item[0]), spec.severity))


def _numeric(frame: pd.DataFrame, specs: Sequence[ExpectationSpec]) -> pd.DataFrame:
    """What the expectations speak of: rows that are the same in it need not be checked again.

    Key columns as integer codes (missing stays missing): it is several times faster on numbers.
    """
    named = _named(specs)
    plain = (frame if named is None else frame[[name for name in frame if name in named]]).copy(deep=False)
    for name, column in plain.items():
        if isinstance(column.dtype, pd.CategoricalDtype):
            blind = named is not None and not named[str(name)]
            coded = blind or column.cat.categories.size > 64
            plain[name] = _codes(column, blind) if coded else column.astype("object")
    return plain.assign(**{ROW: frame.index})


def _codes(column: pd.Series, blind: bool) -> pd.Series:
    """The codes of a category; of blind ones which are equal, since a part that is new elsewhere moves all codes."""
    codes = column.cat.codes.to_numpy()
    told = pd.factorize(codes)[0] if blind else codes
    return pd.Series(told, index=column.index, dtype="float64").where(column.notna())


def _named(specs: Sequence[ExpectationSpec]) -> dict[str, bool] | None:
    """The columns that expectations name, and whether the words in them matter; None where one may mean any column."""
    found: dict[str, bool] = {}
    for spec in specs:
        given = [value for key, value in spec.kwargs.items() if key.startswith("column")]
        names = [name for value in given for name in (value if isinstance(value, list | tuple | set) else [value])]
        if (not names and spec.name != ROW_COUNT) or "row_condition" in spec.kwargs:
            return None
        for name in map(str, names):
            found[name] = found.get(name, False) or spec.name not in _BLIND
    return found


def _check(item: Any, specs: Sequence[ExpectationSpec]) -> Check:
    by_number = {_number(spec): spec for spec in specs}
    spec = by_number[item.expectation_config.meta["spec"]]
    found: Mapping[str, Any] = item.result or {}
    rows = tuple(int(entry[ROW]) for entry in found.get("unexpected_index_list") or ())
    return Check(
        spec,
        bool(item.success),
        int(found.get("unexpected_count") or len(rows)),
        int(found.get("element_count") or found.get("observed_value") or 0),
        rows,
        _error_of(item),
    )


def _error_of(item: Any) -> str:
    """An expectation that raised is a contract error, not bad rows; its details hide under the metric's id."""
    info = item.exception_info or {}
    nested = [value for value in info.values() if isinstance(value, Mapping)]
    for entry in (info, *nested):
        if entry.get("raised_exception"):
            return str(entry.get("exception_message"))
    return ""
