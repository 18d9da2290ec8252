"""US01's files: the canonical tables as they are, the columns in use only."""

import csv
from collections.abc import Iterable
from datetime import date
from io import StringIO
from pathlib import Path

from sample_erp.company import BUSINESS_DATE, OPEN_END, Site, Stock, positioned

Cell = str | float | bool | date | None


def text(value: Cell) -> str:
    """A cell in the canonical dialect; an open end and what is not known are blank."""
    if value is None or value == OPEN_END:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    return f"{value:.10g}" if isinstance(value, float) else str(value)


def write_canonical(site: Site, folder: Path) -> None:
    """One CSV file per canonical table into the folder."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, (header, rows) in _tables(site).items():
        out = StringIO()
        writer = csv.writer(out, lineterminator="\n")
        writer.writerow(header.split())
        writer.writerows([text(cell) for cell in row] for row in rows)
        (folder / f"{name}.csv").write_bytes(out.getvalue().encode("utf-8"))


def _tables(site: Site) -> dict[str, tuple[str, Iterable[tuple[Cell, ...]]]]:
    return {
        "parts": _parts(site),
        "bom_lines": _lines(site),
        "inventory": _stock(site),
        "purchase_orders": _orders(site),
        "goods_receipts": (
            "order_no line part_no site supplier quantity unit due_date received_on",
            (
                (r.order_no, "1", r.part_no, site.name, r.supplier, r.quantity, r.unit, r.due, r.received)
                for r in site.receipts
            ),
        ),
        "demand": (
            "part_no site date quantity unit kind reference",
            ((d.part_no, site.name, d.on, d.quantity, d.unit, d.kind, d.reference) for d in site.demand),
        ),
        "consumption": (
            "part_no site date quantity unit",
            ((i.part_no, site.name, i.on, i.quantity, i.unit) for i in site.issues),
        ),
        "suppliers": (
            "supplier name country parent_company",
            ((s.supplier, s.name, s.country, s.parent_company) for s in site.suppliers),
        ),
        "sourcing": _sourcing(site),
        "declarations": _declarations(site),
    }


def _parts(site: Site) -> tuple[str, Iterable[tuple[Cell, ...]]]:
    header = (
        "part_no site description base_unit procurement is_product lead_time_days purchasing_days "
        "receiving_days safety_stock unit_cost unit_revenue currency unit_mass_g hs_code country_of_origin "
        "category owner"
    )
    return header, (
        (
            p.part_no,
            site.name,
            p.description,
            p.unit,
            p.procurement,
            p.is_product,
            p.lead_time_days,
            p.purchasing_days,
            p.receiving_days,
            p.safety_stock,
            p.cost,
            p.revenue,
            "EUR",
            p.mass_g,
            p.hs_code,
            p.origin,
            p.category,
            p.owner,
        )
        for p in site.parts
    )


def _lines(site: Site) -> tuple[str, Iterable[tuple[Cell, ...]]]:
    header = "site parent component quantity unit scrap_pct loss_convention valid_from valid_to position"
    return header, (
        (
            site.name,
            x.parent,
            x.component,
            x.quantity,
            x.unit,
            x.scrap_pct,
            "multiply" if x.scrap_pct else "",
            x.valid_from,
            x.valid_to,
            x.position,
        )
        for x in positioned(site.lines)
    )


def _stock(site: Site) -> tuple[str, Iterable[tuple[Cell, ...]]]:
    return "part_no site location stock_type quantity unit as_of", (
        (s.part_no, site.name, s.location, kind, quantity, s.unit, BUSINESS_DATE)
        for s in site.stock
        for kind, quantity in stock_types(s)
    )


def stock_types(stock: Stock) -> list[tuple[str, float]]:
    """One entry per stock type with something in it; unrestricted always, even when it is zero."""
    names = ("quality", "blocked", "transit", "consignment")
    return [("unrestricted", stock.unrestricted), *((n, q) for n in names if (q := float(getattr(stock, n))))]


def _orders(site: Site) -> tuple[str, Iterable[tuple[Cell, ...]]]:
    header = (
        "order_no line part_no site supplier open_quantity unit due_date confirmed_date shipped_on "
        "ship_from_country country_of_origin licence_no licence_status licence_valid_to unit_price currency "
        "firm"
    )
    return header, (
        (
            o.order_no,
            o.line,
            o.part_no,
            site.name,
            o.supplier,
            o.ordered - o.received,
            o.unit,
            o.due,
            o.confirmed,
            o.shipped_on,
            o.ship_from,
            o.origin,
            o.licence_no,
            o.licence_status,
            o.licence_valid_to,
            o.price,
            "EUR",
            True,
        )
        for o in site.orders
    )


def _sourcing(site: Site) -> tuple[str, Iterable[tuple[Cell, ...]]]:
    header = "part_no site supplier country_of_origin share_pct priority qualified lead_time_days valid_from valid_to"
    return header, (
        (
            s.part_no,
            site.name,
            s.supplier,
            s.origin,
            s.share_pct,
            s.priority,
            s.qualified,
            s.lead_time_days,
            s.valid_from,
            s.valid_to,
        )
        for s in site.sourcing
    )


def _declarations(site: Site) -> tuple[str, Iterable[tuple[Cell, ...]]]:
    header = "part_no site supplier material cas_no form mass_g mass_pct bound status declared_on document"
    return header, (
        (
            d.part_no,
            site.name,
            d.supplier,
            d.material,
            d.cas_no,
            d.form,
            d.mass_g,
            d.mass_pct,
            d.bound,
            d.status,
            d.declared_on,
            d.document,
        )
        for d in site.declarations
    )
