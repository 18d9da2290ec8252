"""The schemas made from declarations: the fact tables and scenarios in scan.json from the catalogue, whatif.json
likewise, files of measures, entities and scenarios from their models.

`python tests/system/scan_schema.py` renews them after these have changed; tests compare.
"""

import json
from pathlib import Path
from typing import Any

import riskplug
from riskplug.catalogue import BOUNDS, GRAINS, Fact, Grain
from riskplug.plan.survive import SURVIVAL_STATES
from riskplug.regimes import entities_schema, regimes_schema
from riskplug.scenario import compare, scenarios_schema

FOLDER = Path(riskplug.__file__).parent / "schemas"
_BOUNDS = {"probability": {"minimum": 0, "maximum": 1}}


def rows(grain: Grain) -> dict[str, Any]:
    """Rows of a grain: every column is there, unknown ones as null; plugins may add columns."""
    return {
        "type": "array",
        "description": grain.doc,
        "items": {
            "type": "object",
            "properties": {fact.name: column(fact) for fact in grain.columns},
            "required": list(grain.names),
        },
    }


def column(fact: Fact) -> dict[str, Any]:
    """The value of one column. Key columns are never null."""
    about = {"description": fact.doc}
    if fact.type == "choice":
        return {**about, "enum": [*fact.choices, *([] if fact.key else [None])]}
    kind = {"text": "string", "country": "string", "date": "string", "flag": "boolean"}.get(fact.type, "number")
    shape = {"format": "date"} if fact.type == "date" else _BOUNDS.get(fact.type, {})
    return {**about, "type": kind if fact.key else [kind, "null"], **shape}


def facts() -> dict[str, Any]:
    """The property `facts` of a scan: every grain by name."""
    return {
        "type": "object",
        "description": "Fact tables by grain; docs/facts.md says what each column means.",
        "properties": {name: rows(grain) for name, grain in GRAINS.items()},
        "required": list(GRAINS),
        "additionalProperties": False,
    }


_OWN = {
    "stop_date": Fact("stop_date", "date", "First day on which a component is missing, within the horizon."),
    "revenue_after_stop": Fact("revenue_after_stop", "money", "Revenue of demand due on or after that day."),
    "exposed_parts": Fact(
        "exposed_parts", "number", "Parts that are themselves caught, or may be, by what is in force."
    ),
    "shortest_runway_days": Fact("shortest_runway_days", "days", "Shortest restricted runway of those."),
    "first_stock_out_date": Fact("first_stock_out_date", "date", "Its end."),
    "first_part": Fact("first_part", "text", "The part that runs out first."),
    "value_at_risk": Fact("value_at_risk", "money", "Value of order lines that do not come."),
}
_KEYS = {"part": ("part_no", "site"), "product": ("part_no", "site"), "material": ("material",)}
_COLUMNS = {"part": compare.PART, "product": compare.PRODUCT, "material": compare.MATERIAL}
_BETTER = ["worse", "better", "changed"]
_CHANGES = {
    "part": _BETTER,
    "product": _BETTER,
    "material": ["changed"],
    "exposure": ["appears", "vanishes", "changes"],
}


def scenario_rows(grain: str) -> dict[str, Any]:
    """Rows of a grain that differ from the base: keys, the scenario, the values, the base's beside them."""
    keys = (*_KEYS["part"], "measure", "material") if grain == "exposure" else _KEYS[grain]
    values = compare.EXPOSURE if grain == "exposure" else _COLUMNS[grain]
    known = {fact.name: fact for fact in GRAINS[grain].columns} | _OWN
    said = {name: {"type": "string"} for name in ("scenario", *keys)}
    said |= {"branch": {"enum": ["granted", "refused", None]}, "change": {"enum": _CHANGES[grain]}}
    said |= {name: column(known[name]) for name in values}
    said |= {f"base_{name}": {**column(known[name]), "description": f"{name} in the base."} for name in values}
    if grain == "exposure":
        said["from_date"] = {"type": "string", "format": "date", "description": "First day on which it is so."}
    return {
        "type": "array",
        "items": {"type": "object", "properties": said, "required": list(said), "additionalProperties": False},
    }


def totals() -> dict[str, Any]:
    """Figures of a whole base or scenario."""
    text, day = {"type": ["string", "null"]}, {"type": ["string", "null"], "format": "date"}
    count, amount = {"type": "integer", "minimum": 0}, {"type": "number"}
    said = {
        "products_stopping": {**count, "description": "Products that stop within the horizon."},
        **{name: text for name in ("first_product", "first_site", "first_limiting_part")},
        "first_stop_date": day,
        "revenue_after_stop": {**amount, "description": "Where it is known, workspace currency."},
        "revenue_unknown_products": count,
        "value_at_risk": {**amount, "description": "Order lines that do not come, where their value is known."},
        "value_unknown_lines": count,
        "parts_running_out": count,
        "parts_past_last_order": {**count, "description": "Parts whose last day to order has passed."},
    }
    return {"type": "object", "properties": said, "required": list(said), "additionalProperties": False}


def scenario() -> dict[str, Any]:
    """One scenario, as in riskplug.whatif/1 and under `scenarios` of a scan."""
    chance = {"type": ["number", "null"], "minimum": 0, "maximum": 1}
    expected = {
        **{name: {"type": "string"} for name in ("scenario", "part_no", "site")},
        **{f"p_stock_out_{days}": chance for days in (30, 60, 90)},
        "chance_half_width": {**chance, "description": "Half of the widest 95 % interval where chances are simulated."},
    }
    branch = {
        "branch": {"enum": ["granted", "refused", None], "description": "Answer to applications for licences."},
        "headline": {"type": "string"},
        "totals": {"$ref": "#/$defs/totals"},
        **{f"{grain}s": scenario_rows(grain) for grain in ("part", "product", "material", "exposure")},
    }
    said = {
        "id": {"type": "string"},
        "title": {"type": "string"},
        "overlays": {"type": "array", "items": {"type": "string"}},
        "seconds": {"type": "number", "minimum": 0},
        "fault": {"type": ["string", "null"], "description": "Why it could not be worked out."},
        "approval_pct": {"type": ["number", "null"], "minimum": 0, "maximum": 100},
        "branches": {"type": "array", "items": _exactly(branch)},
        "expected": {
            "type": "array",
            "description": "Chances over both answers, where the share granted is known.",
            "items": _exactly(expected),
        },
    }
    return _exactly(said)


def whatif() -> dict[str, Any]:
    """The schema of riskplug.whatif/1."""
    said = {
        "schema": {"const": "riskplug.whatif/1"},
        "workspace": {"type": "string"},
        "business_date": {"type": "string", "format": "date"},
        "snapshot": {"type": "string"},
        "currency": {"type": "string"},
        "base": {"$ref": "#/$defs/totals"},
        "scenarios": {"type": "array", "items": {"$ref": "#/$defs/scenario"}},
    }
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": "riskplug.whatif/1",
        "title": "Scenarios beside their base",
        **_exactly(said),
        "$defs": {"totals": totals(), "scenario": scenario()},
    }


def disruptions() -> dict[str, Any]:
    """The schema of riskplug.disruptions/1."""
    number, text = {"type": ["number", "null"]}, {"type": ["string", "null"]}
    place = {"part_no": {"type": "string"}, "site": {"type": "string"}}
    states = {"enum": [*SURVIVAL_STATES, None]}
    product = {
        **place,
        "survive_days": {
            **number,
            "description": "Until it can no longer be delivered in full; what is shared, shared.",
        },
        "survive_days_state": states,
        "alone_days": {**number, "description": "If all of the shared supply went to it."},
        "alone_days_state": states,
        "survive_bound": {"enum": list(BOUNDS)},
        **{name: number for name in ("gap_days", "lost_units", "loss_value", "lost_revenue")},
        "why": text,
    }
    part = {**place, "doubtful": {"type": "boolean"}, "on_hand": number, "products": number}
    receipt = {**place, "day": number, "quantity": number, "lost": {"type": "boolean"}}
    bought = {**place, "quantity": {"type": "number"}, "cost": {"type": "number"}}
    keys = {fact.name: column(fact) for fact in GRAINS["disruption"].columns if fact.key}
    lists = {"products": product, "parts": part, "receipts": receipt, "buffer": bought}
    detail = {**keys, **{name: {"type": "array", "items": _exactly(shape)} for name, shape in lists.items()}}
    said = {
        "schema": {"const": "riskplug.disruptions/1"},
        "business_date": {"type": "string", "format": "date"},
        "currency": {"type": "string"},
        "horizon_days": {"type": "number", "minimum": 1},
        "disruptions": rows(GRAINS["disruption"]),
        "details": {"type": "array", "description": "Only where a name is asked for.", "items": _exactly(detail)},
    }
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": "urn:riskplug:riskplug.disruptions/1",
        "title": "Result of `riskplug disruptions --format json`",
        **_exactly(said),
    }


def _exactly(said: dict[str, Any]) -> dict[str, Any]:
    return {"type": "object", "properties": said, "required": list(said), "additionalProperties": False}


MADE = ("scan", "disruptions", "whatif", "scenarios", "regimes", "entities")


def made(name: str) -> dict[str, Any]:
    """A shipped schema as the declarations would have it."""
    whole = {
        "disruptions": disruptions,
        "whatif": whatif,
        "scenarios": scenarios_schema,
        "regimes": regimes_schema,
        "entities": entities_schema,
    }
    if name in whole:
        return whole[name]()
    document: dict[str, Any] = json.loads((FOLDER / "scan.json").read_text(encoding="utf-8"))
    document["properties"]["facts"] = facts()
    document["properties"]["scenarios"] = {
        "type": "array",
        "description": "The standing scenarios of the workspace, beside the base and never part of it.",
        "items": {"$ref": "#/$defs/scenario"},
    }
    document["required"] = list(dict.fromkeys([*document["required"], "scenarios"]))
    document["$defs"] |= {"totals": totals(), "scenario": scenario()}
    return document


if __name__ == "__main__":
    for schema in MADE:
        text = json.dumps(made(schema), indent=1, ensure_ascii=False)
        (FOLDER / f"{schema}.json").write_text(text + "\n", encoding="utf-8")
