"""Rule kinds for authors who think one part at a time: a function of a row becomes a rule kind.

Slow, and honest about it: Python looks at every row, so it is capped at MAX_ROWS. docs/plugins.md shows the same rule
over whole columns, which is thirty times as fast and needs no cap (bench/guard.py).
"""

from collections import namedtuple
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, cast

from pydantic import BaseModel, ConfigDict

from riskplug.errors import PluginFault
from riskplug.extend.guard import worded
from riskplug.extend.protocols import RuleKind, ScanContext
from riskplug.model import Frames, Severity

if TYPE_CHECKING:
    import pandas as pd

MAX_ROWS = 50_000
_KEYS = ("part_no", "site")
_TABLE = "facts.part"


@dataclass(frozen=True, slots=True)
class Finding:
    """What a check says of its row. ``metric`` is what the alert counts by; ``evidence`` is kept beside it."""

    severity: Severity
    message: str
    metric: float | None = None
    owner: str = ""
    evidence: Mapping[str, object] = field(default_factory=dict)


class NoOptions(BaseModel):
    """Of a check without options: any option in the rule file is refused."""

    model_config = ConfigDict(extra="forbid")


Check = Callable[..., Finding | None]


def per_part(kind: str, columns: tuple[str, ...], options: type[Any] = NoOptions) -> Callable[[Check], type[RuleKind]]:
    """Make a rule kind of ``check(row, context)``, or with ``options`` of ``check(row, context, options)``.

    ``row`` has the named columns of facts.part as attributes, `part_no` and `site` always: what is unknown is None,
    a date is a `datetime.date`. The check is called once per part and site, and its docstring is the reference page.
    """
    names = tuple(dict.fromkeys((*_KEYS, *columns)))

    def made(check: Check) -> type[RuleKind]:
        body = {
            "__doc__": check.__doc__,
            "__module__": check.__module__,  # the plugin that it is reported under
            "kind": kind,
            "Options": options,
            "needs": {_TABLE: names},
            "check": staticmethod(check),
            "names": names,
        }
        return cast(type[RuleKind], type(check.__name__, (_PerPart,), body))

    return made


class _PerPart:
    """What is common to all of them."""

    check: Check
    names: tuple[str, ...]

    def __init__(self, options: Any, /) -> None:
        self.more = () if isinstance(options, NoOptions) else (options,)

    def assess(self, tables: Frames, context: ScanContext) -> "pd.DataFrame":
        """The check's findings, with the keys of their rows."""
        import pandas as pd

        rows = tables[_TABLE]
        if len(rows) > MAX_ROWS:
            fix = "write it over whole columns: docs/plugins.md shows how, beside a check of single parts"
            raise PluginFault(f"looks at {MAX_ROWS:,} parts at most one by one, these are {len(rows):,}", "", fix)
        found = [_record(row, said) for row in _rows(rows, self.names) if (said := self._asked(row, context))]
        return pd.DataFrame(found, columns=None if found else ["severity", "message", *_KEYS])

    def _asked(self, row: Any, context: ScanContext) -> Finding | None:
        try:
            said = type(self).check(row, context, *self.more)
        except Exception as error:
            if isinstance(error, AttributeError) and error.obj is row:
                raise PluginFault(f"reads {error.name}, which `columns` does not name", "", "add it there") from error
            fix = "what is unknown is None: ask for that first" if isinstance(error, TypeError) else "see the check"
            raise PluginFault(f"{worded(error)} at part {row.part_no}, site {row.site}", "", fix) from error
        if said is not None and not isinstance(said, Finding):
            what = f"gave {type(said).__name__} at part {row.part_no}, site {row.site}"
            raise PluginFault(what, "", "give a Finding, or None")
        return said


def _rows(rows: "pd.DataFrame", names: tuple[str, ...]) -> Iterator[Any]:
    row = namedtuple("Row", names)  # type: ignore[misc]  # the columns are the author's
    yield from map(row._make, zip(*(_values(rows[name]) for name in names), strict=True))


def _values(column: "pd.Series") -> list[object]:
    """A column as Python's own values; unknown is None."""
    known = column.notna()
    plain = column.dt.date if column.dtype.kind == "M" else column
    return [value if is_known else None for value, is_known in zip(plain.astype("object").tolist(), known, strict=True)]


def _record(row: Any, said: Finding) -> dict[str, object]:
    own = {"severity": said.severity, "message": said.message, "metric": said.metric, "owner": said.owner or None}
    return {**said.evidence, **own, **{name: getattr(row, name) for name in _KEYS}}
