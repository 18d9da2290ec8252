"""Quantities in a unit that only the part's own factor converts: into its base unit, once, before anything counts."""

from collections.abc import Mapping

import numpy as np
import pandas as pd

from riskplug import units

# table: (part column, quantity column, price per unit or None)
_QUANTITIES: Mapping[str, tuple[str, str, str | None]] = {
    "bom_lines": ("component", "quantity", None),
    "inventory": ("part_no", "quantity", None),
    "purchase_orders": ("part_no", "open_quantity", "unit_price"),
    "goods_receipts": ("part_no", "quantity", None),
    "demand": ("part_no", "quantity", None),
    "production_orders": ("part_no", "open_quantity", None),
    "consumption": ("part_no", "quantity", None),
}


def in_base_units(frames: Mapping[str, pd.DataFrame]) -> dict[str, pd.DataFrame]:
    """The canonical tables with every quantity that a row of part_units speaks of in base units, its unit missing.

    A factor of a part comes before any general one, unless that is fixed: a kilogram has a thousand grams in every
    part, and one base unit is one. Where a part has two different factors for a unit neither counts,
    and the quantity stays in its unit: without a general factor it is unknown. `unit_price` is divided by the factor.
    """
    factors = _factors(frames["part_units"], frames["parts"])
    if factors.empty:
        return dict(frames)
    return {name: _converted(name, frame, factors) if name in _QUANTITIES else frame for name, frame in frames.items()}


def _factors(declared: pd.DataFrame, parts: pd.DataFrame) -> pd.Series:
    """Factor by (part code, unit), without those that cannot be."""
    declared = declared[~impossible(declared, parts)]
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


def impossible(declared: pd.DataFrame, parts: pd.DataFrame) -> pd.Series:
    """Rows of part_units that contradict the units themselves, beyond a thousandth."""
    bases = parts.drop_duplicates("part_no").set_index("part_no")["base_unit"].astype("object")
    base = declared["part_no"].astype("object").map(bases)
    fixed = pd.Series(units.factors(declared["unit"].astype("object"), base), index=declared.index)
    return fixed.notna() & ((declared["factor"] / fixed - 1).abs() > 1e-3)


def _converted(name: str, frame: pd.DataFrame, factors: pd.Series) -> pd.DataFrame:
    part, quantity, price = _QUANTITIES[name]
    names = frame["unit"].cat.categories
    spoken_of = names.isin(factors.index.get_level_values("unit"))
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
        with np.errstate(over="ignore"):
            values[at] *= scale
        values[np.isinf(values)] = np.nan  # more than any stock: not known
        frame[column] = values
    codes = frame["unit"].cat.codes.to_numpy(copy=True)
    codes[at] = -1
    frame["unit"] = pd.Categorical.from_codes(codes, dtype=pd.CategoricalDtype(names))
    return frame
