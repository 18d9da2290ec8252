"""Which guesses come first in a review. Expected scores are worked by hand from the formula."""

from datetime import date

import pandas as pd
import pytest

from riskplug.catalogue import GRAINS, frame
from riskplug.content.review import beyond_guess, rank_guesses, review_document, taken_over
from riskplug.errors import UsageError

RANKS = {"full_declaration": 1, "dimensions_grade": 3, "description": 6, "component_type": 7}
ASKED = pd.DataFrame({"part_no": ["M"], "supplier": ["V-1"], "name": ["Kirin"]})
NO_FINDINGS = pd.DataFrame({"part_no": pd.Series([], dtype="str")})


def guess(material="Dy", masses=(0.0, 0.1575, 0.315), chance=0.8, evidence="dimensions_grade", part="M", **given):
    low, typical, high = masses
    return {
        "part_no": part,
        "site": "S1",
        "material": material,
        "form": "magnet",
        "mass_g_min": low,
        "mass_g_typ": typical,
        "mass_g_max": high,
        "probability": chance,
        "evidence": evidence,
        "evidence_rank": RANKS[evidence],
        "source": "NDFEB_HI -> NDFEB_SINT_SH; again",
        "rolled_up": False,
        **given,
    }


def node(part="M", daily=10 / 7, **given):
    return {"part_no": part, "site": "S1", "daily_demand": daily, "products": 2, "revenue_at_risk": 100.0, **given}


def touched(applies="likely", status="in_force", part="M", material="Dy"):
    row = {"part_no": part, "site": "S1", "measure": f"m-{applies}-{status}", "material": material}
    return {**row, "applies": applies, "measure_status": status}


def facts(guesses, nodes=(), touching=(), orders=()):
    rows = {
        "content": guesses,
        "part": nodes or [node()],
        "exposure": touching,
        "order_line": orders,
        "material": [{"material": name} for name in ("Dy", "Nd")],
    }
    columns = {grain: pd.DataFrame(list(of)).to_dict("series") for grain, of in rows.items()}
    return {grain: frame(GRAINS[grain], columns[grain]) for grain in rows}


def score(*arguments) -> float:
    return rank_guesses(facts(*arguments))["score_g"].tolist()


def test_the_score_of_the_worked_magnet_is_mass_times_demand_times_exposure_times_doubt():
    # 0.315 g x 10 / 7 x 365 x 0.75 x 1
    assert score([guess()], [], [touched()]) == [pytest.approx(123.2, abs=0.05)]


def test_doubt_is_made_of_presence_width_and_rank():
    # presence 0; width (2 - 1.5) / 2 = 0.25; rank (3 - 1) / 7: 1 - 0.75 x 5/7 = 0.464286
    certain = guess(masses=(1.5, 1.8, 2.0), chance=1.0)
    assert score([certain], [node(daily=1 / 365)], [touched("yes")]) == [pytest.approx(2 * 0.464286, rel=1e-5)]


@pytest.mark.parametrize(
    ("touching", "weight"),
    [
        ([touched("yes")], 1.0),
        ([touched("unknown"), touched("unlikely")], 0.5),
        ([touched("yes", "suspended")], 0.25),
        ([touched("yes", "ended")], 0.02),
        ([touched("yes", material="Nd")], 0.02),
        ([], 0.02),
    ],
)
def test_the_weightiest_measure_on_part_and_material_counts(touching, weight):
    assert score([guess()], [node(daily=1 / 365)], touching) == [pytest.approx(0.315 * weight)]


@pytest.mark.parametrize(
    "kept_out",
    [
        {"evidence": "full_declaration"},
        {"rolled_up": True},
        {"chance": 0.0},
        {"material": "B"},  # no measure controls it
    ],
)
def test_what_is_declared_rolled_up_ruled_out_or_not_controlled_is_no_guess_to_confirm(kept_out):
    assert score([guess(**kept_out)]) == []


def test_an_unknown_mass_counts_as_the_median_of_the_material_and_says_so():
    rows = rank_guesses(
        facts(
            [guess(), guess(part="N", masses=(0, 0.5, 1.0)), guess(part="X", masses=(None,) * 3)],
            [node(), node("N"), node("X")],
        )
    ).set_index("part_no")
    assert rows.loc["X", "mass_g"] == pytest.approx((0.315 + 1.0) / 2)
    assert rows["mass_assumed"].to_dict() == {"M": False, "N": False, "X": True}
    assert rows.loc["X", "score_g"] > 0


def test_an_unknown_demand_counts_as_the_median_of_the_others_and_none_is_none():
    rows = rank_guesses(
        facts([guess(), guess(part="N"), guess(part="X")], [node(daily=2.0), node("N", None), node("X", 0.0)])
    ).set_index("part_no")
    assert rows["yearly_demand"].to_dict() == {"M": 730, "N": 730, "X": 0}
    assert rows["demand_assumed"].to_dict() == {"M": False, "N": True, "X": False}


def test_the_demand_of_all_sites_adds_up_and_a_guess_counts_once():
    twice = [guess(), guess(site="S2")]
    rows = rank_guesses(facts(twice, [node(daily=1.0), node(daily=2.0, site="S2")]))
    assert rows["yearly_demand"].tolist() == [3 * 365]


def test_the_part_with_the_most_at_stake_comes_first_with_all_its_materials():
    guesses = [
        guess(part="A", masses=(0, 0.5, 1)),
        guess(part="B", masses=(0, 0.4, 0.8)),
        guess("Nd", (0, 0.4, 0.8), part="B"),
    ]
    rows = rank_guesses(facts(guesses, [node("A"), node("B")]))
    assert rows["part_no"].tolist() == ["B", "B", "A"]


def test_the_document_says_what_is_believed_why_and_what_would_be_settled():
    orders = [{"part_no": "M", "site": "S1", "order_no": "1", "line": "1", "measure": m} for m in ("a", "b")]
    found = pd.DataFrame({"part_no": ["M", "M", "X"]})
    made = review_document(
        facts(
            [guess(), guess(part="N", masses=(0, 0, 0.001))],
            [node(description="Magnet"), node("N")],
            [touched()],
            orders,
        ),
        found,
        ASKED,
        {"M": date(2025, 4, 1)},
        limit=1,
    )
    part = made["parts"][0]
    assert made["left_out"] == 1
    assert part["materials"][0]["sources"] == ["NDFEB_HI -> NDFEB_SINT_SH", "again"]
    assert part["materials"][0]["mass_g"] == {"min": 0, "typ": 0.1575, "max": 0.315}
    assert part["settles"] == {
        "products": 2,
        "revenue_at_risk": 100,
        "order_lines": 1,
        "findings": 2,
        "measures": ["m-likely-in_force"],
    }
    assert part["supplier"] == {"supplier": "V-1", "name": "Kirin"}
    assert part["asked_on"] == "2025-04-01"


def test_an_unknown_is_null_in_the_document_and_named_as_assumed():
    made = review_document(
        facts([guess(masses=(None,) * 3)], [node(daily=None, products=None)]), NO_FINDINGS, ASKED.iloc[:0], {}, limit=9
    )
    part = made["parts"][0]
    assert part["assumed"] == ["mass", "demand"]
    assert part["yearly_demand"] is part["supplier"] is part["description"] is part["settles"]["products"] is None
    assert part["materials"][0]["mass_g"] == {"min": None, "typ": None, "max": None}


def test_guesses_taken_over_are_those_more_likely_there_than_not():
    rows = facts(
        [guess(), guess("Nd", (1, 2, 3), 1.0), guess("Tb", chance=0.5), guess("Sm", evidence="full_declaration")]
    )
    entries, left = taken_over(rows["content"], "M", None, None)
    assert [(e["material"], e["mass_min"], e["mass_typ"], e["mass_max"], e["mass_unit"]) for e in entries] == [
        ("Dy", 0, 0.1575, 0.315, "g"),
        ("Nd", 1, 2, 3, "g"),
    ]
    assert left == ["Tb"]


def test_what_was_said_since_the_scan_is_not_taken_over_again():
    rows = facts([guess(), guess("Nd", (1, 2, 3), 1.0)])["content"]
    assert [entry["material"] for entry in taken_over(rows, "M", None, None, {"Dy"})[0]] == ["Nd"]
    with pytest.raises(UsageError):
        taken_over(rows, "M", None, None, {"*"})


def test_a_declared_material_confirmed_without_mass_keeps_its_mass():
    entries, _ = taken_over(facts([guess(evidence="full_declaration")])["content"], "M", "Dy", None)
    assert entries[0]["mass_max"] == 0.315


def test_only_suspicions_cannot_be_taken_over_as_they_stand():
    with pytest.raises(UsageError, match="--material"):
        taken_over(facts([guess(chance=0.5)])["content"], "M", None, None)


@pytest.mark.parametrize(
    ("material", "form", "expected"),
    [
        ("Dy", None, {"material": "Dy", "form": "magnet", "mass_max": 0.315}),
        ("Dy", "oxide", {"material": "Dy", "form": "oxide", "mass_max": None}),
        ("Ga", None, {"material": "Ga", "form": None, "mass_max": None}),
    ],
)
def test_a_single_material_takes_its_guess_or_an_unknown_mass(material, form, expected):
    entries, left = taken_over(facts([guess(chance=0.3)])["content"], "M", material, form)
    assert left == [] and len(entries) == 1
    assert {name: entries[0].get(name) for name in expected} == expected


@pytest.mark.parametrize(("mass", "remarked"), [(0.2, False), (0.4, True)])
def test_a_mass_beyond_the_guess_is_remarked(mass, remarked):
    entry = {"material": "Dy", "mass_typ": mass, "mass_unit": "g"}
    remarks = beyond_guess([entry], facts([guess()])["content"])
    assert bool(remarks) is remarked
    assert not remarked or remarks[0].startswith("Dy was taken for 0 to 0.315 g")
