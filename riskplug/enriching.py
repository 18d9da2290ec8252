"""Columns that plugins add to the fact tables: declared like our own, computed under guard, unknown where they fail."""

from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from typing import Any, cast

import pandas as pd

from riskplug.analysis import Analysis
from riskplug.catalogue import Fact, dtype_of
from riskplug.extend import guard
from riskplug.extend.host import PluginHost
from riskplug.extend.protocols import Enricher, ScanContext
from riskplug.model import Frames


def enriched(analysis: Analysis, tables: Frames, host: PluginHost, context: ScanContext) -> Analysis:
    """The analysis with the columns of plugins in its facts.

    A plugin that raises or breaks its contract leaves its columns unknown in every row and is recorded: rules that read
    them are undetermined there, so no alert is resolved by its fault.
    """
    facts = dict(analysis.facts)
    for kind, enricher in host.enrichers().items():
        rows = facts[enricher.grain]
        asked = guard.call(
            host.provider(enricher), f"columns {kind}", partial(_ask, host, enricher, rows, tables, context)
        )
        if asked.fault:
            host.faults.append(asked.fault)
        columns = asked.value if asked.value is not None else {fact.name: None for fact in enricher.columns}
        facts[enricher.grain] = rows.assign(**{fact.name: _typed(columns, fact, rows) for fact in enricher.columns})
    return replace(analysis, facts=facts)


def _ask(
    host: PluginHost, enricher: type[Enricher], rows: pd.DataFrame, tables: Frames, context: ScanContext
) -> Mapping[str, pd.Series | None]:
    unknown = sorted(enricher.needs - set(tables))
    if unknown:
        raise ValueError(f"needs {', '.join(unknown)}: no such canonical table")
    seen = {name: tables[name].copy(deep=False) for name in sorted(enricher.needs)}
    return columns_given(host.make(enricher).enrich(rows.copy(deep=False), seen, context), enricher, rows)


def columns_given(made: object, enricher: type[Enricher], rows: pd.DataFrame) -> Mapping[str, pd.Series]:
    """The declared columns of what enrich() gave for some facts, in their dtypes; ValueError where it is not that."""
    if not isinstance(made, pd.DataFrame):
        raise ValueError(f"enrich() gave {type(made).__name__}, not a frame")
    lacking = [fact.name for fact in enricher.columns if fact.name not in made]
    if lacking or not made.index.equals(rows.index):
        raise ValueError(
            f"enrich() left out {', '.join(lacking)}" if lacking else "enrich() gave other rows than it was given"
        )
    return {fact.name: _typed(made, fact, rows) for fact in enricher.columns}


def _typed(columns: Mapping[str, pd.Series | None] | pd.DataFrame, fact: Fact, rows: pd.DataFrame) -> pd.Series:
    """A column in the dtype of its declaration; a word that is none of its choices raises ValueError."""
    values = columns[fact.name]
    series = pd.Series([None] * len(rows), index=rows.index, dtype="object") if values is None else values
    strange = set(series.dropna().astype("str")) - set(fact.choices) if fact.choices else set()
    if strange:
        raise ValueError(f"{fact.name} is never {min(strange)!r}: one of {', '.join(fact.choices)}")
    return series.astype(cast(Any, dtype_of(fact)))
