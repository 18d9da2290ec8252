"""The three sources of Sample Drives, against the records that their exports were written from."""

from datetime import date
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from riskplug.ingest import ingest, load_profiles
from riskplug.model import Ingested
from riskplug.workspace import load
from sample_erp.company import Site
from sample_erp.generate import company

ROOT = Path(__file__).parents[3]
SITES = {site.name: site for site in company()}
NAMES = tuple(SITES)


@pytest.fixture(scope="module")
def sample() -> Ingested:
    return ingest(load(ROOT), load_profiles([ROOT / "plugins/sap/sap-list-de.yaml"]), date(2025, 4, 28))


def rows(sample: Ingested, table: str, site: str, *columns: str) -> list[tuple[Any, ...]]:
    frame = sample.tables[table]
    plain = frame.loc[frame["source"] == site.lower(), list(columns)].astype("object")
    tuples = plain.where(plain.notna(), None).itertuples(index=False, name=None)
    return sorted((tuple(_day(cell) for cell in row) for row in tuples), key=repr)


def _day(cell: object) -> object:
    return cell.date() if isinstance(cell, pd.Timestamp) else cell


def records(values: list[tuple[Any, ...]]) -> list[tuple[Any, ...]]:
    return sorted((tuple(None if cell == "" else cell for cell in value) for value in values), key=repr)


@pytest.mark.parametrize("name", NAMES)
def test_every_part_in_use_arrives_as_it_was_written(sample: Ingested, name: str) -> None:
    assert rows(
        sample,
        "parts",
        name,
        "part_no",
        "site",
        "description",
        "base_unit",
        "procurement",
        "hs_code",
        "mpn",
        "country_of_origin",
        "category",
        "owner",
    ) == records(
        [
            (
                part.part_no,
                name,
                part.description,
                part.unit,
                part.procurement,
                part.hs_code,
                part.mpn,
                part.origin,
                part.category,
                part.owner,
            )
            for part in SITES[name].parts
            if not part.deleted
        ]
    )
    assert [
        known(row)
        for row in rows(sample, "parts", name, "part_no", "lead_time_days", "unit_cost", "unit_revenue", "unit_mass_g")
    ] == [
        known(row)
        for row in records(
            [
                (part.part_no, part.lead_time_days, part.cost, part.revenue, part.mass_g)
                for part in SITES[name].parts
                if not part.deleted
            ]
        )
    ]


def known(row: tuple[Any, ...]) -> tuple[Any, ...]:
    """Numbers to the digits that every export keeps."""
    return tuple(round(float(cell), 2) if isinstance(cell, float | int) else cell for cell in row)


@pytest.mark.parametrize("name", NAMES)
def test_every_bom_line_arrives_with_its_dates_and_sign(sample: Ingested, name: str) -> None:
    read = rows(
        sample, "bom_lines", name, "parent", "component", "quantity", "unit", "scrap_pct", "valid_from", "valid_to"
    )
    lines = [line for line in SITES[name].lines if not line.deleted]
    written = records(
        [
            (
                line.parent,
                line.component,
                line.quantity,
                line.unit,
                line.scrap_pct,
                line.valid_from,
                None if line.valid_to and line.valid_to.year == 9999 else line.valid_to,
            )
            for line in lines
        ]
    )
    assert sorted(map(_rounded, read), key=repr) == sorted(map(_rounded, written), key=repr)


def _rounded(row: tuple[Any, ...]) -> tuple[Any, ...]:
    return tuple(round(float(cell), 3) if isinstance(cell, float | int) and cell is not None else cell for cell in row)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("kind", ["unrestricted", "quality", "blocked", "transit", "consignment"])
def test_stock_of_every_type_adds_up(sample: Ingested, name: str, kind: str) -> None:
    stock = sample.tables["inventory"]
    mine = stock[(stock["source"] == name.lower()) & (stock["stock_type"] == kind)]
    assert mine["quantity"].sum() == pytest.approx(sum(getattr(item, kind) for item in SITES[name].stock))
    assert set(mine.loc[mine["quantity"] != 0, "part_no"]) == {
        item.part_no for item in SITES[name].stock if getattr(item, kind)
    }


@pytest.mark.parametrize("name", NAMES)
def test_a_counted_zero_stays_a_zero(sample: Ingested, name: str) -> None:
    stock = sample.tables["inventory"]
    mine = stock[(stock["source"] == name.lower()) & (stock["stock_type"] == "unrestricted") & (stock["quantity"] == 0)]
    empty = {
        item.part_no
        for item in SITES[name].stock
        if not any((item.unrestricted, item.quality, item.blocked, item.transit, item.consignment))
    }
    assert empty <= set(mine["part_no"])


@pytest.mark.parametrize("name", NAMES)
def test_open_orders_are_what_is_still_to_come(sample: Ingested, name: str) -> None:
    odd = {"n.v."} if name == "DE01" else set()
    assert set(sample.quarantine.query("table == 'purchase_orders' and source == @name.lower()")["value"]) == odd
    orders = [order for order in SITES[name].orders if not order.deleted and not order.completed]
    assert rows(
        sample,
        "purchase_orders",
        name,
        "order_no",
        "line",
        "part_no",
        "open_quantity",
        "due_date",
        "licence_status",
        "country_of_origin",
    ) == records(
        [
            (
                order.order_no,
                order.line,
                order.part_no,
                max(order.ordered - order.received, 0),
                order.due,
                order.licence_status,
                order.origin,
            )
            for order in orders
        ]
    )


@pytest.mark.parametrize("name", NAMES)
def test_demand_consumption_and_sourcing_arrive_whole(sample: Ingested, name: str) -> None:
    site: Site = SITES[name]
    assert rows(sample, "demand", name, "part_no", "date", "quantity", "kind") == records(
        [(need.part_no, need.on, need.quantity, need.kind) for need in site.demand]
    )
    assert len(rows(sample, "consumption", name, "row")) == len(site.issues)
    assert sample.tables["consumption"].loc[
        sample.tables["consumption"]["source"] == name.lower(), "quantity"
    ].sum() == pytest.approx(sum(issue.quantity for issue in site.issues))
    assert rows(sample, "sourcing", name, "part_no", "supplier", "country_of_origin", "qualified") == records(
        [(source.part_no, source.supplier, source.origin, source.qualified) for source in site.sourcing]
    )
    assert rows(sample, "suppliers", name, "supplier", "name", "country") == records(
        [(supplier.supplier, supplier.name, supplier.country) for supplier in site.suppliers]
    )


@pytest.mark.parametrize("name", NAMES)
def test_declarations_arrive_with_bound_form_and_status(sample: Ingested, name: str) -> None:
    assert rows(
        sample,
        "declarations",
        name,
        "part_no",
        "material",
        "form",
        "bound",
        "status",
        "declared_on",
        "mass_g",
        "mass_pct",
    ) == records(
        [
            (
                item.part_no,
                item.material,
                item.form,
                item.bound,
                item.status,
                item.declared_on,
                item.mass_g,
                item.mass_pct,
            )
            for item in SITES[name].declarations
        ]
    )


def test_only_the_rows_spoilt_on_purpose_are_set_aside(sample: Ingested) -> None:
    assert sample.refused == ()
    entries = sample.quarantine[["table", "source", "column", "value", "reason"]].to_numpy().tolist()
    assert [[table, source, column] for table, source, column, *_ in entries] == [
        ["purchase_orders", "de01", "open_quantity"],
        ["demand", "de01", ""],
        ["consumption", "de01", "date"],
        ["consumption", "de01", "quantity"],
    ]
    assert [value for *_, value, _ in entries][2:] == ["31.02.2025", "1.2.3,4"]
    assert "too many fields: 9 instead of 7" in entries[1][-1]


def test_the_ages_of_the_exports_are_the_declared_ones(sample: Ingested) -> None:
    ages = {file.source: str(file.extracted_at) for file in sample.files if file.table == "inventory"}
    assert ages == {
        "de01": "2025-04-28 00:00:00+02:00",
        "us01": "2025-04-28 00:00:00+02:00",
        "mx01": "2025-04-25 00:00:00+02:00",
    }
