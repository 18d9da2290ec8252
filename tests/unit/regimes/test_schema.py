"""The JSON Schemas of measure and entity files: current, and true of every file that ships."""

import json
from datetime import date
from importlib.resources import files
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from regimes_world import SHIPPED

from riskplug.documents import load_yaml
from riskplug.regimes import entities_schema, regimes_schema
from riskplug.regimes.entities import is_entity_file

MADE = {"regimes": regimes_schema, "entities": entities_schema}
FILES = sorted(SHIPPED.glob("*.yaml"))


def shipped_schema(name: str) -> Any:
    return json.loads((files("riskplug") / "schemas" / f"{name}.json").read_text(encoding="utf-8"))


def as_json(value: Any) -> Any:
    return json.loads(json.dumps(value, default=date.isoformat))


@pytest.mark.parametrize("name", MADE)
def test_the_schema_that_ships_is_that_of_the_models(name: str) -> None:
    assert shipped_schema(name) == as_json(MADE[name]()), "run `python tests/system/scan_schema.py`"


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_every_shipped_file_is_valid(file: Any) -> None:
    validator = Draft202012Validator(shipped_schema("entities" if is_entity_file(file) else "regimes"))
    assert [error.message for error in validator.iter_errors(as_json(load_yaml(file).data))] == []


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("kind",), "licens"),
        (("origin",), ["China"]),
        (("items", 0, "forms"), ["magnets"]),
        (("items", 0, "hs_codes"), [8505110070]),
        (("items", 0, "materials"), ["DYS"]),
        (("spans",), []),
        (("sources",), []),
        (("orign",), ["CN"]),
    ],
)
def test_the_schema_refuses_what_the_check_refuses(path: tuple[Any, ...], value: Any) -> None:
    document = as_json(load_yaml(SHIPPED / "china-2025-18.yaml").data)
    here = document["measures"][0]
    for step in path[:-1]:
        here = here[step]
    here[path[-1]] = value
    assert not Draft202012Validator(shipped_schema("regimes")).is_valid(document)
