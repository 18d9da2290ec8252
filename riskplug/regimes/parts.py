"""Which parts hang on a restricted material: grain `exposure`."""

from collections.abc import Sequence
from datetime import date
from typing import cast

import numpy as np
import numpy.typing as npt
import pandas as pd

from riskplug.model import BomGraph, Frames
from riskplug.regimes.below import from_components, node_numbers
from riskplug.regimes.matching import MASSES, coded_content, guessed_magnets, judged, normal, strongest
from riskplug.regimes.measures import Measure
from riskplug.regimes.origins import UNKNOWN, Places, part_codes, part_origins, part_stages
from riskplug.regimes.scope import BASE_STATES, Scope, scope_on
from riskplug.regimes.shares import shares_of
from riskplug.workspace import Workspace

Bools = npt.NDArray[np.bool_]
EXPOSURE = (
    "part_no",
    "site",
    "measure",
    "material",
    "form",
    "measure_status",
    "measure_kind",
    "instrument",
    "applies",
    "why",
    "route",
    "origin_country",
    *MASSES,
    "probability",
    "evidence",
    "licence_days",
)
_KEY = ["part_no", "site", "measure", "material"]
_CARRIED = ["part_no", "site", "material", "form", *MASSES, "probability", "evidence"]


def judge_parts(
    tables: Frames,
    content: pd.DataFrame,
    measures: Sequence[Measure],
    *,
    workspace: Workspace,
    on: date,
    states: Sequence[str] = BASE_STATES,
    own_parts: pd.DataFrame | None = None,
    graph: BomGraph | None = None,
) -> pd.DataFrame:
    """Exposure of every part and site to every restricting measure of the date: EXPOSURE columns, one row per key.

    ``content``: grain `content`, rolled up. Own content gives direct rows, content of components embedded ones. With
    the ``graph``, an assembly that is not bought takes its origins from the components that hold the material, through
    all levels; where it is bought, or there is no graph, they are not known. ``own_parts``: part_no, magnet_unproven; a
    magnet of unproven grade may hold what any general measure lists in magnets. Destination is the country of the site.
    ``states``: pass ``("suspended", "suspended_presumed")`` for the scenario beside the base. Masses missing means
    unknown.
    """
    places = Places(_parts_index(tables["parts"], content), list(workspace.sites))
    scope = scope_on(measures, on, workspace.policy, states).bound_for(
        site.country for site in workspace.sites.values()
    )
    rows = _rows(tables, content, scope, places, own_parts)
    rows = _about(rows, tables, places, workspace, on, scope)
    if graph is not None:
        rows = _from_below(rows, graph, places, tables["parts"])
    if scope.inputs:
        rows = _with_shares(rows, content, tables, places, workspace, on, scope, graph)
    found = judged(rows, scope)
    return _one_per_key(rows, found)[[*EXPOSURE]]


def _parts_index(parts: pd.DataFrame, content: pd.DataFrame) -> "pd.Index[str]":
    """The shared index of part numbers where the frames have one."""
    for values in (content["part_no"], parts["part_no"]):
        if isinstance(values.dtype, pd.CategoricalDtype) and len(values.dtype.categories):
            return cast("pd.Index[str]", values.cat.categories)
    texts: pd.Index[str] = pd.Index(parts["part_no"].astype("str").unique().tolist(), dtype="str")
    return texts


def _rows(
    tables: Frames, content: pd.DataFrame, scope: Scope, places: Places, own_parts: pd.DataFrame | None
) -> pd.DataFrame:
    """Content worth matching, keyed by place; beside it what only a control code of the part master tells, and what an
    unproven magnet may hold."""
    wanted = content[content["material"].isin(scope.pairs["material"].unique())]
    said = wanted.assign(key=places.keys(wanted), rolled_up=wanted["rolled_up"].fillna(False).astype(bool))
    said = said[said["key"] >= 0]
    known = normal(said)
    unproven = _unproven(tables["parts"], own_parts, places)
    magnet = ~known["rolled_up"] & (known["form"] == "magnet").to_numpy(dtype=bool)
    known = known.assign(unproven=magnet & known["key"].isin(unproven))
    told = _coded_places(tables["parts"], places)
    # a declared absence silences the guess, but not a control code
    own = said.loc[~said["rolled_up"], ["key", "material"]]
    guessed = guessed_magnets(pd.DataFrame({"key": unproven}), own[own["key"].isin(unproven)], scope)
    present = known.loc[~known["rolled_up"] & known["key"].isin(told["key"]), ["key", "material"]]
    coded = coded_content(told, pd.concat([present, guessed[["key", "material"]]]), scope).assign(unproven=False)
    columns = ["key", "material", "form", *MASSES, "probability", "evidence", "rolled_up", "unproven"]
    more = [frame.assign(rolled_up=False)[columns].assign(said=False) for frame in (guessed, coded) if len(frame)]
    listed = known.loc[_listed(known, scope), columns].assign(said=True)
    if not more:
        return listed.reset_index(drop=True)
    rows = pd.concat([listed, *more], ignore_index=True)
    return rows.astype(dict.fromkeys(("material", "form", "evidence"), "category"))


def _listed(rows: pd.DataFrame, scope: Scope) -> Bools:
    """Rows whose material and form any entry lists."""
    pairs = set(zip(scope.pairs["material"], scope.pairs["form"], strict=True))
    table = np.array(
        [[(m, f) in pairs for f in rows["form"].cat.categories] for m in rows["material"].cat.categories], dtype=bool
    ).reshape(len(rows["material"].cat.categories), len(rows["form"].cat.categories))
    found: Bools = table[rows["material"].cat.codes.to_numpy(), rows["form"].cat.codes.to_numpy()]
    return found


def _unproven(parts: pd.DataFrame, own_parts: pd.DataFrame | None, places: Places) -> npt.NDArray[np.int64]:
    """Places of magnets whose grade nothing proves."""
    if own_parts is None:
        return np.empty(0, dtype=np.int64)
    doubted = own_parts.loc[own_parts["magnet_unproven"].fillna(False).astype(bool), "part_no"]
    codes = part_codes(doubted, places.parts)
    here = parts.loc[np.isin(part_codes(parts["part_no"], places.parts), codes[codes >= 0]), ["part_no", "site"]]
    keys = places.keys(places.every_site(here))
    return np.unique(keys[keys >= 0])


def _coded_places(parts: pd.DataFrame, places: Places) -> pd.DataFrame:
    """Places whose part master names a control code: key, control_code, hs_code."""
    coded = places.every_site(parts.loc[parts["control_code"].notna(), ["part_no", "site", "control_code", "hs_code"]])
    coded = coded.assign(key=places.keys(coded))
    return coded[coded["key"] >= 0]


def _about(
    rows: pd.DataFrame, tables: Frames, places: Places, workspace: Workspace, on: date, scope: Scope
) -> pd.DataFrame:
    """Origin, codes and destination of each row's place; a component's origin is not its holder's."""
    distinct, at = np.unique(rows["key"].to_numpy(), return_inverse=True)
    origins = part_origins(places, distinct, tables["parts"], tables["sourcing"], on)
    codes = {name: places.master(tables["parts"], name, distinct) for name in ("control_code", "hs_code")}
    made = places.master(tables["parts"], "procurement", distinct).isin(["make"])
    countries = np.array([workspace.sites[site].country for site in places.sites], dtype=object)
    here = pd.Series(countries[distinct % max(len(places.sites), 1)], dtype="str")
    # one row more than places: for what is held in a component, nothing of the holder counts
    known = pd.DataFrame({**origins, **codes}).astype("str").reindex(range(len(distinct) + 1))
    known = known.fillna({"origins": UNKNOWN, "origin_from": ""})
    rolled = rows["rolled_up"].to_numpy(dtype=bool)
    about = known.astype("category").take(np.where(rolled, len(distinct), at)).reset_index(drop=True)
    part, site = np.divmod(rows["key"].to_numpy(), max(len(places.sites), 1))
    return pd.concat([rows, about], axis=1).assign(
        stages=_stages(rows, places, tables, on, scope),
        made_in=here.where(made, "").astype("category").take(at).reset_index(drop=True),
        ordered=False,
        ship_from="",
        destination=pd.Categorical.from_codes(*_positions(countries, site)),
        part_no=pd.Categorical.from_codes(part, categories=places.parts),
        site=pd.Categorical.from_codes(site, categories=places.sites),
    )


def _stages(rows: pd.DataFrame, places: Places, tables: Frames, on: date, scope: Scope) -> pd.Series:
    """Stage countries of each row, as categories; what is held in a component is not known until they say more."""
    texts = pd.Series("", index=rows.index, dtype="str")
    for name, asked in scope.stages.items():
        texts = texts.mask(rows["material"] == name, ";".join(f"{stage}={UNKNOWN}" for stage in asked))
    own = np.flatnonzero(~rows["rolled_up"].to_numpy(dtype=bool) & (texts != "").to_numpy(dtype=bool))
    if len(own):
        here = rows.iloc[own]
        said = part_stages(places, here["key"].to_numpy(), here["material"], tables["sourcing"], on, scope.stages)
        texts.iloc[own] = pd.Index(said)
    return texts.astype("category")


def _positions(values: npt.NDArray[np.object_], codes: npt.NDArray[np.int64]) -> tuple[npt.NDArray[np.int64], pd.Index]:
    """Codes into values that may repeat, as codes into the distinct values."""
    own, distinct = pd.factorize(values)
    return own[codes].astype(np.int64), pd.Index(distinct, dtype="str")


def _from_below(rows: pd.DataFrame, graph: BomGraph, places: Places, parts: pd.DataFrame) -> pd.DataFrame:
    """Rows of assemblies with what their components say; what is not bought, or a phantom, is made, as in the plan."""
    distinct, at = np.unique(rows["key"].to_numpy(), return_inverse=True)
    procurement = places.master(parts, "procurement", distinct)
    node = node_numbers(graph, places)[distinct]
    phantom = np.where(node >= 0, graph.phantom[node], False)
    bought, both = (procurement.isin([word]).to_numpy() for word in ("buy", "both"))
    made, doubted = (phantom | ~bought)[at], (~phantom & both)[at]
    matched = rows[rows["said"]]
    below = from_components(matched, graph, places, made[matched.index], doubted[matched.index])
    return rows.assign(
        origins=_laid_over(rows["origins"], below["origins"]),
        origin_from=_laid_over(rows["origin_from"], pd.Series("components", below.index, dtype="category")),
        stages=_laid_over(rows["stages"], below["stages"]),
        unproven=rows["unproven"].mask(rows.index.isin(below.index[below["unproven"]]), True),
    )


def _laid_over(values: pd.Series, newer: pd.Series) -> pd.Series:
    """Categorical values, with those of some rows replaced."""
    categories = values.cat.categories.union(newer.cat.categories)
    codes = values.cat.set_categories(categories).cat.codes.to_numpy().copy()
    codes[newer.index.to_numpy()] = newer.cat.set_categories(categories).cat.codes.to_numpy()
    return pd.Series(pd.Categorical.from_codes(codes, categories=categories), index=values.index)


def _with_shares(
    rows: pd.DataFrame,
    content: pd.DataFrame,
    tables: Frames,
    places: Places,
    workspace: Workspace,
    on: date,
    scope: Scope,
    graph: BomGraph | None,
) -> pd.DataFrame:
    """The share of listed inputs in the value of each row's part."""
    own = content[~content["rolled_up"].fillna(False).astype(bool)]
    own = own[own["material"].isin([material for material, _ in scope.inputs])]
    own = normal(own.assign(key=places.keys(own)))
    own = own[own["key"] >= 0].reset_index(drop=True)
    shares = shares_of(own, rows["key"].to_numpy(), tables, places, workspace, on, scope, graph)
    return pd.concat([rows, shares], axis=1)


def _one_per_key(rows: pd.DataFrame, found: pd.DataFrame) -> pd.DataFrame:
    """Content and judgement together. Several forms under one entry become one row: the strongest answer, with the mass
    of all of them."""
    row = found["row"].to_numpy()
    joined = pd.concat([rows[_CARRIED].take(row).reset_index(drop=True), found], axis=1)
    many = rows.duplicated(["key", "material"], keep=False).to_numpy()[row]
    twice = np.flatnonzero(many)
    twice = twice[joined.take(twice).duplicated(_KEY, keep=False).to_numpy()]
    if not len(twice):
        return joined
    several = joined.take(twice)
    masses = several.groupby(_KEY, sort=False, observed=True)[list(MASSES)].sum(min_count=1)
    unknown = several[list(MASSES)].isna().groupby([several[name] for name in _KEY], sort=False, observed=True).any()
    kept = strongest(several, _KEY).drop(columns=list(MASSES))
    kept = kept.merge(masses.mask(unknown).reset_index(), on=_KEY, how="left")
    alone = np.delete(np.arange(len(joined)), twice)
    return pd.concat([joined.take(alone), kept], ignore_index=True)
