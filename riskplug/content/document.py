"""The content of one part as the document ``riskplug.content/1``."""

from typing import Any

import pandas as pd

from riskplug.content.stage import PartContent

SCHEMA = "riskplug.content/1"


def content_document(content: PartContent, part_no: str) -> dict[str, Any]:
    """What is in a part and why, with what was seen and discarded; KeyError for a part that is not known."""
    parts = content.parts[content.parts["part_no"] == part_no]
    if parts.empty:
        raise KeyError(part_no)
    about = parts.iloc[0]
    own = content.own[content.own["part_no"] == part_no]
    rejected = content.rejected[content.rejected["part_no"] == part_no]
    return {
        "schema": SCHEMA,
        "part_no": part_no,
        "likely_magnet": bool(about["likely_magnet"]),
        "magnet_unproven": bool(about["magnet_unproven"]),
        "content_known": bool(about["content_known"]),
        "evidence": _or_none(about["evidence"]),
        "materials": [_material(row) for row in own.to_dict("records")],
        "rejected": rejected[["text", "signal", "reason"]].to_dict("records"),
    }


def _material(row: dict[Any, Any]) -> dict[str, Any]:
    return {
        "material": row["material"],
        "form": row["form"],
        "mass_g": {bound: _or_none(row[f"mass_g_{bound}"]) for bound in ("min", "typ", "max")},
        "probability": _or_none(row["probability"]),
        "evidence": row["evidence"],
        "date": None if pd.isna(row["date"]) else row["date"].date().isoformat(),
        "sources": row["source"].split("; "),
    }


def _or_none(value: Any) -> Any:
    return None if pd.isna(value) else value
