"""Odoo's bills of material: which counts for which product and warehouse, and which products are kits."""

from datetime import date
from typing import TYPE_CHECKING, ClassVar

from riskplug_plugins.odoo.products import column_of, part_numbers, true_in, variants
from riskplug_plugins.odoo.units import stock_factors

from riskplug.model import Frames

if TYPE_CHECKING:
    import pandas as pd


def ranked(boms: "pd.DataFrame", products: "pd.DataFrame") -> "pd.DataFrame":
    """Every active BOM of every product, with its ``rank``: 1 is the one Odoo takes.

    Odoo takes the first by sequence, then one for the variant before one for its template, then the oldest.
    """
    import pandas as pd

    active = boms[true_in(boms["active"])]
    each = variants(active.rename(columns={"id": "bom_id"}), products)
    sequence = pd.to_numeric(column_of(each, "sequence")).fillna(float("inf"))
    order = each.assign(
        sequence=sequence, any_variant=each["product_id"].isna(), age=pd.to_numeric(each["bom_id"])
    ).sort_values(["product", "sequence", "any_variant", "age"], kind="stable")
    return order.assign(rank=order.groupby("product", sort=False).cumcount() + 1)


class OdooParts:
    """Products with their part number; a kit is phantom, a consumable is bulk, a weight or price of zero is none."""

    kind: ClassVar[str] = "odoo_parts"

    def reshape(self, rows: "pd.DataFrame", inputs: Frames, business_date: date) -> "pd.DataFrame":
        import pandas as pd

        products = inputs["products"]
        boms = ranked(inputs["boms"], products)
        how = rows["id"].map(boms[boms["rank"] == 1].set_index("product")["type"])
        kit = how == "phantom"
        untracked = (column_of(rows, "T.type") == "consu") & ~true_in(column_of(rows, "T.is_storable"))
        bought, made = true_in(column_of(rows, "T.purchase_ok")), how.notna()
        supply = pd.Series(None, index=rows.index, dtype="str")
        supply = supply.mask(bought & made, "both").mask(bought & ~made, "buy").mask(~bought & made, "make")
        return rows.assign(
            **{
                "(part)": rows["id"].map(part_numbers(products)),
                "(phantom)": kit.map({True: "true", False: "false"}),
                "(bulk)": (untracked & ~kit).map({True: "true", False: "false"}),
                "(procurement)": supply.mask(kit, "make"),
                "(active)": (true_in(rows["active"]) & true_in(rows["T.active"])).map({True: "true", False: "false"}),
                "(weight)": _above_zero(column_of(rows, "weight", "T.weight")),
                "(price)": _above_zero(column_of(rows, "T.list_price")),
                "(origin)": _origin(rows, inputs["countries"]),
            }
        )


def _above_zero(numbers: "pd.Series") -> "pd.Series":
    """Odoo fills numbers that nobody entered with zero."""
    import pandas as pd

    return numbers.where(pd.to_numeric(numbers, errors="coerce") != 0)


def _origin(rows: "pd.DataFrame", countries: "pd.DataFrame") -> "pd.Series":
    country = column_of(rows, "T.country_of_origin", "T.intrastat_origin_country_id", "T.origin_country_id")
    return country.map(countries.set_index("id")["code"])


class OdooBomLines:
    """Lines per product: of the variants they are for, in stock units, at the warehouses their BOM is for."""

    kind: ClassVar[str] = "odoo_bom_lines"

    def reshape(self, rows: "pd.DataFrame", inputs: Frames, business_date: date) -> "pd.DataFrame":
        products = inputs["products"]
        boms = ranked(inputs["boms"], products)
        wanted = ["bom_id", "product", "rank", *(name for name in ("company_id", "picking_type_id") if name in boms)]
        lines = rows.drop(columns=["company_id"], errors="ignore").merge(boms[wanted], on="bom_id")
        lines = lines[_for_variant(lines, inputs)]
        lines = _at_warehouses(lines, inputs)
        numbers = part_numbers(products)
        units = inputs["units"]
        return lines.drop(columns="rank").assign(
            **{
                "(parent)": lines["product"].map(numbers),
                "(component)": lines["product_id"].map(numbers),
                "(alternative)": lines["rank"].astype("str"),
                "(to_stock_unit)": stock_factors(
                    units, column_of(lines, "product_uom_id", "product_uom"), lines["T.uom_id"]
                ),
                "(parent_to_stock_unit)": stock_factors(units, lines["B.product_uom_id"], lines["BT.uom_id"]),
                "(line_kind)": _line_kind(lines["id"], inputs),
            }
        )


def _values(inputs: Frames) -> "tuple[pd.DataFrame, pd.DataFrame]":
    """(line, value, attribute) of lines for some variants only; (product, value) of the products."""
    import pandas as pd

    lines, products = inputs["line_values"], inputs["variant_values"]
    value = next((name for name in map(str, lines) if name.endswith("attribute_value_id")), "")
    attribute = column_of(inputs["values"], "attribute_id", "attribute_line_id").set_axis(inputs["values"]["id"])
    of_line = pd.DataFrame({"id": lines["mrp_bom_line_id"], "value": lines[value]})
    of_line = of_line.assign(attribute=of_line["value"].map(attribute))
    return of_line, pd.DataFrame({"product": products["product_product_id"], "value": products[value]})


def _for_variant(lines: "pd.DataFrame", inputs: Frames) -> "pd.Series":
    """Whether a line is for its product: of each attribute it names, the product has one of the values.

    Values that no product carries (chosen in the order only) say nothing of a product.
    """
    of_line, of_product = _values(inputs)
    of_line = of_line[of_line["value"].isin(of_product["value"])]
    named = lines[["id", "product"]].merge(of_line, on="id")
    has = named.merge(of_product.assign(has=True), on=["product", "value"], how="left")
    met = has["has"].eq(True).groupby([has["id"], has["product"], has["attribute"]]).any()
    failed = met[~met].reset_index()[["id", "product"]].drop_duplicates().assign(failed=True)
    return lines[["id", "product"]].merge(failed, how="left")["failed"].ne(True).set_axis(lines.index)


def _line_kind(line: "pd.Series", inputs: Frames) -> "pd.Series":
    """Optional where an attribute is chosen in the order: the line is not in every unit of any product."""
    of_line, of_product = _values(inputs)
    loose = of_line.loc[~of_line["value"].isin(of_product["value"]), "id"]
    return line.isin(loose).map({True: "optional", False: "normal"})


def _at_warehouses(lines: "pd.DataFrame", inputs: Frames) -> "pd.DataFrame":
    """The lines with the ``(warehouse)`` they are for; a line of a company's BOM for each of its warehouses.

    Blank means every warehouse: where the BOM names no operation, and where there is one company only.
    """
    import pandas as pd

    warehouses = inputs["warehouses"]
    codes = warehouses.set_index("id")["code"]
    by_operation = inputs["picking_types"].set_index("id")["warehouse_id"].map(codes)
    named = column_of(lines, "picking_type_id").map(by_operation)
    company = column_of(lines, "company_id")
    spread = named.isna() & company.notna() & (warehouses["company_id"].nunique() > 1)
    of_company = warehouses[["company_id", "code"]].rename(columns={"code": "(warehouse)"})
    each = lines[spread].merge(of_company, on="company_id")
    return pd.concat([lines[~spread].assign(**{"(warehouse)": named[~spread]}), each], ignore_index=True)
