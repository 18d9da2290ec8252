"""Alerts that are kept quiet beside what was decided of each of them, and those that speak again."""

import json
from collections.abc import Sequence
from datetime import date

import numpy as np
import pandas as pd

from riskplug.alerts.inhibition import inhibited
from riskplug.alerts.labels import Inhibit, Labels
from riskplug.alerts.ledger import HELD, INHIBITED, LIVE, SILENCED
from riskplug.alerts.silences import Silence, can_be_quiet, silenced

SHOWN = 10
HUSHED = (SILENCED, INHIBITED)


def hushed(rows: pd.DataFrame, silences: Sequence[Silence], declared: Sequence[Inhibit], on: date) -> pd.DataFrame:
    """Rows with ``suppression`` and ``suppressed_by`` as of tonight, ``because`` (what keeps it quiet, in words, or
    empty), ``hush`` (that has begun tonight) and ``unhushed`` (why it has ended tonight, or empty).

    What the volume guard holds stays held, and a silence is named before an alert that inhibits.
    """
    labels, may = Labels(rows), can_be_quiet(rows) & (rows["suppression"] == "").to_numpy()
    in_force = [one for one in silences if one.holds_on(on)]
    first = silenced(labels, in_force, len(rows), on)
    quiet = may & (first >= 0)
    over_it = inhibited(rows, labels, declared, may) if declared else np.full(len(rows), -1)
    under = (over_it >= 0) & ~quiet
    suppression = rows["suppression"].mask(quiet, SILENCED).mask(under, INHIBITED)
    before, by_before = rows["suppression_was"], rows["suppressed_by"]
    by = _chosen([one.name for one in in_force], first, quiet)
    because = _chosen([_words(one) for one in in_force], first, quiet)
    sources = rows.iloc[over_it[under]]
    by[under] = sources["alert_key"].to_numpy()
    because[under] = [f"covered by {name}" for name in _names(sources)]
    hush = suppression.isin(HUSHED) & (before != suppression) & rows["condition"].isin(LIVE)
    over = before.isin(HUSHED) & ~suppression.isin(HUSHED) & rows["condition"].isin(LIVE)
    ends = {one.name: _end(one, on) for one in silences} | _sources_gone(rows, by_before[over])
    said = [ends.get(name, f"no longer covered by {name[:SHOWN]}") for name in by_before[over].tolist()]
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


def _sources_gone(rows: pd.DataFrame, keys: pd.Series) -> dict[str, str]:
    """By key what is said of the alerts that have kept others quiet until tonight."""
    sources = rows[rows["alert_key"].isin(keys.unique())]
    return {
        key: f"no longer covered by {name}" for key, name in zip(sources["alert_key"], _names(sources), strict=True)
    }


def _names(rows: pd.DataFrame) -> list[str]:
    """Alerts as others name them: ``site-shortage DE01 (3f2a9c4b11)``."""
    columns = (rows[name].tolist() for name in ("rule", "identity", "alert_key"))
    return [
        f"{rule} {' '.join(str(value) for value in json.loads(identity).values() if value)} ({key[:SHOWN]})"
        for rule, identity, key in zip(*columns, strict=True)
    ]


def _words(silence: Silence) -> str:
    return f"{silence.name} by {silence.author} until {silence.until.isoformat()}: {silence.reason}"


def _end(silence: Silence, on: date) -> str:
    if silence.ended_by:
        return f"{silence.name} was ended by {silence.ended_by}"
    return f"{silence.name} does not hold it any more" if silence.holds_on(on) else f"{silence.name} is over"
