"""Quantities in a unit that only the part's own factor converts: into its base unit, once, before anything counts."""

from collections.abc import Mapping

import numpy as np
import pandas as pd

# table: (part column, quantity column, price per unit or None)
_QUANTITIES: Mapping[str, tuple[str, str, str | None]] = {
    "bom_lines": ("component", "quantity", None),
    "inventory": ("part_no", "quantity", None),
    "purchase_orders": ("part_no", "open_quantity", "unit_price"),
    "demand": ("part_no", "quantity", None),
    "consumption": ("part_no", "quantity", None),
}


def in_base_units(frames: Mapping[str, pd.DataFrame]) -> dict[str, pd.DataFrame]:
    """The canonical tables with every quantity that a row of part_units speaks of in base units, its unit missing.

    A factor of a part comes before any general one. Where a part has two different factors for a unit neither counts,
    and the quantity stays in its unit: without a general factor it is unknown. `unit_price` is divided by the factor.
    """
    factors = _factors(frames["part_units"])
    if factors.empty:
        return dict(frames)
    return {name: _converted(name, frame, factors) if name in _QUANTITIES else frame for name, frame in frames.items()}


def _factors(declared: pd.DataFrame) -> pd.Series:
    """Factor by (part code, unit)."""
    if declared.empty:
        return pd.Series(dtype=float)
    rows = pd.DataFrame(
        {
            "part": declared["part_no"].cat.codes.to_numpy(),
            "unit": declared["unit"].astype("object").to_numpy(),
            "factor": declared["factor"].to_numpy(),
        }
    )
    by = rows.groupby(["part", "unit"], sort=False)["factor"]
    return by.first()[by.nunique() == 1]


def _converted(name: str, frame: pd.DataFrame, factors: pd.Series) -> pd.DataFrame:
    part, quantity, price = _QUANTITIES[name]
    units = frame["unit"].cat.categories
    spoken_of = units.isin(factors.index.get_level_values("unit"))
    at = np.flatnonzero(np.append(spoken_of, False)[frame["unit"].cat.codes.to_numpy()])
    if not len(at):
        return frame
    keys = pd.MultiIndex.from_arrays(
        [frame[part].cat.codes.to_numpy()[at], frame["unit"].astype("object").to_numpy()[at]]
    )
    factor = factors.reindex(keys).to_numpy()
    at, factor = at[~np.isnan(factor)], factor[~np.isnan(factor)]
    frame = frame.copy()
    for column, scale in ((quantity, factor), *(((price, 1 / factor),) if price else ())):
        values = frame[column].to_numpy(copy=True)
        values[at] *= scale
        frame[column] = values
    codes = frame["unit"].cat.codes.to_numpy(copy=True)
    codes[at] = -1
    frame["unit"] = pd.Categorical.from_codes(codes, dtype=pd.CategoricalDtype(units))
    return frame
