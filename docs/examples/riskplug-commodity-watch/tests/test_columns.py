"""The columns: the latest price known on the day, and nothing where none is known."""

from datetime import date
from pathlib import Path

import pandas as pd
from riskplug_commodity_watch.columns import MaterialPrices

from riskplug.extend.protocols import ScanContext

PRICES = "material,date,price_per_kg\nDy,2025-04-25,250\nDy,2025-01-28,200\nTb,2025-04-29,1249\n"


def test_the_latest_price_of_the_day_stands_beside_a_material(tmp_path: Path) -> None:
    (tmp_path / "commodity_prices.csv").write_text(PRICES)
    facts = pd.DataFrame({"material": ["Tb", "Dy", "Xx"]}, index=[7, 3, 5])
    context = ScanContext("s", date(2025, 4, 28), "EUR", 365, tmp_path)
    made = MaterialPrices().enrich(facts, {}, context)
    assert list(made.index) == [7, 3, 5]
    assert made["price_per_kg"].tolist()[1] == 250
    assert made["price_per_kg"].isna().tolist() == [True, False, True]
    assert made.loc[3, "price_date"] == pd.Timestamp("2025-04-25")
