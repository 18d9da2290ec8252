"""Base and scenario side by side: what differs per part, product, material and exposure, and the headline of it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

import numpy as np
import numpy.typing as npt
import pandas as pd

from riskplug.facts.master import KEY, keyed
from riskplug.model import Branch
from riskplug.scenario.facts import Outcome

_RUNS_OUT = ("runs_out", "already_short")
_TOUCHED = ("yes", "likely", "unknown")
_EXPOSURE_KEY = [*KEY, "measure", "material"]
_CHANCES = ("p_stock_out_30", "p_stock_out_60", "p_stock_out_90")
PART = (
    "restricted_runway_days",
    "restricted_runway_days_state",
    "stock_out_date",
    "last_order_date",
    *_CHANCES,
    "qualified_suppliers",
)
PRODUCT = ("time_to_survive_days", "time_to_survive_days_state", "stop_date", "limiting_part", "revenue_after_stop")
MATERIAL = ("exposed_parts", "shortest_runway_days", "first_stock_out_date", "first_part", "value_at_risk")
EXPOSURE = ("applies", "measure_status", "licence_days", "last_order_date", "value_at_risk")


@dataclass(frozen=True)
class View:
    """An outcome as it is compared: a frame per grain keyed by plain text (part, product, material, exposure), and
    the figures of the whole."""

    sides: Mapping[str, pd.DataFrame]
    totals: Mapping[str, object]

    @classmethod
    def of(cls, found: Outcome) -> "View":
        sides = _sides(found)
        return cls(sides, _totals(found, sides["part"]))


def _sides(found: Outcome) -> dict[str, pd.DataFrame]:
    exposure = keyed(found.exposures[0][1])
    return {
        "part": _with_last_orders(keyed(found.part), exposure, found.on)[[*KEY, *PART]],
        "product": keyed(found.product)[[*KEY, *PRODUCT]],
        "material": _materials(exposure, found.order_line),
        "exposure": exposure[[*_EXPOSURE_KEY, *EXPOSURE]],
    }


def _with_last_orders(part: pd.DataFrame, exposure: pd.DataFrame, on: date) -> pd.DataFrame:
    """Parts with the day by which a new order must be placed: the earliest with and without the licences it takes."""
    hit = exposure[_direct(exposure)]
    with_licence = hit.groupby(KEY)["last_order_date"].min().reset_index(name="licensed")
    rows = part.merge(with_licence, on=KEY, how="left")
    return rows.assign(last_order_date=rows[["last_order_date", "licensed"]].min(axis=1))


def _direct(exposure: pd.DataFrame) -> pd.Series:
    """Parts that are themselves caught, or may be, by what is in force."""
    return (
        (exposure["route"] == "direct")
        & (exposure["measure_status"] == "in_force")
        & exposure["applies"].isin(_TOUCHED)
    )


def _materials(exposure: pd.DataFrame, lines: pd.DataFrame) -> pd.DataFrame:
    """Per material: parts caught, the one that runs out first, and the value of order lines that do not come."""
    hit = exposure[_direct(exposure)].drop_duplicates([*KEY, "material"])
    order = hit.sort_values(["restricted_runway_days", *KEY], na_position="last")
    first = order.drop_duplicates("material").set_index("material")
    stopped = lines[lines["stopped"].fillna(False).astype(bool)].assign(
        material=lambda rows: rows["material"].astype("str").str.split(",")
    )
    single = stopped.explode("material").drop_duplicates(["order_no", "line", "site", "material"])
    value = single.groupby("material")["value_at_risk"].sum(skipna=False)
    found = pd.DataFrame(
        {
            "exposed_parts": hit.groupby("material").size().astype(float),
            "shortest_runway_days": first["restricted_runway_days"],
            "first_stock_out_date": first["stock_out_date"],
            "first_part": first["part_no"].where(first["stock_out_date"].notna()),
            "value_at_risk": value.astype(float),
        }
    )
    return found.rename_axis("material").reset_index()


def compare(base: View, found: Outcome, *, scenario: str, branch: str) -> Branch:
    """Every row that differs, by grain: ``scenario``, ``branch``, key, values, the base's beside them, ``change``.

    ``change`` of parts and products: worse, better, changed (neither can be said). Of exposures: appears, vanishes,
    changes, with the day from which that is so. Of materials: changed.
    """
    view = View.of(found)
    before, after = base.sides, view.sides
    frames = {
        grain: _differing(before[grain], after[grain], keys)
        for grain, keys in (("part", KEY), ("product", KEY), ("material", ["material"]))
    }
    frames["part"] = frames["part"].assign(
        change=_direction(frames["part"], "restricted_runway_days", "last_order_date")
    )
    frames["product"] = frames["product"].assign(change=_direction(frames["product"], "time_to_survive_days"))
    frames["material"] = frames["material"].assign(change="changed")
    frames["exposure"] = _exposures(before["exposure"], found)
    told = {grain: _told(rows, scenario, branch) for grain, rows in frames.items()}
    return Branch(scenario, branch, base.totals, view.totals, told)


def _told(rows: pd.DataFrame, scenario: str, branch: str) -> pd.DataFrame:
    rows.insert(0, "scenario", scenario)
    rows.insert(1, "branch", branch or None)
    return rows.reset_index(drop=True)


def _differing(before: pd.DataFrame, after: pd.DataFrame, keys: list[str]) -> pd.DataFrame:
    """Rows of either side that differ in any value; the base's values as ``base_*``."""
    values = [str(name) for name in before.columns if name not in keys]
    both = after.merge(before, on=keys, how="outer", suffixes=("", "_base"))
    differs = np.zeros(len(both), dtype=bool)
    for name in values:
        differs |= _unequal(both[name], both[f"{name}_base"])
    renamed = {f"{name}_base": f"base_{name}" for name in values}
    return both[differs].rename(columns=renamed).reset_index(drop=True)


def _unequal(one: pd.Series, other: pd.Series) -> npt.NDArray[np.bool_]:
    left, right = (column.astype("object") if column.dtype == "category" else column for column in (one, other))
    same = (left == right) | (left.isna() & right.isna())
    return ~same.fillna(False).to_numpy(dtype=bool)


def _direction(rows: pd.DataFrame, days: str, then: str = "") -> npt.NDArray[np.object_]:
    """Whether a runway is shorter or longer, else whether the last day to order is earlier or later."""
    now, was = (_rank(rows, f"{side}{days}") for side in ("", "base_"))
    worse, better = now < was, now > was
    if then:
        even = ~worse & ~better & ~np.isnan(now) & ~np.isnan(was)
        worse |= even & (rows[then] < rows[f"base_{then}"]).to_numpy()
        better |= even & (rows[then] > rows[f"base_{then}"]).to_numpy()
    return np.select([worse, better], ["worse", "better"], "changed").astype(object)


def _rank(rows: pd.DataFrame, days: str) -> npt.NDArray[np.float64]:
    """A runway as a number that compares: covered beyond every day, not needed beyond that, unknown is none."""
    state = rows[f"{days}_state"].astype("object")
    beyond = state.map({"already_short": 0.0, "covered_to_horizon": 1e9, "no_demand": 2e9}).astype("float64")
    known = beyond.where(state != "runs_out", rows[days])
    return np.asarray(known, dtype=np.float64)


def _exposures(before: pd.DataFrame, found: Outcome) -> pd.DataFrame:
    """Exposures that appear, vanish or change, each from the first day on which it is so."""
    frames = []
    for day, rows in found.exposures:
        after = keyed(rows)[[*_EXPOSURE_KEY, *EXPOSURE]]
        here = _differing(before, after, _EXPOSURE_KEY)
        new, gone = here["base_applies"].isna(), here["applies"].isna()
        change = np.select([new, gone], ["appears", "vanishes"], "changes").astype(object)
        frames.append(here.assign(change=change, from_date=pd.Timestamp(day)))
    return pd.concat(frames, ignore_index=True).drop_duplicates([*_EXPOSURE_KEY, "change"])


def _totals(found: Outcome, parts: pd.DataFrame) -> Mapping[str, object]:
    """The figures of a whole outcome.

    ``products_stopping`` within the horizon, the first of them with day and component; ``revenue_after_stop`` of those
    where it is known, and of how many it is not; the value of order lines that are stopped or lost, likewise; parts
    whose last day to order has passed.
    """
    product, lines = found.product, found.order_line
    stopping = product[product["stop_date"].notna()].sort_values(["stop_date", *KEY])
    stopped = lines[lines["stopped"].fillna(False).astype(bool)].drop_duplicates(["order_no", "line", "site"])
    first = stopping.iloc[0] if len(stopping) else None
    return {
        "products_stopping": len(stopping),
        "first_product": None if first is None else str(first["part_no"]),
        "first_site": None if first is None else str(first["site"]),
        "first_stop_date": None if first is None else first["stop_date"].date(),
        "first_limiting_part": None if first is None else str(first["limiting_part"]),
        "revenue_after_stop": float(product["revenue_after_stop"].sum()),
        "revenue_unknown_products": int(product["revenue_after_stop"].isna().sum()),
        "value_at_risk": float(stopped["value_at_risk"].sum() + found.lost.sum()),
        "value_unknown_lines": int(stopped["value_at_risk"].isna().sum() + found.lost.isna().sum()),
        "parts_running_out": int(found.part["restricted_runway_days_state"].isin(_RUNS_OUT).sum()),
        "parts_past_last_order": int((parts["last_order_date"] < pd.Timestamp(found.on)).sum()),
    }
