"""Supplier declarations as candidates of rank one.

Only final declarations up to the business date count, the newest per supplier, part and material. Silence is no
absence: a newer declaration that leaves a material out does not withdraw an older one that names it.

=========  =======================  ===========
bound      mass                     probability
=========  =======================  ===========
exact      the declared one         1 (0 when the mass is zero)
at_most    0 to the bound           0.5, typical value half of the bound
absent     0                        0
=========  =======================  ===========

Half of a bound is the usual stand-in for a value under a limit; the true one is anywhere below.
"""

from datetime import date

import numpy as np
import pandas as pd

from riskplug import cas
from riskplug.content.checks import FORMS
from riskplug.content.evidence import CANDIDATE
from riskplug.content.knowledge import Knowledge

P_AT_MOST = 0.5


def declaration_candidates(
    declarations: pd.DataFrame,
    parts: pd.DataFrame,
    unit_mass_g: pd.Series,
    default_form: pd.Series,
    knowledge: Knowledge,
    on: date,
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Candidates, one per part, material and form; and the rows set aside: part_no, text, signal, reason.

    ``unit_mass_g`` and ``default_form`` are by part code. Suppliers that differ give the union of their intervals.
    """
    rows = _placed(declarations, parts)
    rows, rejected = _counted(rows, knowledge, on)
    rows, broken = _substances(rows, knowledge)
    form = rows["form"].astype("str").str.strip().str.lower()
    form = form.where(form.isin(FORMS), rows["substance_form"]).fillna(rows["part"].map(default_form))
    rows = _measured(rows.assign(form=form.fillna("component")), unit_mass_g)
    return _united(_newest(rows)), pd.concat([rejected, broken], ignore_index=True)


def _placed(declarations: pd.DataFrame, parts: pd.DataFrame) -> pd.DataFrame:
    """Declarations with their part code; those without a part number go to every part with their mpn."""
    rows = declarations.assign(part=declarations["part_no"].cat.codes.astype("int64"))
    lone = rows[(rows["part"] < 0) & rows["mpn"].notna()].drop(columns="part")
    known = pd.DataFrame({"part": parts["part_no"].cat.codes.astype("int64"), "key": _key(parts["mpn"])})
    known = known[known["part"] >= 0].dropna().drop_duplicates()
    by_mpn = lone.assign(key=_key(lone["mpn"])).merge(known, on="key", how="left").drop(columns="key")
    return pd.concat(
        [rows[(rows["part"] >= 0) | rows["mpn"].isna()], by_mpn.fillna({"part": -1})], ignore_index=True
    ).astype({"part": "int64"})


def _key(mpn: pd.Series) -> pd.Series:
    key = mpn.astype("str").str.strip().str.upper()
    return key.where(key != "")


def _counted(rows: pd.DataFrame, knowledge: Knowledge, on: date) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Rows that count, and the others with the reason."""
    status = rows["status"].astype("str").str.strip().str.lower()
    symbols = {name.lower(): name for name in knowledge.materials}
    formulas = knowledge["substances"]["formula"].str.lower()
    symbols |= dict(zip(formulas, knowledge["substances"]["material"], strict=True))
    material = rows["material"].astype("str").str.strip().str.lower().map(symbols)
    draft, later = status.notna() & (status != "final"), rows["declared_on"] > pd.Timestamp(on)
    reason = pd.Series(
        np.select(
            [rows["part"] < 0, draft, later, material.isna()],
            [
                "no part has this number or mpn",
                "not final",
                "dated after the business date",
                "no material of this name",
            ],
            "",
        ),
        index=rows.index,
    )
    bad = reason != ""
    return rows.assign(material=material)[~bad], _set_aside(rows[bad], reason[bad])


def _set_aside(rows: pd.DataFrame, reason: "pd.Series | str") -> pd.DataFrame:
    said = rows["material"].astype("str") + (" " + rows["cas_no"].astype("str")).fillna("")
    return pd.DataFrame({"part": rows["part"], "text": said.astype("str"), "signal": "declaration", "reason": reason})


def _substances(rows: pd.DataFrame, knowledge: Knowledge) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The share of the declared mass that is the element, by CAS number; rows whose number says nothing are bounds.

    Without a CAS number the mass is the element's. With one that is broken, unknown or of another element the mass is
    at most the declared one.
    """
    known = knowledge["substances"].drop_duplicates(["cas_no", "material"])[["cas_no", "material", "fraction", "form"]]
    stripped = rows["cas_no"].str.strip()
    rows = rows.assign(cas_no=stripped.where(stripped != "")).merge(
        known.rename(columns={"form": "substance_form"}), on=["cas_no", "material"], how="left"
    )
    given = rows["cas_no"].notna()
    unsure = given & rows["fraction"].isna()
    valid = cas.valid(rows["cas_no"]).fillna(True).astype(bool)
    # a metal in a magnet or an alloy is declared under the CAS number of the element: that names no form
    form = rows["substance_form"].where(rows["substance_form"].isin(["oxide", "compound"]))
    reason = np.where(
        valid,
        "CAS number is not one of this material: mass taken as upper bound",
        "CAS number fails its check digit: mass taken as upper bound",
    )
    rows = rows.assign(fraction=rows["fraction"].fillna(1.0), unsure=unsure, substance_form=form)
    return rows, _set_aside(rows[unsure], pd.Series(reason, index=rows.index)[unsure])


def _measured(rows: pd.DataFrame, unit_mass_g: pd.Series) -> pd.DataFrame:
    mass = rows["mass_g"].fillna(rows["mass_pct"] / 100 * rows["part"].map(unit_mass_g)) * rows["fraction"]
    bound = rows["bound"].astype("str").fillna("exact")
    absent = (bound == "absent") | (mass == 0)
    upper = (bound == "at_most") & ~absent
    low = mass.mask(upper | rows["unsure"], 0.0).mask(absent, 0.0)
    typical = mass.mask(upper, mass / 2).mask(rows["unsure"] & ~upper).mask(absent, 0.0)
    chance = np.select([absent, upper], [0.0, P_AT_MOST], 1.0)
    return rows.assign(mass_g_min=low, mass_g_typ=typical, mass_g_max=mass.mask(absent, 0.0), probability=chance)


def _newest(rows: pd.DataFrame) -> pd.DataFrame:
    """The newest declaration of each supplier, part and material; undated ones are the oldest."""
    who = rows["supplier"].astype("str").fillna("")
    when = rows["declared_on"].fillna(pd.Timestamp.min.as_unit("s"))
    latest = when.groupby([rows["part"], rows["material"], who]).transform("max")
    return rows.assign(who=who)[when == latest]


def _united(rows: pd.DataFrame) -> pd.DataFrame:
    """One row per part, material and form: the union over suppliers, with a conflict noted where they differ."""
    rows = rows.assign(said=_source(rows), evidence="full_declaration")
    lone = ~rows.duplicated(["part", "material", "form"], keep=False)
    alone = rows[lone].drop(columns="source").rename(columns={"said": "source", "declared_on": "date"})
    both = [frame for frame in (alone, _merged(rows[~lone])) if len(frame)] or [alone]
    return pd.concat([frame[list(CANDIDATE)] for frame in both], ignore_index=True).astype({"date": "datetime64[s]"})


def _merged(rows: pd.DataFrame) -> pd.DataFrame:
    rows = rows.sort_values(["part", "material", "form", "said"], kind="stable")
    grouped = rows.groupby(["part", "material", "form"], as_index=False)
    made = grouped.agg(
        mass_g_min=("mass_g_min", "min"),
        mass_g_typ=("mass_g_typ", "mean"),
        mass_g_max=("mass_g_max", "max"),
        probability=("probability", "max"),
        date=("declared_on", "max"),
        source=("said", lambda said: "; ".join(dict.fromkeys(said))),
        lows=("mass_g_min", "max"),
        highs=("mass_g_max", "min"),
        least=("probability", "min"),
    )
    differ = (
        (made["lows"] > made["mass_g_min"])
        | (made["highs"] < made["mass_g_max"])
        | (made["least"] < made["probability"])
    )
    made["source"] = ("conflict: " + made["source"]).where(differ, made["source"])
    unknown = rows["mass_g_max"].isna().groupby([rows["part"], rows["material"], rows["form"]]).transform("any")
    open_ = rows.loc[unknown, ["part", "material", "form"]].drop_duplicates().assign(open=True)
    made = made.merge(open_, on=["part", "material", "form"], how="left")
    made["mass_g_max"] = made["mass_g_max"].mask(made["open"].notna())
    return made.assign(evidence="full_declaration")


def _source(rows: pd.DataFrame) -> pd.Series:
    document = rows["document"].astype("str").fillna("declaration")
    who = rows["supplier"].astype("str")
    when = rows["declared_on"].dt.strftime("%Y-%m-%d")
    said: pd.Series = document + (" of " + who).fillna("") + (" (" + when + ")").fillna("")
    return said.astype("str")
