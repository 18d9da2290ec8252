"""Grams of what the weight tests weigh: permanent magnets, and the covered material of DFARS 225.7018.

Content knows elements; the tests weigh magnets. A magnet of known unit mass weighs that. Any other is reckoned from the
rare earths in it: at most 37 % of NdFeB and SmCo magnets (SmCo 1:5), typically 30.6 % of NdFeB and 25 % of SmCo (2:17);
neodymium or samarium alone is at least 10 % (cerium-substituted NdFeB, of whose 14 % NdPr three quarters are Nd). Sums
over the grades in rules/materials/compositions.csv.
"""

import numpy as np
import pandas as pd

from riskplug.catalogue import EVIDENCE
from riskplug.model import CONTENT_COLUMNS

MAGNET, ALNICO, TANTALUM, HEAVY_TUNGSTEN, TUNGSTEN = "magnet", "alnico", "Ta", "W covered", "W"
_ND, _SM = ("Nd", "Pr", "Dy", "Tb", "Ce"), ("Sm", "Gd")
_MAIN = ("Nd", "Sm")
MAIN_LEAST, RARE_EARTH_MOST = 0.10, 0.37
RARE_EARTH_TYPICAL = {"ndfeb": 0.306, "smco": 0.25}
ALNICO_LEAST, ALNICO_TYPICAL, ALNICO_MOST = 0.17, 0.38, 0.68
# Tungsten heavy alloy starts here; less is no covered material.
HEAVY_ALLOY = 0.9
PRESENT = 0.5
# A declaration may speak of a magnet inside the part; a text that says magnet speaks of the part itself.
_OF_THE_PART = EVIDENCE.index("certificate") + 1


def weighed(content: pd.DataFrame, unit_mass_g: pd.Series, assemblies: pd.Index) -> pd.DataFrame:
    """CONTENT_COLUMNS, one row per part and thing to be weighed, to be rolled up like any content.

    ``content``: grain `content`; only own evidence counts. ``unit_mass_g`` by part number, missing unknown;
    ``assemblies``: part numbers with components. Nothing that is perhaps absent, or whose form is not known, is in the
    lower mass. Absences are left out: silence about a magnet is not taken for one.
    """
    rows = content[~content["rolled_up"].fillna(False).astype(bool) & (content["probability"] > 0)]
    rows = rows[rows["material"].isin([*_ND, *_SM, "La", "Co", "Ni", "Ta", "W"])]
    rows = rows.assign(part_no=rows["part_no"].astype("str")).drop_duplicates(["part_no", "material", "form"])
    rows = rows.assign(rank=rows["evidence_rank"], unit=rows["part_no"].map(unit_mass_g).astype("float64"))
    rows["low"] = rows["mass_g_min"].fillna(0.0).where(rows["probability"] >= 1, 0.0)
    whole = ~rows["part_no"].isin(assemblies) & (rows["rank"] > _OF_THE_PART) & (rows["form"] == "magnet")
    made = [*_magnets(rows.assign(whole=whole)), *_metals(rows)]
    return _as_content(pd.concat(made, ignore_index=True))


def _magnets(rows: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Magnets of NdFeB and SmCo, by main element; and AlNiCo, which holds cobalt and nickel but no rare earth.

    Rare earths of unknown form (`component`) count as a magnet's where neodymium or samarium is among them,
    though not in the lower mass. Samarium without cobalt may be SmFeN, which no test counts: likewise.
    """
    formed = rows["form"] == "magnet"
    inside = rows[rows["material"].isin([*_ND, *_SM]) & rows["form"].isin(["magnet", "component"])]
    holders = inside.loc[inside["material"].isin(_MAIN), "part_no"]
    inside = inside[(inside["form"] == "magnet") | inside["part_no"].isin(holders)]
    cobalt = rows.loc[(rows["material"] == "Co") & formed, "part_no"]
    counted = (inside["form"] == "magnet") & (~inside["material"].isin(_SM) | inside["part_no"].isin(cobalt))
    share = np.where(inside["material"].isin(_SM), RARE_EARTH_TYPICAL["smco"], RARE_EARTH_TYPICAL["ndfeb"])
    inside = inside.assign(
        low=inside["low"].where(counted, 0.0) / RARE_EARTH_MOST,
        typ=inside["mass_g_typ"] / share,
        main=inside["material"].isin(_MAIN),
        sure=counted & (inside["probability"] >= 1),
    )
    others = rows.loc[rows["material"].isin([*_ND, *_SM, "La"]), "part_no"]
    return _rare_earth(inside), _alnico(rows[formed], pd.Index(others))


def _rare_earth(inside: pd.DataFrame) -> pd.DataFrame:
    """One row per part. What speaks neither of neodymium nor of samarium has no typical mass and the worst rank."""
    by = inside.groupby("part_no")
    made = by.agg(
        low=("low", "sum"), probability=("probability", "max"), unit=("unit", "first"), whole=("whole", "any")
    )
    made["sure"] = by["sure"].any()
    main = inside[inside["main"]].groupby("part_no")
    unknown = inside["mass_g_typ"].isna() & inside["main"] & (inside["probability"] >= PRESENT)
    open_ = unknown.groupby(inside["part_no"]).any() | ~by["main"].any()
    made["typ"] = by["typ"].sum(min_count=1).mask(open_)
    upper = main["mass_g_max"].sum() / MAIN_LEAST
    missing = inside["mass_g_max"].isna() & inside["main"]
    made["max"] = upper.reindex(made.index).mask(missing.groupby(inside["part_no"]).any())
    made["rank"] = main["rank"].min().reindex(made.index).fillna(len(EVIDENCE))
    return _bounded(made, MAGNET)


def _alnico(rows: pd.DataFrame, others: pd.Index) -> pd.DataFrame:
    metals = rows[rows["material"].isin(["Co", "Ni"]) & ~rows["part_no"].isin(others)]
    metals = metals[metals.groupby("part_no")["material"].transform("nunique") == 2]
    by = metals.groupby("part_no")
    made = by.agg(
        low=("low", "sum"), probability=("probability", "min"), unit=("unit", "first"), whole=("whole", "any")
    )
    made["low"] /= ALNICO_MOST
    made["sure"] = made["probability"] >= 1
    for bound, share in (("typ", ALNICO_TYPICAL), ("max", ALNICO_LEAST)):
        made[bound] = by[f"mass_g_{bound}"].sum(min_count=2) / share
    made["rank"] = by["rank"].min()
    return _bounded(made, ALNICO)


def _bounded(made: pd.DataFrame, name: str) -> pd.DataFrame:
    """No magnet weighs more than the part it is in, and one that is the part weighs just that."""
    weighs = made["whole"] & made["unit"].notna()
    low = made["low"].mask(weighs & made["sure"], made["unit"])
    high = made["max"].clip(upper=made["unit"]).fillna(made["unit"]).mask(weighs, made["unit"])
    typical = made["typ"].clip(upper=high).mask(weighs, made["unit"])
    made = made.assign(low=low.clip(upper=high), typ=typical, max=high, material=name)
    return made.reset_index()[["part_no", "material", "low", "typ", "max", "probability", "rank"]]


def _metals(rows: pd.DataFrame) -> tuple[pd.DataFrame, ...]:
    """Tantalum as metal; tungsten that is powder or may be heavy alloy; and all tungsten, whatever its form."""
    plain = rows.assign(typ=rows["mass_g_typ"], max=rows["mass_g_max"])
    form = plain["form"]
    tantalum = plain[(plain["material"] == "Ta") & form.isin(["metal", "alloy", "powder", "target", "component"])]
    # the mass of an alloy is at most that of its part
    alloyed = tantalum["form"] == "alloy"
    tantalum = tantalum.assign(
        low=tantalum["low"].where(tantalum["form"] != "component", 0.0),
        typ=tantalum["typ"].mask(alloyed),
        max=tantalum["max"].mask(alloyed, tantalum["unit"]),
    )
    tungsten = plain[plain["material"] == "W"]
    heavy = tungsten[tungsten["form"].isin(["powder", "alloy", "metal", "component"])]
    powder = heavy["form"] == "powder"
    heavy = heavy.assign(
        low=heavy["low"].where(powder, 0.0),
        typ=heavy["typ"].where(powder),
        max=heavy["max"].where(powder, np.fmin(heavy["max"] / HEAVY_ALLOY, heavy["unit"])),
    )
    return _summed(tantalum, TANTALUM), _summed(heavy, HEAVY_TUNGSTEN), _summed(tungsten, TUNGSTEN)


def _summed(rows: pd.DataFrame, name: str) -> pd.DataFrame:
    by = rows.groupby("part_no")
    made = by.agg(low=("low", "sum"), probability=("probability", "max"), rank=("rank", "min"))
    for bound in ("typ", "max"):
        made[bound] = by[bound].sum().mask(rows[bound].isna().groupby(rows["part_no"]).any())
    return made.assign(material=name).reset_index()


def _as_content(made: pd.DataFrame) -> pd.DataFrame:
    ranks = made["rank"].to_numpy(dtype=int) - 1
    rows = made.assign(
        form=MAGNET,
        mass_g_min=made["low"],
        mass_g_typ=made["typ"],
        mass_g_max=made["max"],
        evidence=np.array(EVIDENCE, dtype=object)[ranks],
        source="",
        date=np.datetime64("NaT", "s"),
    )
    return rows[list(CONTENT_COLUMNS)]
