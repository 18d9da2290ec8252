"""Alternates that help: sources and alternates of an exposed part that are not exposed on this evidence."""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from riskplug.bom import members_of
from riskplug.facts.joined import joined
from riskplug.facts.sources import speaking_of
from riskplug.model import BomGraph
from riskplug.plan.nodes import NodeIndex
from riskplug.regimes.measures import ANY, Measure

HELPS, OPEN, NO = "helps", "open", "no"
# Evidence that names the grade: what its composition does not list is not in it. A declaration may be silent.
GRADED = ("dimensions_grade", "grade_mass", "grade")
NAMED = 5
_HIT = ("yes", "likely")


def with_alternatives(
    exposure: pd.DataFrame,
    graph: BomGraph,
    sources: pd.DataFrame,
    content: pd.DataFrame,
    own_evidence: pd.DataFrame,
    measures: Sequence[Measure],
    destinations: Mapping[str, str],
) -> pd.DataFrame:
    """``exposure`` with alternatives, alternatives_known and alternatives_unknown, for rows that apply (yes, likely).

    A qualified source helps when its origin and the refining of the material are both known to lie outside the
    countries of the measure: a magnet from Japan of dysprosium refined in China is exposed still, and one of unknown
    refining is open. So does an alternate of the bill of material that is declared or graded without the material, or
    all of whose qualified sources help and none is open. All three are missing where neither sources nor alternates are
    known. ``own_evidence``: part_no, evidence. ``destinations``: country by site, from where nothing is an export.
    """
    index = NodeIndex.of(graph.nodes)
    hit = exposure["applies"].isin(_HIT)
    rows = exposure.loc[hit, ["part_no", "site", "measure", "material"]].rename_axis("row").reset_index()
    rows = rows.assign(node=index.nodes_of(rows))
    judged = pd.concat(
        [
            judged_sources(rows, sources, measures, destinations),
            _judged_alternates(rows, graph, sources, content, own_evidence, measures, destinations),
        ],
        ignore_index=True,
    )
    known = judged["verdict"].isin([HELPS, OPEN]).groupby(judged["row"]).size()
    found = {word: (judged["verdict"] == word).groupby(judged["row"]).sum() for word in (HELPS, OPEN)}
    helping = judged[judged["verdict"] == HELPS].drop_duplicates(["row", "name"])
    helping = helping[helping.groupby("row").cumcount() < NAMED]
    texts = joined(helping["name"], helping["row"], ", ")
    at = exposure.index
    return exposure.assign(
        alternatives=texts.reindex(at).astype("str"),
        alternatives_known=found[HELPS].reindex(at).astype("float64").where(known.reindex(at).notna()),
        alternatives_unknown=found[OPEN].reindex(at).astype("float64").where(known.reindex(at).notna()),
    )


def judged_sources(
    rows: pd.DataFrame, sources: pd.DataFrame, measures: Sequence[Measure], destinations: Mapping[str, str]
) -> pd.DataFrame:
    """row, name, verdict: one per row and supplier of its part; one of unknown release is open."""
    listed = sources[sources["listed"] & sources["qualified"].fillna(True)]
    pairs = rows.merge(listed.drop(columns="listed"), on="node", suffixes=("", "_of"))
    pairs = _specific(speaking_of(pairs))
    origin, refined = (_outside(pairs, name, measures, destinations) for name in ("country", "country_of_refining"))
    sure = pairs["qualified"].fillna(False).to_numpy(dtype=bool)
    verdict = np.select(
        [(origin == "listed") | (refined == "listed"), sure & (origin == "outside") & (refined == "outside")],
        [NO, HELPS],
        OPEN,
    )
    pairs = pairs.assign(verdict=verdict, name="supplier " + pairs["supplier"] + " (" + pairs["country"] + ")")
    return _one_each(pairs, ["row", "supplier"])[["row", "name", "verdict"]]


def _specific(pairs: pd.DataFrame) -> pd.DataFrame:
    """What a source says of this material rather than of all; an origin that it leaves out there is the general one."""
    key = [pairs["row"], pairs["supplier"]]
    specific = pairs["material_of"].eq(pairs["material"])
    general = pairs["country"].where(pairs["country"].ne("")).groupby(key).transform("first").fillna("")
    pairs = pairs.assign(country=pairs["country"].where(pairs["country"].ne(""), general))
    return pairs[specific | ~specific.groupby(key).transform("any")].reset_index(drop=True)


def _one_each(pairs: pd.DataFrame, keys: list[str]) -> pd.DataFrame:
    """The least helpful verdict per key: a supplier that also delivers from a listed country cannot be relied on."""
    rank = pairs["verdict"].map({NO: 0, OPEN: 1, HELPS: 2})
    order = pairs.assign(rank=rank).sort_values([*keys, "rank"], kind="stable")
    return order.drop_duplicates(keys)


def _outside(
    pairs: pd.DataFrame, column: str, measures: Sequence[Measure], destinations: Mapping[str, str]
) -> np.ndarray:
    """listed, outside or unknown per pair: the country against the measure's, one look-up per distinct case."""
    by_id = {name: measure for measure in measures for name in (measure.id, *(item.id for item in measure.items))}
    cases = pd.DataFrame({"measure": pairs["measure"], "country": pairs[column], "site": pairs["site"]}).astype("str")
    number = cases.groupby(["measure", "country", "site"], sort=False, dropna=False).ngroup().to_numpy()
    distinct = cases.assign(number=number).drop_duplicates("number").sort_values("number")
    words = [
        _word(str(row["country"]), by_id.get(str(row["measure"])), destinations.get(str(row["site"]), ""), column)
        for row in distinct.to_dict("records")
    ]
    return np.asarray(words, dtype=object)[number]


def _word(country: str, measure: Measure | None, destination: str, column: str) -> str:
    if country in ("", "nan") or measure is None:
        return "unknown"
    within = country not in measure.origin_except and (ANY in measure.origin or country in measure.origin)
    at_home = column == "country" and country == destination
    return "listed" if within and not at_home else "outside"


def _judged_alternates(
    rows: pd.DataFrame,
    graph: BomGraph,
    sources: pd.DataFrame,
    content: pd.DataFrame,
    own_evidence: pd.DataFrame,
    measures: Sequence[Measure],
    destinations: Mapping[str, str],
) -> pd.DataFrame:
    """row, name, verdict: one per row and part that could stand in for it on some line."""
    pairs = rows.merge(members_of(graph), on="node").reset_index(drop=True)
    if pairs.empty:
        return pd.DataFrame({"row": [0], "name": [""], "verdict": [""]}).iloc[:0]
    names = graph.nodes["part_no"].astype("str").to_numpy()
    inside = _presence(pairs, graph, content, own_evidence, names)
    asked = pairs.assign(node=pairs["alternate"], asked=pairs["row"], row=np.arange(len(pairs)))
    bought = judged_sources(asked, sources, measures, destinations)
    told = pd.DataFrame({word: (bought["verdict"] == word).groupby(bought["row"]).all() for word in (HELPS, NO)})
    told = told.reindex(range(len(pairs)), fill_value=False)
    verdict = np.select(
        [inside == "absent", (inside == "present") & told["no"], told["helps"] & (inside != "unknown")],
        [HELPS, NO, HELPS],
        OPEN,
    )
    return pd.DataFrame({"row": pairs["row"], "name": "alternate " + names[pairs["alternate"]], "verdict": verdict})


def _presence(
    pairs: pd.DataFrame, graph: BomGraph, content: pd.DataFrame, own_evidence: pd.DataFrame, names: np.ndarray
) -> np.ndarray:
    """present, absent or unknown: the row's material in its alternate."""
    index = NodeIndex.of(graph.nodes)
    told = content.assign(node=index.nodes_of(content), material=content["material"].astype("str"))
    chance = told.groupby(["node", "material"])["probability"].max()
    wanted = pd.MultiIndex.from_arrays([pairs["alternate"], pairs["material"].astype("str")])
    probability = chance.reindex(wanted).to_numpy(dtype=float)
    evidence = own_evidence.assign(part_no=own_evidence["part_no"].astype("str")).drop_duplicates("part_no")
    best = evidence.set_index("part_no")["evidence"].astype("object").reindex(names[pairs["alternate"]]).to_numpy()
    graded = np.isin(best.astype(str), GRADED) & np.isnan(probability)
    leaf = np.diff(graph.as_built.indptr)[pairs["alternate"]] == 0
    words = np.select([(probability == 0) | (graded & leaf), probability >= 0.5], ["absent", "present"], "unknown")
    return np.asarray(words, dtype=object)
