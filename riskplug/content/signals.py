"""What texts say: signals with their context, false friends, and the grade or element they stand for."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from riskplug import cas
from riskplug.content.knowledge import Knowledge
from riskplug.content.texts import blanked, find, matches

MAGNET_FAMILIES = ("ndfeb", "smco", "smfen", "ferrite", "alnico")
GRADES = (
    "text",
    "grade",
    "share",
    "evidence",
    "signal",
    "family",
    "proven",
    "settles_dy_tb",
    "rare_earth_free",
)
FRAMES = ("signals", "grades", "elements", "components", "rejected")
REJECTED = ("text", "signal", "reason")
ACCESSORY = "accessory"  # a cable or a bracket for a motor holds no magnet
_CAS = r"(?<![0-9])([0-9]{2,7}-[0-9]{2}-[0-9])(?![0-9])"


@dataclass(frozen=True)
class Readings:
    """What distinct texts say; ``text`` is the position of a text. Rows stand in its order, and those of one text say
    the same whatever other texts were read beside it.

    ``signals``: text, id, signal, kind, magnet, the signals that stand. ``grades``: text, grade, share, evidence,
    signal, and what is known of the grade. ``elements``: text, material, form, fraction, probability, signal, for texts
    that name elements or CAS numbers and no grade. ``components``: text, component_type. ``rejected``: text, signal,
    reason.
    """

    signals: pd.DataFrame
    grades: pd.DataFrame
    elements: pd.DataFrame
    components: pd.DataFrame
    rejected: pd.DataFrame


def read_texts(texts: pd.Series, knowledge: Knowledge) -> Readings:
    """Read normalised, distinct texts. Each pattern is tried once per text."""
    sheet, friends, types = knowledge["signals"], knowledge["false_friends"], knowledge["component_types"]
    false = find(texts, dict(zip(friends["id"], friends["pattern"], strict=True)))
    false = friends[["id", "pattern", "suppresses", "reason"]].merge(false, on="id")  # in the order of the file
    texts = _without(texts, false)
    patterns = dict(zip(sheet["id"], sheet["pattern"], strict=True))
    patterns |= {
        f"type:{i}": p for i, p in zip(types["component_type"], types["pattern"], strict=True) if i != ACCESSORY
    }
    found = find(texts, patterns)
    hits = found[found["id"].isin(sheet["id"])].merge(sheet.drop(columns=["pattern", "where"]), on="id")
    standing, rejected = _standing(texts, hits, false, knowledge)
    graded = _graded(texts, standing, knowledge)
    grades, elements = _chosen(texts, graded, standing, knowledge)
    components = _components(_named(found, "type:"), types, false, grades, elements)
    components = components[~matches(texts.iloc[components["text"]], _accessory(types)).to_numpy()]
    grades = grades[~(grades["text"].isin(components["text"]) & ~grades["proven"])]
    signals = standing[["text", "id", "signal", "kind", "magnet"]]
    return Readings(*map(_in_order, (signals, grades[list(GRADES)], elements, components, rejected)))


def _in_order(rows: pd.DataFrame) -> pd.DataFrame:
    return rows.astype({"text": "int64"}).sort_values("text", kind="stable", ignore_index=True)


def put_together(first: Readings, second: Readings) -> Readings:
    """What two sets of texts say, ``text`` already the position among both."""
    return Readings(
        *(_in_order(pd.concat([getattr(first, name), getattr(second, name)], ignore_index=True)) for name in FRAMES)
    )


def _accessory(types: pd.DataFrame) -> str:
    return "|".join(types.loc[types["component_type"] == ACCESSORY, "pattern"]) or "(?!)"


def _without(texts: pd.Series, false: pd.DataFrame) -> pd.Series:
    """The texts without the words that are named only to say that they do not count ("ohne Magnet", "cobalt blue")."""
    for pattern, rows in false[false["suppresses"] == "itself"].groupby("pattern", sort=False):
        texts = blanked(texts, rows["text"], str(pattern))
    return texts


def _named(found: pd.DataFrame, prefix: str) -> pd.DataFrame:
    rows = found[found["id"].str.startswith(prefix)]
    return rows.assign(id=rows["id"].str.removeprefix(prefix))


def _standing(
    texts: pd.Series, hits: pd.DataFrame, false: pd.DataFrame, knowledge: Knowledge
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Signals left after false friends, contexts and CAS check digits; and what was discarded, with the reason."""
    several = false["text"].duplicated(keep=False)
    merged = false[several].groupby("text")["reason"].agg("; ".join)
    reasons = pd.concat([false[~several].set_index("text")["reason"], merged])
    of = {scope: hits["text"].isin(rows["text"]) for scope, rows in false.groupby("suppresses")}
    none = pd.Series(False, index=hits.index)
    # a rare earth named beside a tool for magnets is that of the magnets
    magnetic = hits["magnet"] | (hits["kind"] == "chem")
    suppressed = of.get("all", none) | (magnetic & of.get("magnet", none)) | (hits["weak"] & of.get("weak", none))
    rejected = [
        false.rename(columns={"id": "signal"}),
        _reasoned(hits[suppressed], "false friend: " + hits["text"].map(reasons).astype("str")),
    ]
    hits = hits[~suppressed]
    lone = ~_in_context(texts, hits, knowledge)
    rejected.append(_reasoned(hits[lone], "needs a context word: " + hits["context"]))
    hits = hits[~lone]
    broken = (hits["id"] == "CAS") & ~hits["text"].isin(_cas_numbers(texts, hits, knowledge)["text"])
    rejected.append(_reasoned(hits[broken], "no known CAS number with a right check digit"))
    return hits[~broken], pd.concat(rejected, ignore_index=True)[list(REJECTED)]


def _reasoned(rows: pd.DataFrame, reason: "pd.Series | str") -> pd.DataFrame:
    return rows.assign(reason=reason if isinstance(reason, str) else reason.reindex(rows.index))


def _in_context(texts: pd.Series, hits: pd.DataFrame, knowledge: Knowledge) -> pd.Series:
    """Whether each hit needs no context or finds it in its text."""
    good = hits["context"] == ""
    magnets = set(hits.loc[good & hits["magnet"], "text"])
    for context, pattern in zip(knowledge["contexts"]["context"], knowledge["contexts"]["pattern"], strict=True):
        rows = hits[hits["context"] == context]
        good.loc[rows.index] = matches(texts.iloc[rows["text"]], pattern).to_numpy()
        if pattern.startswith("@magnet"):
            good.loc[rows.index] |= rows["text"].isin(magnets)
    return good


def _cas_numbers(texts: pd.Series, hits: pd.DataFrame, knowledge: Knowledge) -> pd.DataFrame:
    """CAS numbers in texts that pass the check digit and are in substances.csv, with what they are."""
    positions = hits.loc[hits["id"] == "CAS", "text"].to_numpy()
    seen = pd.Series(texts.iloc[positions].to_numpy(), index=positions, dtype="str").str.extractall(_CAS)
    seen = seen.reset_index(level=0).set_axis(["text", "cas_no"], axis=1)
    seen = seen[cas.valid(seen["cas_no"]).fillna(False).astype(bool)]
    return seen.merge(knowledge["substances"][["cas_no", "material", "form", "fraction"]], on="cas_no")


def _graded(texts: pd.Series, standing: pd.DataFrame, knowledge: Knowledge) -> pd.DataFrame:
    """Each standing signal with its grade: the first variant of the signal that the text shows, else its default."""
    variants = knowledge["variants"]
    rows = standing.reset_index(drop=True)
    grade, open_ = rows["grade"].copy(), pd.Series(True, index=rows.index)
    variants = variants[variants["signal"].isin(rows["signal"])]
    for signal, pattern, refined in zip(variants["signal"], variants["pattern"], variants["grade"], strict=True):
        asked = rows[(rows["signal"] == signal) & open_]
        hit = asked.index[matches(texts.iloc[asked["text"]], pattern).to_numpy()]
        grade.loc[hit], open_.loc[hit] = refined, False
    known = knowledge["grades"][["grade", "family", "proven", "settles_dy_tb", "rare_earth_free"]]
    rows = rows.assign(grade=grade)
    return rows[rows["grade"] != ""].merge(known, on="grade")


def _chosen(
    texts: pd.Series, graded: pd.DataFrame, standing: pd.DataFrame, knowledge: Knowledge
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The grades a text stands for, one per family, and the elements it names where it gives no grade.

    A proven grade beats priors and names. Several magnet families in one text ("SmCo or NdFeB") share the probability.
    """
    best = graded.sort_values(["text", "precedence"], kind="stable").drop_duplicates(["text", "family"])
    proven = set(best.loc[best["proven"], "text"])
    elements = _elements(texts, standing[~standing["text"].isin(proven)], knowledge)
    named = set(elements["text"])
    best = best[
        best["proven"] | ~(best["text"].isin(proven) | ((best["family"] == "rare_earth") & best["text"].isin(named)))
    ]
    rivals = best["family"].isin(MAGNET_FAMILIES).groupby(best["text"]).transform("sum").clip(lower=1)
    surely = best["kind"].isin(["grade", "material"]) & best["settles_dy_tb"]
    share = np.where(best["family"].isin(MAGNET_FAMILIES), 1 / rivals, 1.0)
    return best.assign(share=share, evidence=np.where(surely, "grade", "description")), elements


def _elements(texts: pd.Series, standing: pd.DataFrame, knowledge: Knowledge) -> pd.DataFrame:
    numbers = _cas_numbers(texts, standing, knowledge).assign(signal="CAS", probability=0.98)
    chem = standing[(standing["kind"] == "chem") & ~standing["text"].isin(numbers["text"])]
    named = chem.drop_duplicates("text")[["text", "signal", "confidence"]]
    found = find(texts.iloc[named["text"]], dict(enumerate_patterns(knowledge["names"])))
    material = found["id"].str.extract(r"^([^|]+)", expand=False)
    found = found.assign(material=material, text=named["text"].to_numpy()[found["text"]])
    found = (
        found.drop_duplicates(["text", "material"])
        .merge(named, on="text")
        .rename(columns={"confidence": "probability"})
    )
    found = found.assign(form=forms_of(texts, found["text"], knowledge).replace("", "compound"))
    oxides = knowledge["substances"].drop_duplicates(["material", "form"])[["material", "form", "fraction"]]
    found = found.merge(oxides[oxides["form"].isin(["oxide", "metal"])], on=["material", "form"], how="left")
    columns = ["text", "material", "form", "fraction", "probability", "signal"]
    both = pd.concat([numbers[columns], found[columns]], ignore_index=True)
    return both.drop_duplicates(["text", "material", "form"])


def enumerate_patterns(names: pd.DataFrame) -> "zip[tuple[str, str]]":
    """Name patterns by ``material|row``, since a material has several."""
    return zip(names["material"] + "|" + names.index.astype("str"), names["pattern"], strict=True)


def forms_of(texts: pd.Series, positions: pd.Series, knowledge: Knowledge) -> pd.Series:
    """The form each text speaks of, by the first word of forms.csv it shows; empty when it shows none."""
    form = pd.Series("", index=positions.index, dtype="str")
    for name, pattern in zip(knowledge["forms"]["form"], knowledge["forms"]["pattern"], strict=True):
        open_ = form[form == ""].index
        hit = matches(texts.iloc[positions.loc[open_]], pattern).to_numpy()
        form.loc[open_[hit]] = name
    return form


def _components(
    found: pd.DataFrame, types: pd.DataFrame, false: pd.DataFrame, grades: pd.DataFrame, elements: pd.DataFrame
) -> pd.DataFrame:
    """The first component type of each text that says nothing better and shows no false friend."""
    order = pd.Series(types.index, index=types["component_type"])
    first = found.assign(order=found["id"].map(order)).sort_values(["text", "order"]).drop_duplicates("text")
    barred = false.loc[false["suppresses"] != "itself", "text"]
    better = {*barred, *elements["text"], *grades.loc[grades["proven"], "text"]}
    return first[~first["text"].isin(better)].rename(columns={"id": "component_type"})[["text", "component_type"]]
