"""The JSON Schema of rule files, for editors: from the models and the catalogue, so it cannot fall behind."""

from collections.abc import Iterable, Mapping
from typing import Any

from riskplug.catalogue import GRAINS, Fact, Grain
from riskplug.rules.rulefile import SCHEMA, RuleFile


def rules_schema(catalogue: Mapping[str, Grain] = GRAINS, kinds: Iterable[str] = ()) -> dict[str, Any]:
    """The schema of a rule file; per grain it knows the columns that identity and test rows may name."""
    document = RuleFile.model_json_schema(by_alias=True)
    rule = document["$defs"]["RuleEntry"]
    rule["properties"]["grain"] = {"enum": list(catalogue), "description": "Fact table the rule reads."}
    if known := sorted(kinds):
        rule["properties"]["kind"] = {"enum": known, "description": "Rule kind in Python."}
    tests = rule["properties"]["tests"]
    rule["properties"]["tests"] = {"anyOf": [{"$ref": "#/$defs/RuleTests"}, tests]}
    rule["allOf"] = [_of_grain(grain) for grain in catalogue.values()]
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", "$id": SCHEMA, **document}


def _of_grain(grain: Grain) -> dict[str, Any]:
    columns = {fact.name: _column(fact) for fact in grain.columns}
    row = {"type": "object", "properties": columns, "additionalProperties": False}
    tests = {"type": "object", "properties": {"rows": {"type": "array", "items": row}}}
    return {
        "if": {"properties": {"grain": {"const": grain.name}}, "required": ["grain"]},
        "then": {
            "properties": {
                "identity": {"type": "array", "items": {"enum": list(grain.names)}},
                "tests": {"anyOf": [tests, {"type": "array", "items": tests}]},
            }
        },
    }


def _column(fact: Fact) -> dict[str, Any]:
    about = {"description": f"{fact.doc} [{fact.type}]"}
    if fact.choices:
        return {"enum": [*fact.choices, None], **about}
    kind = {"text": "string", "country": "string", "date": "string", "flag": "boolean"}.get(fact.type, "number")
    return {"type": [kind, "null"], **about}
