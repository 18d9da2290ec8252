"""`riskplug.runway/1`: one part's runways and events as a document."""

from typing import Any

import pandas as pd

from riskplug.plan.result import Plan

SCHEMA = "riskplug.runway/1"


def runway_document(plan: Plan, part_no: str, site: str) -> dict[str, Any]:
    """The document of one part at one site; dates are ISO text, missing is null. KeyError for an unknown part.

    The events are those of the ``restricted`` policy: stopped receipts stand in it with quantity 0.
    """
    return {
        "schema": SCHEMA,
        "part_no": part_no,
        "site": site,
        "policies": {
            policy: {name: _plain(value) for name, value in said.items()}
            for policy, said in plan.policies(part_no, site).items()
        },
        "events": [
            {str(name): _plain(value) for name, value in row.items()}
            for row in plan.events(part_no, site).to_dict("records")
        ],
    }


def _plain(value: object) -> object:
    if value is None or pd.isna(value):  # type: ignore[call-overload]
        return None
    return value.isoformat()[:10] if hasattr(value, "isoformat") else value
