"""Rule kind `single_origin`: parts with controlled material whose whole supply comes from one country."""

from typing import TYPE_CHECKING, ClassVar

from pydantic import BaseModel, ConfigDict, Field

from riskplug.extend import hookimpl
from riskplug.extend.protocols import RuleKind, ScanContext
from riskplug.model import Frames, Severity

if TYPE_CHECKING:
    import pandas as pd

# Shares are reckoned from rounded percentages: what is missing to 100 below this is rounding.
WHOLE_PCT = 99.99


class SingleOriginOptions(BaseModel):
    """Options in the rule file."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    countries: tuple[str, ...] = Field(default=(), description="Countries that matter; empty: any.")
    severity: Severity = "warning"
    min_products: int = Field(default=0, ge=0, description="Only parts in at least so many products.")


class SingleOrigin:
    """Parts with controlled material whose whole supply has one country of origin.

    What: bought parts whose known origins are all one country, by share of supply. A second supplier in the same
    country does not help. Parts of unknown origin are no finding here: nothing is known of them.
    Why: one decision of one government stops the part.
    Example: two magnet suppliers, both in China.
    Clear it: qualify a supplier whose country of origin differs, and enter its share in the sourcing table.
    """

    kind: ClassVar[str] = "single_origin"
    Options: ClassVar[type[BaseModel]] = SingleOriginOptions
    needs: ClassVar[dict[str, tuple[str, ...]]] = {
        "facts.part": (
            "part_no",
            "site",
            "owner",
            "procurement",
            "materials",
            "products",
            "top_origin_share_pct",
            "origin_country",
            "qualified_suppliers",
        )
    }

    def __init__(self, options: SingleOriginOptions) -> None:
        self.options = options

    def assess(self, tables: Frames, context: ScanContext) -> "pd.DataFrame":
        """One finding per part and site."""
        import pandas as pd

        found = self._caught(tables["facts.part"])
        return pd.DataFrame(
            {
                "severity": self.options.severity,
                "message": self._messages(found),
                "site": found["site"],
                "part_no": found["part_no"],
                "owner": found["owner"],
                "metric": found["top_origin_share_pct"],
                "origin_country": found["origin_country"],
                "materials": found["materials"],
                "qualified_suppliers": found["qualified_suppliers"],
            }
        ).reset_index(drop=True)

    def _caught(self, parts: "pd.DataFrame") -> "pd.DataFrame":
        bought = parts["procurement"].astype("str").isin(["buy", "both"])
        holds = parts["materials"].fillna("") != ""
        caught = bought & holds & (parts["top_origin_share_pct"] >= WHOLE_PCT)
        if self.options.countries:
            caught &= parts["origin_country"].isin(self.options.countries)
        if self.options.min_products:
            caught &= parts["products"] >= self.options.min_products
        return parts[caught]

    def _messages(self, found: "pd.DataFrame") -> list[str]:
        names = ["part_no", "materials", "origin_country", "qualified_suppliers"]
        return [
            f"{part_no} ({materials}): all supply from {country}, {_count(suppliers)}. Qualify a source elsewhere."
            for part_no, materials, country, suppliers in found[names].itertuples(index=False)
        ]


def _count(suppliers: float) -> str:
    if suppliers != suppliers:
        return "number of suppliers unknown"
    return "1 supplier" if suppliers == 1 else f"{suppliers:.0f} suppliers"


@hookimpl
def riskplug_rule_kinds() -> list[type[RuleKind]]:
    return [SingleOrigin]
