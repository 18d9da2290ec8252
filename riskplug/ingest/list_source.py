"""An indented list as it was read and what its profile says of it; what becomes of its rows."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import pyarrow as pa
import pyarrow.compute as pc

from riskplug.errors import DataRefused
from riskplug.ingest.extract import one_array
from riskplug.ingest.keys import clean
from riskplug.ingest.levels import Ints, Mask
from riskplug.ingest.profile import Levels, Profile

PARENT, LEVEL, COMPONENT, QUANTITY = "(parent)", "(level)", "(component)", "(quantity)"
# Columns that a reader of lists may add: what the last title above a row says.
ROOT, REQUIRED = "(root)", "(required)"


@dataclass
class Sorting:
    """What becomes of the rows: each is kept, set aside with a reason, or left out by a rule; the first word counts."""

    gone: Mask
    reasons: dict[int, str] = field(default_factory=dict)
    left_out: dict[str, int] = field(default_factory=dict)

    def set_aside(self, rows: Ints, reasons: Iterable[str]) -> None:
        fresh = {row: reason for row, reason in zip(rows.tolist(), reasons, strict=False) if not self.gone[row]}
        self.gone[list(fresh)] = True
        self.reasons |= fresh

    def leave_out(self, rule: str, rows: Ints) -> None:
        fresh = rows[~self.gone[rows]]
        self.gone[fresh] = True
        if len(fresh):
            self.left_out[rule] = self.left_out.get(rule, 0) + len(fresh)


@dataclass(frozen=True)
class ListSource:
    """The list as it was read, with what its profile says of it."""

    columns: pa.Table
    levels: Levels
    profile: Profile
    preamble: Sequence[str]
    where: str

    def text(self, name: str) -> pa.Array:
        return one_array(pc.cast(self.columns.column(name), pa.string()))

    def said(self, column: str, pattern: str, what: str) -> pa.Array:
        """What a title says for each row: carried beside the rows by the reader, else found in the preamble."""
        if column in self.columns.column_names:
            values = clean(self.text(column), ())
        else:
            hits = (re.search(pattern, line) for line in self.preamble)
            said = next((hit[1].strip() for hit in hits if hit), None)
            values = pa.array([said or None] * self.columns.num_rows, pa.string())
        if values.null_count:
            fix = "correct the pattern in `levels`, or export the list with its title"
            raise DataRefused(f"no {what} in the title of the list: nothing matches {pattern}", self.where, fix)
        return values
