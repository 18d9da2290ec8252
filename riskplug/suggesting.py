"""Other parts that may do, as finders of plugins see it: advice beside the facts, never supply."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import pandas as pd

from riskplug.analysis import Analysis
from riskplug.extend import guard
from riskplug.extend.host import PluginHost
from riskplug.extend.protocols import AlternateFinder, ScanContext
from riskplug.model import SUGGESTION_COLUMNS, Frames, no_suggestions

MAX_PER_PART = 50
_HIT = ("yes", "likely")
_SHORT = ("runs_out", "already_short")


@dataclass(frozen=True)
class Suggested:
    """SUGGESTION_COLUMNS, the best of each part first. ``answered``: every finder did, and there was one."""

    rows: pd.DataFrame
    answered: bool


def suggested(analysis: Analysis, tables: Frames, host: PluginHost, context: ScanContext) -> Analysis:
    """The analysis with possible alternates of the parts that a measure catches or that run short.

    The fact ``suggested_alternates`` is their number; unknown where nobody was asked, or where a finder failed.
    """
    if not host.alternate_finders():
        return analysis
    wanted = _wanted(analysis.facts)
    found = suggest(wanted, tables, host, context)
    part = analysis.facts["part"]
    numbers = part["part_no"].astype("str")
    counts = found.rows.groupby("part_no")["alternate_part_no"].nunique()
    known = numbers.isin(wanted) & found.answered
    count = numbers.map(counts).fillna(0.0).astype("float64").where(known)
    facts = {**analysis.facts, "part": part.assign(suggested_alternates=count)}
    return replace(analysis, facts=facts, suggested=found.rows)


def suggest(part_nos: Iterable[str], tables: Frames, host: PluginHost, context: ScanContext) -> Suggested:
    """What every finder says of some parts; the fault of one is recorded and takes nothing from the others."""
    wanted = pd.Series(sorted(set(part_nos)), dtype="str", name="part_no")
    master = frozenset(tables["parts"]["part_no"].astype("str"))
    found, failed = [no_suggestions()], False
    finders = host.alternate_finders()
    for kind, finder in finders.items():
        ask = partial(_ask, host, finder, wanted, tables, context, master)
        asked = guard.call(host.provider(finder), f"alternates {kind}", ask)
        if asked.fault:
            host.record(asked.fault)
        failed |= asked.value is None
        found += [] if asked.value is None else [asked.value]
    rows = pd.concat(found, ignore_index=True)
    order = ["part_no", "score", "alternate_part_no", "finder"]
    rows = rows.sort_values(order, ascending=[True, False, True, True], ignore_index=True)
    return Suggested(rows, bool(finders) and not failed)


def suggestions_document(rows: pd.DataFrame) -> list[dict[str, Any]]:
    """Suggestions as JSON objects; what is missing is null."""
    plain = rows.astype("object")
    return [
        {str(name): value for name, value in row.items()} for row in plain.where(plain.notna(), None).to_dict("records")
    ]


def suggestions_about(
    part_no: str, tables: Frames, host: PluginHost, context: ScanContext
) -> list[dict[str, Any]] | None:
    """What finders say of one part as JSON objects; None where nobody could say: there is no finder, or one failed."""
    found = suggest([part_no], tables, host, context)
    return suggestions_document(found.rows) if found.answered else None


def _wanted(facts: Frames) -> list[str]:
    """Parts that a measure catches (yes, likely), and parts whose stock does not last under `restricted`."""
    exposure, part = facts["exposure"], facts["part"]
    caught = exposure.loc[exposure["applies"].isin(_HIT), "part_no"]
    short = part.loc[part["restricted_runway_days_state"].isin(_SHORT), "part_no"]
    return sorted({*caught.astype("str"), *short.astype("str")})


def _ask(
    host: PluginHost,
    finder: type[AlternateFinder],
    wanted: pd.Series,
    tables: Frames,
    context: ScanContext,
    master: frozenset[str],
) -> pd.DataFrame:
    seen = {name: tables[name].copy(deep=False) for name in sorted(finder.needs)}
    rows = host.make(finder).find(wanted.copy(), seen, context)
    if not isinstance(rows, pd.DataFrame):
        raise ValueError(f"find() gave {type(rows).__name__}, not a frame")
    lacking = [name for name in SUGGESTION_COLUMNS if name not in rows and name not in ("free_of", "finder")]
    if lacking:
        raise ValueError(f"find() left out {', '.join(lacking)}")
    free_of = rows["free_of"] if "free_of" in rows else pd.Series(index=rows.index, dtype="str")
    made = pd.DataFrame(
        {
            "part_no": rows["part_no"].astype("str"),
            "alternate_part_no": rows["alternate_part_no"].astype("str"),
            "basis": rows["basis"].astype("str"),
            "free_of": free_of.astype("str"),
            "score": pd.to_numeric(rows["score"]).astype("float64"),
            "finder": finder.kind,
        }
    ).reset_index(drop=True)
    _check(made, frozenset(wanted), master)
    return made


def _check(rows: pd.DataFrame, asked: frozenset[str], master: frozenset[str]) -> None:
    """ValueError at the first thing that a finder may not say."""
    faults = (
        (~rows["part_no"].isin(asked), "part_no", "which it was not asked about"),
        (~rows["alternate_part_no"].isin(master), "alternate_part_no", "which is not in the part master"),
        (rows["alternate_part_no"] == rows["part_no"], "part_no", "as its own alternate"),
        (rows["basis"].isna() | (rows["basis"] == ""), "part_no", "without a basis"),
        (~rows["score"].between(0, 1), "part_no", "with a score that is not from 0 to 1"),
        (rows.duplicated(["part_no", "alternate_part_no"]), "part_no", "with one alternate twice"),
        (rows.groupby("part_no").cumcount() >= MAX_PER_PART, "part_no", f"with more than {MAX_PER_PART} alternates"),
    )
    for wrong, name, why in faults:
        if wrong.any():
            raise ValueError(f"find() names part {rows.loc[wrong, name].iloc[0]}, {why}")
