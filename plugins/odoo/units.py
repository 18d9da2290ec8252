"""Odoo's units of measure: what a quantity is multiplied by to be in the unit the product is stocked in."""

from typing import TYPE_CHECKING

from riskplug_plugins.odoo.products import column_of

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt
    import pandas as pd

_EXACT = 1e-9


def stock_factors(units: "pd.DataFrame", given: "pd.Series", stock: "pd.Series") -> "pd.Series":
    """Factor from unit ``given`` to unit ``stock`` (ids) as text; missing where one is unknown or the kinds differ.

    Up to version 18 `factor` says how many of the unit make one reference unit of its category: 0.004 is a box of
    250. From 19 on there are no categories, and `factor` says how many reference units make the unit.
    """
    import numpy as np
    import pandas as pd

    pairs = pd.DataFrame({"given": given.to_numpy(), "stock": stock.to_numpy()})
    distinct = pairs.drop_duplicates(ignore_index=True)
    sized = _sized(units)
    ours, theirs = sized.reindex(distinct["given"]), sized.reindex(distinct["stock"])
    ratio = _snapped(ours["size"].to_numpy(dtype=float) / theirs["size"].to_numpy(dtype=float))
    alike = (ours["kind"].to_numpy() == theirs["kind"].to_numpy()) & ~np.isnan(ratio)
    text = pd.Series([format(value, ".17g") for value in ratio], dtype="str").where(pd.Series(alike))
    found = pairs.merge(distinct.assign(factor=text), on=["given", "stock"], how="left")["factor"]
    return found.set_axis(given.index)


def _sized(units: "pd.DataFrame") -> "pd.DataFrame":
    """Size in reference units, and the kind within which units convert, by unit id."""
    import pandas as pd

    factor = units["factor"].astype("float64")
    if "relative_factor" in units:
        size, kind = factor, column_of(units, "parent_path").str.split("/").str[0]
    else:
        size, kind = 1 / factor, units["category_id"]
    usable = (factor > 0) & kind.notna()
    return pd.DataFrame({"size": size.where(usable), "kind": kind}).set_axis(units["id"])


def _snapped(ratio: "npt.NDArray[np.float64]") -> "npt.NDArray[np.float64]":
    """Whole ratios as such: Odoo keeps a dozen as 0.08333333333333333 and rounds what comes of it."""
    import numpy as np

    for whole, back in ((np.rint(ratio), np.rint(ratio)), (np.rint(1 / ratio), 1 / np.rint(1 / ratio))):
        near = np.isfinite(whole) & (whole >= 1) & (np.abs(ratio - back) < _EXACT * ratio)
        ratio = np.where(near, back, ratio)
    return ratio
