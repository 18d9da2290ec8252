"""Which parts hang on a restricted material: grain `exposure`."""

from collections.abc import Sequence
from datetime import date
from typing import Any, cast

import numpy as np
import numpy.typing as npt
import pandas as pd

from riskplug.model import Frames
from riskplug.regimes.matching import MASSES, coded_content, judged, normal, strongest, with_entries
from riskplug.regimes.measures import Measure
from riskplug.regimes.origins import UNKNOWN, Places, part_origins
from riskplug.regimes.scope import BASE_STATES, Scope, scope_on
from riskplug.workspace import Workspace

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


def judge_parts(
    tables: Frames,
    content: pd.DataFrame,
    measures: Sequence[Measure],
    *,
    workspace: Workspace,
    on: date,
    states: Sequence[str] = BASE_STATES,
) -> pd.DataFrame:
    """Exposure of every part and site to every restricting measure of the date: EXPOSURE columns, one row per key.

    ``content``: grain `content`, rolled up. Own content gives direct rows, content of components embedded ones; an
    assembly is judged by what the measure says of assemblies, whatever the origin of its magnets, which is not known
    here. Destination is the country of the site. ``states``: pass ``("suspended", "suspended_presumed")`` for the
    scenario beside the base. Masses missing means unknown.
    """
    scope = scope_on(measures, on, workspace.policy, states)
    places = Places(_parts_index(tables["parts"], content), list(workspace.sites))
    rows = _rows(tables, content, scope, places)
    rows = with_entries(rows, scope)
    rows = _about(rows, tables, places, workspace, on)
    return _one_per_key(judged(rows, scope))[list(EXPOSURE)]


def _parts_index(parts: pd.DataFrame, content: pd.DataFrame) -> "pd.Index[str]":
    """The shared index of part numbers where the frames have one."""
    for values in (content["part_no"], parts["part_no"]):
        if isinstance(values.dtype, pd.CategoricalDtype) and len(values.dtype.categories):
            return cast("pd.Index[str]", values.cat.categories)
    texts: pd.Index[str] = pd.Index(parts["part_no"].astype("str").unique().tolist(), dtype="str")
    return texts


def _rows(tables: Frames, content: pd.DataFrame, scope: Scope, places: Places) -> pd.DataFrame:
    """Content worth matching, keyed by place, and what only a control code of the part master tells."""
    wanted = content[content["material"].isin(scope.pairs["material"].unique())]
    known = normal(wanted)
    known = known.assign(key=places.keys(known), rolled_up=known["rolled_up"].fillna(False).astype(bool))
    parts = tables["parts"]
    coded = parts.loc[parts["control_code"].notna(), ["part_no", "site", "control_code", "hs_code"]]
    about = places.every_site(coded)
    about = about.assign(key=places.keys(about))
    about = about[about["key"] >= 0]
    known = known[known["key"] >= 0]
    own = known.loc[~known["rolled_up"], ["key", "material"]]
    extra = coded_content(about, own, scope).assign(rolled_up=False)
    columns = ["key", "material", "form", *MASSES, "probability", "evidence", "rolled_up"]
    return pd.concat([known[columns], extra[columns]], ignore_index=True) if len(extra) else known[columns]


def _about(rows: pd.DataFrame, tables: Frames, places: Places, workspace: Workspace, on: date) -> pd.DataFrame:
    """Origin, codes and destination of each row's place; a component's origin is not its holder's."""
    distinct, at = np.unique(rows["key"].to_numpy(), return_inverse=True)
    origins = part_origins(places, distinct, tables["parts"], tables["sourcing"], on)
    codes = {name: places.master(tables["parts"], name, distinct) for name in ("control_code", "hs_code")}
    countries = np.array([workspace.sites[site].country for site in places.sites], dtype=object)
    part, site = np.divmod(rows["key"].to_numpy(), max(len(places.sites), 1))
    # one row more than places: for what is held in a component, nothing of the holder counts
    known = pd.DataFrame({**origins, **codes}).astype("str").reindex(range(len(distinct) + 1))
    known = known.fillna({"origins": UNKNOWN, "origin_from": ""})
    about = (
        known.astype("category").take(np.where(rows["rolled_up"].to_numpy(), len(distinct), at)).reset_index(drop=True)
    )
    more: dict[str, Any] = {
        "unproven": False,
        "ship_from": "",
        "destination": pd.Series(pd.Categorical.from_codes(*_positions(countries, site))),
        "part_no": pd.Series(pd.Categorical.from_codes(part, categories=places.parts)),
        "site": pd.Series(pd.Categorical.from_codes(site, categories=places.sites)),
    }
    return pd.concat([rows.reset_index(drop=True), about.assign(**more)], axis=1)


def _positions(values: npt.NDArray[np.object_], codes: npt.NDArray[np.int64]) -> tuple[npt.NDArray[np.int64], pd.Index]:
    """Codes into values that may repeat, as codes into the distinct values."""
    own, distinct = pd.factorize(values)
    return own[codes].astype(np.int64), pd.Index(distinct, dtype="str")


def _one_per_key(rows: pd.DataFrame) -> pd.DataFrame:
    """Several forms under one entry become one row: the strongest answer, with the mass of all of them."""
    twice = rows.duplicated(_KEY, keep=False)
    if not twice.any():
        return rows
    many = rows[twice]
    masses = many.groupby(_KEY, sort=False)[list(MASSES)].sum(min_count=1)
    masses = masses.mask(many[list(MASSES)].isna().groupby([many[name] for name in _KEY], sort=False).any())
    kept = strongest(many, _KEY).drop(columns=list(MASSES)).merge(masses.reset_index(), on=_KEY, how="left")
    return pd.concat([rows[~twice], kept], ignore_index=True)
