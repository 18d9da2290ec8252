"""From what texts and customs codes say to candidates: material, form and mass of each part, with its evidence.

A candidate frame has CANDIDATE columns; ``part`` is the code of the part in the shared index.
"""

import numpy as np
import pandas as pd

from riskplug.content.dimensions import volumes_cm3
from riskplug.content.knowledge import Knowledge
from riskplug.content.signals import Readings
from riskplug.content.texts import matches
from riskplug.units import factors

CANDIDATE = (
    "part",
    "material",
    "form",
    "mass_g_min",
    "mass_g_typ",
    "mass_g_max",
    "probability",
    "evidence",
    "source",
    "date",
)
BOUNDS = ("min", "typ", "max")
_JOIN = " | "


def part_texts(parts: pd.DataFrame) -> pd.DataFrame:
    """Distinct (part, text) of the part master: part, text (joined fields), unit_mass_g, code (customs digits).

    Description, manufacturer part number and category are one text, since a context word may stand in any of them; a
    heading 8505 is added to it as such a word. The mass of a base unit that is itself a unit of mass is that unit.
    """
    code = parts["hs_code"].astype("str").str.replace(r"[^0-9]", "", regex=True).fillna("")
    fields = [parts[name].astype("str").fillna("") for name in ("description", "mpn", "category")]
    fields.append(code.str[:4].where(code.str.startswith("8505"), ""))
    text = fields[0]
    for column in fields[1:]:
        text = text.where(column == "", text + _JOIN + column)
    grams = factors(parts["base_unit"], pd.Series("g", index=parts.index))
    mass = pd.Series(grams, index=parts.index).where(parts["base_unit"].notna()).fillna(parts["unit_mass_g"])
    made = pd.DataFrame({"part": parts["part_no"].cat.codes, "text": text, "unit_mass_g": mass, "code": code})
    made = made[made["part"] >= 0]
    # only rows of one part can be equal, and most parts have one row
    several = made[made["part"].duplicated(keep=False)]
    return made.drop(several.index[several.duplicated()]).reset_index(drop=True)


def text_candidates(rows: pd.DataFrame, texts: pd.Series, readings: Readings, knowledge: Knowledge) -> pd.DataFrame:
    """Candidates of grades, elements and component types; ``rows``: part, text (position), unit_mass_g, code."""
    told = pd.Index(
        pd.concat([readings.grades["text"], readings.elements["text"], readings.components["text"]]).unique()
    )
    rows = rows[rows["text"].isin(told)]
    about = _about(texts.iloc[told], told, knowledge)
    rows = rows.merge(about, on="text")
    return pd.concat(
        [
            _of_grades(rows, readings, knowledge),
            _of_elements(rows, readings),
            _of_components(rows, texts, readings, knowledge),
        ],
        ignore_index=True,
    )


def _about(texts: pd.Series, positions: pd.Index, knowledge: Knowledge) -> pd.DataFrame:
    """Volumes of the solid a text describes, and whether the part holds a magnet rather than being one."""
    inside = pd.Series(False, index=texts.index)
    for pattern in knowledge["assembly_words"]["pattern"]:
        inside |= matches(texts, pattern)
    volumes = volumes_cm3(texts, knowledge).set_axis(positions).rename_axis("text").reset_index()
    return volumes.assign(inside=inside.to_numpy())


def _of_grades(rows: pd.DataFrame, readings: Readings, knowledge: Knowledge) -> pd.DataFrame:
    told = rows.merge(readings.grades[["text", "grade", "share", "evidence", "signal", "proven"]], on="text")
    told = told.merge(knowledge["grades"][["grade", "density"]], on="grade")
    told = _masses(told, knowledge).merge(knowledge.contents, on="grade")
    told["form"] = told["form"].mask(told["inside"], "component")
    for bound in BOUNDS:
        told[f"mass_g_{bound}"] = told[f"body_{bound}"] * told[f"pct_{bound}"] / 100
    source = told["signal"] + " -> " + told["grade"]
    return _candidates(told, probability=told["probability"] * told["share"], source=source)


def _masses(told: pd.DataFrame, knowledge: Knowledge) -> pd.DataFrame:
    """The mass of the body that has the grade, and the evidence: dimensions beat the unit mass beats nothing."""
    densities = knowledge["densities"].drop(columns=["tier", "source", "note", "where"])
    told = told.merge(densities, on="density", how="left")
    alone = ~told["inside"] & told["proven"]
    # a weighed arc is known better than one whose share of its bounding box is guessed
    guessed = (told["shape"] != "") & told["unit_mass_g"].notna()
    sized = alone & told["volume_max"].notna() & told["g_per_cm3_typ"].notna() & ~guessed
    weighed = alone & ~sized & told["unit_mass_g"].notna()
    for bound in BOUNDS:
        told[f"body_{bound}"] = (
            (told[f"volume_{bound}"] * told[f"g_per_cm3_{bound}"])
            .where(sized)
            .fillna(told["unit_mass_g"].where(weighed))
        )
    graded = told["evidence"] == "grade"
    better = np.select([graded & sized, graded & weighed], ["dimensions_grade", "grade_mass"], told["evidence"])
    far = sized & ~told["unit_mass_g"].between(told["body_min"] * 0.8, told["body_max"] * 1.2)
    far &= told["unit_mass_g"].notna()
    shaped = sized & (told["shape"] != "")
    signal = told["signal"].mask(shaped, told["signal"] + " (" + told["shape"] + ": bounding box is the upper bound)")
    signal = signal.mask(far, signal + " (unit mass differs from dimensions by over 20 %)")
    return told.assign(evidence=better, signal=signal)


def _of_elements(rows: pd.DataFrame, readings: Readings) -> pd.DataFrame:
    """Elements named in the text: as oxide or metal, at most the whole part; otherwise of unknown mass."""
    told = rows.merge(readings.elements, on="text")
    most = (told["unit_mass_g"] * told["fraction"]).mask(told["inside"])
    told = told.assign(mass_g_min=most * 0.0, mass_g_typ=most, mass_g_max=most, evidence="description")
    told["form"] = told["form"].mask(told["inside"], "component")
    return _candidates(told, told["probability"], told["signal"] + " -> " + told["material"])


def _of_components(rows: pd.DataFrame, texts: pd.Series, readings: Readings, knowledge: Knowledge) -> pd.DataFrame:
    told = rows.merge(readings.components, on="text").merge(
        knowledge["component_types"][["component_type", "per", "named", "g_min", "g_typ", "g_max"]], on="component_type"
    )
    rating = told["text"].map(ratings_kw(texts.iloc[told["text"].unique()]))
    told["times"] = rating.mask(told["per"] == "unit", 1.0).mask(told["per"] == "MW", rating / 1000)
    told = told.merge(component_contents(knowledge), on="component_type")
    for bound in BOUNDS:
        told[f"mass_g_{bound}"] = told[f"g_{bound}"] * told["times"] * told[f"share_{bound}"]
    # a NiMH cell is called so for what is in it: its name says that, only the mass is that of the type
    told = told.assign(form="component", evidence=np.where(told["named"], "description", "component_type"))
    return _candidates(told, told["probability"], "component type " + told["component_type"])


def ratings_kw(texts: pd.Series) -> pd.Series:
    """Rated power written in each text, kW; NaN where none is."""
    found = texts.str.extract(r"(?<![0-9A-Z])([0-9]{1,5}(?:[.,][0-9]{1,3})?) ?(W|KW|MW)(?![0-9A-Z])")
    number = pd.to_numeric(found[0].str.replace(",", "."))
    return number * found[1].map({"W": 1e-3, "KW": 1.0, "MW": 1e3}).astype("float64")


def component_contents(knowledge: Knowledge) -> pd.DataFrame:
    """Shares of the component's reference mass by material: component_type, material, share_*, probability.

    Where several grades are possible the interval spans them, the typical value is their mean, and the probability
    counts those without the material as zero.
    """
    rows = knowledge["component_contents"].drop(columns="where")
    graded = rows[rows["grade"] != ""].drop(columns="material").merge(knowledge.contents, on="grade")
    for bound in BOUNDS:
        graded[f"share_{bound}"] = graded[f"pct_{bound}"] / 100
    groups = knowledge["groups"][["group", "material", "share_min", "share_typ", "share_max"]]
    grouped = rows[rows["group"] != ""].drop(columns="material").merge(groups, on="group").assign(probability=1.0)
    single = rows[rows["material"] != ""].assign(share_min=1.0, share_typ=1.0, share_max=1.0, probability=1.0)
    every = pd.concat([graded, grouped, single], ignore_index=True)
    named = rows.assign(of=rows["grade"].where(rows["grade"] != ""))
    count = named.groupby("component_type")["of"].count().clip(lower=1)
    spans = every.groupby(["component_type", "material"], as_index=False).agg(
        share_min=("share_min", "min"),
        share_typ=("share_typ", "mean"),
        share_max=("share_max", "max"),
        probability=("probability", "sum"),
        holders=("material", "size"),
    )
    of = spans["component_type"].map(count)
    own = spans["component_type"].map(knowledge["component_types"].set_index("component_type")["probability"])
    return spans.assign(
        share_min=spans["share_min"].where(spans["holders"] >= of, 0.0), probability=own * spans["probability"] / of
    ).drop(columns="holders")


def code_candidates(rows: pd.DataFrame, knowledge: Knowledge, settled: pd.Index) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Candidates of customs codes for parts not in ``settled``, by the longest known prefix; and the codes found.

    The found codes: part, code, magnet.
    """
    sheet = knowledge["commodity_codes"].drop_duplicates("code")
    codes = rows.loc[rows["code"] != "", "code"].drop_duplicates()
    found = pd.DataFrame({"code": codes, "prefix": _longest_prefix(codes, sheet["code"])}).dropna()
    named = sheet.rename(columns={"code": "prefix", "probability": "prior"})
    told = rows.merge(found, on="code").merge(
        named[["prefix", "grade", "material", "form", "magnet", "prior"]], on="prefix"
    )
    seen = told[["part", "code", "magnet", "grade"]]
    told = told[~told["part"].isin(settled)]
    direct = told[told["material"] != ""].assign(probability=lambda frame: frame["prior"])
    graded = (
        told[told["grade"] != ""].drop(columns=["material"]).merge(knowledge.contents.drop(columns="form"), on="grade")
    )
    both = pd.concat([direct, graded], ignore_index=True)
    both = both.assign(mass_g_min=np.nan, mass_g_typ=np.nan, mass_g_max=np.nan, evidence="description")
    return _candidates(both, both["probability"], "customs code " + both["code"]), seen


def _longest_prefix(codes: pd.Series, known: pd.Series) -> pd.Series:
    found = pd.Series(pd.NA, index=codes.index, dtype="str")
    for length in sorted(known.str.len().unique(), reverse=True):
        of_length = set(known[known.str.len() == length])
        cut = codes.str[:length]
        found = found.where(found.notna(), cut.where(cut.isin(of_length)))
    return found


def _candidates(rows: pd.DataFrame, probability: pd.Series, source: pd.Series) -> pd.DataFrame:
    made = rows.assign(probability=probability, source=source, date=np.datetime64("NaT", "s"))[list(CANDIDATE)]
    return made.astype({"date": "datetime64[s]", "source": "str", "evidence": "str", "material": "str", "form": "str"})
