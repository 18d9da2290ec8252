"""The content stage: what is in each part, how surely, and which magnets nobody has proven."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
import pandas as pd

from riskplug.catalogue import EVIDENCE
from riskplug.content.assemblies import Assemblies
from riskplug.content.confirmations import Confirmed, confirmed
from riskplug.content.declarations import declaration_candidates
from riskplug.content.evidence import CANDIDATE, code_candidates, part_texts, text_candidates
from riskplug.content.knowledge import Knowledge
from riskplug.content.reconcile import reconcile
from riskplug.content.signals import MAGNET_FAMILIES, Readings, read_texts
from riskplug.content.suspicions import weighed
from riskplug.content.texts import normalise
from riskplug.errors import PluginFault
from riskplug.model import CONTENT_COLUMNS, Frames

RANK = {name: place for place, name in enumerate(EVIDENCE, 1)}
P_SETTLED = 0.5
_NUMBERS = ("mass_g_min", "mass_g_typ", "mass_g_max", "probability")
TextReading = Callable[[pd.Series, Knowledge], Readings]
MAGNET_MATERIALS = ("Nd", "Dy", "Tb", "Sm")


@dataclass(frozen=True)
class PartContent:
    """What is in the parts, by their own evidence.

    ``own``: CONTENT_COLUMNS, one row per part, material and form; a mass that nothing tells is NaN, a declared
    absence has mass and probability 0. ``parts``: one row per part of the shared index, in its order: part_no,
    likely_magnet, magnet_unproven, evidence (best of its own), content_known (better than a guess).
    ``rejected``: part_no, text, signal, reason: what was seen and not believed.
    """

    own: pd.DataFrame
    parts: pd.DataFrame
    rejected: pd.DataFrame


def map_content(
    tables: Frames,
    knowledge: Knowledge,
    mapped: Sequence[pd.DataFrame] = (),
    *,
    on: date,
    confirmations: pd.DataFrame | None = None,
    read: TextReading = read_texts,
) -> PartContent:
    """Content of every part: confirmations, declarations, plugin mappers and texts, the best evidence per part and
    material. ``confirmations``: what read_confirmations() gave.

    Texts of parts that have a component with content of its own are left out (see assemblies.py). A permanent magnet
    of unknown material carries its likely rare earths at their prior probability and unknown mass, never a zero.
    Each distinct text is read once: a million of them take some ten seconds. ``read``: who reads them.
    """
    index = tables["parts"]["part_no"].cat.categories
    rows = part_texts(tables["parts"])
    rows, texts = _distinct(rows)
    readings = read(texts, knowledge)
    told, codes = _told(rows, texts, readings, knowledge)
    facts = _magnets(rows, readings, codes, knowledge, len(index))
    masses, form = _masses_and_forms(rows, facts)
    declared, aside = declaration_candidates(tables["declarations"], tables["parts"], masses, form, knowledge, on)
    given, refused = candidates_of_mappers(mapped, index)
    others = _joined(told, declared, given)
    rare_earths = frozenset(knowledge["elements"].loc[knowledge["elements"]["rare_earth"], "material"])
    others, unclear = weighed(others, tables, index, form, rare_earths)
    said = _said(confirmations, others, index, masses, form, on)
    sources = _joined(others, said.rows)[["part", "material"]]
    repeated = Assemblies(tables["bom_lines"], len(index), on).repeated(told, sources)
    aside = pd.concat([aside, refused, unclear, said.aside, _left_to_components(told[repeated])], ignore_index=True)
    facts.loc[told.loc[repeated & told["material"].isin(MAGNET_MATERIALS), "part"].unique()] = False
    left = ~others.index.isin(np.flatnonzero(repeated)) & ~others.index.isin(said.prevails)
    own = reconcile(_joined(others[left], said.rows))
    return PartContent(_own(own, index), _parts(own, facts, index), _rejected(rows, texts, readings, aside, index))


def _distinct(rows: pd.DataFrame) -> tuple[pd.DataFrame, pd.Series]:
    """``text`` as the position of a distinct normalised text, and those texts."""
    codes, raw = pd.factorize(rows["text"])
    again, texts = pd.factorize(normalise(pd.Series(raw, dtype="str")))
    return rows.assign(text=again[codes] if len(codes) else codes), pd.Series(texts, dtype="str")


def _told(
    rows: pd.DataFrame, texts: pd.Series, readings: Readings, knowledge: Knowledge
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Candidates of texts and customs codes. A code says more than a text that only says magnet or rare earth."""
    told = text_candidates(rows, texts, readings, knowledge)
    priors = set(readings.grades.loc[~readings.grades["proven"], "text"])
    vague = rows.loc[rows["text"].isin(priors), "part"]
    firm = {
        *readings.grades.loc[readings.grades["proven"], "text"],
        *readings.elements["text"],
        *readings.components["text"],
    }
    settled = pd.Index(rows.loc[rows["text"].isin(firm), "part"].unique())
    by_code, codes = code_candidates(rows, knowledge, settled)
    outdone = told["part"].isin(vague) & told["part"].isin(by_code["part"]) & ~told["part"].isin(settled)
    return _joined(told[~outdone], by_code), codes


def _magnets(
    rows: pd.DataFrame, readings: Readings, codes: pd.DataFrame, knowledge: Knowledge, count: int
) -> pd.DataFrame:
    """Per part code: magnet (texts or code say so), settled (its grade settles Dy and Tb), free (no rare earth)."""
    grades = readings.grades
    of = {
        "magnet": readings.signals.loc[readings.signals["magnet"], "text"],
        "open": grades.loc[~grades["settles_dy_tb"] & grades["family"].isin((*MAGNET_FAMILIES, "magnet")), "text"],
        "settled": grades.loc[grades["settles_dy_tb"] & grades["family"].isin(MAGNET_FAMILIES), "text"],
        "free": grades.loc[grades["rare_earth_free"], "text"],
    }
    facts = pd.DataFrame(False, index=range(count), columns=list(of))
    for name, texts in of.items():
        facts.loc[rows.loc[rows["text"].isin(texts), "part"].unique(), name] = True
    # elements that a text names as a magnet's (grade from RE_NAME) are magnets too
    families = grades.loc[grades["family"].isin(MAGNET_FAMILIES), "text"]
    facts.loc[rows.loc[rows["text"].isin(families), "part"].unique(), "magnet"] = True
    facts.loc[codes.loc[codes["magnet"], "part"].unique(), "magnet"] = True
    facts["settled"] &= ~facts["open"]
    return facts.drop(columns="open")


def _masses_and_forms(rows: pd.DataFrame, facts: pd.DataFrame) -> tuple[pd.Series, pd.Series]:
    """By part code: its mass in grams, and the form of what is said of it without one."""
    masses = rows.dropna(subset=["unit_mass_g"]).groupby("part")["unit_mass_g"].mean()
    return masses, pd.Series(np.where(facts["magnet"], "magnet", "component"), index=facts.index)


def _said(
    confirmations: pd.DataFrame | None,
    others: pd.DataFrame,
    index: pd.Index,
    masses: pd.Series,
    form: pd.Series,
    on: date,
) -> Confirmed:
    if confirmations is None or confirmations.empty:
        return Confirmed(_no_candidates(), pd.Index([], dtype="int64"), _no_rejections())
    return confirmed(confirmations, others, index, masses, form, on)


def candidates_of_mappers(mapped: Sequence[pd.DataFrame], index: pd.Index) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Candidates of plugin mappers; PluginFault where a frame lacks columns, single bad rows are set aside."""
    for frame in mapped:
        if lacking := sorted(set(CONTENT_COLUMNS) - set(frame.columns)):
            raise PluginFault(
                f"a content mapper gave no column {', '.join(lacking)}",
                "map_content",
                f"return the columns {', '.join(CONTENT_COLUMNS)}",
            )
    if not mapped:
        return _no_candidates(), _no_rejections()
    typed = {"part_no": "str", **dict.fromkeys(_NUMBERS, "float64")}  # one without rows may have none of these dtypes
    rows = pd.concat([frame[list(CONTENT_COLUMNS)].astype(typed) for frame in mapped], ignore_index=True)
    rows["part"] = index.get_indexer(pd.Index(rows["part_no"]))
    orderly = ~((rows["mass_g_min"] > rows["mass_g_max"]) | (rows["mass_g_min"] < 0))
    good = (rows["part"] >= 0) & rows["evidence"].isin(EVIDENCE) & rows["probability"].between(0, 1) & orderly
    bad = rows[~good]
    aside = pd.DataFrame(
        {
            "part": bad["part"],
            "text": bad["part_no"] + " " + bad["material"].astype("str"),
            "signal": "mapper",
            "reason": "unknown part or evidence, or impossible mass or probability",
        }
    )
    dtypes = {"date": "datetime64[s]", "evidence": "str", "source": "str", "material": "str", "form": "str"}
    return rows[good][list(CANDIDATE)].astype(dtypes), aside


def _no_candidates() -> pd.DataFrame:
    return pd.DataFrame({name: [] for name in CANDIDATE})


def _no_rejections() -> pd.DataFrame:
    return pd.DataFrame(
        {
            "part": pd.Series([], dtype="int64"),
            "text": pd.Series([], dtype="str"),
            "signal": pd.Series([], dtype="str"),
            "reason": pd.Series([], dtype="str"),
        }
    )


def _joined(*candidates: pd.DataFrame) -> pd.DataFrame:
    filled = [frame for frame in candidates if len(frame)]
    return pd.concat(filled, ignore_index=True) if filled else candidates[0].reset_index(drop=True)


def _left_to_components(told: pd.DataFrame) -> pd.DataFrame:
    rows = told.groupby(["part", "source", "evidence"], as_index=False)["material"].agg(", ".join)
    return pd.DataFrame(
        {
            "part": rows["part"],
            "text": rows["source"] + " (" + rows["material"] + ")",
            "signal": rows["evidence"],
            "reason": "its components say what is inside",
        }
    )


def _own(own: pd.DataFrame, index: pd.Index) -> pd.DataFrame:
    part_no = pd.Categorical.from_codes(own["part"].to_numpy(dtype=np.int64), dtype=pd.CategoricalDtype(index))
    evidence = pd.Categorical(own["evidence"], categories=pd.Index(EVIDENCE, dtype="str"))
    made = own.assign(part_no=part_no, evidence=evidence)
    dtypes = {"material": "str", "form": "str", "source": "str", "date": "datetime64[s]", "probability": "float64"}
    return made[list(CONTENT_COLUMNS)].astype(dtypes | dict.fromkeys(CONTENT_COLUMNS[3:6], "float64"))


def _parts(own: pd.DataFrame, facts: pd.DataFrame, index: pd.Index) -> pd.DataFrame:
    """The flags of each part. Dy and Tb are settled by a grade, or by evidence as good as one on both of them."""
    best = own.groupby("part")["rank"].min().reindex(range(len(index)))
    free = pd.Series(RANK["description"], index=facts.index).where(facts["free"] & facts["settled"])
    best = pd.concat([best, free], axis=1).min(axis=1)
    strong = own[own["rank"] <= RANK["grade"]]
    proof = own[own["rank"] <= RANK["certificate"]]
    both = strong[strong["material"].isin(["Dy", "Tb"])].groupby("part")["material"].nunique() == 2
    shown = proof.loc[proof["material"].isin(["Dy", "Tb", "Sm"]) & (proof["probability"] > P_SETTLED), "part"]
    settled = facts["settled"] | facts.index.isin(both.index[both]) | facts.index.isin(shown)
    magnet = facts["magnet"] | facts.index.isin(proof.loc[proof["form"] == "magnet", "part"])
    unproven = magnet & ~settled
    evidence = best.map({place: name for name, place in RANK.items()})
    part_no = pd.Categorical.from_codes(np.arange(len(index)), dtype=pd.CategoricalDtype(index))
    return pd.DataFrame(
        {
            "part_no": part_no,
            "likely_magnet": magnet.astype("boolean"),
            "magnet_unproven": unproven.astype("boolean"),
            "evidence": pd.Categorical(evidence, categories=pd.Index(EVIDENCE, dtype="str")),
            "content_known": ((best <= RANK["description"]) & ~unproven).astype("boolean"),
        }
    )


def _rejected(
    rows: pd.DataFrame, texts: pd.Series, readings: Readings, aside: pd.DataFrame, index: pd.Index
) -> pd.DataFrame:
    seen = rows[["part", "text"]].drop_duplicates().merge(readings.rejected, on="text")
    seen["text"] = texts.iloc[seen["text"]].to_numpy()
    every = pd.concat([frame for frame in (seen, aside) if len(frame)] or [_no_rejections()], ignore_index=True)
    part_no = pd.Categorical.from_codes(every["part"].to_numpy(dtype=np.int64), dtype=pd.CategoricalDtype(index))
    every = every.assign(part_no=part_no)[["part_no", "text", "signal", "reason"]].astype(
        {"text": "str", "signal": "str", "reason": "str"}
    )
    return every.sort_values(["part_no", "signal", "text"], ignore_index=True)
