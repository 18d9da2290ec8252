"""A company of three magnets: small enough to know every answer by heart.

Each product P-n needs one magnet M-n and sells 10 a week, on Mondays, from 2025-05-05 on. Seen from Monday 2025-04-28,
stock for n whole weeks runs out on day 7(n+1), so its runway is 7(n+1) - 1 days.
"""

import re
from collections.abc import Mapping
from datetime import date, timedelta
from pathlib import Path

from command import Folder

NIGHT = date(2025, 4, 28)
STOCK = {"M-1": 160, "M-2": 50, "M-3": 600}
"""118 days: warning. 41 days: critical. Beyond the horizon: nothing."""

TOML = """\
[workspace]
name = "Small"
currency = "EUR"
business_date = "2025-04-28"
timezone = "Europe/Berlin"

[sites.S1]
country = "DE"
calendar = "DE"

[sources.erp]
profile = "canonical"
path = "exports"
site = "S1"

[rules]
paths = ["rules"]

[plugins]
paths = ["plugins"]

[receivers.desk]
kind = "file"
path = "digest.txt"

[[routes]]
match = { rule = ["stock-low"] }
receivers = ["desk"]
"""

RULE = """\
schema: riskplug.rules/1
rules:
  - id: stock-low
    title: Stock runs out
    grain: part
    when: procurement == "buy"
    bands:
      critical: stock_runway_days < 60 days
      warning: stock_runway_days < 150 days
    message: "{part_no}: {stock_runway_days:.0f} days of stock left"
"""


def small_company(path: Path) -> Folder:
    """The workspace on its first night."""
    folder = Folder(path)
    folder.write("riskplug.toml", TOML)
    folder.write("rules/stock-low.yaml", RULE)
    (path / "plugins").mkdir(mode=0o755)
    numbers = (1, 2, 3)
    magnets = [f"M-{n},Magnet N42SH 20x10x5,pc,buy,false,42,2.5,EUR,CN" for n in numbers]
    products = [f"P-{n},Servo drive {n},pc,make,true,0,90,EUR," for n in numbers]
    table(
        folder,
        "parts",
        "part_no,description,base_unit,procurement,is_product,lead_time_days,unit_cost,currency,country_of_origin",
        magnets + products,
    )
    table(folder, "bom_lines", "parent,component,quantity,unit", [f"P-{n},M-{n},1,pc" for n in numbers])
    weeks = [date(2025, 5, 5) + timedelta(days=7 * week) for week in range(52)]
    table(
        folder,
        "demand",
        "part_no,date,quantity,unit,kind",
        [f"P-{n},{week},10,pc,sales_order" for n in numbers for week in weeks],
    )
    table(
        folder,
        "purchase_orders",
        "order_no,line,part_no,supplier,open_quantity,unit,due_date,country_of_origin",
        [f"PO-{n},1,M-{n},V-1,20,pc,2025-06-02,CN" for n in numbers],
    )
    table(folder, "suppliers", "supplier,name,country", ["V-1,Kirin Magnets,CN"])
    table(
        folder,
        "sourcing",
        "part_no,supplier,country_of_origin,share_pct,qualified",
        [f"M-{n},V-1,CN,100,true" for n in numbers],
    )
    stock(folder, STOCK, NIGHT)
    return folder


def table(folder: Folder, name: str, header: str, rows: list[str]) -> None:
    folder.write(f"exports/{name}.csv", "\n".join([header, *rows]) + "\n")


def dated(folder: Folder, night: date) -> None:
    """Let the workspace's clock stand at a night."""
    text = folder.toml.read_text(encoding="utf-8")
    folder.write("riskplug.toml", re.sub(r'business_date = ".*"', f'business_date = "{night}"', text))


def stock(folder: Folder, pieces: Mapping[str, int], as_of: date) -> None:
    """The inventory export of one evening; finished products are not kept on stock."""
    counted = {**pieces, "P-1": 0, "P-2": 0, "P-3": 0}
    table(
        folder,
        "inventory",
        "part_no,location,stock_type,quantity,unit,as_of",
        [f"{part},L1,unrestricted,{quantity},pc,{as_of}" for part, quantity in counted.items()],
    )
