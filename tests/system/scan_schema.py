"""The schemas made from declarations: the fact tables in scan.json from the catalogue, measure and entity files from
their models.

`python tests/system/scan_schema.py` renews them after these have changed; tests compare.
"""

import json
from pathlib import Path
from typing import Any

import riskplug
from riskplug.catalogue import GRAINS, Fact, Grain
from riskplug.regimes import entities_schema, regimes_schema

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


if __name__ == "__main__":
    path = FOLDER / "scan.json"
    document = json.loads(path.read_text(encoding="utf-8"))
    document["properties"]["facts"] = facts()
    path.write_text(json.dumps(document, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    for name, schema in (("regimes", regimes_schema()), ("entities", entities_schema())):
        text = json.dumps(schema, indent=1, ensure_ascii=False) + "\n"
        (FOLDER / f"{name}.json").write_text(text, encoding="utf-8")
