"""The facts a scan computes, declared once: one table per grain, every column with its type, unit and meaning.

Rule files, the rule compiler, machine output, the documentation and the JSON Schema all read ``GRAINS``; plugins add
columns through ``with_columns``. A fact frame has exactly its grain's columns; ``frame`` makes one so.

Dtypes: ``text`` str, ``choice`` category over the declared choices, ``flag`` boolean (nullable), ``date``
datetime64[s], everything else float64. NaN, NaT and <NA> mean unknown, in every column.

A runway column ``x_runway_days`` goes with ``x_runway_days_state``. Rules read both together: already_short compares
as 0, no_demand as later than any date, covered_to_horizon as later than the horizon, unknown as undetermined.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Literal, cast

from riskplug.tables import LICENCE_STATES

if TYPE_CHECKING:
    import pandas as pd

FactType = Literal[
    "text",
    "choice",
    "flag",
    "date",
    "days",
    "number",
    "quantity",
    "grams",
    "kilograms",
    "pct",
    "probability",
    "money",
    "country",
]

RUNWAY_STATES = ("runs_out", "covered_to_horizon", "already_short", "no_demand", "unknown")
RUNWAY_POLICIES = ("stock", "firm", "all", "restricted")
# How a chance of running out was found: nothing is open, in closed form for normal or counted demand, or simulated.
CHANCE_METHODS = ("certain", "normal", "poisson", "simulated")
DEMAND_BASES = ("dated", "average", "none")
APPLIES = ("yes", "likely", "unlikely", "unknown")
MEASURE_STATES = ("announced", "in_force", "suspended", "suspended_presumed", "ended", "not_yet", "unknown")
# Where the licence of an order line stands under one measure: what the order says (`needed`, `applied`, `granted`,
# `refused`; `not_needed_says_order` is its word, not ours), its validity against today (`expired`) and against the day
# the line is due (`expires_before_due`); `unknown`: the order says nothing.
LICENCE_PROGRESS = (
    "not_needed_says_order",
    "needed",
    "applied",
    "granted",
    "refused",
    "expired",
    "expires_before_due",
    "unknown",
)
DEADLINES = ("due_date", "stock_out")
ROUTES = ("direct", "embedded")
DISRUPTIONS = ("measure", "origin", "material", "supplier", "site")
# A measure by its state; what nobody has announced is supposed.
STANDINGS = ("in_force", "unknown", "announced", "suspended", "suspended_presumed", "supposed")
BOUNDS = ("exact", "at_least", "at_most", "unknown")
BUFFERS = ("not_needed", "closes", "impossible", "unknown")
MARGINS = ("margin", "revenue", "mixed")
# Best first (facts: evidence order); the rank of a value is its position + 1.
EVIDENCE = (
    "full_declaration",
    "certificate",
    "dimensions_grade",
    "grade_mass",
    "grade",
    "description",
    "component_type",
    "category",
)
REACHED = ("yes", "no", "unknown")
SEVERITIES = ("critical", "warning", "info")
ENTITY_HITS = ("hit", "similar")
ENTITY_LISTS = ("control", "watch", "not_stated")
OWN_BASES = ("orders", "sourcing")
FAILURES = ("part", "supplier", "origin")
DEFENCE = ("yes", "unknown")
VERDICTS = ("accepted", "degraded", "refused", "missing")
# Nothing may be concluded from what such a table does not hold.
UNTRUSTED = ("refused", "missing")


@dataclass(frozen=True, slots=True)
class Fact:
    """One column of a fact table. ``unit`` is shown to people; ``doc`` says what it means and what missing means."""

    name: str
    type: FactType
    doc: str
    choices: tuple[str, ...] = ()
    unit: str = ""
    key: bool = False


@dataclass(frozen=True, slots=True)
class Grain:
    """A fact table: one row per combination of its key columns."""

    name: str
    doc: str
    columns: tuple[Fact, ...]

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(fact.name for fact in self.columns)

    @property
    def keys(self) -> tuple[str, ...]:
        return tuple(fact.name for fact in self.columns if fact.key)

    def __getitem__(self, name: str) -> Fact:
        return next(fact for fact in self.columns if fact.name == name)


def _text(name: str, doc: str, key: bool = False) -> Fact:
    return Fact(name, "text", doc, key=key)


def _days(name: str, doc: str) -> Fact:
    return Fact(name, "days", doc, unit="days")


def _part_keys() -> tuple[Fact, ...]:
    return (
        _text("part_no", "Part number.", key=True),
        _text("site", "Site.", key=True),
    )


def _about_part() -> tuple[Fact, ...]:
    return (
        _text("description", "Description of the part."),
        _text("owner", "Who answers for the part."),
        _text("category", "Commodity group or category."),
    )


def _runways() -> tuple[Fact, ...]:
    says = {
        "stock": "without any receipt",
        "firm": "with firm receipts",
        "all": "with all open receipts",
        "restricted": "with the receipts that no applicable measure stops",
    }
    return tuple(
        fact
        for policy in RUNWAY_POLICIES
        for fact in (
            _days(f"{policy}_runway_days", f"Days after the business date that stock lasts {says[policy]}."),
            Fact(f"{policy}_runway_days_state", "choice", f"State of {policy}_runway_days.", RUNWAY_STATES),
        )
    )


def _family() -> tuple[Fact, ...]:
    says = {
        "zero": "until stock falls below zero, whatever the policy's floor",
        "safety": "until stock falls below safety stock, whatever the policy's floor; unknown where safety stock is",
        "calendar": "in calendar days, whatever the policy's day kind",
        "work": "in work days of the site, whatever the policy's day kind",
    }
    return tuple(
        fact
        for name, words in says.items()
        for fact in (
            _days(f"{name}_runway_days", f"restricted_runway_days {words}."),
            Fact(f"{name}_runway_days_state", "choice", f"State of {name}_runway_days.", RUNWAY_STATES),
        )
    )


def _masses(of: str) -> tuple[Fact, ...]:
    return tuple(
        Fact(f"mass_g_{bound}", "grams", f"{of}, {word}.", unit="g")
        for bound, word in (("min", "lower bound"), ("typ", "typical"), ("max", "upper bound"))
    )


def _expected() -> tuple[Fact, ...]:
    return (
        Fact(
            "mass_g_expected",
            "grams",
            "Sum of probability x typical mass of what is known; missing where nothing is.",
            unit="g",
        ),
    )


def _coverage() -> tuple[Fact, ...]:
    return (
        Fact(
            "content_coverage_pct",
            "pct",
            "Share of places in the exploded list whose part has evidence better than a guess.",
        ),
        Fact(
            "content_coverage_mass_pct",
            "pct",
            "Share of its mass (as built) in such parts; missing when the unit mass of a part without evidence is.",
            unit="%",
        ),
        Fact(
            "content_coverage_mass_lower_bound",
            "flag",
            "The unit mass of a part with evidence is unknown, so the share of mass is at least that.",
        ),
        Fact(
            "content_coverage_spend_pct",
            "pct",
            "Share of what its bought parts cost (losses included) spent on parts with such evidence; missing when the "
            "unit cost of a part without is, or is in another currency.",
            unit="%",
        ),
        Fact(
            "content_coverage_spend_lower_bound",
            "flag",
            "The unit cost of a part with evidence is unknown, so the share of spend is at least that.",
        ),
    )


def _bounds(name: str, kind: FactType, doc: str, unit: str) -> tuple[Fact, ...]:
    return tuple(
        Fact(f"{name}_{bound}", kind, f"{doc}, {word}; missing when unknown.", unit=unit)
        for bound, word in (("min", "lower bound"), ("typ", "typical"), ("max", "upper bound"))
    )


def _weight_tests() -> tuple[Fact, ...]:
    return (
        Fact("item_mass_g", "grams", "Its unit mass, else that of all parts in it; missing when unknown.", unit="g"),
        Fact(
            "unproven_mass_g",
            "grams",
            "Mass of the parts in it without evidence better than a guess; missing when a unit mass is unknown.",
            unit="g",
        ),
        *_bounds("magnet_mass_kg", "kilograms", "Mass of NdFeB, SmCo and AlNiCo magnets in one unit", "kg"),
        Fact(
            "magnets_over_200_g",
            "choice",
            "Whether they weigh more than 0.2 kg (Regulation (EU) 2024/1252 Art. 29). No only where the upper mass and "
            "all parts without evidence together stay within it.",
            REACHED,
        ),
        _text("magnets_over_200_g_why", "What leaves it open."),
        *_bounds("tungsten_pct", "pct", "Share of tungsten in the item by weight", "%"),
        *_bounds(
            "covered_material_pct",
            "pct",
            "Share by weight of DFARS covered material: NdFeB and SmCo magnets, tantalum metal and alloy, tungsten "
            "powder and heavy alloy",
            "%",
        ),
        Fact(
            "cots_half_by_weight",
            "choice",
            "Whether 50 % by weight is reached, which ends the COTS exemption of DFARS 225.7018: of tungsten until "
            "2026-12-31, of covered material from 2027-01-01. Whether the item is COTS or a mill product is not known.",
            REACHED,
        ),
        _text("cots_half_by_weight_why", "What leaves it open."),
    )


def _own_supply(of: str) -> tuple[Fact, ...]:
    return (
        Fact(
            "own_hhi",
            "number",
            f"Herfindahl-Hirschman index of countries of origin, 0 to 10000, {of}. Missing where more than 10 % is of "
            "unknown origin; up to that the unknown counts as zero, so it is a lower bound.",
        ),
        Fact("own_top_country", "country", "Country with the largest share in it; missing with the index."),
        Fact("own_top_share_pct", "pct", "Its share; missing with the index.", unit="%"),
    )


def _published() -> tuple[Fact, ...]:
    stages = {
        "mining": "mining",
        "refining": "refining or separation",
        "magnets": "sintered rare-earth magnets",
    }
    indices = tuple(
        fact
        for stage, words in stages.items()
        for fact in (
            Fact(
                f"stage_hhi_{stage}",
                "number",
                f"Index of {words} by published country shares, 0 to 10000: a lower bound, because what the source "
                "does not list counts as zero. Missing where nothing is published.",
            ),
            Fact(f"stage_top_share_pct_{stage}", "pct", f"Largest published share of {words}.", unit="%"),
        )
    )
    return (*indices, _text("stage_basis", "Stage, year and share of the world listed, for each index."))


def _alternatives() -> tuple[Fact, ...]:
    return (
        _text(
            "alternatives",
            "Qualified sources and alternates that are not exposed on this evidence, the first five; for rows that "
            "apply (yes, likely).",
        ),
        Fact(
            "alternatives_known",
            "number",
            "How many: origin and refining of the material known and outside the measure's countries, or content known "
            "without the material. Missing where neither sources nor alternates are on file.",
        ),
        Fact(
            "alternatives_unknown",
            "number",
            "Sources and alternates whose release, origin, refining or content is not known.",
        ),
    )


def _over_recovery(condition: str) -> tuple[Fact, ...]:
    """The row of grain `disruption` of this name, in short."""
    return (
        _days("survive_days", f"Days until the first product stops if {condition} (grain `disruption`)."),
        Fact("survive_days_state", "choice", "State of survive_days.", RUNWAY_STATES),
        _days("recovery_days", "Days until supply is back."),
        Fact("loss_value", "money", "Least margin lost until then."),
        Fact("lost_revenue", "money", "Revenue of the units not delivered until then."),
    )


def _chances() -> tuple[Fact, ...]:
    return tuple(
        Fact(f"p_stock_out_{days}", "probability", f"Chance of having run out on some day within {days} days.")
        for days in (30, 60, 90)
    )


def _about_chances() -> tuple[Fact, ...]:
    return (
        Fact(
            "chance_method",
            "choice",
            "How the chances were found: nothing is open, in closed form for normal demand or for counted pieces, or "
            "simulated because something may come in.",
            CHANCE_METHODS,
        ),
        Fact(
            "chance_half_width",
            "probability",
            "Half the width of the 95 % interval of the simulated chances, the widest of them; 0 in closed form.",
        ),
        _text(
            "chance_basis",
            "How what is awaited was taken: lateness measured or on time, licences by the approval rate or never; and "
            "why there is no chance.",
        ),
    )


GRAINS: dict[str, Grain] = {
    grain.name: grain
    for grain in (
        Grain(
            "part",
            "One row per part and site.",
            (
                *_part_keys(),
                *_about_part(),
                _text("base_unit", "Unit of all quantities of the row."),
                Fact("procurement", "choice", "Made, bought or both.", ("buy", "make", "both")),
                Fact("is_product", "flag", "Sold to customers."),
                Fact("phantom", "flag", "Passed through, never stocked."),
                _days(
                    "lead_time_days",
                    "Replenishment: purchasing + delivery + goods receipt, calendar days; of the advised order where a "
                    "part is made by the minute.",
                ),
                Fact("safety_stock", "quantity", "Safety stock."),
                Fact(
                    "reorder_point",
                    "quantity",
                    "Advice: stock and what is on order at which to order again, by the policy's service level, from "
                    "demand, its spread, lead time and lateness. Missing for made parts and where one of them is.",
                ),
                Fact("safety_stock_advised", "quantity", "Advice: reorder_point less the demand of the lead time."),
                _text("reorder_basis", "Whether the lead time varies as measured or was taken as fixed."),
                Fact("on_hand", "quantity", "Usable stock under the policy; missing when no row or a unit is unknown."),
                Fact("on_order", "quantity", "Open purchase orders and released production orders."),
                Fact("daily_demand", "quantity", "Requirement per calendar day to the horizon, dependent included."),
                Fact(
                    "demand_basis",
                    "choice",
                    "What the requirement rests on: dated demand and what it asks of components; average, where a mean "
                    "of past consumption is in it; none.",
                    DEMAND_BASES,
                ),
                *_runways(),
                *_family(),
                Fact(
                    "stock_out_date",
                    "date",
                    "First day not covered by stock and the receipts nothing stops (restricted).",
                ),
                Fact(
                    "last_order_date",
                    "date",
                    "stock_out_date less goods receipt, delivery and purchasing, counted back on the site's calendar.",
                ),
                Fact(
                    "advised_order_quantity",
                    "quantity",
                    "Advice, counted nowhere: what a new order would have to be to cover the horizon, in base_unit, at "
                    "least min_order_qty, in multiples of order_multiple; 0 where nothing is short (restricted).",
                ),
                *_chances(),
                *_about_chances(),
                Fact("lower_bound", "flag", "A stock was unknown on the way, so runways are lower bounds."),
                Fact("upper_bound", "flag", "Some requirement is missing, so runways are upper bounds."),
                Fact("qualified_suppliers", "number", "Qualified, valid, unblocked suppliers; missing without data."),
                Fact("origin_country", "country", "Country of origin with the largest share of supply."),
                Fact("top_origin_share_pct", "pct", "Its share; missing when an origin or a needed share is unknown."),
                _text("materials", "Controlled materials inside, comma-separated symbols, sorted."),
                *_masses("Mass of rare earths and other catalogue materials in one base unit"),
                *_expected(),
                Fact("mass_lower_bound", "flag", "A mass below is unknown, so mass_g_expected is a lower bound."),
                Fact("content_probability", "probability", "Highest probability of presence among its materials."),
                Fact("evidence", "choice", "Best evidence behind its own content.", EVIDENCE),
                Fact("likely_magnet", "flag", "Its texts or codes say permanent magnet."),
                Fact("magnet_unproven", "flag", "Likely magnet whose material or grade nothing proves."),
                *_coverage(),
                Fact("products", "number", "Finished products it goes into."),
                Fact("revenue_at_risk", "money", "Revenue of those products over the horizon, workspace currency."),
                Fact("partial", "flag", "Something below is a cycle or missing from the part master."),
                _text("unknown_reason", "Why a runway is unknown."),
                _text("data_warning", "What looks wrong in its data, and how it was counted."),
                Fact(
                    "suggested_alternates",
                    "number",
                    "Other parts that plugins name as possible alternates. Nobody approved them, and none counts as "
                    "supply. Missing where no finder was asked about the part, or one of them failed.",
                ),
            ),
        ),
        Grain(
            "content",
            "One row per part, site, material and form.",
            (
                *_part_keys(),
                _text("material", "Material symbol.", key=True),
                _text("form", "Form.", key=True),
                *_masses("Mass in one base unit, as built"),
                *_expected(),
                Fact("lower_bound", "flag", "A mass below is unknown, so mass_g_expected is a lower bound."),
                Fact("probability", "probability", "Probability that it is present at all."),
                Fact("evidence", "choice", "Kind of the worst evidence it rests on.", EVIDENCE),
                Fact("evidence_rank", "number", "Position of that evidence, 1 is best."),
                _text("source", "Document, grade row or signal."),
                Fact("date", "date", "Date of the evidence."),
                Fact("rolled_up", "flag", "From components rather than the part's own evidence."),
            ),
        ),
        Grain(
            "exposure",
            "One row per part, site, measure and material.",
            (
                *_part_keys(),
                _text("measure", "Measure or item id of the register.", key=True),
                _text("material", "Material symbol.", key=True),
                *_about_part(),
                _text("form", "Form that the measure controls."),
                Fact("measure_status", "choice", "State of the measure on the business date.", MEASURE_STATES),
                _text("measure_kind", "Licence, ban, quota ..."),
                _text("instrument", "Legal instrument."),
                Fact("applies", "choice", "Whether the measure applies.", APPLIES),
                _text("why", "Reason, and the field that would settle it."),
                Fact("route", "choice", "The part itself, or something inside it.", ROUTES),
                Fact("origin_country", "country", "Origin the judgement rests on."),
                Fact("procurement", "choice", "Made, bought or both.", ("buy", "make", "both")),
                Fact("is_product", "flag", "Sold to customers."),
                *_masses("Mass of the material in one base unit"),
                Fact("probability", "probability", "Probability of presence."),
                Fact("evidence", "choice", "Evidence behind the content.", EVIDENCE),
                _days("licence_days", "Days a licence is expected to take."),
                _days("lead_time_days", "Replenishment time."),
                *_runways(),
                Fact("stock_out_date", "date", "First day not covered with the receipts nothing stops."),
                Fact(
                    "last_order_date",
                    "date",
                    "stock_out_date less goods receipt, delivery, licence days and purchasing, counted back.",
                ),
                *_chances(),
                Fact(
                    "p_stock_out_licence",
                    "probability",
                    "Chance of having run out before goods ordered and applied for today can come: by the day before "
                    "lead time and licence days end. Missing where one of them is not known or they end beyond the "
                    "horizon.",
                ),
                Fact(
                    "chance_half_width",
                    "probability",
                    "Half the width of the widest 95 % interval of the row's simulated chances; 0 in closed form.",
                ),
                Fact("receipts_at_risk", "quantity", "Open receipts that the measure stops."),
                Fact("value_at_risk", "money", "Their value, workspace currency."),
                Fact("qualified_suppliers", "number", "Qualified, valid, unblocked suppliers."),
                Fact("top_origin_share_pct", "pct", "Share of the largest origin."),
                Fact("products", "number", "Finished products it goes into."),
                Fact("revenue_at_risk", "money", "Their revenue over the horizon."),
                *_alternatives(),
            ),
        ),
        Grain(
            "order_line",
            "One row per open order line and measure.",
            (
                _text("order_no", "Purchase order.", key=True),
                _text("line", "Order line.", key=True),
                _text("measure", "Measure or item id.", key=True),
                _text("part_no", "Part number."),
                _text("site", "Site.", key=True),
                _text("material", "Materials that the measure catches, comma-separated."),
                *_about_part(),
                _text("supplier", "Supplier."),
                Fact("measure_status", "choice", "State of the measure on the business date.", MEASURE_STATES),
                _text("measure_kind", "Licence, ban, quota ..."),
                Fact("applies", "choice", "Whether the measure applies.", APPLIES),
                _text("why", "Reason, and the field that would settle it."),
                Fact("origin_country", "country", "Origin the judgement rests on."),
                Fact("licence_status", "choice", "State of the licence.", LICENCE_STATES),
                Fact("licence_valid_to", "date", "Last day of the licence."),
                Fact(
                    "licence_state",
                    "choice",
                    "Where its licence stands: what the order says, and its validity against today and the due date. "
                    "`not_needed_says_order` is the word of the order; `unknown`: it says nothing. Missing where the "
                    "measure licenses nothing.",
                    LICENCE_PROGRESS,
                ),
                Fact("licence_applied_on", "date", "Day of the application, as the order says."),
                _days(
                    "licence_days_in_process",
                    "Working days of the authority after the application, today included, while it is `applied`. Its "
                    "own clock starts at acceptance, which is later.",
                ),
                Fact(
                    "licence_overdue",
                    "flag",
                    "In process for longer than the policy's `licence_working_days`; missing without a day of "
                    "application.",
                ),
                Fact(
                    "licence_expected_on",
                    "date",
                    "Application (today, where none is under way) plus licence_days; a past day is overdue.",
                ),
                Fact(
                    "licence_deadline",
                    "date",
                    "Latest day to apply: the earlier of due date less licence days, and of the day the part runs out "
                    "less lead time and licence days.",
                ),
                Fact("licence_deadline_by", "choice", "Which of the two sets the deadline.", DEADLINES),
                Fact(
                    "licence_late",
                    "flag",
                    "Applied for after the deadline, or not yet and it has passed; missing when a day is unknown.",
                ),
                Fact("stopped", "flag", "Counted as stopped in the restricted runway."),
                Fact("due_date", "date", "Confirmed, else agreed delivery date."),
                _days("days_until_due", "Days from the business date to the due date; negative is overdue."),
                _days("days_until_needed", "Days until the part runs out without the line (restricted runway)."),
                Fact("open_quantity", "quantity", "Open quantity in base units."),
                Fact("value_at_risk", "money", "Value of the open quantity, workspace currency."),
                _days("licence_days", "Days a licence is expected to take."),
            ),
        ),
        Grain(
            "product",
            "One row per finished part and site.",
            (
                *_part_keys(),
                *_about_part()[:2],
                _text("limiting_part", "Component with the shortest restricted runway."),
                _days("time_to_survive_days", "Days until the first of its components runs out (restricted)."),
                Fact("time_to_survive_days_state", "choice", "State of time_to_survive_days.", RUNWAY_STATES),
                *_masses("Mass of controlled materials in one unit"),
                *_expected(),
                Fact("mass_lower_bound", "flag", "A mass below is unknown, so mass_g_expected is a lower bound."),
                _text("materials", "Materials inside, comma-separated."),
                Fact("demand_quantity", "quantity", "Independent demand over the horizon."),
                Fact("revenue_at_risk", "money", "Its revenue over the horizon, workspace currency."),
                Fact(
                    "buildable_units",
                    "number",
                    "Units that can be built from stock alone if all of it went to this product, its own not counted.",
                ),
                Fact("buildable_bound", "choice", "What unknowns make of buildable_units.", BOUNDS),
                _text("worst_measure", "Measure in force under which it stops first."),
                _days("survive_days", "Days it can be delivered in full under that measure (grain `disruption`)."),
                Fact(
                    "survive_days_state",
                    "choice",
                    "State of survive_days; covered where no measure stops it.",
                    RUNWAY_STATES,
                ),
                Fact("survive_bound", "choice", "What unknowns make of survive_days.", BOUNDS),
                Fact("lost_units", "number", "Units not delivered under it until supply is back."),
                Fact("lost_revenue", "money", "Their revenue."),
                *_coverage(),
                *_weight_tests(),
                *_own_supply("of its worst material by mass, by the sources of the bought parts in it"),
                _text("own_hhi_material", "That material."),
                _text("own_origin_unknown", "Materials in it whose origin or mass is not known well enough."),
                Fact("partial", "flag", "Something below is a cycle or missing from the part master."),
            ),
        ),
        Grain(
            "material",
            "One row per material.",
            (
                _text("material", "Material symbol.", key=True),
                Fact("stock_kg", "kilograms", "Typical mass in stock, of the parts whose mass is known.", unit="kg"),
                Fact("on_order_kg", "kilograms", "Typical mass on order, likewise.", unit="kg"),
                Fact("yearly_demand_kg", "kilograms", "Typical mass in the demand of a year, likewise.", unit="kg"),
                Fact(
                    "recoverable_kg",
                    "kilograms",
                    "Typical mass in returned, blocked, expired and obsolete stock of our own, as built.",
                    unit="kg",
                ),
                Fact("recoverable_lower_bound", "flag", "Some of that stock has an unknown content or quantity."),
                Fact("parts", "number", "Parts that hold it by their own evidence."),
                Fact("products", "number", "Products that hold it."),
                _days("worst_runway_days", "Restricted time to survive of its worst product."),
                Fact("worst_runway_days_state", "choice", "State of worst_runway_days.", RUNWAY_STATES),
                _text("worst_product", "That product."),
                Fact(
                    "first_stop_date",
                    "date",
                    "First day on which a part that holds it is missing (restricted); missing if none is known to be.",
                ),
                _text("first_stop_part", "That part."),
                _text("first_stop_site", "Its site."),
                Fact(
                    "parts_without_mass",
                    "number",
                    "Parts x sites that hold it of unknown mass: not in the kilograms.",
                ),
                Fact("parts_without_runway", "number", "Parts x sites that hold it of unknown restricted runway."),
                *_over_recovery("all parts with it could no longer be had"),
                Fact(
                    "value_waiting",
                    "money",
                    "Value of open order lines with it that wait for a licence; missing when a price is.",
                ),
                _text("concentration", "Top producing country, stage, year and share."),
                Fact("top_country_share_pct", "pct", "Share of the top producing country."),
                _text("designations", "Lists in force that name it and restrict nothing: USGS 2025, CRMA strategic."),
                *_own_supply("of the parts that hold it"),
                Fact(
                    "own_unknown_origin_pct",
                    "pct",
                    "Share of it whose origin is unknown, or of the rows whose value is, whichever is larger.",
                    unit="%",
                ),
                Fact(
                    "own_hhi_basis",
                    "choice",
                    "Value of open orders; or, without any, planned shares of sourcing by mass in demand.",
                    OWN_BASES,
                ),
                *_published(),
            ),
        ),
        Grain(
            "failure_point",
            "One row per part, supplier or origin and site whose loss would stop a product, through all levels. Parts "
            "are bought ones with a controlled material inside or magnets of unproven grade; suppliers and origins are "
            "those of such parts, and take all they alone deliver with them. Stock delays a stop and is not counted.",
            (
                Fact("kind", "choice", "What is lost.", FAILURES, key=True),
                _text("id", "Part number, supplier number or country.", key=True),
                _text("site", "Site.", key=True),
                _text("name", "Description of the part or name of the supplier."),
                _text("part_no", "Part number, of a part."),
                _text("owner", "Who answers for the part."),
                Fact("parts", "number", "Parts lost with it at the site for lack of another source."),
                Fact(
                    "products_stopped", "number", "Products of the site that stop: no alternate is left on some line."
                ),
                Fact(
                    "products_stopped_most",
                    "number",
                    "Likewise if no source of unknown release or origin can take over.",
                ),
                Fact("products_of_site", "number", "Products of the site."),
                Fact("products_share_pct", "pct", "Share of the site's products that stop.", unit="%"),
                Fact("products_share_most_pct", "pct", "The share that products_stopped_most is.", unit="%"),
                Fact(
                    "revenue_at_risk",
                    "money",
                    "Revenue of the products that stop, over the horizon; missing when that of one is unknown.",
                ),
                Fact(
                    "sole_source",
                    "flag",
                    "Of a part: one qualified supplier. Of a supplier or origin: some part has no other.",
                ),
                _text("materials", "Controlled materials in the parts lost, comma-separated."),
                _text("why", "What is lost and what leaves it open."),
                Fact("rank", "number", "1 stops most products, then revenue."),
            ),
        ),
        Grain(
            "disruption",
            "One row per measure (in force, announced or suspended), origin, controlled material, supplier and site "
            "that takes away a needed part. What is not lost is had as ever; stock, alternates and receipts that still "
            "come bridge the time. `unknown` as an origin or supplier takes away the parts of which nobody "
            "says where they come from. Numbers are of sure losses; `_least` and `_most` count those in doubt too.",
            (
                Fact("kind", "choice", "What is lost.", DISRUPTIONS, key=True),
                _text("name", "Measure, country, material, supplier number or site.", key=True),
                Fact("standing", "choice", "State of a measure; `supposed` for everything else.", STANDINGS, key=True),
                _text("title", "Instrument of the measure or name of the supplier."),
                Fact("computed", "flag", "False where only the losses were counted; `why` says why."),
                _days("survive_days", "Days until the first product can no longer be delivered in full."),
                Fact("survive_days_state", "choice", "State of survive_days.", RUNWAY_STATES),
                Fact("survive_bound", "choice", "What unknowns make of survive_days.", BOUNDS),
                _days("survive_days_least", "Likewise if every loss in doubt happens too."),
                Fact("survive_days_least_state", "choice", "State of survive_days_least.", RUNWAY_STATES),
                _days("recovery_days", "Time to recover: days until supply is back."),
                _text("recovery_why", "What it is made of."),
                _days(
                    "gap_days", "recovery_days less survive_days; positive where products stop before supply is back."
                ),
                Fact("exposed", "flag", "A product stops before supply is back; missing where unknowns decide it."),
                Fact("loss_value", "money", "Least margin lost until then, workspace currency."),
                Fact("loss_value_most", "money", "Likewise if every loss in doubt happens too."),
                Fact("loss_bound", "choice", "What unknowns make of loss_value.", BOUNDS),
                Fact(
                    "loss_basis",
                    "choice",
                    "Revenue less cost per unit; the whole revenue where the cost is unknown.",
                    MARGINS,
                ),
                Fact("lost_revenue", "money", "Revenue of the units not delivered; missing when a price is."),
                Fact("lost_units", "number", "Units of products not delivered until then."),
                Fact("products_touched", "number", "Products sold that need what is lost."),
                Fact("products_stopped", "number", "Those that stop before supply is back."),
                _text("first_product", "The one that stops first."),
                _text("first_site", "Its site."),
                Fact("parts_lost", "number", "Needed parts that can no longer be had (of a site: bought or made)."),
                Fact("parts_doubtful", "number", "Needed parts of which that is not known, besides."),
                _text("lost_parts", "The first five by the products they go into."),
                _text("materials", "Controlled materials in the parts lost, comma-separated."),
                Fact("buffer_state", "choice", "Whether stock could bridge the time to recover.", BUFFERS),
                Fact("buffer_cost", "money", "Cost of the cheapest stock that would; missing where none does."),
                _text("buffer", "That stock, the five dearest parts."),
                _text("why", "What is unknown, and what of it was taken at its worst."),
                Fact("rank", "number", "1 loses most, then the widest gap; computed ones first."),
            ),
        ),
        Grain(
            "sourcing_prohibition",
            "One row per part, site and item of a sourcing prohibition (10 USC 4872), today's scope and later ones: "
            "parts that hold covered material and go into products sold under a defence contract, or into products of "
            "which that is not known.",
            (
                *_part_keys(),
                _text("measure", "Item of the register.", key=True),
                *_about_part()[:2],
                _text("material", "Covered material by its main element."),
                _text("form", "Form; missing when not known."),
                Fact("scope", "choice", "Whether the item's scope is that of the business date.", ("now", "later")),
                Fact("scope_from", "date", "First day of the scope; missing when it is the one of today."),
                Fact("scope_through", "date", "Last day of the scope; missing when it is open."),
                Fact("defence", "choice", "Whether its products are sold under a defence contract.", DEFENCE),
                Fact("defence_products", "number", "Products under a defence contract that it goes into."),
                Fact("defence_unknown", "number", "Products of which that is not known."),
                Fact(
                    "cots_products",
                    "number",
                    "Of the defence products, off-the-shelf ones below half by weight on the business date.",
                ),
                Fact("applies", "choice", "Whether the prohibition applies.", APPLIES),
                _text("why", "Reason, and what leaves it open."),
                Fact("only_later", "flag", "Of a later scope: today's is unlikely to apply, this one does or may."),
                _text("stage_gaps", "Stages in a covered country, and stages nobody has proven."),
                Fact("stages_covered", "number", "Stages that a source has in a covered country."),
                Fact("stages_unknown", "number", "Stages of unknown country."),
                Fact("outside_sources", "number", "Qualified sources with every stage outside the covered countries."),
                Fact("qualified_suppliers", "number", "Qualified, valid, unblocked suppliers."),
                Fact("probability", "probability", "Probability of presence."),
                Fact("evidence", "choice", "Evidence behind the content.", EVIDENCE),
                Fact("revenue_at_risk", "money", "Revenue over the horizon of the products it goes into."),
                Fact("rank", "number", "1 is the hardest to clear of its scope; missing when unlikely to apply."),
            ),
        ),
        Grain(
            "supplier",
            "One row per supplier.",
            (
                _text("supplier", "Supplier number.", key=True),
                _text("name", "Name."),
                Fact("country", "country", "Country of its seat."),
                Fact("parts", "number", "Parts it is a source of."),
                _text("materials", "Controlled materials in them."),
                _text("origins", "Countries of origin it delivers from."),
                Fact("open_value", "money", "Value of open order lines."),
                Fact(
                    "lines_measured",
                    "number",
                    "Order lines received in the last two years whose lateness could be measured; missing without "
                    "goods receipts.",
                ),
                Fact(
                    "late_pct",
                    "pct",
                    "Share of them that came after the day confirmed, else agreed; missing below eight lines.",
                ),
                _days(
                    "lateness_mean_days",
                    "Mean days late, early ones negative. This and the others are missing below eight lines.",
                ),
                _days("lateness_spread_days", "Standard deviation of days late."),
                _days("lateness_median_days", "Days late that half of the lines stay within."),
                _days("lateness_p90_days", "Days late that nine in ten lines stay within."),
                Fact(
                    "entity_hit",
                    "choice",
                    "Name or parent company is on a list of named entities, or like one. Missing: no name to look "
                    "for, or not found on lists that are partial, which proves nothing; subsidiaries are not known.",
                    ENTITY_HITS,
                ),
                Fact("entity_list", "choice", "Control list, watch list, or not stated in our sources.", ENTITY_LISTS),
                _text("entity_instrument", "Instrument that names the entity."),
                _text("entity_why", "What matched what."),
            ),
        ),
        Grain(
            "measure",
            "One row per measure of the register.",
            (
                _text("measure", "Measure id.", key=True),
                _text("instrument", "Legal instrument."),
                _text("authority", "Issuing authority."),
                Fact("measure_status", "choice", "State on the business date.", MEASURE_STATES),
                Fact("restricts", "flag", "Restricts goods, rather than informing or designating."),
                Fact("stale", "flag", "Its state rests on something old, presumed or run out."),
                _text("stale_why", "Why."),
                Fact("as_of", "date", "Day a person last read the instrument or its status."),
                Fact("verify_by", "date", "Day by which it should be read again."),
                _text("confidence", "H, M, L or K (general knowledge)."),
                Fact("parts", "number", "Parts that it touches directly, or would if it came into force (again)."),
                *_over_recovery("it stays (or comes) in force"),
                Fact(
                    "value_waiting",
                    "money",
                    "Value of open order lines that wait for its licence; missing when a price is.",
                ),
            ),
        ),
        Grain(
            "table",
            "One row per canonical table and source.",
            (
                _text("table", "Canonical table.", key=True),
                _text("source", "Source in riskplug.toml.", key=True),
                Fact(
                    "verdict",
                    "choice",
                    "Accepted, degraded, refused, or missing: accepted before and not delivered tonight.",
                    VERDICTS,
                ),
                Fact("rows", "number", "Accepted rows."),
                Fact("dropped", "number", "Rows left out by a declared rule (subtotals, deleted ...)."),
                Fact("quarantined", "number", "Rows set aside as unreadable or implausible."),
                _days("age_days", "Days between extraction and the business date; missing when not known."),
                Fact("previous_rows", "number", "Rows in the last accepted snapshot."),
                Fact("row_drop_pct", "pct", "Rows lost against the last accepted snapshot."),
                _text("why", "Reasons for the verdict."),
            ),
        ),
    )
}


def with_columns(grains: Mapping[str, Grain], added: Mapping[str, Iterable[Fact]]) -> dict[str, Grain]:
    """The catalogue with further columns per grain (plugins); a name already taken raises ValueError."""
    wider = dict(grains)
    for name, facts in added.items():
        grain = wider[name]
        for fact in facts:
            if fact.name in grain.names:
                raise ValueError(f"{name}.{fact.name} is already in the catalogue")
            grain = replace(grain, columns=(*grain.columns, fact))
        wider[name] = grain
    return wider


def dtype_of(fact: Fact) -> "str | pd.CategoricalDtype":
    """The pandas dtype of a fact column."""
    import pandas as pd

    if fact.type == "choice":
        return pd.CategoricalDtype(pd.Index(fact.choices, dtype="str"))
    return {"text": "str", "country": "str", "flag": "boolean", "date": "datetime64[s]"}.get(fact.type, "float64")


def as_text(column: "pd.Series") -> "pd.Series":
    """The values as text, missing ones missing; a category is made text once, not once per row."""
    import pandas as pd

    if not isinstance(column.dtype, pd.CategoricalDtype):
        return column.astype("str")
    texts = column.cat.categories.astype("str").array.take(column.cat.codes.to_numpy(), allow_fill=True)
    return pd.Series(texts, index=column.index, name=column.name)


def frame(grain: Grain, columns: Mapping[str, object], rows: int | None = None) -> "pd.DataFrame":
    """A fact frame of the grain from whatever columns are known; absent ones are unknown.

    Raises ValueError for a column that the grain does not declare.
    """
    import pandas as pd

    unknown = set(columns) - set(grain.names)
    if unknown:
        raise ValueError(f"not in grain {grain.name}: {sorted(unknown)}")
    made = pd.DataFrame(dict(columns), index=None if rows is None else range(rows), copy=False).reset_index(drop=True)
    missing: dict[str, pd.Series] = {}
    typed = {}
    for fact in grain.columns:
        dtype = cast(Any, dtype_of(fact))
        if fact.name in made:
            column = made[fact.name]
            typed[fact.name] = as_text(column) if dtype == "str" else column.astype(dtype)
            continue
        if dtype not in missing:
            missing[dtype] = pd.Series([None] * len(made), dtype="object").astype(dtype)
        typed[fact.name] = missing[dtype]
    # columns of the stages are taken over without a copy: of a million parts they are a quarter of a gigabyte
    return pd.DataFrame(typed, copy=False)
