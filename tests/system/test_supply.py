"""Demand that is refused or absent, production orders and averages, seen through the command on a company's files."""

from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from chains import FirstNight
from command import Folder, Ran
from small_company import NIGHT, STOCK, dated, small_company, stock, table

DEGRADED = 3


def parts(ran: Ran) -> dict[str, dict[str, Any]]:
    return {row["part_no"]: row for row in ran.document()["facts"]["part"]}


def kinds(ran: Ran) -> dict[str, str]:
    changes = ran.document()["alerts"]["changes"]
    return {change["identity"]["part_no"]: change["kind"] for change in changes if change["rule"] == "stock-low"}


def issues(folder: Folder) -> None:
    """Five of M-2 on each of the 60 days before the night, out of stock on 20 of them."""
    days = [NIGHT - timedelta(days=n) for n in range(1, 61)]
    rows = [f"M-2,{day},5,pc,{1 if n < 20 else 0}" for n, day in enumerate(days)]
    table(folder, "consumption", "part_no,date,quantity,unit,days_without_stock", rows)


@pytest.fixture(scope="module")
def emptied(first_night: FirstNight, tmp_path_factory: pytest.TempPathFactory) -> Ran:
    """The second night, on which the demand has a header and nothing else; consumption is there."""
    folder = first_night.copied(tmp_path_factory.mktemp("emptied") / "company")
    assert kinds(first_night.ran) == {"M-1": "new", "M-2": "new"}
    dated(folder, NIGHT + timedelta(days=1))
    stock(folder, STOCK, NIGHT + timedelta(days=1))
    issues(folder)
    table(folder, "demand", "part_no,date,quantity,unit,kind", [])
    return folder.run("scan", "--format", "json")


def test_refused_demand_resolves_nothing(emptied: Ran) -> None:
    assert emptied.code == DEGRADED
    assert kinds(emptied) == {"M-1": "unknown", "M-2": "unknown"}


def test_refused_demand_is_unknown_and_no_reason_for_averages(emptied: Ran) -> None:
    row = parts(emptied)["M-2"]
    assert (row["stock_runway_days_state"], row["demand_basis"]) == ("unknown", "none")
    assert row["unknown_reason"] == "the table demand was refused or not delivered"


def test_demand_that_is_gone_resolves_nothing_either(first_night: FirstNight, tmp_path: Path) -> None:
    folder = first_night.copied(tmp_path / "company")
    dated(folder, NIGHT + timedelta(days=1))
    stock(folder, STOCK, NIGHT + timedelta(days=1))
    (folder.path / "exports" / "demand.csv").unlink()
    second = folder.run("scan", "--format", "json")
    assert second.code == DEGRADED
    assert kinds(second) == {"M-1": "unknown", "M-2": "unknown"}
    assert parts(second)["M-2"]["unknown_reason"] == "the table demand was refused or not delivered"
    assert second.document()["degraded"] == [
        "demand@erp is missing: not delivered; the last accepted scan had 156 rows"
    ]


@dataclass(frozen=True)
class Scanned:
    """A company, and what a scan said of it."""

    folder: Folder
    ran: Ran


@pytest.fixture(scope="module")
def undated(tmp_path_factory: pytest.TempPathFactory) -> Scanned:
    """A company that delivers no demand, but consumption and a production order of 30 P-3 from 12 May on."""
    folder = small_company(tmp_path_factory.mktemp("undated") / "company")
    (folder.path / "exports" / "demand.csv").unlink()
    issues(folder)
    table(
        folder,
        "production_orders",
        "order_no,part_no,open_quantity,unit,start_date,finish_date,released",
        ["MO-7,P-3,30,pc,2025-05-12,2025-05-19,true", "MO-8,P-3,900,pc,2025-05-12,2025-05-19,false"],
    )
    return Scanned(folder, folder.run("scan", "--format", "json", "--no-deliver"))


def test_a_site_without_demand_is_walked_by_its_average_consumption(undated: Scanned) -> None:
    row = parts(undated.ran)["M-2"]
    # 27 February to 27 April: 42 weekdays less Good Friday and Easter Monday; 300 / 40 x 60 / (60 - 20) = 11.25 a day
    # 50 last for 4 days and 5 of 11.25: Tuesday 29 and Wednesday 30 April, no work on 1 May, Friday 2, Monday 5 May
    assert row["demand_basis"] == "average"
    assert row["work_runway_days"] == pytest.approx(4 + 5 / 11.25)
    assert row["calendar_runway_days"] == pytest.approx(7 + 5 / 11.25)
    assert parts(undated.ran)["M-1"]["demand_basis"] == "none"


def test_the_events_of_a_component_name_the_production_order(undated: Scanned) -> None:
    events = undated.folder.run("runway", "M-3", "--format", "json").document()["events"]
    assert [(one["date"], one["kind"], one["quantity"], one["reference"]) for one in events[1:]] == [
        ("2025-05-12", "dependent", -30.0, "MO-7"),
        ("2025-06-02", "receipt", 0.0, "PO-3/1 (stopped)"),
    ]
    made = undated.folder.run("runway", "P-3", "--format", "json").document()["events"]
    assert [(one["date"], one["kind"], one["quantity"], one["reference"]) for one in made[1:]] == [
        ("2025-05-19", "production", 30.0, "MO-7")
    ]


def test_an_order_that_is_not_released_is_said_at_its_part(undated: Scanned) -> None:
    assert parts(undated.ran)["P-3"]["data_warning"] == "1 production order(s) not released, so not counted"


@pytest.fixture(scope="module")
def aside(tmp_path_factory: pytest.TempPathFactory) -> Scanned:
    """A company whose demand lacks two dates of P-3 and a quantity of P-2, and has a row of a unit nobody knows."""
    folder = small_company(tmp_path_factory.mktemp("aside") / "company")
    demand = (folder.path / "exports" / "demand.csv").read_text(encoding="utf-8")
    more = "P-3,,10,pc,sales_order\nP-3,,20,pc,sales_order\nP-2,2025-05-01,,pc,forecast\nP-1,2025-05-02,3,ROL,plan\n"
    folder.write("exports/demand.csv", demand + more)
    ran = folder.run("scan", "--format", "json", "--no-deliver")
    assert ran.code == 0
    return Scanned(folder, ran)


def test_demand_set_aside_is_said_of_its_part_and_nothing_is_covered(aside: Scanned) -> None:
    found = parts(aside.ran)
    said = "2 demand rows were set aside: no date"
    assert found["P-3"]["data_warning"] == said
    assert found["P-2"]["data_warning"] == "1 demand row was set aside: no quantity"
    assert found["P-1"]["unknown_reason"] == "no conversion ROL to pc"
    # 600 magnets would last beyond the horizon; 50 of M-2 are 5 weeks: at most until the sixth Monday, 41 days
    assert (found["M-3"]["stock_runway_days_state"], found["M-3"]["upper_bound"]) == ("unknown", True)
    assert (found["M-2"]["stock_runway_days"], found["M-2"]["upper_bound"]) == (41, True)
    (demand,) = (row for row in aside.ran.document()["facts"]["table"] if row["table"] == "demand")
    assert demand["quarantined"] == 3


def test_the_command_and_the_brief_say_it_of_the_part(aside: Scanned) -> None:
    assert "Data: 2 demand rows were set aside: no date." in aside.folder.run("runway", "P-3").out
    assert "Upper bound: some demand is missing." in " ".join(aside.folder.run("runway", "M-2").out.split())
    # in the brief at parts that a measure in force catches and that run out
    aside.folder.replace("exports/demand.csv", "P-3,,10,", "M-2,,10,")
    aside.folder.run("scan", "--no-deliver")
    brief = (aside.folder.state / "brief.html").read_text(encoding="utf-8")
    assert "Data: 1 demand row was set aside: no date" in brief.split("What runs out first")[1].split("</section>")[0]
