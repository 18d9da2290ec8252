"""The rule kind `price_jump`."""

from collections.abc import Iterator
from datetime import timedelta
from typing import TYPE_CHECKING, Any, ClassVar

from pydantic import BaseModel, ConfigDict, Field

from riskplug.extend.protocols import ScanContext
from riskplug.model import Frames, Severity
from riskplug_commodity_watch.prices import read_prices

if TYPE_CHECKING:
    import pandas as pd


class PriceJumpOptions(BaseModel):
    """Options in the rule file; unknown ones are errors with file and line."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    rise_pct: float = Field(default=25, gt=0, description="Rise from which it speaks.")
    days: int = Field(default=90, ge=1, description="Over so many days: from the last price before them to the latest.")
    max_age_days: int = Field(default=30, ge=1, description="An older latest price says nothing of today.")
    severity: Severity = "warning"
    severity_unknown: Severity = Field(default="info", description="Of a material that no price says anything about.")


class PriceJump:
    """Materials that products hold and whose price has jumped.

    What: the latest price against the last one at least so many days ago, for every material that some product holds.
    Why: a jump is often the first sign of a shortage, and it raises what a year's demand costs.
    Example: Dy at 245.50 in January and 338.00 in April has risen by 38 %.
    Clear it: nothing to do; it ends when the price of the window's start has caught up.
    Unknown: a material without a price of either day is told as such, at `severity_unknown`.
    """

    kind: ClassVar[str] = "price_jump"
    Options: ClassVar[type[BaseModel]] = PriceJumpOptions
    needs: ClassVar[frozenset[str]] = frozenset({"facts.material"})

    def __init__(self, options: PriceJumpOptions) -> None:
        self.options = options

    def assess(self, tables: Frames, context: ScanContext) -> "pd.DataFrame":
        """One finding per material."""
        import pandas as pd

        made = list(self._findings(self._compared(tables["facts.material"], context), context.currency))
        names = ["material", "severity", "message", "metric", "price_then", "price_now", "price_date"]
        return pd.DataFrame(made, columns=names)

    def _compared(self, materials: "pd.DataFrame", context: ScanContext) -> "pd.DataFrame":
        """material, yearly_demand_kg, then, now, date; prices missing where none is near enough."""
        import pandas as pd

        prices = read_prices(context.root, context.business_date)
        today = pd.Timestamp(context.business_date)
        latest = prices.groupby("material").last()
        former = prices[prices["date"] <= today - timedelta(days=self.options.days)].groupby("material").last()
        fresh = latest["date"] >= today - timedelta(days=self.options.max_age_days)
        held = materials[materials["products"] > 0]
        named = held["material"].astype("str")
        return held[["material", "yearly_demand_kg"]].assign(
            then=named.map(former["price_per_kg"]),
            now=named.map(latest["price_per_kg"].where(fresh)),
            date=named.map(latest["date"].dt.strftime("%Y-%m-%d").where(fresh)),
        )

    def _findings(self, compared: "pd.DataFrame", currency: str) -> Iterator[dict[str, Any]]:
        # a loop over materials, of which there are some dozens
        for row in compared.to_dict("records"):
            then, now = row["then"], row["now"]
            about = {"material": row["material"], "price_then": then, "price_now": now, "price_date": row["date"]}
            if then != then or now != now:
                lacking = "recent price" if now != now else f"price of {self.options.days} days ago"
                said = f"{row['material']}: no {lacking} on file, so nothing is known of a jump."
                yield {**about, "severity": self.options.severity_unknown, "message": said}
            elif (rise := (now / then - 1) * 100) >= self.options.rise_pct:
                said = (
                    f"{row['material']}: {now:,.2f} {currency}/kg on {row['date']}, up {rise:.0f} % from {then:,.2f}."
                )
                more = _a_year(row["yearly_demand_kg"], now - then, currency)
                yield {**about, "severity": self.options.severity, "message": f"{said} {more}", "metric": rise}


def _a_year(demand_kg: float, rise: float, currency: str) -> str:
    if demand_kg != demand_kg:
        return "The demand of a year is unknown."
    return f"That is {demand_kg * rise:,.0f} {currency} more for the {demand_kg:,.2f} kg of a year."
