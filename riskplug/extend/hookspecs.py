"""The hooks. Each is called once per plugin and scan, and says what there is; the classes it returns do the work."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import pluggy

from riskplug.extend.marker import PROJECT
from riskplug.extend.protocols import (
    AlternateFinder,
    Command,
    ContentMapper,
    Enricher,
    Notifier,
    ReportSection,
    Reshaper,
    RuleKind,
    ScanContext,
    Source,
)
from riskplug.model import Change

hookspec = pluggy.HookspecMarker(PROJECT)


@dataclass(frozen=True, slots=True)
class ExpectationSpec:
    """An expectation as data; the validate stage builds the Great Expectations object.

    ``name`` is its snake-case name (``expect_column_values_to_be_between``). critical refuses the table, warning
    quarantines the rows, info is counted.
    """

    table: str
    name: str
    kwargs: Mapping[str, Any] = field(default_factory=dict)
    severity: Literal["critical", "warning", "info"] = "warning"
    reason: str = ""


@hookspec
def riskplug_profiles() -> Iterable[Path]:  # type: ignore[empty-body]
    """Profile files: how an ERP's exports become canonical tables."""


@hookspec
def riskplug_sources() -> Iterable[type[Source]]:  # type: ignore[empty-body]
    """Source classes, for data that no profile can describe; a workspace names one by its kind."""


@hookspec
def riskplug_reshapers() -> Iterable[type[Reshaper]]:  # type: ignore[empty-body]
    """Reshaper classes: how rows of an export become others where a profile cannot say it."""


@hookspec
def riskplug_expectations(table: str) -> Iterable[ExpectationSpec]:  # type: ignore[empty-body]
    """Further expectations on a canonical table."""


@hookspec
def riskplug_content_mappers() -> Iterable[type[ContentMapper]]:  # type: ignore[empty-body]
    """Content mapper classes: evidence of what is in a part."""


@hookspec
def riskplug_measures() -> Iterable[Path]:  # type: ignore[empty-body]
    """Folders or files of further measures."""


@hookspec
def riskplug_fact_columns() -> Iterable[type[Enricher]]:  # type: ignore[empty-body]
    """Enricher classes: columns that a fact table gets beside its own."""


@hookspec
def riskplug_rule_kinds() -> Iterable[type[RuleKind]]:  # type: ignore[empty-body]
    """Rule kind classes: rules in Python."""


@hookspec
def riskplug_alternate_finders() -> Iterable[type[AlternateFinder]]:  # type: ignore[empty-body]
    """Finder classes: other parts that may do in place of one; advice, never supply."""


@hookspec
def riskplug_report_sections() -> Iterable[type[ReportSection]]:  # type: ignore[empty-body]
    """Section classes: what the brief says besides."""


@hookspec
def riskplug_commands() -> Iterable[Command]:  # type: ignore[empty-body]
    """Commands: `riskplug NAME`, where riskplug has none of that name."""


@hookspec
def riskplug_notifiers() -> Iterable[type[Notifier]]:  # type: ignore[empty-body]
    """Notifier classes: kinds of receivers."""


@hookspec
def riskplug_scan_started(context: ScanContext) -> None:
    """A scan began."""


@hookspec
def riskplug_stage_finished(context: ScanContext, stage: str, seconds: float, rows: int) -> None:
    """A stage ended."""


@hookspec
def riskplug_alerts_changed(context: ScanContext, changes: tuple[Change, ...]) -> None:
    """Alerts were planned; nothing has been sent yet."""


@hookspec
def riskplug_scan_finished(context: ScanContext, summary: Mapping[str, Any]) -> None:
    """A scan that started has ended. ``summary``: SUMMARY_KEYS of riskplug/observing.py, exit code and counts."""
