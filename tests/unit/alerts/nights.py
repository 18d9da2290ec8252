"""Outcomes of small nights, for the tests of alerts."""

import json
from collections.abc import Iterable, Mapping

import pandas as pd

from riskplug.model import FINDING_COLUMNS, Outcome

Finding = tuple[str, str, str, str]
"""Rule, part, site, severity."""


def outcome(
    findings: Iterable[Finding] = (),
    coverage: Iterable[Mapping[str, object]] = (),
    undetermined: Iterable[Mapping[str, object]] = (),
) -> Outcome:
    rows = [
        {
            "rule": rule,
            "severity": severity,
            "grain": "part",
            "identity": identity(part, site),
            "part_no": part,
            "site": site or None,
            "material": None,
            "measure": None,
            "owner": "anna",
            "message": f"{part} is short",
            "measures": "{}",
            "evidence": "{}",
            "metric": 12.0,
        }
        for rule, part, site, severity in findings
    ]
    return Outcome(
        pd.DataFrame(rows, columns=list(FINDING_COLUMNS)),
        pd.DataFrame(list(coverage), columns=["rule", "partition", "outcome", "rows", "undetermined", "reason"]),
        pd.DataFrame(list(undetermined), columns=["rule", "identity", "columns"]),
    )


def identity(part: str, site: str) -> str:
    return json.dumps({"part_no": part, **({"site": site} if site else {})})


def covered(rule: str, partition: str, result: str = "evaluated", reason: str = "") -> dict[str, object]:
    return {"rule": rule, "partition": partition, "outcome": result, "rows": 1, "undetermined": 0, "reason": reason}
