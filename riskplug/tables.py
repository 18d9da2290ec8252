"""The canonical tables, declared once.

Readers, empty frames, Great Expectations suites, documentation and JSON Schema are all derived from ``TABLES``.

Frames of canonical tables have these dtypes:

=========  =======================================================  ==================
kind       dtype                                                    missing
=========  =======================================================  ==================
part       category over one part-number index shared by all tables  NaN (code -1)
key        category (site, supplier, order number ...)               NaN
text       str                                                      NaN
quantity   float64, in the unit of the row's ``unit`` column         NaN
number     float64, unit in the name                                NaN
pct        float64, 0..100                                           NaN
date       datetime64[s]                                            NaT
flag       boolean (nullable)                                       <NA>
choice     category over the declared choices, in their order        NaN
=========  =======================================================  ==================

Missing always means unknown, never zero and never false.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, cast

if TYPE_CHECKING:
    import pandas as pd

Kind = Literal["part", "key", "text", "quantity", "number", "pct", "date", "flag", "choice"]


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a canonical table.

    ``minimum``/``maximum`` are inclusive bounds outside which a value is quarantined. ``doc`` says what the value
    means, with its unit where the name has none.
    """

    name: str
    kind: Kind
    doc: str
    required: bool = False
    choices: tuple[str, ...] = ()
    minimum: float | None = None
    maximum: float | None = None


@dataclass(frozen=True, slots=True)
class Table:
    """A canonical table: its columns, and the ones that identify a row (repeats of it are reported)."""

    name: str
    columns: tuple[Column, ...]
    identity: tuple[str, ...]
    doc: str
    blank_site: Literal["every", "only"]

    @property
    def column_names(self) -> tuple[str, ...]:
        return tuple(column.name for column in self.columns)

    @property
    def required(self) -> tuple[str, ...]:
        return tuple(column.name for column in self.columns if column.required)

    def column(self, name: str) -> Column:
        return next(column for column in self.columns if column.name == name)


STOCK_TYPES = ("unrestricted", "quality", "blocked", "transit", "consignment", "project", "returns", "subcontract")
LICENCE_STATES = ("not_needed", "needed", "applied", "granted", "refused")
DEMAND_KINDS = ("sales_order", "forecast", "plan", "reservation")
LINE_KINDS = ("normal", "by_product", "bulk", "phantom", "optional")
BOUNDS = ("exact", "at_most", "absent")

# Carried by every table beside its own columns: where the row belongs, and where it was read.
CARRIED = (
    Column("source", "key", "Name of the source in riskplug.toml."),
    Column("company", "key", "Company or client in the source, where it has several."),
    Column("site", "key", "Site (plant) of the row; missing means every site where the table's `blank_site` says so."),
    Column("file", "key", "File or database table the row was read from, relative to the workspace."),
    Column("row", "number", "Line of the file (1 = first line) or ordinal of the record."),
)

_UNIT = Column("unit", "key", "Unit of the quantity; missing means the base unit of the part.")


def _part(doc: str, name: str = "part_no", required: bool = True) -> Column:
    return Column(name, "part", doc, required)


TABLES: dict[str, Table] = {
    table.name: table
    for table in (
        Table(
            "parts",
            (
                _part("Part number."),
                Column("description", "text", "Description, in any language."),
                Column("base_unit", "key", "Unit in which stock and requirements are kept.", True),
                Column("procurement", "choice", "Made, bought or both.", choices=("buy", "make", "both")),
                Column("phantom", "flag", "Never stocked: requirements pass through to its components."),
                Column("bulk", "flag", "Issued in bulk: counts for content, has no planned requirement."),
                Column("active", "flag", "In use; missing counts as in use."),
                Column("is_product", "flag", "Sold to customers."),
                Column("defence", "flag", "Sold under a US defence contract, at any tier; missing means unknown."),
                Column("is_cots", "flag", "Commercially available off the shelf; missing means unknown."),
                Column(
                    "lead_time_days",
                    "number",
                    "Planned delivery time, calendar days; production time of made parts, work days.",
                    minimum=0,
                ),
                Column(
                    "minutes_per_unit",
                    "number",
                    "Production time of one base unit of a made part, minutes of a day of 1,440; beats its "
                    "`lead_time_days`.",
                    minimum=0,
                ),
                Column(
                    "buffer_days",
                    "number",
                    "Added to the production time by `minutes_per_unit`, work days; missing is none. Counts beside it "
                    "alone.",
                    minimum=0,
                ),
                Column("purchasing_days", "number", "Purchase processing, work days.", minimum=0),
                Column("receiving_days", "number", "Goods-receipt processing, work days.", minimum=0),
                Column("safety_stock", "number", "Safety stock, base units.", minimum=0),
                Column("min_order_qty", "number", "Smallest order, base units.", minimum=0),
                Column("order_multiple", "number", "Order quantities are multiples of this, base units.", minimum=0),
                Column("unit_cost", "number", "Cost per base unit, in `currency`.", minimum=0),
                Column("unit_revenue", "number", "Revenue per base unit, in `currency`.", minimum=0),
                Column("currency", "key", "ISO 4217 code of cost and revenue; missing means the workspace's."),
                Column("unit_mass_g", "number", "Mass of one base unit, grams.", minimum=0),
                Column("hs_code", "text", "Customs code, digits as delivered."),
                Column("control_code", "text", "Export-control code of the item, e.g. 1C905.a."),
                Column("country_of_origin", "key", "ISO 3166 alpha-2 country of origin."),
                Column("manufacturer", "text", "Manufacturer."),
                Column("mpn", "text", "Manufacturer part number."),
                Column("category", "text", "Commodity group or category."),
                Column("owner", "key", "Who answers for the part: a buyer, a group."),
            ),
            ("part_no", "site"),
            "Part master.",
            "every",
        ),
        Table(
            "part_units",
            (
                _part("Part number."),
                Column(
                    "unit", "key", "A further unit the part is ordered, stocked or used in: box, roll, kilogram.", True
                ),
                Column("factor", "number", "Base units of the part in one of this unit.", True, minimum=1e-12),
            ),
            ("site", "part_no", "unit"),
            "Units of single parts, which no general table can know.",
            "every",
        ),
        Table(
            "bom_lines",
            (
                _part("Assembly.", "parent"),
                _part("Component.", "component"),
                Column(
                    "quantity", "quantity", "Quantity per `base_quantity` of the parent; negative is an output.", True
                ),
                _UNIT,
                Column(
                    "base_quantity", "number", "Parent quantity the line is for; missing counts as 1.", minimum=1e-12
                ),
                Column("fixed", "flag", "Per order, not per unit."),
                Column("scrap_pct", "number", "Component scrap, percent of the need.", minimum=0),
                Column("yield_pct", "number", "Yield, percent; the need is divided by it.", minimum=1e-9, maximum=100),
                Column("loss_convention", "choice", "How scrap_pct enlarges the need.", choices=("multiply", "divide")),
                Column("valid_from", "date", "First day in force, inclusive; missing means always."),
                Column("valid_to", "date", "Last day in force, inclusive; missing means open."),
                Column("alternative", "key", "BOM alternative of the parent."),
                Column("usage", "key", "BOM usage, as delivered; `production` counts, missing counts."),
                Column("status", "key", "Line status, as delivered; `active` counts, missing counts."),
                Column("alt_group", "key", "Components of one group replace each other."),
                Column("alt_priority", "number", "Lower is preferred.", minimum=0),
                Column(
                    "alt_share_pct",
                    "pct",
                    "Share of the requirement that this alternate takes.",
                    minimum=0,
                    maximum=100,
                ),
                Column("line_kind", "choice", "Kind of line; missing counts as normal.", choices=LINE_KINDS),
                Column("position", "key", "Item position."),
                Column("reference", "text", "Reference designators."),
            ),
            ("site", "parent", "alternative", "usage", "position", "component", "valid_from"),
            "Bill of material, one row per line.",
            "every",
        ),
        Table(
            "inventory",
            (
                _part("Part number."),
                Column("location", "key", "Storage location."),
                Column("stock_type", "choice", "Stock type; missing counts as unrestricted.", choices=STOCK_TYPES),
                Column("owner", "key", "Owner of the stock, where it is not the company."),
                Column("lot", "key", "Lot or batch."),
                Column("expires_on", "date", "Last day the lot may be used; missing means that it does not expire."),
                Column("quantity", "quantity", "Quantity on hand; negative is kept.", True),
                _UNIT,
                Column("as_of", "date", "Day the stock was counted or exported."),
            ),
            ("site", "part_no", "location", "stock_type", "owner", "lot"),
            "Stock, one row per part, place, type and lot.",
            "only",
        ),
        Table(
            "purchase_orders",
            (
                Column("order_no", "key", "Purchase order.", True),
                Column("line", "key", "Line, or line and schedule line.", True),
                _part("Part number."),
                Column("supplier", "key", "Supplier."),
                Column("open_quantity", "quantity", "Ordered less received.", True, minimum=0),
                _UNIT,
                Column("due_date", "date", "Agreed delivery date."),
                Column("confirmed_date", "date", "Date confirmed by the supplier; beats due_date."),
                Column("shipped_on", "date", "Day it left the country of origin."),
                Column("ship_from_country", "key", "ISO country it is shipped from."),
                Column("country_of_origin", "key", "ISO country of origin of the goods."),
                Column("licence_no", "key", "Export licence."),
                Column("licence_status", "choice", "State of the export licence.", choices=LICENCE_STATES),
                Column("licence_applied_on", "date", "Day the export licence was applied for."),
                Column("licence_valid_to", "date", "Last day the licence may be used."),
                Column("unit_price", "number", "Price per unit of the line, in `currency`.", minimum=0),
                Column("currency", "key", "ISO 4217 code; missing means the workspace's."),
                Column("firm", "flag", "Binding; missing counts as binding."),
            ),
            ("source", "site", "order_no", "line"),
            "Open purchase order lines.",
            "only",
        ),
        Table(
            "goods_receipts",
            (
                Column("order_no", "key", "Purchase order that the goods came for.", True),
                Column("line", "key", "Line, or line and schedule line."),
                _part("Part number."),
                Column("supplier", "key", "Supplier."),
                Column("quantity", "quantity", "Quantity received; a negative one is a return.", True),
                _UNIT,
                Column("due_date", "date", "Delivery date that was agreed."),
                Column("confirmed_date", "date", "Date that the supplier had confirmed; beats due_date."),
                Column("received_on", "date", "Day the goods came in.", True),
            ),
            ("source", "site", "order_no", "line", "received_on"),
            "Past goods receipts: how late suppliers are is measured on them.",
            "only",
        ),
        Table(
            "demand",
            (
                _part("Part number."),
                Column("date", "date", "Day the quantity is needed.", True),
                Column("quantity", "quantity", "Quantity needed.", True, minimum=0),
                _UNIT,
                Column("kind", "choice", "Kind of demand.", choices=DEMAND_KINDS),
                Column("reference", "key", "Order or plan; of a reservation, the production order it is for."),
            ),
            ("site", "part_no", "date", "kind", "reference"),
            "Independent demand and released reservations.",
            "only",
        ),
        Table(
            "production_orders",
            (
                Column("order_no", "key", "Production order.", True),
                _part("Part it makes."),
                Column("open_quantity", "quantity", "Ordered less delivered.", True, minimum=0),
                _UNIT,
                Column("start_date", "date", "Day its components are needed; missing means by the production time."),
                Column("finish_date", "date", "Day the part is delivered to stock."),
                Column(
                    "released", "flag", "Released to production; the others count as nothing, missing is not released."
                ),
                Column("reference", "key", "What it is made for: a sales order, a plan."),
            ),
            ("source", "site", "order_no", "part_no"),
            "Open production orders. Their components are the reservations in `demand` whose `reference` is the order, "
            "else the bill of material.",
            "only",
        ),
        Table(
            "consumption",
            (
                _part("Part number."),
                Column("date", "date", "Day of the issue.", True),
                Column("quantity", "quantity", "Quantity issued, transfers to other sites not among it.", True),
                _UNIT,
                Column(
                    "days_without_stock",
                    "number",
                    "Days without stock within the period of the row, calendar days; missing means unknown.",
                    minimum=0,
                ),
            ),
            ("site", "part_no", "date"),
            "Past consumption.",
            "only",
        ),
        Table(
            "suppliers",
            (
                Column("supplier", "key", "Supplier number.", True),
                Column("name", "text", "Name."),
                Column("country", "key", "ISO country of the supplier's seat; not the origin of the goods."),
                Column("parent_company", "text", "Parent company."),
            ),
            ("source", "supplier"),
            "Suppliers.",
            "every",
        ),
        Table(
            "sourcing",
            (
                _part("Part number."),
                Column("supplier", "key", "Supplier.", True),
                Column("country_of_origin", "key", "ISO country of origin of the goods."),
                Column("country_of_mining", "key", "ISO country of mining."),
                Column("country_of_refining", "key", "ISO country of refining."),
                Column("country_of_melting", "key", "ISO country of melting or alloying."),
                Column("material", "key", "Material the stage countries speak of; missing means all."),
                Column("recycled", "flag", "From recycled material."),
                Column("share_pct", "pct", "Share of supply.", minimum=0, maximum=100),
                Column("priority", "number", "Lower is preferred.", minimum=0),
                Column("qualified", "flag", "Released for this part; missing counts as unknown."),
                Column("lead_time_days", "number", "Calendar days.", minimum=0),
                Column("valid_from", "date", "First day, inclusive."),
                Column("valid_to", "date", "Last day, inclusive."),
                Column("blocked", "flag", "Blocked for purchasing."),
            ),
            ("site", "part_no", "supplier", "material", "valid_from"),
            "Approved sources of supply.",
            "every",
        ),
        Table(
            "declarations",
            (
                _part("Part number; may be missing where `mpn` is given.", required=False),
                Column("mpn", "text", "Manufacturer part number."),
                Column("supplier", "key", "Declaring supplier."),
                Column("material", "key", "Declared material: an element symbol, or `graphite`.", True),
                Column("cas_no", "text", "CAS number as declared."),
                Column("form", "key", "Form: oxide, metal, alloy, compound, magnet ..."),
                Column("mass_g", "number", "Mass in one base unit, grams.", minimum=0),
                Column("mass_pct", "pct", "Mass percent of the part.", minimum=0, maximum=100),
                Column(
                    "bound", "choice", "Exact (also when missing), an upper bound, or declared absent.", choices=BOUNDS
                ),
                Column("status", "key", "`final` counts; missing counts as final."),
                Column("declared_on", "date", "Date of the declaration."),
                Column("document", "text", "Document or file it comes from."),
            ),
            ("part_no", "mpn", "supplier", "material", "form", "declared_on"),
            "Supplier material declarations.",
            "every",
        ),
        Table(
            "suspicions",
            (
                _part(
                    "Part number; missing where `mpn` is given, or where the supplier spoke of all parts.",
                    required=False,
                ),
                Column("mpn", "text", "Manufacturer part number."),
                Column("supplier", "key", "Declaring supplier."),
                Column("material", "key", "Material spoken of.", True),
                Column("direction", "choice", "Makes it more or less likely.", True, choices=("raises", "lowers")),
                Column("text", "text", "What was said."),
            ),
            ("part_no", "mpn", "supplier", "material", "direction", "text"),
            "Statements of suppliers that name a material without a mass, e.g. in RMI templates.",
            "every",
        ),
        Table(
            "smelters",
            (
                _part("Part number; missing where the list is the whole company's.", required=False),
                Column("supplier", "key", "Supplier that named the smelter."),
                Column("material", "key", "Material it smelts or refines.", True),
                Column("smelter_id", "key", "Identifier of the Responsible Minerals Initiative, e.g. CID002015."),
                Column("name", "text", "Smelter or refiner.", True),
                Column("country", "key", "Country of the smelter, as written."),
            ),
            ("part_no", "supplier", "material", "smelter_id", "name"),
            "Smelters and refiners that suppliers named.",
            "every",
        ),
    )
}

PART_COLUMNS = ("part_no", "parent", "component")


def column_of(table: str, name: str) -> Column:
    """The declaration of a table's own or carried column."""
    return next(c for c in (*TABLES[table].columns, *CARRIED) if c.name == name)


def dtype_of(column: Column, parts: "pd.Index") -> "str | pd.CategoricalDtype":
    """The dtype of a column, part columns over the given shared index of part numbers."""
    import pandas as pd

    if column.kind == "part":
        return pd.CategoricalDtype(parts)
    if column.kind == "choice":
        return pd.CategoricalDtype(pd.Index(column.choices, dtype="str"))
    simple = {"key": "category", "text": "str", "date": "datetime64[s]", "flag": "boolean"}
    return simple.get(column.kind, "float64")


def empty(table: str, parts: "pd.Index | None" = None) -> "pd.DataFrame":
    """A frame of the table without rows, every column of the declaration and the carried ones present."""
    import pandas as pd

    index = pd.Index([], dtype="str") if parts is None else parts
    columns = (*TABLES[table].columns, *CARRIED)
    return pd.DataFrame({c.name: pd.Series([], dtype=dtype_of(c, index)) for c in columns})


def conform(table: str, rows: "pd.DataFrame", parts: "pd.Index") -> "pd.DataFrame":
    """The rows with exactly the table's columns in their declared dtypes; absent columns are missing throughout."""
    import pandas as pd

    columns = (*TABLES[table].columns, *CARRIED)
    absent = any(c.name not in rows for c in columns)
    nothing = pd.Series([None] * len(rows) if absent else None, index=rows.index, dtype="object")
    made = {c.name: rows.get(c.name, nothing).astype(cast(Any, dtype_of(c, parts))) for c in columns}
    return pd.DataFrame(made, index=rows.index, copy=False)
