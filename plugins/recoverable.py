"""Rule kind `recoverable`: which idle parts hold a material that is short or restricted, and how much of it."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, ClassVar

from pydantic import BaseModel, ConfigDict, Field

from riskplug.extend import hookimpl
from riskplug.extend.protocols import RuleKind, ScanContext
from riskplug.model import Frames, Severity

if TYPE_CHECKING:
    import pandas as pd

SET_ASIDE = ("returns", "blocked")
NOT_OURS = ("consignment",)
# A material counts where it is rather inside than not; below that it makes the sum a lower bound.
PRESENT = 0.5
# The demand of the horizon is reckoned from a rounded mean: less than this is no stock.
ROUNDING = 1e-6
KEY = ["part_no", "site"]


class RecoverableOptions(BaseModel):
    """Options in the rule file."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    min_kg: float = Field(default=0.01, gt=0, description="Mass from which it speaks, kg.")
    runway_below_days: float = Field(default=60, ge=0, description="A material is short below so many days.")
    restricted: bool = Field(default=True, description="Also materials that a measure in force applies to, or likely.")
    overstock: bool = Field(default=True, description="Count usable stock beyond the demand of the whole horizon.")
    used_within_days: int = Field(default=365, ge=0, description="A part issued since is no idle part.")
    shown: int = Field(default=5, ge=1, le=50, description="Parts named in the message, the heaviest first.")
    severity: Severity = "info"
    severity_unknown: Severity = Field(
        default="info", description="Where idle parts hold it and nobody knows how much."
    )


class Recoverable:
    """Materials that are short or restricted while idle parts hold some of them, with the parts.

    What: stock of our own that nobody will build from: returned and blocked stock, lots past their last day, all stock
    of parts without demand up to the horizon and without issues for a year, and what usable stock has beyond the
    demand of the horizon and the safety stock. Consignment and what has another owner is not counted, nor are
    by-products of production. Kilograms are the typical mass of what is rather inside than not.
    Why: parts that nobody uses hold the material that nobody delivers; some can be reworked, others sold to a recycler.
    Example: Dy stops SD-200 in 34 days, and 0.8 kg of it lie in magnets of a motor that is no longer made.
    Clear it: use, rework, sell or scrap the parts, or a longer runway.
    Unknown: a lot of unknown quantity, unit or mass makes the sum a lower bound, and is counted in the message; where
    nothing is known of any lot, that is said at `severity_unknown`.
    """

    kind: ClassVar[str] = "recoverable"
    Options: ClassVar[type[BaseModel]] = RecoverableOptions
    needs: ClassVar[dict[str, tuple[str, ...]]] = {
        "facts.material": ("material", "worst_runway_days", "worst_runway_days_state", "worst_product"),
        "facts.part": (*KEY, "base_unit", "on_hand", "daily_demand", "safety_stock", "stock_runway_days_state"),
        "facts.content": (*KEY, "material", "mass_g_typ", "probability"),
        "facts.exposure": ("material", "measure", "measure_status", "applies"),
        "inventory": (*KEY, "stock_type", "owner", "quantity", "unit", "expires_on"),
        "consumption": (*KEY, "date", "quantity"),
    }

    def __init__(self, options: RecoverableOptions) -> None:
        self.options = options

    def assess(self, tables: Frames, context: ScanContext) -> "pd.DataFrame":
        """One finding per material."""
        import pandas as pd

        wanted = self._wanted(tables)
        content = _held(tables["facts.content"], sorted(wanted))
        lots = _weighed(self._lots(tables, content["part_no"], context), content)
        groups = [(str(material), rows) for material, rows in lots.groupby("material", sort=True)]
        made = [found for material, rows in groups for found in self._said(rows, wanted[material])]
        return pd.DataFrame(made, columns=["material", "severity", "message", "metric", *_EVIDENCE])

    def _wanted(self, tables: Frames) -> dict[str, str]:
        """Material -> in words, why it is wanted."""
        rows = tables["facts.material"]
        state = rows["worst_runway_days_state"].astype("object")
        days = rows["worst_runway_days"].where(state != "already_short", 0.0)
        short = days < self.options.runway_below_days
        names = rows["material"].astype("str")
        found = {
            name: f"{product}, which holds it, stops in {left:.0f} days"
            for name, product, left in zip(names[short], rows["worst_product"][short], days[short], strict=True)
        }
        if not self.options.restricted:
            return found
        exposed = tables["facts.exposure"]
        applies = exposed["applies"].astype("object").isin(["yes", "likely"])
        caught = exposed[applies & (exposed["measure_status"].astype("object") == "in_force")]
        for name, measures in caught.groupby(caught["material"].astype("str"))["measure"]:
            said = f"{', '.join(sorted(set(measures.astype('str')))[:3])} restricts it"
            found[name] = f"{found[name]}; {said}" if name in found else said
        return found

    def _lots(self, tables: Frames, part_nos: "pd.Series", context: ScanContext) -> "pd.DataFrame":
        """part_no, site, quantity (base units, NaN unknown), why: stock of the parts that nobody will build from."""
        import pandas as pd

        # a million texts: isin() would make an object of each, a merge makes none
        parts = tables["facts.part"].astype(dict.fromkeys(KEY, "str")).merge(part_nos.drop_duplicates(), on="part_no")
        stock = _stock(tables["inventory"], parts, context)
        idle = pd.MultiIndex.from_frame(parts.loc[self._is_idle(parts, tables["consumption"], context), KEY])
        whole = pd.MultiIndex.from_frame(stock[KEY]).isin(idle)
        why = stock["why"].where(stock["why"] != "", "no demand").where(whole | (stock["why"] != ""))
        lots = stock.assign(why=why)[why.notna()]
        if not self.options.overstock:
            return lots
        left = parts["on_hand"] - parts["daily_demand"] * context.horizon_days
        why_over = f"beyond the demand of {context.horizon_days} days"
        over = parts[KEY].assign(quantity=left - parts["safety_stock"], why=why_over)
        counted = (left > ROUNDING) & ~(over["quantity"] <= 0) & ~pd.MultiIndex.from_frame(parts[KEY]).isin(idle)
        return pd.concat([lots, over[counted]], ignore_index=True)

    def _is_idle(self, parts: "pd.DataFrame", consumption: "pd.DataFrame", context: ScanContext) -> "pd.Series":
        """Nothing is demanded of it up to the horizon, and nothing was issued of late."""
        import pandas as pd

        since = pd.Timestamp(context.business_date) - pd.Timedelta(days=self.options.used_within_days)
        recent = consumption[(consumption["date"] >= since) & ~(consumption["quantity"] <= 0)]
        used = pd.MultiIndex.from_frame(recent[KEY].astype("str"))
        silent = parts["stock_runway_days_state"].astype("object") == "no_demand"
        return silent & ~pd.MultiIndex.from_frame(parts[KEY]).isin(used)

    def _said(self, lots: "pd.DataFrame", wanted: str) -> Iterator[dict[str, Any]]:
        material = lots["material"].iloc[0]
        known = lots.dropna(subset=["kg"]).groupby([*KEY, "why"], as_index=False, sort=True)[["kg", "quantity"]].sum()
        known = known[known["kg"] > 0].sort_values("kg", ascending=False, kind="stable")
        open_parts = lots.loc[lots["kg"].isna(), "part_no"].drop_duplicates().sort_values()
        total = float(known["kg"].sum())
        if total < self.options.min_kg and open_parts.empty:
            return
        shown = known.head(self.options.shown)
        named = [
            f"{part} at {site} {kg:.3g} kg ({why})"
            for part, site, why, kg in shown[[*KEY, "why", "kg"]].itertuples(index=False, name=None)
        ]
        more = [f"{len(known) - len(shown)} more"] if len(known) > len(shown) else []
        doubt = f" Not in it: {len(open_parts)} idle part(s) of unknown mass, quantity or content." * bool(
            len(open_parts)
        )
        if total >= self.options.min_kg:
            least = "at least " if len(open_parts) else ""
            text = f"{material}: {least}{total:.3g} kg lie in parts nobody needs: {', '.join([*named, *more])}.{doubt}"
        else:
            text = f"{material}: {len(open_parts)} idle part(s) hold it or may hold it, and nobody knows how much."
        yield {
            "material": material,
            "severity": self.options.severity if total >= self.options.min_kg else self.options.severity_unknown,
            "message": f"{text} Meanwhile {wanted}. Rework them, or ask a recycler.",
            "metric": total if total >= self.options.min_kg else float("nan"),
            "idle_kg": total,
            "lower_bound": bool(len(open_parts)),
            "idle_parts": "; ".join(named),
            "unknown_parts": ", ".join(open_parts.head(self.options.shown)),
            "wanted_because": wanted,
        }


_EVIDENCE = ("idle_kg", "lower_bound", "idle_parts", "unknown_parts", "wanted_because")


def _stock(inventory: "pd.DataFrame", parts: "pd.DataFrame", context: ScanContext) -> "pd.DataFrame":
    """Our own stock in base units, NaN unknown, never below zero; ``why`` it is set aside, empty where it is not."""
    import pandas as pd

    from riskplug import units

    kind = inventory["stock_type"].astype("object")
    own = inventory[inventory["owner"].isna() & ~kind.isin(NOT_OURS)].astype({name: "str" for name in KEY})
    rows = own.merge(parts[[*KEY, "base_unit"]], on=KEY, how="inner")
    unit = rows["unit"].astype("object").where(rows["unit"].notna(), rows["base_unit"].astype("object"))
    quantity = rows["quantity"] * units.factors(unit, rows["base_unit"])
    kind, expired = rows["stock_type"].astype("object"), rows["expires_on"] < pd.Timestamp(context.business_date)
    why = kind.where(kind.isin(SET_ASIDE), "").mask(kind == "returns", "returned").mask(expired, "expired")
    return rows[KEY].assign(quantity=quantity.clip(lower=0), why=why.astype("str"))


def _held(content: "pd.DataFrame", materials: list[str]) -> "pd.DataFrame":
    """Where the materials are, or may be, inside."""
    rows = content[content["material"].isin(materials) & ~(content["probability"] <= 0)]
    return rows[[*KEY, "material", "mass_g_typ", "probability"]].astype(dict.fromkeys((*KEY, "material"), "str"))


def _weighed(lots: "pd.DataFrame", content: "pd.DataFrame") -> "pd.DataFrame":
    """Lots by material with their kg, NaN where quantity or mass is unknown or the material is perhaps inside."""
    held = lots.merge(content, on=KEY)
    held = held[~(held["quantity"] == 0)]
    sure = held["probability"].fillna(PRESENT) >= PRESENT
    return held.assign(kg=(held["quantity"] * held["mass_g_typ"] / 1000).where(sure))


@hookimpl
def riskplug_rule_kinds() -> list[type[RuleKind]]:
    return [Recoverable]
