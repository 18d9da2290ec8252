"""The header of an unconverted list, or the columns its profile declares instead; where the rows begin."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from riskplug.errors import DataRefused
from riskplug.ingest.profile import Profile, TableRule
from riskplug.ingest.ruler import BAR, TAB, Bars, Mask, Ruler, Tabs, widened
from riskplug.ingest.text import split_lines

_HEAD_LINES = 500
_PAGE_BREAK = "\f"
_RULE_LINE = r"^[+|]*(?:[-=_][+|]*){3,}$"


@dataclass(frozen=True)
class Page:
    """The lines of a file, page breaks taken off; ``breaks``: lines that began a page."""

    lines: list[str]
    text: pa.Array
    is_rule: Mask
    is_blank: Mask
    breaks: Mask
    is_ended: bool

    @classmethod
    def of(cls, text: str) -> "Page":
        lines = split_lines(text)
        breaks = np.zeros(len(lines), dtype=bool)
        if _PAGE_BREAK in text:
            breaks = np.array([line.startswith(_PAGE_BREAK) for line in lines], dtype=bool)
            lines = [line.lstrip(_PAGE_BREAK) for line in lines]
        array = pa.array(lines, pa.string())
        trimmed = pc.utf8_trim_whitespace(array)
        is_blank = np.asarray(pc.equal(trimmed, ""))
        return cls(lines, array, matches(trimmed, _RULE_LINE), is_blank, breaks, text.endswith(("\n", "\r")))


@dataclass(frozen=True)
class Layout:
    """The columns of a list. ``start``: its first row's line or that behind the header; ``header``: its lines."""

    names: list[str]
    ruler: Ruler
    wide: Ruler
    header: tuple[str, ...]
    start: int


def find_layout(page: Page, profile: Profile, rule: TableRule, where: str) -> Layout:
    """By the profile's `names`, else by the header; DataRefused where there is neither."""
    return _declared(page, profile, rule, where) if rule.names else _found(page, profile, rule, where)


def matches(lines: pa.Array, pattern: str) -> Mask:
    return np.asarray(pc.match_substring_regex(lines, pattern))


def mark_of(profile: Profile) -> str:
    """What stands between two columns."""
    return TAB if profile.delimiter == TAB else BAR


def _declared(page: Page, profile: Profile, rule: TableRule, where: str) -> Layout:
    """A list without a header: the columns are those that most of its first lines have."""
    names, head = list(rule.names), page.lines[:_HEAD_LINES]
    rulers = _usual_rulers(head, len(names), profile)
    if rulers is None:
        what = f"no line with the {len(names)} columns declared in `names`"
        raise DataRefused(what, where, "correct `names` in the profile")
    ruler, wide = rulers
    fits = ruler.fits(page.text) | wide.fits(pa.array(widened(page.lines, profile.encoding), pa.string()))
    if ruler.width > len(names):
        names.insert(0, "")
    return Layout(_numbered(names), ruler, wide, (), int(np.argmax(fits)))


def _usual_rulers(head: Sequence[str], width: int, profile: Profile) -> tuple[Ruler, Ruler] | None:
    if mark_of(profile) == TAB:
        tabs = Tabs.usual(head, width)
        return (tabs, tabs) if tabs else None
    narrow, wide = Bars.usual(head, width), Bars.usual(widened(head, profile.encoding), width)
    if narrow is None or wide is None:
        found = narrow or wide
        return (found, found) if found else None
    return narrow, wide if wide.width == narrow.width else narrow


def _found(page: Page, profile: Profile, rule: TableRule, where: str) -> Layout:
    """The header: of the first lines beside a rule line the one with most of the columns that the profile names."""
    mark, rows = mark_of(profile), rule.header_rows
    head = [at for at, line in enumerate(page.lines[:_HEAD_LINES]) if line.count(mark) > 1]
    cells = {
        at: _names_at(page.lines[at : at + rows], mark) for at in head if mark == TAB or _is_framed(page, at, rows)
    }
    wanted = {rule.skip_until} if rule.skip_until else _wanted(rule)
    scores = {at: len(wanted.intersection(names)) for at, names in cells.items()}
    # a title in a frame looks like a header too: without a known name the one with most columns is meant
    best = max(scores, key=lambda at: (scores[at], len(list(filter(None, cells[at])))), default=-1)
    if best < 0 or (not scores[best] and rule.skip_until):
        raise _no_header(page.lines, mark, rule, bool(head), where)
    if best + rows >= len(page.lines):
        raise DataRefused("the list ends with its header", f"{where}:{len(page.lines)}", "export or transfer it again")
    header = tuple(page.lines[best : best + rows])
    names = _unique(_numbered(cells[best]))
    return Layout(names, *_rulers(header, mark, profile, f"{where}:{best + 1}"), header, best + rows)


def _is_framed(page: Page, at: int, rows: int) -> bool:
    """Whether a rule line stands above a line or, as many lines down as a header has, below it."""
    return bool((at and page.is_rule[at - 1]) or (at + rows < len(page.lines) and page.is_rule[at + rows]))


def _names_at(header: Sequence[str], mark: str) -> list[str]:
    """Column names of a header, those of several lines put together; a stray line has names of its own."""
    rows = [Tabs(0).cells(line) if mark == TAB else Bars.of(line).cells(line) for line in header if mark in line]
    if len({len(row) for row in rows}) > 1:
        return rows[0]
    return [" ".join(filter(None, parts)) for parts in zip(*rows, strict=True)]


def _wanted(rule: TableRule) -> set[str]:
    wanted = {name for column in rule.columns.values() for name in column.all_columns}
    wanted |= {item.column for item in rule.drop_rows if item.column} | set(
        rule.unpivot.columns if rule.unpivot else ()
    )
    if rule.levels:
        wanted |= {rule.levels.column, rule.levels.component, rule.levels.quantity or "", rule.levels.root_column or ""}
    return (wanted | set(rule.fill_down)) - {""}


def _no_header(lines: Sequence[str], mark: str, rule: TableRule, has_columns: bool, where: str) -> DataRefused:
    other = BAR if mark == TAB else TAB
    fix = "export it again, or declare its columns as `names`"
    if not has_columns and any(line.count(other) > 1 for line in lines[:_HEAD_LINES]):
        fix = 'its lines have tabs: declare `delimiter: "\\t"`' if other == TAB else "its lines have bars, not tabs"
    if rule.skip_until:
        return DataRefused(f"no header with a column {rule.skip_until!r}", where, "correct `skip_until` in the profile")
    kind = "tab-separated" if mark == TAB else "ruled"
    return DataRefused(f"not a {kind} list: no header{'' if mark == TAB else ' beside a rule line'}", where, fix)


def _rulers(header: Sequence[str], mark: str, profile: Profile, where: str) -> tuple[Ruler, Ruler]:
    if mark == TAB:
        found: list[Ruler] = [Tabs(line.count(TAB) + 1) for line in header]
        wide = found
    else:
        found = [Bars.of(line) for line in header if BAR in line]
        wide = [Bars.of(line) for line in widened(header, profile.encoding) if BAR in line]
    if len(found) < len(header) or _differ(found):
        raise DataRefused(
            f"the {len(header)} lines of the header do not have the same columns", where, "correct `header_rows`"
        )
    return found[0], wide[0]


def _differ(rulers: Sequence[Ruler]) -> bool:
    return len({ruler.bars if isinstance(ruler, Bars) else ruler for ruler in rulers}) > 1


def _numbered(names: Sequence[str]) -> list[str]:
    return [name or f"(column {at})" for at, name in enumerate(names, 1)]


def _unique(names: Sequence[str]) -> list[str]:
    """Lists repeat short titles (`Crcy`, `UoM`): none of the equal ones may be addressed without its place."""
    times = Counter(names)
    return [f"{name} (column {at})" if times[name] > 1 else name for at, name in enumerate(names, 1)]
