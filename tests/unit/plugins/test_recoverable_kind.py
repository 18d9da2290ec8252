"""Rule kind `recoverable`: what counts as idle stock of our own, case by case. The sums are in the comments."""

from pathlib import Path

import pytest
from ruamel.yaml import YAML

from riskplug.catalogue import GRAINS
from riskplug.extend.host import Choice, PluginHost
from riskplug.rules import load_rules, test_rules

CASE = """\
schema: riskplug.rules/1
rules:
  - id: idle
    title: T
    grain: material
    kind: recoverable
    options: {options}
    identity: [material]
    owner: '"x"'
    tests:
      as_of: 2025-04-28
      horizon_days: 100
      rows: [{{material: Dy, worst_runway_days: 1, worst_runway_days_state: runs_out, worst_product: SD-1}}]
      tables:
        facts.part: [{part}]
        facts.content: [{{part_no: M-1, site: S, material: Dy, {content}}}]
        facts.exposure: []
        inventory: [{stock}]
        consumption: []
      {expected}
"""
UNUSED = "{part_no: M-1, site: S, base_unit: kg, stock_runway_days_state: no_demand}"
IN_USE = "{part_no: M-1, site: S, base_unit: kg, stock_runway_days_state: runs_out}"
SURE = "mass_g_typ: 2, probability: 1"
NOTHING, UNKNOWN = "no_match: [Dy]", 'message: {Dy: "1 idle part(s) hold it or may hold it, and nobody knows"}'


def stock(*rows: str) -> str:
    usual = {"unit": "kg", "stock_type": "unrestricted"}
    every = [", ".join([row, *(f"{name}: {word}" for name, word in usual.items() if name not in row)]) for row in rows]
    return ", ".join(f"{{part_no: M-1, site: S, {row}}}" for row in every)


def kg(amount: str, why: str) -> str:
    return f'message: {{Dy: "M-1 at S {amount} kg ({why})."}}'


CASES = {
    # 100 x 2 g
    "without demand": (UNUSED, SURE, stock("quantity: 100"), kg("0.2", "no demand")),
    "in use": (IN_USE, SURE, stock("quantity: 100"), NOTHING),
    "returned, though in use": (IN_USE, SURE, stock("quantity: 100, stock_type: returns"), kg("0.2", "returned")),
    "blocked, though in use": (IN_USE, SURE, stock("quantity: 100, stock_type: blocked"), kg("0.2", "blocked")),
    "in inspection, in use": (IN_USE, SURE, stock("quantity: 100, stock_type: quality"), NOTHING),
    "in inspection, without demand": (
        UNUSED,
        SURE,
        stock("quantity: 100, stock_type: quality"),
        kg("0.2", "no demand"),
    ),
    "of somebody else": (UNUSED, SURE, stock("quantity: 100, owner: V-1"), NOTHING),
    "consignment": (UNUSED, SURE, stock("quantity: 100, stock_type: consignment"), NOTHING),
    "past its last day": (IN_USE, SURE, stock("quantity: 100, expires_on: 2025-04-27"), kg("0.2", "expired")),
    "on its last day": (IN_USE, SURE, stock("quantity: 100, expires_on: 2025-04-28"), NOTHING),
    # 5,000 g are 5 kg: 5 x 2 g
    "in another unit": (UNUSED, SURE, stock("quantity: 5000, unit: g"), kg("0.01", "no demand")),
    "in a unit without a factor": (UNUSED, SURE, stock("quantity: 5, unit: roll"), UNKNOWN),
    # 100 are there, the 40 below zero take nothing away from them
    "below zero in one place": (UNUSED, SURE, stock("quantity: 100", "quantity: -40"), kg("0.2", "no demand")),
    "none": (UNUSED, SURE, stock("quantity: 0"), NOTHING),
    "too little to speak of": (UNUSED, SURE, stock("quantity: 4"), NOTHING),  # 8 g, least are 10 g
    "of unknown mass": (UNUSED, "probability: 1", stock("quantity: 100"), UNKNOWN),
    "perhaps inside": (UNUSED, "mass_g_typ: 2, probability: 0.4", stock("quantity: 100"), UNKNOWN),
    "rather inside": (UNUSED, "mass_g_typ: 2, probability: 0.5", stock("quantity: 100"), kg("0.2", "no demand")),
    # 100 x 2 g as a magnet and 100 x 3 g in a coating
    "in two forms": (
        UNUSED,
        f"{SURE}}}, {{part_no: M-1, site: S, material: Dy, mass_g_typ: 3, probability: 1",
        stock("quantity: 100"),
        kg("0.5", "no demand"),
    ),
    "declared absent": (UNUSED, "mass_g_typ: 0, probability: 0", stock("quantity: 100"), NOTHING),
}


def failures(folder: Path, expected: str, part: str, content: str, rows: str, options: str = "{}") -> tuple[str, ...]:
    text = CASE.format(part=part, content=content, stock=rows, expected=expected, options=options)
    (folder / "idle.yaml").write_text(text)
    kinds = PluginHost.load(Choice()).rule_kinds()
    (result,) = test_rules(load_rules([folder / "idle.yaml"], GRAINS, kinds))
    assert result.checks == 1
    return result.failures


@pytest.mark.parametrize("name", CASES)
def test_what_counts_as_idle(name: str, tmp_path: Path) -> None:
    part, content, rows, expected = CASES[name]
    assert failures(tmp_path, expected, part, content, rows) == ()


def test_stock_beyond_the_demand_of_the_horizon_counts_unless_it_is_switched_off(tmp_path: Path) -> None:
    """1 a day for 100 days and 10 for safety: 140 - 110 = 30, x 2 g."""
    part = IN_USE.replace("}", ", on_hand: 140, daily_demand: 1, safety_stock: 10}")
    said = kg("0.06", "beyond the demand of 100 days")
    assert failures(tmp_path, said, part, SURE, stock("quantity: 140")) == ()
    assert failures(tmp_path, NOTHING, part, SURE, stock("quantity: 140"), "{overstock: false}") == ()


def test_a_measure_that_does_not_apply_makes_no_material_wanted(tmp_path: Path) -> None:
    for applies, expected in (("yes", kg("0.2", "no demand")), ("unlikely", NOTHING), ("unknown", NOTHING)):
        options = "{runway_below_days: 0}"
        text = CASE.format(part=UNUSED, content=SURE, stock=stock("quantity: 100"), expected=expected, options=options)
        row = f'{{part_no: M-1, site: S, material: Dy, measure: cn-1, applies: "{applies}", measure_status: in_force}}'
        document = YAML(typ="safe").load(text.replace("facts.exposure: []", f"facts.exposure: [{row}]"))
        with (tmp_path / "idle.yaml").open("w") as file:
            YAML(typ="safe").dump(document, file)
        (result,) = test_rules(load_rules([tmp_path / "idle.yaml"], GRAINS, PluginHost.load(Choice()).rule_kinds()))
        assert result.failures == (), applies
