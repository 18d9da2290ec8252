"""One row per part, material and form out of all candidates: better evidence replaces worse, equals are reconciled.

A statement that leaves a mass open at one end is a bound, and a bound is no measurement: it cuts what is read from the
part instead of replacing it. Whatever else replaces a narrower interval by a wider one says so in its source.
"""

import numpy as np
import pandas as pd

from riskplug.catalogue import EVIDENCE
from riskplug.content.evidence import BOUNDS, CANDIDATE
from riskplug.content.strength import STRONG_EVIDENCE

KEY = ["part", "material", "form"]
CONFLICT = "conflict: "
_OF = KEY[:2]
# Statements on this very part, worse before better; all below them are readings of its master data.
_STATED = ("certificate", "full_declaration")
_RANK = {name: place for place, name in enumerate(EVIDENCE, 1)}
_MASSES = [f"mass_g_{bound}" for bound in BOUNDS]
_COUNT = ("form", "size")
# Two ways to the same mass may differ in the last digit, which is no conflict.
_ALIKE = 1 + 1e-9


def reconcile(candidates: pd.DataFrame) -> pd.DataFrame:
    """CANDIDATE columns plus rank, sorted by part, material and form; the order of the input does not matter.

    Per part and material only the best evidence stays; equal evidence that overlaps is intersected, other is united
    with the conflict noted. An unknown mass limits nothing.

    A declaration or certificate of one form whose mass starts at zero or has no upper end is intersected with the best
    reading where the two overlap: Dy read as 0.05 to 0.32 g and declared as at most 0.2 g is 0.05 to 0.2 g, with the
    evidence of the declaration, the greater probability, and both sources. A reading wholly outside is a conflict,
    which the declaration wins. An absence replaces everything; what is typical of a component type cuts nothing.
    """
    rank = candidates["evidence"].map(_RANK).astype("int64")
    rows = candidates.assign(rank=rank)
    found = _best(rows[~rows["evidence"].isin(_STATED)])
    for evidence in _STATED:
        stated = _best(rows[rows["evidence"] == evidence])
        found = _over(stated, found) if len(stated) else found
    return found.sort_values(KEY, ignore_index=True)


def _best(rows: pd.DataFrame) -> pd.DataFrame:
    """One row per KEY: the best evidence on each part and material, equals reconciled."""
    rows = rows[rows["rank"] == rows["rank"].groupby([rows["part"], rows["material"]]).transform("min")]
    lone = ~rows.duplicated(KEY, keep=False)
    both = [rows[lone], _merged(rows[~lone])]
    return pd.concat([frame for frame in both if len(frame)] or [rows], ignore_index=True)


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
    made["mass_g_typ"] = _clipped(made["mass_g_typ"], made["mass_g_min"], made["mass_g_max"])
    made["source"] = _conflicting(made["source"], apart)
    return made[[*CANDIDATE, "rank"]]


def _over(stated: pd.DataFrame, found: pd.DataFrame) -> pd.DataFrame:
    """``stated`` over what was ``found`` with less evidence: of its own parts and materials only what it leaves."""
    if found.empty:
        return stated
    stands = pd.MultiIndex.from_frame(found[_OF]).isin(pd.MultiIndex.from_frame(stated[_OF]))
    both = [frame for frame in (_weighed(stated, found[stands]), found[~stands]) if len(frame)]
    return pd.concat(both, ignore_index=True)


def _weighed(stated: pd.DataFrame, under: pd.DataFrame) -> pd.DataFrame:
    """Statements cut by, or told apart from, the worse evidence on the same part and material."""
    if under.empty:
        return stated
    pairs = stated.merge(_totals(under), on=_OF, how="left", suffixes=("", "_read"), validate="m:1")
    held = (pairs["probability"] > 0) & pairs["forms"].notna()
    # where several forms are stated, it is their sum that compares
    of = [pairs["part"], pairs["material"]]
    low = pairs["mass_g_min"].fillna(0.0).groupby(of).transform("sum")
    high = pairs["mass_g_max"].fillna(np.inf).groupby(of).transform("sum")
    least, most = pairs["mass_g_min_read"].fillna(0.0), pairs["mass_g_max_read"].fillna(np.inf)
    read = held & pairs["evidence_read"].isin(STRONG_EVIDENCE) & (pairs["probability_read"] > 0)
    apart = read & ((least > high * _ALIKE) | (most * _ALIKE < low))
    alone = ~pairs.duplicated(_OF, keep=False) & (pairs["forms"] == 1)
    # the union of a conflict is no bound: its ends are two opinions
    open_ = ((low == 0) | (high == np.inf)) & ~pairs["source"].str.startswith(CONFLICT)
    cut = read & ~apart & alone & open_
    wider = held & ~cut & ((low * _ALIKE < least) | (high > most * _ALIKE))
    made = _cut(pairs, cut)
    replaced = made["source"] + "; in place of " + _span(pairs) + " by " + _read(pairs)
    source = _conflicting(made["source"].mask(apart | wider, replaced), apart)
    return made.assign(source=source)[[*CANDIDATE, "rank"]]


def _totals(under: pd.DataFrame) -> pd.DataFrame:
    """One row per part and material: masses over its forms, unknown where one of them is, and how many forms."""
    rows = under.sort_values(KEY)
    groups = rows.groupby(_OF, as_index=False)
    made = groups.agg(
        probability=("probability", "max"), evidence=("evidence", "first"), source=("source", "first"), forms=_COUNT
    )
    unknown = rows[_MASSES].isna().groupby([rows["part"], rows["material"]]).any().reset_index(drop=True)
    return made.join(groups[_MASSES].sum()[_MASSES].mask(unknown))


def _cut(pairs: pd.DataFrame, cut: pd.Series) -> pd.DataFrame:
    """The ``cut`` rows within what was read. Half of a bound stands in for a typical mass: what is read is better."""
    low = pairs[["mass_g_min", "mass_g_min_read"]].max(axis=1)
    high = pairs[["mass_g_max", "mass_g_max_read"]].min(axis=1)
    low = low.clip(upper=high.fillna(np.inf))
    stand_in = pairs["mass_g_typ"].isna() | np.isclose(pairs["mass_g_typ"], pairs["mass_g_max"] / 2)
    typical = pairs["mass_g_typ"].mask(stand_in & pairs["mass_g_typ_read"].notna(), pairs["mass_g_typ_read"])
    chance = pairs[["probability", "probability_read"]].max(axis=1)
    new = {**dict(zip(_MASSES, (low, _clipped(typical, low, high), high), strict=True)), "probability": chance}
    other = [pairs[name].ne(values) & (pairs[name].notna() | values.notna()) for name, values in new.items()]
    changed = cut & np.logical_or.reduce(other)
    source = pairs["source"].mask(changed, pairs["source"] + "; narrowed by " + _read(pairs))
    return pairs.assign(source=source, **{name: pairs[name].mask(changed, values) for name, values in new.items()})


def _clipped(typical: pd.Series, low: pd.Series, high: pd.Series) -> pd.Series:
    return typical.clip(low.fillna(-np.inf), high.fillna(np.inf))


def _read(pairs: pd.DataFrame) -> pd.Series:
    return pairs["source_read"].str.removeprefix(CONFLICT) + " (" + pairs["evidence_read"] + ")"


def _span(pairs: pd.DataFrame) -> pd.Series:
    """The mass read, in words: `0.05 to 0.32 g`, `0.05 g or more`."""
    least, most = (pairs[name].map("{:.3g}".format) for name in ("mass_g_min_read", "mass_g_max_read"))
    return least.mask(pairs["mass_g_min_read"].isna(), "0") + (" to " + most + " g").where(
        pairs["mass_g_max_read"].notna(), " g or more"
    )


def _conflicting(source: pd.Series, apart: pd.Series) -> pd.Series:
    return (CONFLICT + source).where(apart & ~source.str.startswith(CONFLICT), source)
