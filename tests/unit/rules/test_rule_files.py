"""Shipped rules, overriding, parameters, and the traps of YAML."""

import json
from pathlib import Path

import jsonschema
import pytest

from riskplug.catalogue import GRAINS
from riskplug.documents import parse_yaml
from riskplug.errors import UsageError
from riskplug.rules import load_rules, rules_schema, test_rules
from riskplug.rules.rulefile import RuleEntry
from tests.unit.rules.test_bad_files import ROOT, shipped_kinds
from tests.unit.rules.test_evaluate import HEAD, RULE

SHIPPED = {
    "restriction-exposure",
    "runway-below-licence-cycle",
    "runway-below-lead-time",
    "single-source",
    "single-origin",
    "order-needs-licence",
    "missing-evidence-magnet",
    "stale-export",
    "shrunken-export",
    "single-point-of-failure",
    "concentrated-supply",
    "defence-covered-material",
    "exposed-without-alternative",
}


def test_every_shipped_rule_has_tests_and_passes_them() -> None:
    results = {result.rule: result for result in test_rules(load_rules([ROOT / "rules"], GRAINS, shipped_kinds()))}
    assert set(results) >= SHIPPED
    assert {name: result.failures for name, result in results.items() if result.failures} == {}
    assert min(result.checks for result in results.values()) >= 3


def test_the_pack_is_of_some_size_and_every_rule_says_what_its_reader_needs() -> None:
    entries = [
        RuleEntry.model_validate(raw)
        for file in sorted((ROOT / "rules").glob("*.yaml"))
        for raw in parse_yaml(file.read_text()).data["rules"]
    ]
    assert len(entries) >= 25
    assert len({entry.grain for entry in entries}) >= 9
    lacking = {
        entry.id: [key for key in ("why", "clear", "references", "owner", "tests") if not getattr(entry, key)]
        for entry in entries
    }
    assert {name: keys for name, keys in lacking.items() if keys} == {}


def test_a_wrong_expectation_fails(tmp_path: Path) -> None:
    row = "{part_no: A, all_runway_days: 1, lead_time_days: 2}"
    tests = f"    tests: {{as_of: 2025-04-28, rows: [{row}], no_match: [A]}}\n"
    (tmp_path / "r.yaml").write_text(HEAD + RULE + tests)
    (result,) = test_rules(load_rules([tmp_path], GRAINS))
    assert result.failures == ("A: expected no_match, got critical",)


def test_shipped_files_satisfy_the_schema_and_a_typo_does_not() -> None:
    schema = rules_schema(GRAINS, shipped_kinds())
    kind = jsonschema.validators.validator_for(schema)
    kind.check_schema(schema)
    validator = kind(schema)
    for file in sorted((ROOT / "rules").glob("*.yaml")):
        data = json.loads(json.dumps(parse_yaml(file.read_text()).data, default=str))
        validator.validate(data)
        data["rules"][0]["grain"] = "parts"
        with pytest.raises(jsonschema.ValidationError):
            validator.validate(data)


def test_a_later_folder_overrides_by_id(tmp_path: Path) -> None:
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "r.yaml").write_text(HEAD + RULE.replace("title: Short", f"title: {name}"))
    assert [rule.title for rule in load_rules([tmp_path / "one", tmp_path / "two"], GRAINS)] == ["two"]


def test_a_workspace_sets_parameters_within_their_bounds(tmp_path: Path) -> None:
    text = RULE.replace("30 days", "reserve") + "    params: {reserve: {type: days, default: 30, max: 60}}\n"
    (tmp_path / "r.yaml").write_text(HEAD + text)
    changed = load_rules([tmp_path], GRAINS, params={"short": {"reserve": "8 weeks"}})["short"]
    assert changed.params == {"reserve": "8 weeks"}
    assert changed.version != load_rules([tmp_path], GRAINS)["short"].version
    with pytest.raises(UsageError) as caught:
        load_rules([tmp_path], GRAINS, params={"short": {"reserve": 61, "reserv": 1}, "shrt": {}})
    assert sorted(problem.code for problem in caught.value.problems) == ["param-range", "param-rule", "param-unknown"]


def test_all_mistakes_of_all_files_come_at_once(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text(HEAD + RULE.replace("all_runway_days <", "al_runway_days <"))
    (tmp_path / "b.yaml").write_text(HEAD + RULE.replace("short", "other").replace("owner: owner", "ownr: owner"))
    with pytest.raises(UsageError) as caught:
        load_rules([tmp_path], GRAINS)
    assert [problem.code for problem in caught.value.problems] == ["rule-unknown-key", "expr-name", "expr-name"]


def test_yaml_keeps_words_and_places() -> None:
    document = parse_yaml("a: [CN, NO, ON, yes, 12:30]\nb: 2025-04-28\n012: '0012'\n")
    assert document.data["a"] == ["CN", "NO", "ON", "yes", "12:30"]
    assert document.data["b"].isoformat() == "2025-04-28"
    assert document.data["012"] == "0012"
    assert (document.position(("b",)).line, document.position(("b",), value=True).column) == (2, 4)


def test_a_place_in_folded_text_is_found() -> None:
    document = parse_yaml("when: >\n  one\n  two three\n")
    at = document.within(("when",), len("one two "))
    assert (at.line, at.column) == (3, 7)


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"a: \xff", "yaml-encoding"),
        (b"a: " + b"x" * 1_000_000, "yaml-too-large"),
        (b"%YAML 1.1\n---\nschema: riskplug.rules/1\n", "yaml-directive"),
    ],
)
def test_files_that_are_no_plain_yaml_are_refused(tmp_path: Path, content: bytes, code: str) -> None:
    (tmp_path / "r.yaml").write_bytes(content)
    with pytest.raises(UsageError) as caught:
        load_rules([tmp_path], GRAINS)
    assert [problem.code for problem in caught.value.problems] == [code]


def test_a_list_has_one_meaning_in_a_folder_and_a_folder_must_exist(tmp_path: Path) -> None:
    for name in ("a", "b"):
        (tmp_path / f"{name}.yaml").write_text("schema: riskplug.rules/1\nlists: {heavy: [Dy, Tb]}\n")
    with pytest.raises(UsageError) as caught:
        load_rules([tmp_path, tmp_path / "absent"], GRAINS)
    assert [problem.code for problem in caught.value.problems] == ["rule-duplicate-list", "rule-path"]
