"""Alerts that are kept quiet beside what was decided of each of them, and those that speak again."""

from collections.abc import Sequence
from datetime import date

import numpy as np
import pandas as pd

from riskplug.alerts.labels import Labels
from riskplug.alerts.ledger import HELD, LIVE, SILENCED
from riskplug.alerts.silences import Silence, can_be_quiet, silenced

HUSHED = (SILENCED,)


def hushed(rows: pd.DataFrame, silences: Sequence[Silence], on: date) -> pd.DataFrame:
    """Rows with ``suppression`` and ``suppressed_by`` as of tonight, ``because`` (what keeps it quiet, in words, or
    empty), ``hush`` (that has begun tonight) and ``unhushed`` (why it has ended tonight, or empty).

    What the volume guard holds stays held.
    """
    may = can_be_quiet(rows) & (rows["suppression"] == "").to_numpy()
    in_force = [one for one in silences if one.holds_on(on)]
    first = silenced(Labels(rows), in_force, len(rows), on)
    quiet = may & (first >= 0)
    suppression = rows["suppression"].mask(quiet, SILENCED)
    before, by_before = rows["suppression_was"], rows["suppressed_by"]
    by = _chosen([one.name for one in in_force], first, quiet)
    because = _chosen([_words(one) for one in in_force], first, quiet)
    hush = suppression.isin(HUSHED) & (before != suppression)
    over = before.isin(HUSHED) & ~suppression.isin(HUSHED) & rows["condition"].isin(LIVE)
    ends = {one.name: _end(one, on) for one in silences}
    said = [ends.get(name, f"{name} is over") for name in by_before[over].tolist()]
    unhushed = pd.Series(said, index=rows.index[over], dtype="str").reindex(rows.index, fill_value="")
    text = {"suppressed_by": by, "because": because}
    made = {name: pd.Series(values, index=rows.index, dtype="str") for name, values in text.items()}
    return rows.assign(suppression=suppression, **made, hush=hush, unhushed=unhushed)


def as_of(ledger: pd.DataFrame, silences: Sequence[Silence], on: date) -> pd.DataFrame:
    """The ledger with the silences that people made or ended since the last scan."""
    in_force = [one for one in silences if one.holds_on(on)]
    was = ledger["suppression"] == SILENCED
    if not in_force and not was.any():
        return ledger
    may = can_be_quiet(ledger) & ledger["condition"].isin(LIVE).to_numpy() & (ledger["suppression"] != HELD).to_numpy()
    first = silenced(Labels(ledger), in_force, len(ledger), on)
    quiet = may & (first >= 0)
    names = pd.Series(_chosen([one.name for one in in_force], first, quiet), index=ledger.index, dtype="str")
    over = was & ~quiet
    return ledger.assign(
        suppression=ledger["suppression"].mask(over, "").mask(quiet, SILENCED),
        suppressed_by=ledger["suppressed_by"].mask(over, "").mask(quiet, names),
    )


def _chosen(words: Sequence[str], first: np.ndarray, quiet: np.ndarray) -> np.ndarray:
    """Per alert the words of what keeps it quiet."""
    known: np.ndarray = np.array([*words, ""], dtype=object)[np.where(quiet, first, -1)]
    return known


def _words(silence: Silence) -> str:
    return f"{silence.name} by {silence.author} until {silence.until.isoformat()}: {silence.reason}"


def _end(silence: Silence, on: date) -> str:
    if silence.ended_by:
        return f"{silence.name} was ended by {silence.ended_by}"
    return f"{silence.name} does not hold it any more" if silence.holds_on(on) else f"{silence.name} is over"
