"""Sections of the report that plugins write: asked under guard, held to plain values, a fault told in one line."""

from collections.abc import Sequence
from datetime import date, datetime
from functools import partial

from riskplug.extend import guard
from riskplug.extend.host import PluginHost
from riskplug.extend.protocols import ReportSection, ScanContext, Section
from riskplug.model import Chapter, Frames

MAX_PARAGRAPHS, MAX_COLUMNS, MAX_ROWS, MAX_TEXT = 20, 12, 200, 2_000


def chapters_of(facts: Frames, host: PluginHost, context: ScanContext) -> tuple[Chapter, ...]:
    """What every section of every plugin says tonight, by kind; one with nothing to say is left out."""
    asked = [_chapter(kind, section, facts, host, context) for kind, section in sorted(host.report_sections().items())]
    return tuple(one for one in asked if one.fault or one.paragraphs or one.rows)


def _chapter(kind: str, section: type[ReportSection], facts: Frames, host: PluginHost, context: ScanContext) -> Chapter:
    plugin = host.provider(section)
    asked = guard.call(plugin, f"section {kind}", partial(_ask, host, section, facts, context))
    if asked.fault or asked.value is None:
        host.record(asked.fault or guard.Fault(plugin, f"section {kind}", "gave nothing"))
        said = asked.fault.message if asked.fault else "gave nothing"
        return Chapter(kind, section.title, plugin, fault=f"This section of plugin {plugin} is missing: {said}")
    told = asked.value
    return Chapter(kind, section.title, plugin, tuple(told.paragraphs), tuple(told.headings), told.rows)


def _ask(host: PluginHost, section: type[ReportSection], facts: Frames, context: ScanContext) -> Section:
    seen = {name: facts[name].copy(deep=False) for name in sorted(section.needs)}
    told = host.make(section).section(seen, context)
    if not isinstance(told, Section):
        raise ValueError(f"section() gave {type(told).__name__}, not a Section")
    _check_texts("paragraph", told.paragraphs, MAX_PARAGRAPHS)
    _check_texts("heading", told.headings, MAX_COLUMNS)
    if len(told.rows) > MAX_ROWS:
        raise ValueError(f"section() gave {len(told.rows):,} rows; a section has at most {MAX_ROWS}")
    for row in told.rows:
        if not isinstance(row, tuple | list) or len(row) != len(told.headings):
            raise ValueError(f"section() gave a row that has not one cell per heading: {row!r:.200}")
        for cell in row:
            _check_cell(cell)
    return Section(tuple(told.paragraphs), tuple(told.headings), tuple(tuple(map(_plain, row)) for row in told.rows))


def _check_texts(name: str, texts: Sequence[object], most: int) -> None:
    if isinstance(texts, str) or len(texts) > most:
        raise ValueError(f"section() gave {name}s that are no list of at most {most}")
    for text in texts:
        if not isinstance(text, str) or len(text) > MAX_TEXT:
            raise ValueError(
                f"section() gave a {name} that is no text of at most {MAX_TEXT:,} characters: {text!r:.200}"
            )


def _check_cell(cell: object) -> None:
    if isinstance(cell, str) and len(cell) > MAX_TEXT:
        raise ValueError(f"section() gave a cell of {len(cell):,} characters; it may have {MAX_TEXT:,}")
    if not (cell is None or isinstance(cell, str | int | float | date)):
        raise ValueError(f"section() gave a cell that is no plain value: {type(cell).__name__}")


def _plain(cell: str | int | float | date | None) -> str | int | float | date | None:
    """Missing is None: a NaN or NaT is no value that a reader could use."""
    if isinstance(cell, float):
        return float(cell) if cell == cell and abs(cell) != float("inf") else None
    if isinstance(cell, datetime):
        return cell.date() if cell == cell else None
    return cell
