"""What only Odoo has: variants, references that repeat, units of one kind, owners, companies, promised days."""

from collections.abc import Mapping
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

PRODUCT = Path(__file__).parents[2] / "cases" / "same_product" / "odoo.sql"
MORE = """
insert into product_template values
  (120, '{"en_US": "Housing"}', 'product', 'product', 2, 1, 1, true, true, 5, 0.5, true, null, null, null),
  (121, '{"de_DE": "Deckel"}', 'consu', 'consu', 2, 1, 1, false, true, 0, 0, true, null, null, null);
insert into product_product values
  (301, 120, 'HOUSING', null, true, 0.5), (302, 120, 'HOUSING', null, true, 0.5), (303, 121, null, null, true, 0),
  (304, 121, '', null, true, 0), (305, 121, '304', null, true, 0), (306, 105, 'MAGNET', null, false, 0);
insert into product_template_attribute_value values (1, 1, 1, 1), (2, 1, 1, 2), (3, 2, 2, 3), (9, 3, 3, 9);
insert into product_variant_combination values (301, 1), (302, 2), (301, 3), (302, 3);
insert into mrp_bom values (20, null, true, 'normal', 120, null, 1, 1, 1, null, null),
  (21, null, true, 'normal', 120, 302, 1, 3, 1, null, 2), (22, null, true, 'normal', 102, null, 1, 1, 9, 2, null);
insert into mrp_bom_line values (40, 20, 206, 106, 2, 1, 1, null, null), (41, 20, 205, 105, 1, 1, 2, null, null),
  (42, 20, 207, 107, 1, 1, 3, null, null), (43, 20, 210, 110, 1, 1, 4, null, null),
  (44, 21, 206, 106, 3, 3, 1, null, null),
  (45, 22, 206, 106, 7, 1, 1, 2, null), (46, 20, 208, 108, 1, 1, 5, null, null);
insert into mrp_bom_line_product_template_attribute_value_rel values (41, 1), (41, 3), (42, 2), (43, 9);
insert into res_company values (2, 'Sample Motors', 2, 1);
insert into stock_warehouse values (3, 'Lyon', 'WHFR', 2, 50, 51, null, true);
insert into stock_location values (51, 'Stock', 'WHFR/Stock', 'internal', 50, '1/50/51/', false, false, 2, true),
  (15, 'Returns', 'WHDE/Returns', 'internal', 10, '1/10/15/', false, true, 1, true),
  (16, 'Gauge', 'WHDE/Quality Control/Gauge', 'internal', 14, '1/10/14/16/', false, false, 1, true);
insert into stock_quant values (20, 210, 11, null, null, 7, 25, 0, '2025-03-01', 1),
  (21, 210, 16, null, null, null, 6, 0, '2025-03-01', 1),
  (22, 210, 15, null, null, null, 2, 0, '2025-03-01', 1), (23, 306, 11, null, null, null, 3, 0, '2025-03-01', 1),
  (24, 210, 51, null, null, null, 8, 0, '2025-03-01', 2);
insert into purchase_order_line values
  (20, 1, 206, 'Screws by weight', null, 5, 5, 0, 10, 25, '2025-05-15', 'purchase', 1, 10),
  (21, 1, 206, 'Screws by the dozen', null, 7, 84, 0, 3, 1.2, '2025-05-16', 'purchase', 1, 10);
"""


@pytest.fixture(scope="module")
def url() -> str:
    made = servers.new_database(servers.postgresql(), "odoo_more")
    servers.run_script(made, PRODUCT.read_text(encoding="utf-8") + MORE)
    return made


@pytest.fixture(scope="module")
def read(
    url: str, host: PluginHost, known_profiles: Mapping[str, Profile], tmp_path_factory: pytest.TempPathFactory
) -> Ingested:
    return ingested(url, host, known_profiles, tmp_path_factory.mktemp("odoo"))


def ingested(url: str, host: PluginHost, known: Mapping[str, Profile], root: Path) -> Ingested:
    (root / "ours.yaml").write_text("name: ours\nextends: odoo\nsites: {WHDE: DE01, WHUS: US01, WHFR: FR01}\n")
    workspace = Workspace.model_validate(
        {
            "root": root,
            "workspace": {"name": "test", "timezone": "Europe/Berlin"},
            "sites": {site: {"country": site[:2]} for site in ("DE01", "US01", "FR01")},
            "sources": {"erp": {"profile": "ours", "url": url}},
        }
    )
    profiles = {**known, "ours": load_profile(root / "ours.yaml", known)}
    return ingest(workspace, profiles, date(2025, 4, 28), reshapes=reshapes_of(host))


def rows(table: pd.DataFrame, *columns: str) -> list[tuple[object, ...]]:
    shown = table[list(columns)].astype("object")
    return [tuple(row) for row in shown.where(shown.notna(), None).itertuples(index=False)]


def test_a_product_without_a_reference_of_its_own_goes_by_its_id(read: Ingested) -> None:
    numbers = set(read.tables["parts"]["part_no"].astype("str"))
    assert {"301", "302"} <= numbers and "HOUSING" not in numbers  # two products called HOUSING
    assert {"303", "product.product,304", "304"} <= numbers  # 304 is the reference of product 305
    assert {"MAGNET", "306"} <= numbers  # the archived one gives way


def test_parts_say_what_odoo_says_of_them(read: Ingested) -> None:
    parts = read.tables["parts"].set_index("part_no")
    magnet = parts.loc["MAGNET"]
    assert [magnet[name] for name in ("description", "hs_code", "country_of_origin", "category", "procurement")] == [
        "Magnet N42SH",
        "850511",
        "CN",
        "All / Magnets",
        "buy",
    ]
    assert magnet["unit_mass_g"] == pytest.approx(12) and pd.isna(parts.loc["SCREW", "unit_mass_g"])
    assert parts.loc["DRIVE", "unit_revenue"] == 900 and pd.isna(magnet["unit_revenue"])
    assert rows(parts.loc[["COIL", "ROTOR", "DRIVE"]], "procurement") == [("both",), ("make",), ("make",)]
    assert parts.loc["303", "description"] == "Deckel"
    assert parts.loc["303", "bulk"] and not parts.loc["306", "active"] and not parts.loc["KIT-SENSOR", "bulk"]
    assert "FREIGHT" not in parts.index


def test_a_bom_of_a_template_is_one_for_each_variant_with_its_own_lines(read: Ingested) -> None:
    lines = read.tables["bom_lines"]
    found = lines[lines["parent"].isin(["301", "302"]) & (lines["site"].isna())]
    assert sorted(rows(found, "parent", "component", "quantity", "alternative", "line_kind")) == [
        ("301", "MAGNET", 1, "1", "normal"),
        ("301", "SCREW", 2, "1", "normal"),
        ("301", "SEAL", 1, "1", "optional"),  # chosen in the order
        ("302", "HALL", 1, "2", "normal"),
        ("302", "SCREW", 2, "2", "normal"),
        ("302", "SEAL", 1, "2", "optional"),
    ]


def test_a_bom_for_the_variant_comes_first_and_stands_at_the_warehouse_of_its_operation(read: Ingested) -> None:
    lines = read.tables["bom_lines"]
    found = lines[(lines["parent"] == "302") & lines["site"].notna()]
    # three dozen screws for a dozen housings
    assert rows(found, "component", "quantity", "base_quantity", "alternative", "site") == [
        ("SCREW", 36, 12, "1", "US01")
    ]


def test_a_bom_of_one_of_several_companies_stands_at_its_warehouses(read: Ingested) -> None:
    lines = read.tables["bom_lines"]
    assert set(rows(lines[lines["parent"] == "ROTOR"], "component", "site", "alternative")) == {
        ("MAGNET", None, "1"),
        ("COIL", None, "1"),
        ("SCREW", "FR01", "2"),
    }
    assert set(lines.loc[lines["parent"] == "COIL", "site"].astype("str")) == {"DE01", "US01"}


def test_a_unit_of_another_kind_is_set_aside_and_never_taken_as_one(read: Ingested) -> None:
    aside = read.quarantine[["table", "line", "column", "reason"]]
    assert sorted(rows(aside, "table", "column", "reason")) == [
        ("bom_lines", "(to_stock_unit)", "factor is blank or not above zero"),
        ("bom_lines", "(to_stock_unit)", "factor is blank or not above zero"),
        ("purchase_orders", "(to_stock_unit)", "factor is blank or not above zero"),
    ]


def test_a_dozen_is_twelve_and_its_price_is_for_one(read: Ingested) -> None:
    orders = read.tables["purchase_orders"]
    (dozens,) = rows(orders[orders["line"] == "21"], "open_quantity", "unit_price", "unit", "supplier")
    assert dozens[0] == 84 and dozens[1] == pytest.approx(0.1) and dozens[2:] == ("pc", "7")


def test_stock_of_others_in_quality_and_from_returns_is_told_apart(read: Ingested) -> None:
    stock = read.tables["inventory"]
    assert sorted(rows(stock[stock["part_no"] == "SEAL"], "site", "stock_type", "quantity", "owner")) == [
        ("DE01", "consignment", 25, "7"),
        ("DE01", "quality", 6, None),
        ("DE01", "returns", 2, None),
        ("FR01", "unrestricted", 8, None),
    ]
    (grease,) = rows(stock[stock["part_no"] == "GREASE"], "lot", "expires_on", "location")
    assert grease == ("L-1", pd.Timestamp("2026-01-31"), "WHDE/Stock")


def test_sales_orders_are_demand_on_the_promised_day_or_after_their_lead_time(read: Ingested) -> None:
    found = rows(read.tables["demand"], "part_no", "site", "date", "quantity", "kind", "reference")
    assert found == [
        ("DRIVE", "DE01", pd.Timestamp("2025-06-30"), 18, "sales_order", "S00001"),  # 1.5 dozen
        ("DRIVE", "US01", pd.Timestamp("2025-05-05"), 0, "sales_order", "S00002"),  # more was delivered than ordered
    ]


def test_vendors_and_their_prices_are_read(read: Ingested) -> None:
    assert rows(read.tables["suppliers"], "supplier", "name", "country") == [("7", "Ningbo Magnets", "CN")]
    assert sorted(rows(read.tables["sourcing"], "part_no", "supplier", "lead_time_days", "priority")) == [
        ("306", "7", 90, 1),
        ("MAGNET", "7", 90, 1),
    ]


def test_what_was_left_out_is_counted(read: Ingested) -> None:
    assert read.refused == ()
    assert read.dropped[("purchase_orders", "erp")] == 5  # cancelled, draft, note, freight, to a customer
    assert read.dropped[("parts", "erp")] == 1 and read.dropped[("inventory", "erp")] == 3


def test_a_user_with_no_more_than_the_right_to_read_is_enough(
    url: str, host: PluginHost, known_profiles: Mapping[str, Profile], tmp_path: Path
) -> None:
    engine = sa.create_engine(url)
    with engine.begin() as connection:
        connection.exec_driver_sql("create role reader login")
        connection.exec_driver_sql("grant select on all tables in schema public to reader")
    engine.dispose()
    reader = sa.make_url(url).set(username="reader").render_as_string(hide_password=False)
    found = ingested(reader, host, known_profiles, tmp_path)
    assert found.refused == () and len(found.tables["bom_lines"]) > 20
