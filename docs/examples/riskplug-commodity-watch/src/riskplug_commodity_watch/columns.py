"""The latest price beside what is known of a material: rules, exports and machine output then know it too."""

from typing import TYPE_CHECKING, ClassVar

from riskplug.catalogue import Fact
from riskplug.extend.protocols import ScanContext
from riskplug.model import Frames
from riskplug_commodity_watch.prices import read_prices

if TYPE_CHECKING:
    import pandas as pd


class MaterialPrices:
    """Latest price of each material, from the workspace's commodity_prices.csv."""

    kind: ClassVar[str] = "commodity_prices"
    grain: ClassVar[str] = "material"
    columns: ClassVar[tuple[Fact, ...]] = (
        Fact("price_per_kg", "money", "Latest price of a kilogram on file; missing where none is."),
        Fact("price_date", "date", "Day of that price."),
    )
    needs: ClassVar[frozenset[str]] = frozenset()

    def enrich(self, facts: "pd.DataFrame", tables: Frames, context: ScanContext) -> "pd.DataFrame":
        """The declared columns, with the index of ``facts``."""
        latest = read_prices(context.root, context.business_date).groupby("material").last()
        named = facts["material"].astype("str")
        return facts[[]].assign(
            price_per_kg=named.map(latest["price_per_kg"]), price_date=named.map(latest["date"]).astype("datetime64[s]")
        )
