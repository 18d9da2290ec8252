"""The traps of ERP exports, one YAML case each."""

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from riskplug.documents import load_yaml
from riskplug.ingest import Profile, inspect_file
from riskplug.ingest.profile import TableRule
from riskplug.workspace import Workspace

CASES = Path(__file__).parents[2] / "cases" / "ingest"
CANONICAL = {"name": "case", "reader": "canonical", "decimal": ".", "true_words": ["true"], "false_words": ["false"]}


def _cases() -> Iterator[Any]:
    for path in sorted(CASES.glob("*.yaml")):
        for case in load_yaml(path).data["cases"]:
            yield pytest.param(case, id=case["it"].replace(" ", "-"))


def _profile(case: dict[str, Any]) -> Profile:
    settings = {**CANONICAL, **case.get("profile", {})}
    if "rule" in case:
        rule = TableRule.model_validate({"files": "export.csv", **case["rule"]})
        settings |= {"reader": "delimited", "tables": {case["table"]: rule}}
    return Profile.model_validate(settings)


def _workspace(case: dict[str, Any], root: Path) -> Workspace:
    sites = {site: {"country": "DE"} for site in case.get("sites", ())}
    return Workspace.model_validate({"root": root, "workspace": {"name": "case"}, "sites": sites, "sources": {}})


@pytest.mark.parametrize("case", list(_cases()))
def test_an_export_is_read_as_the_case_says(case: dict[str, Any], tmp_path: Path) -> None:
    file = tmp_path / "export.csv"
    file.write_bytes(case["text"].encode())
    for name, text in case.get("beside", {}).items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    read = inspect_file(case["table"], [file], _profile(case), _workspace(case, tmp_path), date(2025, 4, 28)).document()

    if "refused" in case:
        assert [case["refused"] in item["reason"] for item in read["refused"]] == [True]
        assert read["verdict"] == "refused" and read["rows"] == []
        return
    assert read["refused"] == []
    expected = [
        {name: str(value) if isinstance(value, date) else value for name, value in row.items()} for row in case["rows"]
    ]
    assert [
        {name: row[name] for name in wanted} for wanted, row in zip(expected, read["rows"], strict=True)
    ] == expected
    entries = sorted(read["quarantined"], key=lambda entry: entry["line"])
    for wanted, entry in zip(case.get("quarantine", []), entries, strict=True):
        assert wanted.pop("reason", "") in entry["reason"]
        assert {name: entry[name] for name in wanted} == wanted
    assert read["dropped"] == case.get("dropped", {})
    assert read["unknown_columns"] == case.get("unknown_columns", [])
