"""The only room that knows Great Expectations: builds suites from specs, runs them, returns plain frames.

Imported when a scan validates and never before: the import alone takes seconds and loads two thousand modules.
"""

import os
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from riskplug.errors import Problem, UsageError
from riskplug.extend import ExpectationSpec

ROW = "__row"
ROW_COUNT = "expect_table_row_count_to_be_between"
# These only ask whether there is a value, or whether two are the same: the words do not matter.
_BLIND = ("expect_column_values_to_not_be_null", "expect_compound_columns_to_be_unique")


@dataclass(frozen=True, slots=True)
class Check:
    """One expectation's outcome. ``rows``: labels of failing rows. ``error``: it could not be evaluated at all."""

    spec: ExpectationSpec
    success: bool
    unexpected: int
    total: int
    rows: tuple[int, ...] = ()
    error: str = ""


class Checker:
    """Runs suites over frames. One context serves all tables of a scan."""

    def __init__(self) -> None:
        os.environ.setdefault("GX_ANALYTICS_ENABLED", "false")
        with warnings.catch_warnings():
            # The library imports modules that newer Pythons deprecate; nothing a user of riskplug could mend.
            warnings.simplefilter("ignore")
            import great_expectations as gx
            from great_expectations import expectations

        self._gx, self._expectations = gx, expectations
        context = gx.get_context(mode="ephemeral")
        context.variables.progress_bars = {"globally": False, "metric_calculations": False}  # type: ignore[assignment]
        self._source = context.data_sources.add_pandas("canonical")

    def run(self, name: str, frame: pd.DataFrame, specs: Sequence[ExpectationSpec]) -> list[Check]:
        """Check a frame; ``name`` is unique per call. UsageError for an expectation that does not exist."""
        built = [self.build(spec) for spec in specs]
        asset = self._source.add_dataframe_asset(name)
        definition = asset.add_batch_definition_whole_dataframe("all")
        batch = definition.get_batch(batch_parameters={"dataframe": _numeric(frame, specs)})
        suite = self._gx.ExpectationSuite(name=name, expectations=built)
        result = batch.validate(
            suite,
            result_format={
                "result_format": "COMPLETE",
                "unexpected_index_column_names": [ROW],
                "include_unexpected_rows": False,
                "return_unexpected_index_query": False,
            },
        )
        self._source.delete_asset(name)
        return [_check(item, specs) for item in result.results]

    def build(self, spec: ExpectationSpec) -> Any:
        """The library's object; UsageError for an expectation that does not exist or has other arguments."""
        kind = getattr(self._expectations, "".join(word.capitalize() for word in spec.name.split("_")), None)
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


def _number(spec: ExpectationSpec) -> str:
    return repr((spec.name, sorted(spec.kwargs.items(), key=lambda item: item[0]), spec.severity))


def _numeric(frame: pd.DataFrame, specs: Sequence[ExpectationSpec]) -> pd.DataFrame:
    """What the expectations speak of: Great Expectations takes a fingerprint of every column it is given, twice.

    Key columns as integer codes (missing stays missing): it is several times faster on numbers.
    """
    named = _named(specs)
    plain = (frame if named is None else frame[[name for name in frame if name in named]]).copy(deep=False)
    for name, column in plain.items():
        if isinstance(column.dtype, pd.CategoricalDtype):
            coded = column.cat.categories.size > 64 or (named is not None and not named[str(name)])
            codes = column.cat.codes.astype("float64").where(column.notna()) if coded else None
            plain[name] = column.astype("object") if codes is None else codes
    return plain.assign(**{ROW: frame.index})


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
