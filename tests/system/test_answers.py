"""A scan of Sample Drives finds what sample_erp/answers.yaml says it must, and nothing of what it must not."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import pytest
from chains import SampleScan
from command import ROOT
from ruamel.yaml import YAML

ANSWERS = YAML(typ="safe").load((ROOT / "sample_erp" / "answers.yaml").read_text(encoding="utf-8"))
MASS_TOLERANCE = 1e-3
"""The answers give masses with four digits."""

Row = Mapping[str, Any]


def named(expected: Row) -> str:
    """A test id that says which answer it is."""
    words = (
        "rule",
        "grain",
        "policy",
        "site",
        "source",
        "table",
        "part_no",
        "product",
        "kind",
        "id",
        "name",
        "order_no",
        "measure",
        "material",
        "what",
    )
    return " ".join(str(expected[word]) for word in words if word in expected)


def answers(section: str, *, known: str | None = None) -> Any:
    """Every answer of a section; ``known``: only those that say something under this name."""
    chosen = [answer for answer in ANSWERS[section] if known is None or answer[known] is not None]
    return pytest.mark.parametrize("expected", chosen, ids=named)


def matching(rows: Iterable[Row], **wanted: Any) -> list[Row]:
    return [row for row in rows if all(row.get(name) == value for name, value in wanted.items())]


def the_one(rows: Iterable[Row], **wanted: Any) -> Row:
    found = matching(rows, **wanted)
    assert len(found) == 1, f"{len(found)} rows with {wanted}"
    return found[0]


def subject(finding: Row, facts: Mapping[str, list[Row]]) -> dict[str, Any]:
    """What a finding is about: its identity, completed from the fact row that it names."""
    identity = dict(finding["identity"])
    hits = matching(facts[finding["grain"]], **identity)
    shared = {name: hits[0][name] for name in ("part_no", "site") if hits and name in hits[0]}
    return {**shared, **identity}


@pytest.fixture(scope="module")
def findings(sample_scan: SampleScan) -> list[dict[str, Any]]:
    """Every finding with its subject spread out beside rule and severity."""
    facts = sample_scan.document["facts"]
    return [
        {
            **subject(finding, facts),
            "rule": finding["rule"],
            "severity": finding["severity"],
            "message": finding["message"],
        }
        for finding in sample_scan.document["findings"]
    ]


@pytest.fixture
def facts(sample_scan: SampleScan) -> dict[str, list[Row]]:
    return dict(sample_scan.document["facts"])


def looked_for(expected: Row) -> dict[str, Any]:
    keys = ("rule", "site", "part_no", "measure", "material", "severity", "order_no", "line", "table")
    return {name: expected[name] for name in keys if expected.get(name, "*") != "*"}


def told(findings: Iterable[Row], expected: Row) -> str:
    """What was found about the same part or order, for the reader of a failure."""
    about = {name: expected[name] for name in ("part_no", "order_no", "table") if expected.get(name, "*") != "*"}
    lines = [f"  {row['rule']}, {row['severity']}: {row['message']}" for row in matching(findings, **about)]
    return "\n".join(lines) or "  nothing"


@answers("tables")
def test_a_table_of_a_source_gets_the_verdict_and_the_rows_of_the_answers(
    facts: dict[str, list[Row]], expected: Row
) -> None:
    row = the_one(facts["table"], table=expected["table"], source=expected["source"])
    assert row["verdict"] in expected["verdict"], f"{row['verdict']}: {row['why']}"
    counted = {"accepted": "rows", "dropped": "dropped", "quarantined": "quarantined"}
    wanted = {column: expected[word] for word, column in counted.items() if word in expected}
    assert {column: row[column] for column in wanted} == wanted, row["why"]


@answers("must_find")
def test_what_must_be_found_is_found(findings: list[Row], expected: Row) -> None:
    hits = matching(findings, **looked_for(expected))
    assert hits, f"not found, though {expected['why']}. Found about it:\n{told(findings, expected)}"


@answers("must_not_find")
def test_what_must_not_be_found_is_not(findings: list[Row], expected: Row) -> None:
    hits = matching(findings, **looked_for(expected))
    assert not hits, f"found, though {expected['why']}:\n{told(hits, expected)}"


def test_rules_on_trial_say_what_the_answers_say_and_nothing_else(sample_scan: SampleScan) -> None:
    def subject_of(one: Row) -> str:
        return str(one.get("supplier") or one["material"])

    said = sample_scan.document["on_trial"]["findings"]
    found = {(one["rule"], subject_of(one["identity"]), one["severity"]): one["evidence"] for one in said}
    expected = {(one["rule"], subject_of(one), one["severity"]): one for one in ANSWERS["on_trial"]}
    assert set(found) == set(expected)
    weighed = {key: one["idle_kg"] for key, one in expected.items() if "idle_kg" in one}
    assert {key: found[key]["idle_kg"] for key in weighed} == pytest.approx(weighed, abs=1e-6)


UNKNOWN = {"partial": True, "applies": "unknown"}


@answers("must_be_unknown")
def test_what_the_data_cannot_say_is_unknown_and_not_zero(facts: dict[str, list[Row]], expected: Row) -> None:
    keys = {name: expected[name] for name in ("site", "part_no", "order_no", "line") if name in expected}
    rows = matching(facts[expected["grain"]], **keys)
    assert rows, f"no {expected['grain']} row for {keys}"
    what = expected["what"]
    said = {row[what] for row in rows}
    if what == "applies":  # a line has a row for each measure that may concern it
        assert UNKNOWN[what] in said, expected["why"]
        assert not said & {"yes", "likely"}, expected["why"]
    else:
        assert said == {UNKNOWN.get(what)}, expected["why"]
    states = {row[f"{what}_state"] for row in rows if f"{what}_state" in row}
    assert states <= {"unknown"}, expected["why"]


@answers("numbers")
def test_a_runway_is_the_one_worked_out_on_paper(facts: dict[str, list[Row]], expected: Row) -> None:
    row = the_one(facts["part"], site=expected["site"], part_no=expected["part_no"])
    column = f"{expected['policy']}_runway_days"
    assert row[f"{column}_state"] == expected["state"], f"{expected['arithmetic']}; {row['unknown_reason']}"
    if expected["days"] is not None:
        assert row[column] == pytest.approx(expected["days"], abs=expected["tolerance"]), expected["arithmetic"]
    else:
        short = expected["state"] == "already_short"
        assert row[column] is None or (short and row[column] == 0), f"{expected['state']} has no number of days"


@answers("content")
def test_the_mass_of_a_material_is_the_one_of_the_answers(facts: dict[str, list[Row]], expected: Row) -> None:
    keys = {name: expected[name] for name in ("part_no", "site", "material", "form")}
    row = the_one(facts["content"], **keys)
    wanted = {f"mass_g_{bound}": mass for bound, mass in expected["mass_g"].items() if mass is not None}
    assert {name: row[name] for name in wanted} == pytest.approx(wanted, rel=MASS_TOLERANCE, abs=1e-9), (
        f"{expected['arithmetic']}; evidence {row['evidence']}, {row['source']}"
    )


@answers("content")
def test_a_mass_names_its_source_or_that_it_comes_from_components(facts: dict[str, list[Row]], expected: Row) -> None:
    keys = {name: expected[name] for name in ("part_no", "site", "material", "form")}
    row = the_one(facts["content"], **keys)
    assert (expected["source"] if not row["rolled_up"] else "components") in str(row["source"])


@answers("orders")
def test_a_measure_applies_to_an_order_as_the_answers_say(facts: dict[str, list[Row]], expected: Row) -> None:
    keys = {name: expected[name] for name in ("order_no", "line", "site", "measure")}
    rows = matching(facts["order_line"], **keys)
    said = [row["applies"] for row in rows] or [None]
    assert set(said) <= set(expected["applies"]), "; ".join(str(row["why"]) for row in rows) or "no row"
    assert all(row["licence_status"] == expected["licence_status"] for row in rows)


@answers("orders", known="stopped")
def test_an_order_is_left_out_of_the_restricted_runway_as_the_answers_say(
    facts: dict[str, list[Row]], expected: Row
) -> None:
    rows = matching(facts["order_line"], **{name: expected[name] for name in ("order_no", "line", "site")})
    stopped = any(row["stopped"] for row in rows)
    assert stopped == expected["stopped"], "; ".join(f"{row['measure']}: {row['why']}" for row in rows)


@answers("impact")
def test_what_hangs_on_a_part_is_counted_and_valued(
    sample_scan: SampleScan, facts: dict[str, list[Row]], expected: Row
) -> None:
    row = the_one(facts["part"], site=expected["site"], part_no=expected["part_no"])
    assert row["products"] == len(expected["products"])
    assert row["revenue_at_risk"] == pytest.approx(expected["revenue_at_risk"], abs=expected["tolerance"])
    words = ("bom", "where-used", expected["part_no"], "--site", expected["site"], "--format", "json")
    above = {item["part_no"] for item in sample_scan.folder.run(*words).document()["assemblies"]}
    products = {item["part_no"] for item in facts["product"] if item["site"] == expected["site"]}
    assert above & products == set(expected["products"])


@answers("limiting")
def test_the_part_that_stops_a_product_is_the_one_of_the_answers(facts: dict[str, list[Row]], expected: Row) -> None:
    row = the_one(facts["product"], site=expected["site"], part_no=expected["product"])
    assert row["limiting_part"] == expected["limiting_part"]
    assert row["time_to_survive_days"] == pytest.approx(expected["days"], abs=0.01)


@answers("failures")
def test_a_loss_stops_what_the_answers_say(facts: dict[str, list[Row]], expected: Row) -> None:
    row = the_one(facts["failure_point"], **{name: expected[name] for name in ("kind", "id", "site")})
    found = (row["products_stopped"], row["revenue_at_risk"])
    assert found == (expected["products_stopped"], pytest.approx(expected["revenue_at_risk"], abs=1)), row["why"]


@answers("concentration")
def test_what_we_buy_is_as_concentrated_as_the_answers_say(facts: dict[str, list[Row]], expected: Row) -> None:
    row = the_one(facts["material"], material=expected["material"])
    assert row["own_top_country"] == expected["own_top_country"]
    for name, slack in (("own_hhi", 0.1), ("own_top_share_pct", 0.01)):
        assert row[name] == pytest.approx(expected[name], abs=slack), expected["arithmetic"]


@answers("lateness")
def test_suppliers_are_as_late_as_the_answers_say(facts: dict[str, list[Row]], expected: Row) -> None:
    row = the_one(facts["supplier"], supplier=expected["supplier"])
    for name in expected.keys() - {"supplier", "arithmetic"}:
        wanted = None if expected[name] is None else pytest.approx(expected[name], abs=1e-3)
        assert row[name] == wanted, expected["arithmetic"]


@answers("disruptions")
def test_a_disruption_is_survived_and_costs_as_worked_out_on_paper(facts: dict[str, list[Row]], expected: Row) -> None:
    row = the_one(facts["disruption"], **{name: expected[name] for name in ("kind", "name", "standing")})
    wanted = {name: expected[name] for name in ("survive_days", "recovery_days")}
    assert {name: row[name] for name in wanted} == pytest.approx(wanted, abs=1e-3), row["why"]
    assert (row["first_product"], row["exposed"]) == (expected["first_product"], expected["exposed"])
    assert row["loss_value"] == pytest.approx(expected["loss_value"], abs=expected["tolerance"]), expected["arithmetic"]


@pytest.mark.parametrize("table", ["parts", "bom_lines"])
def test_the_part_master_and_the_bill_of_material_are_counted(facts: dict[str, list[Row]], table: str) -> None:
    rows = matching(facts["table"], table=table)
    assert {row["source"].upper(): row["rows"] for row in rows} == ANSWERS["counts"][table]


def test_every_site_has_the_products_of_the_answers(facts: dict[str, list[Row]]) -> None:
    sites = [row["site"] for row in facts["product"]]
    assert {site: sites.count(site) for site in set(sites)} == ANSWERS["counts"]["products"]


def test_the_deepest_chain_has_as_many_levels_as_the_answers_say(sample_scan: SampleScan) -> None:
    words = ("bom", "explode", "SD-100", "--site", "DE01", "--format", "json")
    assert sample_scan.folder.run(*words).document()["levels"] == ANSWERS["counts"]["levels"]["DE01"]


def test_the_scan_is_of_the_date_and_currency_of_the_answers(sample_scan: SampleScan) -> None:
    scan = sample_scan.document["scan"]
    assert (scan["business_date"], scan["currency"]) == (str(ANSWERS["business_date"]), ANSWERS["currency"])


def sections() -> Iterator[str]:
    yield from (name for name, value in ANSWERS.items() if isinstance(value, list))


def test_every_section_of_the_answers_is_asked_about() -> None:
    asked = {
        "tables",
        "must_find",
        "must_not_find",
        "must_be_unknown",
        "numbers",
        "content",
        "orders",
        "impact",
        "limiting",
        "failures",
        "concentration",
        "lateness",
        "disruptions",
        "on_trial",
    }
    assert set(sections()) == asked
