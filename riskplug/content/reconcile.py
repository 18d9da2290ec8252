"""One row per part, material and form out of all candidates: better evidence replaces worse, equals are reconciled."""

import numpy as np
import pandas as pd

from riskplug.catalogue import EVIDENCE
from riskplug.content.evidence import CANDIDATE

KEY = ["part", "material", "form"]


def reconcile(candidates: pd.DataFrame) -> pd.DataFrame:
    """CANDIDATE columns plus rank, sorted by part, material and form; the order of the input does not matter.

    Per part and material only the best evidence stays. Equal evidence that overlaps is intersected, other is united
    with the conflict noted. An unknown mass limits nothing.
    """
    rank = candidates["evidence"].map({name: place for place, name in enumerate(EVIDENCE, 1)}).astype("int64")
    rows = candidates.assign(rank=rank)
    rows = rows[rank == rank.groupby([rows["part"], rows["material"]]).transform("min")]
    lone = ~rows.duplicated(KEY, keep=False)
    both = [rows[lone], _merged(rows[~lone])]
    return pd.concat([frame for frame in both if len(frame)] or [rows]).sort_values(KEY, ignore_index=True)


def _merged(rows: pd.DataFrame) -> pd.DataFrame:
    if rows.empty:
        return rows
    rows = rows.sort_values([*KEY, "source", "mass_g_max"], kind="stable")
    grouped = rows.groupby(KEY, as_index=False)
    made = grouped.agg(
        low=("mass_g_min", "max"),
        lowest=("mass_g_min", "min"),
        high=("mass_g_max", "min"),
        highest=("mass_g_max", "max"),
        mass_g_typ=("mass_g_typ", "mean"),
        probability=("probability", "max"),
        least=("probability", "min"),
        evidence=("evidence", "first"),
        rank=("rank", "first"),
        date=("date", "max"),
        source=("source", lambda said: "; ".join(dict.fromkeys(said))),
    )
    apart = (made["low"] > made["high"]) | ((made["least"] == 0) & (made["probability"] > 0))
    made["mass_g_min"] = made["low"].mask(apart, made["lowest"])
    made["mass_g_max"] = made["high"].mask(apart, made["highest"])
    made["mass_g_typ"] = made["mass_g_typ"].clip(made["mass_g_min"].fillna(-np.inf), made["mass_g_max"].fillna(np.inf))
    noted = apart & ~made["source"].str.startswith("conflict: ")
    made["source"] = ("conflict: " + made["source"]).where(noted, made["source"])
    return made[[*CANDIDATE, "rank"]]
