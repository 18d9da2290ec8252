"""What only ERPNext has: default BOMs, variants of a template, process loss, warehouses and numbers nobody entered."""

from collections.abc import Callable, Mapping
from datetime import date
from pathlib import Path

import pandas as pd
import pytest
import sqlalchemy as sa

from riskplug.extend.host import PluginHost
from riskplug.ingest import Profile, ingest
from riskplug.ingest.profile_file import load_profile
from riskplug.loading import reshapes_of
from riskplug.model import Ingested
from riskplug.workspace import Workspace
from tests import servers

PRODUCT = Path(__file__).parents[2] / "cases" / "same_product" / "erpnext.sql"
MORE = """
insert into `tabItem` (name, item_code, item_name, stock_uom, is_stock_item, disabled, has_variants, variant_of)
  values ('CASE', 'CASE', 'Case', 'Nos', 1, 0, 1, null), ('CASE-RED', 'CASE-RED', 'Red', 'Nos', 1, 0, 0, 'CASE'),
  ('CASE-BLUE', 'CASE-BLUE', 'Blue', 'Nos', 1, 0, 0, 'CASE'), ('OIL', 'OIL', 'Oil', 'Litre', 0, 0, 0, null);
insert into `tabBOM` values ('BOM-CASE-001', 1, 'CASE', 'Sample Drives', 'Nos', 1, 1, 1, 0),
  ('BOM-CASE-BLUE-001', 1, 'CASE-BLUE', 'Sample Drives', 'Nos', 1, 1, 1, 0);
insert into `tabBOM Item` (name, parent, parenttype, idx, item_code, stock_qty, stock_uom, sourced_by_supplier)
  values ('k1', 'BOM-CASE-001', 'BOM', 1, 'SCREW', 2, 'Nos', 0), ('k2', 'BOM-CASE-001', 'BOM', 2, 'SEAL', 1, 'Nos', 1),
  ('k3', 'BOM-CASE-BLUE-001', 'BOM', 1, 'SCREW', 3, 'Nos', 0);
insert into `tabBin` values ('t1', 'SEAL', 'Goods In Transit - SD', 9, 0, 0, 9, 'Nos');
insert into `tabPurchase Order` values ('PUR-8', 1, 'On Hold', 'Ningbo Magnets', 'Sample Drives', 'EUR', 0,
  '2025-05-20');
insert into `tabPurchase Order Item` values ('p8', 'PUR-8', 1, 1, 'SEAL', 8, 3, 1, 'Nos', 'Nos', 1, 8, 1, 'Stores - SD',
  '2025-05-20', '2025-05-27', 0);
create table `tabItem Lead Time` (name varchar(140) primary key, item_code varchar(140), manufacturing_time_in_mins int,
  purchase_time int, buffer_time int);
insert into `tabItem Lead Time` values ('ROTOR', 'ROTOR', 30, 0, 1), ('COIL', 'COIL', 0, 0, 2);
"""


@pytest.fixture(scope="module")
def url() -> str:
    made = servers.new_database(servers.mariadb(), "erpnext_more")
    servers.run_script(made, PRODUCT.read_text(encoding="utf-8") + MORE)
    return made


@pytest.fixture
def read(url: str, host: PluginHost, known_profiles: Mapping[str, Profile], tmp_path: Path) -> Callable[..., Ingested]:
    def of(more: str = "", reader: str = url) -> Ingested:
        places = (
            "Stores - SD: DE01, Shelf 2 - SD: DE01, Rejected - SD: DE01, Austin - SD: US01, Goods In Transit - SD: DE01"
        )
        (tmp_path / "ours.yaml").write_text(f"name: ours\nextends: erpnext\nsites: {{{places}}}\n{more}")
        workspace = Workspace.model_validate(
            {
                "root": tmp_path,
                "workspace": {"name": "test", "timezone": "Europe/Berlin"},
                "sites": {site: {"country": site[:2]} for site in ("DE01", "US01")},
                "sources": {"erp": {"profile": "ours", "url": reader}},
            }
        )
        profiles = {**known_profiles, "ours": load_profile(tmp_path / "ours.yaml", known_profiles)}
        return ingest(workspace, profiles, date(2025, 4, 28), reshapes=reshapes_of(host))

    return of


def rows(table: pd.DataFrame, *columns: str) -> list[tuple[object, ...]]:
    shown = table[list(columns)].astype("object")
    return [tuple(row) for row in shown.where(shown.notna(), None).itertuples(index=False)]


def test_items_say_what_erpnext_says_and_zero_is_no_price_or_weight(read: Callable[..., Ingested]) -> None:
    parts = read().tables["parts"].set_index("part_no")
    magnet = parts.loc["MAGNET"]
    told = [magnet[name] for name in ("country_of_origin", "hs_code", "manufacturer", "mpn", "procurement")]
    assert told == ["CN", "850511", "Ningbo Magnets", "N42SH-8", "buy"]
    numbers = [magnet[name] for name in ("lead_time_days", "safety_stock", "min_order_qty", "unit_cost", "unit_mass_g")]
    assert numbers == pytest.approx([90, 200, 100, 4.2, 12])
    assert parts.loc["ROTOR", "unit_mass_g"] == 3500 and pd.isna(parts.loc["SCREW", "unit_mass_g"])
    assert pd.isna(magnet["unit_revenue"]) and parts.loc["DRIVE", "unit_revenue"] == 900
    assert not parts.loc["SEAL", "active"] and parts.loc["OIL", "bulk"] and "CASE" not in parts.index


def test_made_items_have_minutes_each_and_a_buffer_and_zero_minutes_are_none(read: Callable[..., Ingested]) -> None:
    parts = read().tables["parts"].set_index("part_no")
    told = parts.loc[["ROTOR", "COIL", "DRIVE"], ["minutes_per_unit", "buffer_days"]]
    assert told.fillna(-1).to_numpy().tolist() == [[30, 1], [-1, 2], [-1, -1]]


def test_a_variant_without_a_bom_has_its_templates(read: Callable[..., Ingested]) -> None:
    lines = read().tables["bom_lines"]
    found = lines[lines["parent"].astype("str").str.startswith("CASE-")]
    assert sorted(rows(found, "parent", "component", "quantity", "line_kind")) == [
        ("CASE-BLUE", "SCREW", 3, "normal"),
        ("CASE-RED", "SCREW", 2, "normal"),
        ("CASE-RED", "SEAL", 1, "bulk"),  # the supplier brings it along
    ]


def test_the_default_bom_comes_first_and_process_loss_is_a_yield(read: Callable[..., Ingested]) -> None:
    lines = read().tables["bom_lines"]
    drive = lines[lines["parent"] == "DRIVE"]
    assert set(rows(drive, "alternative", "base_quantity")) == {("1", 10), ("2", 10)}
    assert sorted(rows(drive[drive["alternative"] == "2"], "component", "quantity")) == [("MAGNET", 10), ("SCREW", 99)]
    assert rows(lines[lines["parent"] == "COIL"], "component", "quantity", "yield_pct") == [("WIRE", 20, 80)]


def test_goods_between_warehouses_are_in_transit(read: Callable[..., Ingested]) -> None:
    stock = read().tables["inventory"]
    assert rows(stock[stock["part_no"] == "SEAL"], "stock_type", "quantity") == [("transit", 9)]


def test_an_order_on_hold_is_not_firm_and_returns_are_in_what_was_received(read: Callable[..., Ingested]) -> None:
    orders = read().tables["purchase_orders"]
    (held,) = rows(orders[orders["order_no"] == "PUR-8"], "open_quantity", "firm", "due_date", "confirmed_date")
    assert held == (5, False, pd.Timestamp("2025-05-20"), pd.Timestamp("2025-05-27"))
    (boxes,) = rows(orders[orders["order_no"] == "PUR-2"], "unit_price", "currency", "supplier", "confirmed_date")
    assert boxes == (0.1, "USD", "Ningbo Magnets", None)


def test_sales_orders_are_demand_in_stock_units(read: Callable[..., Ingested]) -> None:
    found = rows(read().tables["demand"], "part_no", "site", "date", "quantity", "kind", "reference")
    assert found == [("DRIVE", "DE01", pd.Timestamp("2025-06-30"), 18, "sales_order", "SAL-1")]


def test_suppliers_and_units_are_read(read: Callable[..., Ingested]) -> None:
    tables = read().tables
    assert rows(tables["suppliers"], "supplier", "name", "country") == [("Ningbo Magnets", "Ningbo Magnets Ltd", "CN")]
    assert rows(tables["sourcing"], "part_no", "supplier", "priority") == [("MAGNET", "Ningbo Magnets", 1)]
    assert ("SCREW", "Box", 250) in rows(tables["part_units"], "part_no", "unit", "factor")


def test_several_companies_are_refused_until_one_is_named(read: Callable[..., Ingested], url: str) -> None:
    engine = sa.create_engine(url)
    with engine.begin() as connection:
        connection.exec_driver_sql("update `tabBOM` set company = 'Other' where name = 'BOM-CASE-001'")
    both = read()
    assert {refusal.table for refusal in both.refused} == {"parts", "bom_lines"}
    assert "2 clients in one export: Other, Sample Drives" in both.refused[0].reason
    ours = read("client: {column: company, only: Sample Drives}\n")
    with engine.begin() as connection:
        connection.exec_driver_sql("update `tabBOM` set company = 'Sample Drives'")
    engine.dispose()
    assert ours.refused == () and "CASE-RED" not in set(ours.tables["bom_lines"]["parent"].astype("str"))


def test_stock_of_a_warehouse_nobody_named_is_set_aside(read: Callable[..., Ingested]) -> None:
    found = read("tables: {inventory: {columns: {site: location}}}\n").refused
    assert found == () or found[0].table == "inventory"
    aside = read("tables: {inventory: {columns: {site: {column: warehouse, map: {Stores - SD: DE01}}}}}\n").quarantine
    assert set(aside["value"]) == {"Shelf 2 - SD", "Rejected - SD", "Austin - SD", "Goods In Transit - SD"}


def test_a_user_with_no_more_than_the_right_to_read_is_enough(read: Callable[..., Ingested], url: str) -> None:
    engine = sa.create_engine(url)
    with engine.begin() as connection:
        connection.exec_driver_sql("create user reader@localhost")
        connection.exec_driver_sql("grant select on erpnext_more.* to reader@localhost")
    engine.dispose()
    reader = sa.make_url(url).set(username="reader").render_as_string(hide_password=False)
    assert read(reader=reader).refused == ()
