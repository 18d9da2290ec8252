"""What a scenario file may say: schema riskplug.scenarios/1, validated, frozen."""

from collections.abc import Iterator
from datetime import date
from typing import Annotated, Any, Literal, get_args

from pydantic import BeforeValidator, Field, WithJsonSchema, model_validator

from riskplug.regimes.measures import ANY, Country, Form, Id, Material
from riskplug.workspace import Strict

SCHEMA = "riskplug.scenarios/1"
SUSPENDED, ALL = "suspended", "all"
BACKWARD = "before it begins"


def _several(value: Any) -> Any:
    return [value] if isinstance(value, str) else value


def _one_or_more(item: dict[str, Any]) -> tuple[BeforeValidator, WithJsonSchema]:
    """A list that may be written as one word."""
    either = {"anyOf": [item, {"type": "array", "items": item, "minItems": 1}]}
    return BeforeValidator(_several), WithJsonSchema(either)


_IDS, _CODES, _FORMS = (
    _one_or_more(item)
    for item in (
        {"type": "string", "pattern": "^[a-z0-9]+(-[a-z0-9]+)*$"},
        {"type": "string"},
        {"enum": list(get_args(Form))},
    )
)
Measures = Annotated[tuple[Id, ...], Field(min_length=1), *_IDS]
Countries = Annotated[tuple[Country, ...], Field(min_length=1), *_CODES]
Materials = Annotated[tuple[Material, ...], Field(min_length=1), *_CODES]
FORMS: tuple[Form, ...] = get_args(Form)
Forms = Annotated[tuple[Form, ...], Field(min_length=1), *_FORMS]


class Dated(Strict):
    """An overlay that holds from a day (missing: the business date) through a day (missing: open), both inclusive."""

    starts: date | None = Field(
        default=None, strict=True, alias="from", description="First day; missing means the business date."
    )
    through: date | None = Field(default=None, strict=True, description="Last day, inclusive; missing means open.")

    @model_validator(mode="after")
    def _forwards(self) -> "Dated":
        if self.starts and self.through and self.through < self.starts:
            raise ValueError(f"{self.starts} to {self.through}: ends {BACKWARD}")
        return self

    @property
    def when(self) -> str:
        """The days in words, empty for from now on."""
        words = [f"from {self.starts}" if self.starts else "", f"through {self.through}" if self.through else ""]
        return "".join(f" {word}" for word in words if word)


class MeasureChange(Dated):
    """Measures in force, lifted, or kept as they stand. ``suspended``: whatever is suspended on the business date."""

    kind: Literal["measure"]
    measures: Measures = Field(description="Ids of the register, or `suspended`.")
    becomes: Literal["in_force", "lifted", "extended"] = Field(
        description="`extended`: the state of the day `from` goes on, through `through`."
    )

    def __str__(self) -> str:
        named = "suspended measures" if self.measures == (SUSPENDED,) else ", ".join(self.measures)
        return f"{named} {self.becomes.replace('_', ' ')}{self.when}"


class Embargo(Dated):
    """Goods of some origins that are a material no longer come. Without ``forms``: in any form."""

    kind: Literal["embargo"]
    origins: Countries = Field(description="ISO 3166 alpha-2 codes, or `any`.")
    materials: Materials = Field(description="Element symbols, or names such as graphite.")
    forms: Forms = Field(default=FORMS, description="Missing means any form.")
    destinations: Countries = (ANY,)
    assemblies: bool = Field(default=False, description="Also goods that merely hold the material.")

    def __str__(self) -> str:
        forms = "" if self.forms == FORMS else "/".join(self.forms)
        good = f"{', '.join(self.materials)} {forms}".strip()
        return f"no {good} from {', '.join(self.origins)}{self.when}"


class Licence(Strict):
    """Licences take longer, and some are refused.

    A receipt that waits for a licence comes ``delay_days`` after the business date, or not at all; without
    ``approval_pct`` both are shown and no chance is formed.
    """

    kind: Literal["licence"]
    measures: Measures = Field(default=(ALL,), description="Ids of the register, or `all`.")
    delay_days: int = Field(ge=0, le=3650, description="Calendar days from application to licence.")
    approval_pct: float | None = Field(default=None, ge=0, le=100, description="Share of applications granted.")

    def __str__(self) -> str:
        named = "licences" if self.measures == (ALL,) else f"licences under {', '.join(self.measures)}"
        share = "" if self.approval_pct is None else f", {self.approval_pct:g} % are granted"
        return f"{named} take {self.delay_days} days{share}"


class SupplierLost(Strict):
    """A supplier delivers nothing more from a day on, and is no source any longer."""

    kind: Literal["supplier_lost"]
    supplier: str
    starts: date | None = Field(
        default=None, strict=True, alias="from", description="First day; missing means the business date."
    )

    def __str__(self) -> str:
        return f"supplier {self.supplier} lost" + (f" from {self.starts}" if self.starts else "")


class SiteLost(Strict):
    """A site is out on the business date: its stock cannot be used and nothing arrives there; its demand stays."""

    kind: Literal["site_lost"]
    site: str

    def __str__(self) -> str:
        return f"site {self.site} lost"


class DemandChange(Dated):
    """Demand grows or shrinks: all of it, that of a product, of a site, or both."""

    kind: Literal["demand"]
    change_pct: float = Field(ge=-100, le=1000, description="20 is a fifth more, -20 a fifth less.")
    product: str | None = None
    site: str | None = None

    def __str__(self) -> str:
        whose = " ".join(word for word in (self.product, f"at {self.site}" if self.site else "") if word)
        return f"demand{' for ' + whose if whose else ''} {self.change_pct:+g} %{self.when}"


class Alternate(Strict):
    """Another part is released in the place of a part: from a day on it takes a share of what the part is needed for.

    ``quantity_per``: pieces of the alternate for one of the part, in base units.
    """

    kind: Literal["alternate"]
    part: str
    alternate: str
    site: str
    on: date = Field(strict=True, description="Day it is released.")
    share_pct: float = Field(default=100, gt=0, le=100)
    quantity_per: float = Field(default=1, gt=0)

    @model_validator(mode="after")
    def _other(self) -> "Alternate":
        if self.part == self.alternate:
            raise ValueError(f"{self.part} cannot be an alternate of itself")
        return self

    def __str__(self) -> str:
        return f"{self.alternate} takes {self.share_pct:g} % of {self.part} at {self.site} from {self.on}"


class NewSource(Strict):
    """A source of supply is released: ``lead_time_days`` after that day it covers a share of what is needed.

    What a measure stops because of the source's origin does not come from it either.
    """

    kind: Literal["source"]
    part: str
    supplier: str = Field(description="May be one that the exports do not know yet.")
    origin: Country = Field(description="Country of origin of its goods.")
    site: str
    on: date = Field(strict=True, description="Day it is released.")
    lead_time_days: int = Field(ge=0, le=3650, description="Calendar days from order to goods.")
    share_pct: float = Field(default=100, gt=0, le=100)
    priority: int | None = Field(default=None, ge=0, description="Lower is preferred.")

    def __str__(self) -> str:
        share = f"{self.share_pct:g} % of {self.part} at {self.site}"
        return f"{self.supplier} ({self.origin}) released on {self.on} for {share}, {self.lead_time_days} days later"


class Buffer(Strict):
    """Stock bought in addition, there on a day. With ``origin`` a measure may stop it like any order."""

    kind: Literal["buffer"]
    part: str
    site: str
    quantity: float = Field(gt=0, description="Base units.")
    on: date = Field(strict=True, description="Day it is available.")
    origin: Country | None = None

    def __str__(self) -> str:
        return f"{self.quantity:g} of {self.part} bought for {self.site}, there on {self.on}"


Overlay = Annotated[
    MeasureChange | Embargo | Licence | SupplierLost | SiteLost | DemandChange | Alternate | NewSource | Buffer,
    Field(discriminator="kind"),
]
MODELS: dict[str, type[Strict]] = {
    get_args(model.model_fields["kind"].annotation)[0]: model for model in get_args(get_args(Overlay)[0])
}


class Scenario(Strict):
    """A question: what if these things were so, all at once?"""

    id: Id
    title: str = Field(min_length=1, description="Reads after `if ...:` in a digest.")
    overlays: tuple[Overlay, ...] = Field(min_length=1)
    note: str = ""

    def of(self, *kinds: type[Any]) -> Iterator[Any]:
        """The overlays of some kinds, in order."""
        return (overlay for overlay in self.overlays if isinstance(overlay, kinds))


class ScenarioFile(Strict):
    """A file of scenarios."""

    schema_: Literal["riskplug.scenarios/1"] = Field(alias="schema")
    scenarios: tuple[Scenario, ...] = Field(min_length=1)


def scenarios_schema() -> dict[str, Any]:
    """The JSON Schema of scenario files, for editors: from the models, so it cannot fall behind."""
    document = ScenarioFile.model_json_schema(by_alias=True)
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", "$id": SCHEMA, **document}
