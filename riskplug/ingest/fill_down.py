"""Values that are written once for the rows below them."""

from dataclasses import replace

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from riskplug.errors import DataRefused, suggestion
from riskplug.ingest.extract import Extract, Reject, one_array
from riskplug.ingest.keys import clean
from riskplug.ingest.mapping import keep_rows
from riskplug.ingest.profile import Profile, TableRule

_UNSURE = "a line above that could not be read, or was no row, may hold what this row leaves blank"


def filled_down(extract: Extract, rule: TableRule, profile: Profile) -> Extract:
    """The rows with such values repeated; rows of which that is not sure are set aside.

    Totals and the like are left out before, by what they say themselves: a value is not handed on from them, nor past
    them or a line that could not be read, which may have held the value.
    """
    if not rule.fill_down:
        return extract
    for name in rule.fill_down:
        if name not in extract.columns.column_names:
            found = extract.columns.column_names
            what = f"no column {name!r} to fill down; found: {', '.join(found)}"
            raise DataRefused(what, extract.file, suggestion(name, found) or "correct the profile")
    own = [item for item in rule.drop_rows if item.column in rule.fill_down and (item.equals or item.matches)]
    kept, dropped = keep_rows(extract.columns, own, profile)
    columns, lines = extract.columns.take(pa.array(kept)), extract.lines[kept]
    gone = [reject.line for reject in extract.rejects] + np.setdiff1d(extract.lines, lines).tolist()
    gaps = np.sort(np.array(gone, dtype=np.int64))
    unsure = np.zeros(len(lines), dtype=bool)
    for name in rule.fill_down:
        text = clean(one_array(columns.column(name)).cast(pa.string()), profile.null_words)
        columns = columns.set_column(columns.column_names.index(name), name, pc.fill_null_forward(text))
        written = np.asarray(text.is_valid())
        origin = np.maximum.accumulate(np.where(written, np.arange(len(written)), 0))
        if len(lines):
            unsure |= ~written & (np.searchsorted(gaps, lines) > np.searchsorted(gaps, lines[origin]))
    rejects = tuple(Reject(int(line), "", _UNSURE) for line in lines[unsure])
    counted = {**extract.dropped}
    for name, count in dropped.items():
        counted[name] = counted.get(name, 0) + count
    sure = pa.array(~unsure)
    return replace(
        extract,
        columns=columns.filter(sure),
        lines=lines[~unsure],
        rejects=(*extract.rejects, *rejects),
        dropped=counted,
    )
