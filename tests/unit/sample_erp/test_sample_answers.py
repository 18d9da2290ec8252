"""answers.yaml names what exists, counts what is there, and its arithmetic holds in a slow walk of its own."""

import csv
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from sample_erp.company import BUSINESS_DATE, Line, Site
from sample_erp.generate import EXPORTS, company
from sample_erp.requirements import in_production

ROOT = Path(__file__).resolve().parents[3]
ANSWERS: dict[str, Any] = YAML(typ="safe").load(ROOT / "sample_erp" / "answers.yaml")
SITES = {site.name: site for site in company()}
RULES = {
    "restriction-exposure",
    "runway-below-licence-cycle",
    "runway-below-lead-time",
    "single-source",
    "single-origin",
    "order-needs-licence",
    "missing-evidence-magnet",
    "stale-export",
    "shrunken-export",
    "single-point-of-failure",
    "concentrated-supply",
    "defence-covered-material",
    "exposed-without-alternative",
    "*",
}
LISTS = {
    "parts": "Materialstamm",
    "bom_lines": "Stueckliste",
    "inventory": "Bestand",
    "purchase_orders": "Bestellungen",
    "demand": "Bedarf",
    "consumption": "Verbrauch",
    "suppliers": "Lieferanten",
    "sourcing": "Bezugsquellen",
    "declarations": "Materialdeklarationen",
}
TABLES_MX = {
    "parts": "articulos",
    "bom_lines": "listas_materiales",
    "inventory": "existencias",
    "purchase_orders": "ordenes_compra",
    "demand": "demanda",
    "consumption": "consumos",
    "suppliers": "proveedores",
    "sourcing": "fuentes",
    "declarations": "declaraciones",
}


def entries(*sections: str) -> Iterator[dict[str, Any]]:
    for section in sections:
        yield from ANSWERS[section]


def file_rows(source: str, table: str) -> int:
    """Data rows of an export, without header, title and sum line."""
    if source == "de01":
        lines = (EXPORTS / "de01" / f"{LISTS[table]}.csv").read_bytes().decode("cp1252").splitlines()
        return len(lines) - (4 if table == "inventory" else 1)
    if source == "us01":
        with (EXPORTS / "us01" / f"{table}.csv").open(encoding="utf-8", newline="") as file:
            return sum(1 for _ in csv.reader(file)) - 1
    with closing(sqlite3.connect(EXPORTS / "mx01.db")) as database:
        return int(database.execute(f"SELECT count(*) FROM {TABLES_MX[table]}").fetchone()[0])


def test_every_part_named_exists_at_its_site() -> None:
    known = {(site.name, part.part_no) for site in SITES.values() for part in site.parts}
    sections = ("must_find", "must_not_find", "must_be_unknown", "numbers", "content", "orders", "impact")
    named = {(entry["site"], entry["part_no"]) for entry in entries(*sections) if "part_no" in entry}
    assert named - known == set()


def test_every_order_line_named_exists_for_its_part() -> None:
    known = {(site.name, order.order_no, order.line) for site in SITES.values() for order in site.orders}
    parts = {(order.order_no, order.line): order.part_no for site in SITES.values() for order in site.orders}
    sections = ("must_find", "must_not_find", "must_be_unknown", "orders")
    named = [entry for entry in entries(*sections) if "order_no" in entry]
    assert {(entry["site"], entry["order_no"], entry["line"]) for entry in named} - known == set()
    assert [e["order_no"] for e in named if e.get("part_no") not in (None, parts[e["order_no"], e["line"]])] == []


def test_rules_are_the_shipped_ones_and_every_entry_says_why() -> None:
    assert {entry["rule"] for entry in entries("must_find", "must_not_find")} <= RULES
    assert all(entry["why"] for entry in entries("must_find", "must_not_find", "must_be_unknown"))


def test_counts_are_those_of_the_exports() -> None:
    counts = ANSWERS["counts"]
    for name, site in SITES.items():
        parts = [part for part in site.parts if not part.deleted]
        assert counts["parts"][name] == len(parts)
        assert counts["products"][name] == sum(part.is_product for part in parts)
        assert counts["bom_lines"][name] == sum(not line.deleted for line in site.lines)
        assert counts["levels"][name] == depth(site)
    assert sum(counts["products"].values()) == 15 and counts["levels"]["DE01"] == 7


def depth(site: Site) -> int:
    below: dict[str, list[Line]] = {}
    for line in site.lines:
        if in_production(line):
            below.setdefault(line.parent, []).append(line)

    def deepest(part_no: str) -> int:
        return max((1 + deepest(line.component) for line in below.get(part_no, [])), default=0)

    return max(deepest(part.part_no) for part in site.parts if part.is_product)


@pytest.mark.parametrize("entry", list(entries("tables")), ids=lambda entry: f"{entry['source']}-{entry['table']}")
def test_rows_of_each_table_add_up(entry: dict[str, Any]) -> None:
    assert entry["file_rows"] == file_rows(entry["source"], entry["table"])
    left = entry["file_rows"] - entry.get("dropped", 0) - entry["quarantined"]
    assert entry.get("accepted", left) == left


@pytest.mark.parametrize(
    "entry",
    [entry for entry in entries("numbers") if entry["state"] != "unknown"],
    ids=lambda entry: f"{entry['site']}-{entry['part_no']}-{entry['policy']}",
)
def test_runways_hold_in_the_slow_walk(entry: dict[str, Any], slow_walk: Callable[..., Any]) -> None:
    stopped = frozenset((order["order_no"], order["line"]) for order in ANSWERS["orders"] if order["stopped"])
    walk = slow_walk(
        SITES[entry["site"]],
        stopped if entry["policy"] == "restricted" else frozenset(),
        receipts=entry["policy"] != "stock",
    )
    state, days = walk.runway(entry["part_no"])
    assert state == entry["state"]
    assert days == (None if entry["days"] is None else pytest.approx(entry["days"], abs=entry["tolerance"]))


def test_unknown_runways_have_no_stock_row_a_unit_without_factor_or_a_line_that_starts_later() -> None:
    for entry in (entry for entry in entries("numbers") if entry["state"] == "unknown"):
        site = SITES[entry["site"]]
        units = {stock.unit for stock in site.stock if stock.part_no == entry["part_no"]}
        starts = [line.valid_from for line in site.lines if line.component == entry["part_no"]]
        later = bool(starts) and all(start and start > BUSINESS_DATE for start in starts)
        assert units in (set(), {"ROL"}) or later


def test_revenue_hanging_on_a_part_adds_up() -> None:
    for entry in entries("impact"):
        site = SITES[entry["site"]]
        price = {part.part_no: part.revenue or 0 for part in site.parts}
        yearly = {product: 52 * site.weekly[product] * price[product] for product in entry["products"]}
        assert entry["revenue_at_risk"] == sum(yearly.values())


def test_ordinary_parts_last_half_a_year_from_two_countries(slow_walk: Callable[..., Any]) -> None:
    for site in SITES.values():
        walk, named = slow_walk(site, receipts=False), {"S-0101", "PCB-0101", "CF-0101", "ET-0101"}
        for part_no in named:
            state, days = walk.runway(part_no)
            origins = {source.origin for source in site.sourcing if source.part_no == part_no and source.qualified}
            assert (state == "covered_to_horizon" or (days or 0) > 180) and len(origins) == 2


def test_the_business_date_is_the_monday_of_the_workspace() -> None:
    assert ANSWERS["business_date"] == BUSINESS_DATE and BUSINESS_DATE.weekday() == 0
    assert f'business_date = "{BUSINESS_DATE}"' in (ROOT / "riskplug.toml").read_text(encoding="utf-8")
