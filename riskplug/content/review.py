"""Which guesses are worth confirming first, from the facts of a scan."""

from collections.abc import Collection, Mapping, Sequence
from datetime import date
from typing import Any

import numpy as np
import pandas as pd

from riskplug.catalogue import EVIDENCE
from riskplug.content.journal import Cell
from riskplug.errors import UsageError
from riskplug.model import Frames

GRAINS = ("part", "content", "exposure", "order_line", "material")
YEAR_DAYS = 365
# Above this probability a guess says "it is in there"; at it, nothing is said either way.
P_THERE = 0.5
# How much of a material's mass is at stake: whether a measure applies, times whether it is in force.
APPLIES = {"yes": 1.0, "likely": 0.75, "unknown": 0.5, "unlikely": 0.1}
STATUS = {"in_force": 1.0, "announced": 0.25, "suspended": 0.25, "suspended_presumed": 0.25, "unknown": 0.25}
# A controlled material that no measure touches tonight: the next notice may.
UNTOUCHED = 0.02
BOUNDS = ("min", "typ", "max")


def rank_guesses(facts: Frames) -> pd.DataFrame:
    """Guesses about controlled materials, those of the weightiest part first; one row per part, material and form.

    ``score_g`` = mass x yearly demand x exposure x doubt, in grams a year:

    ========  =====================================================================================================
    mass      g in one base unit, upper bound
    demand    base units a year, over all sites: daily_demand x 365
    exposure  0..1, the weightiest measure on the part and material: applies (yes 1, likely 0.75, unknown 0.5,
              unlikely 0.1) x state (in force 1, announced or suspended 0.25, else 0); at least 0.02
    doubt     0..1: 1 - (1 - presence)(1 - width)(1 - rank), with presence 4p(1 - p), width (max - min) / max (1 where
              a bound is unknown) and rank (evidence_rank - 1) / 7
    ========  =====================================================================================================

    Unknown is not zero: an unknown mass counts as the median of what other parts hold of the material (else of any,
    else 1 g), an unknown demand as the median of the parts listed that have one (else 1 a day); ``assumed`` says so.
    ``part_score_g`` is the sum over the part, since one declaration settles all of it.

    Worked: Dy under "N42SH 20x10x5" is 0 to 0.315 g with p 0.8 by dimensions and grade (rank 3). Demand 10 a week is
    521.4 a year; a likely measure in force weighs 0.75. presence 0.64, width 1, so doubt is 1:
    0.315 x 521.4 x 0.75 x 1 = 123.2 g a year.
    """
    content = facts["content"]
    guess = ~content["rolled_up"].fillna(False).astype(bool) & (content["evidence_rank"] > 1)
    there = content["probability"].fillna(P_THERE) > 0
    rows = content[guess & there & content["material"].isin(facts["material"]["material"])]
    rows = rows.drop_duplicates(["part_no", "material", "form"]).reset_index(drop=True)
    rows = _demanded(_weighed(rows), facts["part"])
    rows = rows.assign(exposure=_exposure(rows, facts["exposure"]), doubt=_doubt(rows))
    score = rows["mass_g"] * rows["yearly_demand"] * rows["exposure"] * rows["doubt"]
    rows = rows.assign(score_g=score, part_score_g=score.groupby(rows["part_no"]).transform("sum"))
    order = ["part_score_g", "part_no", "score_g", "material", "form"]
    return rows.sort_values(order, ascending=[False, True, False, True, True], ignore_index=True)


def _weighed(rows: pd.DataFrame) -> pd.DataFrame:
    known = rows["mass_g_max"].where(rows["mass_g_max"] > 0)
    alike = known.groupby(rows["material"]).transform("median").fillna(known.median()).fillna(1.0)
    unknown = rows["mass_g_max"].isna()
    return rows.assign(mass_g=rows["mass_g_max"].mask(unknown, alike), mass_assumed=unknown)


def _demanded(rows: pd.DataFrame, part: pd.DataFrame) -> pd.DataFrame:
    """``yearly_demand`` and whether it is assumed: where no site's is known. Sites that are known count alone."""
    daily = part.groupby("part_no")["daily_demand"].sum(min_count=1)
    listed = daily[daily.index.isin(rows["part_no"])]
    usual = listed[listed > 0].median()
    own = rows["part_no"].map(daily).astype("float64")
    filled = own.fillna(1.0 if np.isnan(usual) else usual)
    return rows.assign(yearly_demand=filled * YEAR_DAYS, demand_assumed=own.isna())


def _exposure(rows: pd.DataFrame, exposure: pd.DataFrame) -> pd.Series:
    weight = exposure["applies"].astype("object").map(APPLIES).astype("float64").fillna(APPLIES["unknown"])
    weight *= exposure["measure_status"].astype("object").map(STATUS).astype("float64").fillna(0.0)
    top = weight.groupby([exposure["part_no"], exposure["material"]]).max()
    found = top.reindex(pd.MultiIndex.from_frame(rows[["part_no", "material"]]))
    return pd.Series(found.fillna(0.0).to_numpy(), index=rows.index).clip(lower=UNTOUCHED)


def _doubt(rows: pd.DataFrame) -> pd.Series:
    chance = rows["probability"].fillna(P_THERE)
    presence = 4 * chance * (1 - chance)
    high = rows["mass_g_max"]
    width = ((high - rows["mass_g_min"]) / high.where(high > 0)).fillna(1.0)
    rank = (rows["evidence_rank"] - 1) / (len(EVIDENCE) - 1)
    return 1 - (1 - presence) * (1 - width) * (1 - rank)


def review_document(
    facts: Frames,
    findings: pd.DataFrame,
    asked: pd.DataFrame,
    open_requests: Mapping[str, date],
    *,
    limit: int,
) -> dict[str, Any]:
    """The first ``limit`` parts as ``riskplug.review/1`` shows them.

    ``asked``: part_no, supplier, name; the supplier to ask about each part. ``open_requests``: when a part was last
    asked about.
    """
    rows = rank_guesses(facts)
    first = rows["part_no"].drop_duplicates()
    parts = [
        _part(part_no, rows[rows["part_no"] == part_no], facts, findings, asked, open_requests.get(part_no))
        for part_no in first.head(limit)
    ]
    return {"parts": parts, "left_out": max(0, len(first) - limit)}


def _part(
    part_no: str, rows: pd.DataFrame, facts: Frames, findings: pd.DataFrame, asked: pd.DataFrame, since: date | None
) -> dict[str, Any]:
    about = facts["part"][facts["part"]["part_no"] == part_no]
    assumed = [name for name in ("mass", "demand") if rows[f"{name}_assumed"].any()]
    supplier = asked[asked["part_no"] == part_no]
    touching = facts["exposure"]
    touching = touching[(touching["part_no"] == part_no) & touching["material"].isin(rows["material"])]
    return {
        "part_no": part_no,
        "description": _first(about["description"]),
        "owner": _first(about["owner"]),
        "score_g": float(rows["part_score_g"].iloc[0]),
        "yearly_demand": None if rows["demand_assumed"].any() else float(rows["yearly_demand"].iloc[0]),
        "assumed": assumed,
        "materials": [_material(row) for row in rows.to_dict("records")],
        "settles": {
            "products": _sum(about["products"]),
            "revenue_at_risk": _sum(about["revenue_at_risk"]),
            "order_lines": int(_lines(facts["order_line"], part_no)),
            "findings": int((findings["part_no"] == part_no).sum()),
            "measures": sorted(touching["measure"].unique()),
        },
        "supplier": {"supplier": supplier["supplier"].iloc[0], "name": _first(supplier["name"])}
        if len(supplier)
        else None,
        "asked_on": since.isoformat() if since else None,
    }


def _material(row: dict[Any, Any]) -> dict[str, Any]:
    return {
        "material": row["material"],
        "form": row["form"],
        "mass_g": {bound: _number(row[f"mass_g_{bound}"]) for bound in BOUNDS},
        "probability": _number(row["probability"]),
        "evidence": str(row["evidence"]),
        "sources": str(row["source"]).split("; "),
        "exposure": float(row["exposure"]),
        "doubt": float(row["doubt"]),
        "score_g": float(row["score_g"]),
    }


def _lines(orders: pd.DataFrame, part_no: str) -> int:
    return len(orders.loc[orders["part_no"] == part_no, ["site", "order_no", "line"]].drop_duplicates())


def _first(column: pd.Series) -> str | None:
    known = column.dropna()
    return str(known.iloc[0]) if len(known) else None


def _sum(column: pd.Series) -> float | None:
    return _number(column.sum(min_count=1))


def _number(value: Any) -> float | None:
    return None if pd.isna(value) else float(value)


def taken_over(
    guesses: pd.DataFrame, part_no: str, material: str | None, form: str | None, settled: Collection[str] = ()
) -> tuple[list[dict[str, Cell]], list[str]]:
    """Guesses as they stand, as entries of a confirmation: of one material, or of all that are probably in the part.

    Also the materials left out: suspicions of at most one half. A single material is taken as the scan has it, be it
    declared; one that the scan does not have is there with unknown mass. ``guesses``: the part's own rows of grain
    `content`. ``settled``: materials (``*``: all) that entries speak of already, which the scan may not know yet.
    """
    there = guesses[guesses["probability"].fillna(P_THERE) > 0]
    if material is not None:
        one = there[(there["material"] == material) & (there["form"].eq(form) if form else True)]
        return [_entry(row) for row in one.to_dict("records")] or [{"material": material, "form": form}], []
    open_ = there[(there["evidence_rank"] > 1) & ~there["material"].isin(list(settled)) & ("*" not in settled)]
    chosen = open_[open_["probability"] > P_THERE]
    left = open_[~(open_["probability"] > P_THERE)]
    if chosen.empty:
        what = "nothing is left to confirm that is more likely in it than not"
        raise UsageError(what, part_no, "name what is in it with --material, or reject what is not")
    return [_entry(row) for row in chosen.to_dict("records")], sorted(left["material"].unique())


def _entry(row: dict[Any, Any]) -> dict[str, Cell]:
    masses = {f"mass_{bound}": _number(row[f"mass_g_{bound}"]) for bound in BOUNDS}
    unit = "g" if any(mass is not None for mass in masses.values()) else None
    return {"material": row["material"], "form": row["form"], "mass_unit": unit, **masses}


def beyond_guess(entries: Sequence[Mapping[str, Cell]], guesses: pd.DataFrame) -> list[str]:
    """Remarks on confirmed grams that lie outside what the scan believed: a slip of the pen, or news."""
    known = guesses.dropna(subset=["mass_g_min", "mass_g_max"]).set_index(["material"])
    remarks = []
    for entry in entries:
        bounds = [entry.get(f"mass_{bound}") for bound in BOUNDS]
        given = [mass for mass in bounds if isinstance(mass, float)]
        material = str(entry["material"])
        if entry.get("mass_unit") != "g" or not given or material not in known.index:
            continue
        rows = known.loc[[material]]
        low, high = float(rows["mass_g_min"].min()), float(rows["mass_g_max"].sum())
        if max(given) > high * (1 + 1e-9) or min(given) < low * (1 - 1e-9):
            why = "; ".join(rows["source"].astype("str").unique())
            remarks.append(f"{material} was taken for {low:.4g} to {high:.4g} g: {why}")
    return remarks
