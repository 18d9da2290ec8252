"""Value shares of places, from own content, part master and sources of supply."""

from datetime import date

import numpy as np
import numpy.typing as npt
import pandas as pd

from riskplug.model import BomGraph, Frames
from riskplug.regimes.origins import Places, part_origins, part_stages
from riskplug.regimes.scope import Scope
from riskplug.regimes.values import COLUMNS as SHARES
from riskplug.regimes.values import Costs, value_shares
from riskplug.workspace import Workspace


def shares_of(
    own: pd.DataFrame,
    wanted: npt.NDArray[np.int64],
    tables: Frames,
    places: Places,
    workspace: Workspace,
    on: date,
    scope: Scope,
    graph: BomGraph | None,
) -> pd.DataFrame:
    """Value shares (see values.py) per wanted place key; ``own``: own content with its place ``key``."""
    keys = np.unique(np.concatenate([wanted, own["key"].to_numpy()])) if graph is None else places.keys(graph.nodes)
    number = pd.Series(np.arange(len(keys)), index=keys)[lambda one: one.index >= 0]
    own = own[own["key"].isin(number.index)].reset_index(drop=True)
    at = own["key"].to_numpy()
    origins = part_origins(places, at, tables["parts"], tables["sourcing"], on)
    stages = part_stages(places, at, own["material"], tables["sourcing"], on, scope.stages)
    costs = Costs(_unit_costs(tables["parts"], places, keys, workspace), dict(workspace.prices))
    told = own.assign(origins=origins["origins"], stages=stages)
    found = value_shares(told, number[at].to_numpy(dtype=np.int64), costs, scope, graph)
    row = number.reindex(wanted).fillna(-1).astype("int64").to_numpy()
    nothing = {"value_low": -1.0, "value_high": -1.0, "value_missing": "unit_cost", "value_by": ""}
    shares = found.astype({"value_missing": "str"}).reindex(row).fillna(nothing).reset_index(drop=True)
    return shares[list(SHARES)]


def _unit_costs(
    parts: pd.DataFrame, places: Places, keys: npt.NDArray[np.int64], workspace: Workspace
) -> npt.NDArray[np.float64]:
    """Cost of a base unit in the workspace's currency; NaN in another one."""
    own = parts["currency"].astype("str").fillna(workspace.workspace.currency) == workspace.workspace.currency
    priced = parts.assign(unit_cost=parts["unit_cost"].where(own))
    return pd.to_numeric(places.master(priced, "unit_cost", keys)).to_numpy(dtype=np.float64)
