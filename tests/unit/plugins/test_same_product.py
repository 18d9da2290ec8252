"""One product in the tables of SAP, Odoo and ERPNext: the same explosion, stock and open orders from each."""

import shutil
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from functools import partial
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from riskplug.bom import build_graph, explode
from riskplug.documents import load_yaml
from riskplug.extend.host import PluginHost
from riskplug.ingest import Profile, ingest
from riskplug.ingest.profile_file import load_profile
from riskplug.loading import reshapes_of
from riskplug.model import Ingested
from riskplug.units import factor
from riskplug.workspace import Workspace
from tests import servers

CASE = Path(__file__).parents[2] / "cases" / "same_product"
EXPECTED: Mapping[str, Any] = load_yaml(CASE / "expected.yaml").data
ON = date.fromisoformat(str(EXPECTED["on"]))
SITES = tuple(EXPECTED["sites"])

# what a user writes on top of the plugin's profile: which warehouse is which site
OURS = {
    "sap": "extends: sap-tables\n",
    "odoo": "extends: odoo\nsites: {WHDE: DE01, WHUS: US01}\n",
    "odoo-19": "extends: odoo\nsites: {WHDE: DE01, WHUS: US01}\n",
    "odoo-12": "extends: odoo-12\nsites: {WHDE: DE01, WHUS: US01}\n",
    "erpnext": "extends: erpnext\nsites:\n  {Stores - SD: DE01, Shelf 2 - SD: DE01, Rejected - SD: DE01,"
    " Austin - SD: US01}\n",
}


def of_sap(folder: Path) -> dict[str, Any]:
    shutil.copytree(CASE / "sap", folder / "sap")
    return {"path": "sap"}


def of_odoo(folder: Path, version: str = "") -> dict[str, Any]:
    url = servers.new_database(servers.postgresql(), f"same_product_{version or 16}")
    for script in ("odoo", f"odoo-{version}") if version else ("odoo",):
        servers.run_script(url, (CASE / f"{script}.sql").read_text(encoding="utf-8"))
    return {"url": url}


def of_erpnext(folder: Path) -> dict[str, Any]:
    url = servers.new_database(servers.mariadb(), "same_product")
    servers.run_script(url, (CASE / "erpnext.sql").read_text(encoding="utf-8"))
    return {"url": url}


SOURCES: Mapping[str, Callable[[Path], dict[str, Any]]] = {
    "sap": of_sap,
    "odoo": of_odoo,
    "odoo-12": partial(of_odoo, version="12"),
    "odoo-19": partial(of_odoo, version="19"),
    "erpnext": of_erpnext,
}


@dataclass(frozen=True)
class Told:
    """What one ERP says of the product."""

    erp: str
    read: Ingested


@pytest.fixture(scope="module", params=list(SOURCES))
def told(
    request: pytest.FixtureRequest,
    host: PluginHost,
    known_profiles: Mapping[str, Profile],
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Told]:
    erp, root = str(request.param), tmp_path_factory.mktemp("same")
    source = SOURCES[erp](root)
    (root / "ours.yaml").write_text(f"name: ours\n{OURS[erp]}", encoding="utf-8")
    workspace = Workspace.model_validate(
        {
            "root": root,
            "workspace": {"name": "test", "timezone": "Europe/Berlin"},
            "sites": {site: {"country": country} for site, country in EXPECTED["sites"].items()},
            "sources": {"erp": {"profile": "ours", **source}},
        }
    )
    profiles = {**known_profiles, "ours": load_profile(root / "ours.yaml", known_profiles)}
    yield Told(erp, ingest(workspace, profiles, ON, reshapes=reshapes_of(host)))


def test_everything_is_read_and_nothing_set_aside(told: Told) -> None:
    assert told.read.refused == ()
    assert told.read.quarantine.to_dict("records") == []


def test_units_and_kits_are_the_same(told: Told) -> None:
    parts = told.read.tables["parts"].drop_duplicates("part_no").set_index("part_no")
    named = {str(name): str(unit) for name, unit in parts["base_unit"].items()}
    assert named == EXPECTED["base_units"]
    assert sorted(map(str, parts.index[parts["phantom"].fillna(False)])) == EXPECTED["phantom"]


@pytest.mark.parametrize("site", SITES)
def test_the_explosion_is_the_same(told: Told, site: str) -> None:
    tables = told.read.tables
    also = [tables["inventory"], tables["purchase_orders"]]
    graph = build_graph(tables["bom_lines"], tables["parts"], sites=SITES, on=ON, also=also)
    assert graph.problems.empty
    below = explode(graph, str(EXPECTED["product"]), site).set_index("part_no")
    expected = dict(EXPECTED["explosion"])
    if told.erp.startswith("odoo"):
        expected |= EXPECTED["without_loss"]
    assert {str(part): int(level) for part, level in below["level"].items()} == {
        part: each["level"] for part, each in expected.items()
    }
    assert {str(part): need for part, need in below["qty_per"].items()} == pytest.approx(
        {part: each["qty_per"] for part, each in expected.items()}, rel=1e-12
    )


def in_base_units(rows: pd.DataFrame, column: str) -> pd.Series:
    base = rows["part_no"].astype("object").map(EXPECTED["base_units"])
    unit = rows["unit"].astype("object").where(rows["unit"].notna(), base)
    return rows[column] * [factor(str(one), str(other)) for one, other in zip(unit, base, strict=True)]


def test_stock_by_type_is_the_same(told: Told) -> None:
    rows = told.read.tables["inventory"]
    total = in_base_units(rows, "quantity").groupby(
        [rows["part_no"].astype("str"), rows["site"].astype("str"), rows["stock_type"].astype("str")]
    )
    found = {key: quantity for key, quantity in total.sum().items() if quantity}
    assert found == pytest.approx({tuple(map(str, key)): quantity for *key, quantity in EXPECTED["stock"]})


def test_open_orders_are_the_same(told: Told) -> None:
    rows = told.read.tables["purchase_orders"]
    found = sorted(
        zip(
            rows["part_no"].astype("str"),
            rows["site"].astype("str"),
            rows["due_date"].dt.strftime("%Y-%m-%d"),
            in_base_units(rows, "open_quantity"),
            strict=True,
        )
    )
    assert found == sorted((part, site, str(due), float(quantity)) for part, site, due, quantity in EXPECTED["orders"])
