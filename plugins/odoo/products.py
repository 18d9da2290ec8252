"""Odoo's products (the variants): the part number each one has, and which of them a template stands for."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd


def true_in(column: "pd.Series") -> "pd.Series":
    """A flag as the reader hands it over."""
    return column == "true"


def column_of(frame: "pd.DataFrame", *names: str) -> "pd.Series":
    """The first of these columns that this version of Odoo has; missing throughout where it has none."""
    import pandas as pd

    name = next((name for name in names if name in frame), None)
    return pd.Series(None, index=frame.index, dtype="str") if name is None else frame[name]


def part_numbers(products: "pd.DataFrame") -> "pd.Series":
    """Part number by product id: the internal reference, or the id where it is blank or that of several products.

    An archived product leaves its reference to the active one that has it too. An id that is somebody's reference is
    written `product.product,42`.
    """
    code, active = products["default_code"], true_in(products["active"])
    alone = ~code.duplicated(keep=False)
    of_the_active = active & ~code.where(active).duplicated(keep=False)
    own = code.notna() & (alone | of_the_active)
    product = products["id"]
    spelt = product.where(~product.isin(code[own]), "product.product," + product)
    return code.where(own, spelt).set_axis(product).astype("str")


def variants(rows: "pd.DataFrame", products: "pd.DataFrame") -> "pd.DataFrame":
    """The rows once for each product they speak of: ``product_id``, or every product of ``product_tmpl_id``.

    The product is in column ``product``; rows without one are gone.
    """
    import pandas as pd

    given = column_of(rows, "product_id")
    named = rows[given.notna()].assign(product=given[given.notna()])
    of_template = products[["id", "product_tmpl_id"]].rename(columns={"id": "product"})
    each = rows[given.isna()].merge(of_template, on="product_tmpl_id")
    return pd.concat([named, each], ignore_index=True)
