"""The JSON Schemas of measure and entity files, for editors and other programs: made from the models."""

from typing import Any

from pydantic import BaseModel

from riskplug.regimes.entities import SCHEMA as ENTITIES
from riskplug.regimes.entities import EntityFile
from riskplug.regimes.measures import SCHEMA, MeasureFile


def regimes_schema() -> dict[str, Any]:
    """The schema of a measure file. It knows shapes and words; `riskplug regimes check` knows the rest."""
    return _schema(MeasureFile, SCHEMA)


def entities_schema() -> dict[str, Any]:
    """The schema of a file with entity lists."""
    return _schema(EntityFile, ENTITIES)


def _schema(model: type[BaseModel], name: str) -> dict[str, Any]:
    document = model.model_json_schema(by_alias=True)
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", "$id": name, **document}
