"""The knowledge tables: facts they must hold, mistakes they must refuse, overrides."""

import csv
import shutil
from pathlib import Path

import pytest
from content_tables import ROOT

from riskplug.content import Knowledge, load_knowledge, top_producer
from riskplug.cas import is_valid
from riskplug.documents import load_yaml
from riskplug.errors import UsageError

FACTS = load_yaml(ROOT / "tests/cases/content/stoichiometry.yaml").data
SHIPPED = ROOT / "rules" / "materials"


@pytest.mark.parametrize(("grade", "material", "pct"), FACTS["cases"])
def test_a_grade_holds_what_its_formula_says(knowledge: Knowledge, grade: str, material: str, pct: float):
    rows = knowledge.contents
    row = rows[(rows["grade"] == grade) & (rows["material"] == material)].iloc[0]
    assert row["pct_typ"] == pytest.approx(pct, rel=0.007)


@pytest.mark.parametrize(("material", "factor"), FACTS["oxide_factors"].items())
def test_an_oxide_holds_what_its_formula_says(knowledge: Knowledge, material: str, factor: float):
    rows = knowledge["substances"]
    found = rows[(rows["material"] == material) & (rows["form"] == "oxide")]
    assert found["fraction"].to_list() == pytest.approx([factor] * len(found), abs=0.0006)


def test_both_numbers_of_terbium_oxide_are_known(knowledge: Knowledge):
    rows = knowledge["substances"]
    assert {"12037-01-3", "12738-76-0"} <= set(rows.loc[rows["material"] == "Tb", "cas_no"])


@pytest.mark.parametrize(
    ("number", "right"),
    [
        ("7429-91-6", True),
        ("1308-87-8", True),
        ("7440-00-8", True),
        ("7732-18-5", True),
        ("1308-97-8", False),
        ("1313-07-9", False),
        ("11314-37-0", False),
        ("7440-0033-8", False),
        ("", False),
    ],
)
def test_a_cas_number_must_carry_its_check_digit(number: str, right: bool):
    assert is_valid(number) is right


def test_no_figure_marked_unusable_is_shipped():
    texts = [path.read_text(encoding="utf-8").splitlines() for path in SHIPPED.glob("*.csv")]
    tiers = {row.get("tier", "") for lines in texts for row in csv.DictReader(lines)}
    assert not any("X" in tier for tier in tiers)


def test_concentration_keeps_stage_and_year(knowledge: Knowledge):
    mined = top_producer(knowledge, "Dy", "mine")
    magnets = top_producer(knowledge, "Dy", "sintered magnets")
    assert mined is not None and magnets is not None
    assert (mined["country"], mined["year"], round(mined["share_pct"], 1)) == ("CN", 2025, 69.4)
    assert (magnets["country"], magnets["year"], magnets["share_pct"]) == ("CN", 2024, 94)
    assert top_producer(knowledge, "diamond") is None


def broken(tmp_path: Path, name: str, old: str, new: str) -> Path:
    folder = tmp_path / "materials"
    shutil.copytree(SHIPPED, folder)
    path = folder / f"{name}.csv"
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    return folder


@pytest.mark.parametrize(
    ("name", "old", "new", "code"),
    [
        ("compositions", "NDFEB_SINT_N,Dy,,0,0.0,1.2,0.1", "NDFEB_SINT_N,Dy,,0,2.0,1.2,0.1", "bad-interval"),
        ("compositions", "NDFEB_SINT_N,Dy,,0,0.0,1.2,0.1", "NDFEB_SINT_N,Dy,,0,0.0,1.2,10", "bad-probability"),
        ("compositions", "NDFEB_SINT_N,Dy,,0", "NDFEB_SINT_X,Dy,,0", "unknown-id"),
        ("compositions", "NDFEB_SINT_N,Dy,,0", "NDFEB_SINT_N,,,0", "one-of"),
        ("compositions", "NDFEB_SINT_N,Dy,,0,0.0,1.2", "NDFEB_SINT_N,Dy,,0,0.0,much", "bad-number"),
        ("substances", "1308-87-8", "1308-97-8", "bad-cas"),
        ("signals", "TERFENOL|", "TERFENOL(|", "bad-pattern"),
        ("grades", "magnet,ndfeb_sintered", "magnetic,ndfeb_sintered", "bad-choice"),
        ("grades", "grade,name", "grade,title", "unknown-column"),
        ("groups", "NdPr,Pr", "NdPr,Nd", "repeated-row"),
    ],
)
def test_a_mistake_in_a_table_is_refused_with_file_and_line(tmp_path: Path, name: str, old: str, new: str, code: str):
    with pytest.raises(UsageError) as caught:
        load_knowledge(broken(tmp_path, name, old, new))
    problem = next(problem for problem in caught.value.problems if problem.code == code)
    assert f"{name}.csv:" in problem.where
    assert problem.fix


def test_a_workspace_replaces_and_adds_rows(tmp_path: Path, knowledge: Knowledge):
    head = (SHIPPED / "grades.csv").read_text(encoding="utf-8").splitlines()[0]
    (tmp_path / "grades.csv").write_text(
        f"{head}\nALNICO,Our AlNiCo,alnico,magnet,,true,true,true,A,own\n"
        "OURS,Our grade,ours,alloy,,true,true,false,A,own\n",
        encoding="utf-8",
    )
    own = load_knowledge(SHIPPED, tmp_path)["grades"].set_index("grade")
    assert own.loc["ALNICO", "name"] == "Our AlNiCo"
    assert "OURS" in own.index
    assert len(own) == len(knowledge["grades"]) + 1


def test_a_file_of_no_table_among_the_overrides_is_refused(tmp_path: Path):
    (tmp_path / "gradse.csv").write_text("grade\n")
    with pytest.raises(UsageError, match="gradse"):
        load_knowledge(SHIPPED, tmp_path)
