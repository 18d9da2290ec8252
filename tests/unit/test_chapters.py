"""Sections of plugins: plain values only; what a plugin does wrong is one line and leaves the report whole."""

from datetime import date
from pathlib import Path

import pandas as pd
import pytest

from riskplug.chapters import MAX_ROWS, chapters_of
from riskplug.extend.host import PluginHost
from riskplug.extend.protocols import ScanContext
from riskplug.model import Chapter
from riskplug.report.brief import cell
from tests.unit.extend.test_host import folder, load

__all__ = ["folder"]
CONTEXT = ScanContext("s", date(2025, 4, 28), "EUR", 365)
FACTS = {name: pd.DataFrame({"part_no": ["M-1", "M-2"]}) for name in ("part", "product")}
SECTION = '''
import datetime
from riskplug.extend import hookimpl
from riskplug.extend.protocols import Section

class Count:
    """How many parts there are."""
    kind = "count"
    title = "Our parts"
    needs = frozenset({"part"})

    def section(self, facts, context):
        rows = [(name, 1.5, True, None, context.business_date) for name in facts["part"]["part_no"]]
        return Section([f"{len(facts['part'])} parts, {len(facts)} table"], ["Part", "n", "ok", "no", "on"], rows)

@hookimpl
def riskplug_report_sections():
    return [Count]
'''


def chapters(host: PluginHost) -> tuple[Chapter, ...]:
    return chapters_of(FACTS, host, CONTEXT)


def test_a_section_sees_what_it_needs_and_is_told_as_it_is(folder: Path) -> None:
    (one,) = chapters(load(folder, count=SECTION))
    on = date(2025, 4, 28)
    rows = (("M-1", 1.5, True, None, on), ("M-2", 1.5, True, None, on))
    said = ("2 parts, 1 table",)
    assert one == Chapter("count", "Our parts", "count", said, ("Part", "n", "ok", "no", "on"), rows)


def test_one_with_nothing_to_say_is_left_out(folder: Path) -> None:
    assert (
        chapters(load(folder, count=SECTION.replace("return Section(", "return Section() if facts else Section(")))
        == ()
    )


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("return Section(", "raise KeyError('gone') or Section(", "KeyError: 'gone'"),
        ("return Section(", "raise SystemExit(2) or Section(", "SystemExit: 2"),
        ("return Section(", "return str or Section(", "gave type, not a Section"),
        ('"Part", "n"', '"Part"', "a row that has not one cell per heading"),
        ("None, context", "object(), context", "a cell that is no plain value: object"),
        ("(name, 1.5", "('x' * 2001, 1.5", "a cell of 2,001 characters; it may have 2,000"),
        ('[f"{len', '7 and [7, f"{len', "a paragraph that is no text"),
        ("return Section([", "return Section('text' or [", "paragraphs that are no list"),
        ('facts["part"]["part_no"]]', f'["M-1"] * {MAX_ROWS + 1}]', f"gave {MAX_ROWS + 1} rows; a section has at most"),
        ('facts["part"]["part_no"]]', 'facts["product"]["part_no"]]', "KeyError: 'product'"),
    ],
)
def test_a_fault_is_one_line_and_recorded(folder: Path, old: str, new: str, said: str) -> None:
    host = load(folder, count=SECTION.replace(old, new), other=SECTION.replace('"count"', '"other"'))
    wrong, good = chapters(host)
    assert wrong.fault.startswith("This section of plugin count is missing: ") and said in wrong.fault
    assert (wrong.title, wrong.paragraphs, wrong.rows) == ("Our parts", (), ())
    assert good.kind == "other" and not good.fault and len(good.rows) == 2
    assert [fault.plugin for fault in host.faults] == ["count"] and said in str(host.faults[0])


def test_what_is_no_number_is_unknown_never_a_number(folder: Path) -> None:
    text = SECTION.replace("1.5", "float('nan')").replace("None,", "float('inf'),")
    (one,) = chapters(load(folder, count=text))
    assert one.rows[0][1] is None and one.rows[0][3] is None


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('title = "Our parts"', 'title = ""', "Count has no title: ''"),
        ('title = "Our parts"', "", "Count lacks title"),
        ('frozenset({"part"})', 'frozenset({"facts.part"})', "Count needs 'facts.part', which there is not"),
        ("section(self, facts, context)", "section(self, facts)", "Count has another section: lacks 'context'"),
    ],
)
def test_a_class_that_cannot_be_is_refused_when_loaded(folder: Path, old: str, new: str, said: str) -> None:
    host = load(folder, count=SECTION.replace(old, new))
    assert chapters(host) == () and said in str(host.faults[0])


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (None, "unknown"),
        (True, "yes"),
        (1234567, "1,234,567"),
        (0.25, "0.25"),
        (date(2025, 4, 28), "28 Apr 2025"),
        ("<b>", "<b>"),
    ],
)
def test_a_cell_in_the_brief(value: object, said: str) -> None:
    assert cell(value) == said
