"""The knowledge tables: facts they must hold, mistakes they must refuse, overrides."""

import csv
import re
import shutil
from pathlib import Path

import pytest
from content_tables import ROOT

from riskplug.cas import is_valid
from riskplug.content import Knowledge, load_knowledge, top_producer
from riskplug.content.pattern_checks import nested_repeat, pattern_faults
from riskplug.content.places import starts
from riskplug.content.sheets import expand
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
        ("compositions", "SMCO5,Co,,62,64", "SMCO5,Co,,68,69", "bad-interval"),
        ("compositions", "SM2CO17,Cu,,5,6,8", "SM2CO17,Cu,,35,36,38", "bad-sum"),
        ("compositions", "WC_CO,W,,80,87,92,1.0", "WC_CO,W,,80,97,99,1.0", "bad-sum"),
        ("shapes", ",0,,1,D", ",0,,1.4,D", "bad-interval"),
        ("false_friends", ",weak,", ",some,", "bad-choice"),
        ("false_friends", "MAGNETVENTIL|", "(MAGNET\\w*)+VENTIL|", "bad-pattern"),
        ("names", "Nd,NEODY|", "Nd,(N)EODY\\1|", "bad-pattern"),
        ("component_types", "SMARTPHONE,unit", "SMARTPHONE,piece", "bad-choice"),
        ("densities", "smco,8.2", "smco,-8.2", "bad-interval"),
        ("elements", "Sc,Scandium,21", "Sc,,21", "empty"),
        ("commodity_codes", "280530,HS", "280530,HS,extra", "row-length"),
    ],
)
def test_a_mistake_in_a_table_is_refused_with_file_and_line(tmp_path: Path, name: str, old: str, new: str, code: str):
    with pytest.raises(UsageError) as caught:
        load_knowledge(broken(tmp_path, name, old, new))
    problem = next(problem for problem in caught.value.problems if problem.code == code)
    assert f"{name}.csv:" in problem.where
    assert problem.fix


def test_a_mistake_is_shown_with_its_column_and_a_caret(tmp_path: Path):
    folder = broken(tmp_path, "compositions", "NDFEB_SINT_N,Dy,,0,0.0,1.2,0.1", "NDFEB_SINT_N,Dy,,0,0.0,1.2,10")
    with pytest.raises(UsageError) as caught:
        load_knowledge(folder)
    (problem,) = caught.value.problems
    assert problem.where == f"{folder}/compositions.csv:2:28"  # NDFEB_SINT_N,Dy,,0,0.0,1.2, is 27 signs long
    line, caret = problem.excerpt.splitlines()
    assert line[caret.index("^")] == "1"


def test_a_value_starts_after_its_comma_or_its_quote():
    assert starts('a,"b, c",d') == [0, 3, 9]


@pytest.mark.parametrize(
    ("pattern", "fault"),
    [
        (r"(A+)+", "exponential"),
        (r"(?:X|B\w*){2,}C", "exponential"),
        (r"((A|B+)C)*", "exponential"),
        (r"(A)\1", "linear"),
        (r"A|", "empty text"),
        (r"A{1001}", "RE2"),
    ],
)
def test_a_pattern_that_could_hold_up_a_scan_is_refused(pattern: str, fault: str):
    assert any(fault in said for said in pattern_faults(pattern))


@pytest.mark.parametrize("pattern", [r"(A|B)+", r"[+*]+", r"(A\+)+", r"{<}N\d{2}(SH)?{>}", r"(?<![A-Z])(A|B\w*)C"])
def test_an_ordinary_pattern_is_no_fault(pattern: str):
    assert not nested_repeat(pattern)
    assert not list(pattern_faults(pattern))


def test_no_shipped_pattern_takes_for_ever_on_a_hostile_text(knowledge: Knowledge):
    """An exponential one would run into the time limit that every test has."""
    hostile = [sign * 2000 for sign in ("A", "0", "A ", "MAGNET ", "磁", "N42 X", "(", "NEODYM-", "1X", "FOR A ")]
    patterns = [pattern for rows in knowledge.sheets.values() if "pattern" in rows for pattern in rows["pattern"]]
    for pattern in patterns:
        exact = re.compile(expand(pattern))
        for text in hostile:
            exact.search(text)


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


def test_tables_are_the_callers_own_and_a_changed_file_is_read_again(tmp_path: Path):
    folder = tmp_path / "materials"
    shutil.copytree(SHIPPED, folder)
    first = load_knowledge(folder)
    first["grades"].loc[0, "name"] = "spoilt"
    assert load_knowledge(folder)["grades"].loc[0, "name"] != "spoilt"
    changed = (folder / "grades.csv").read_text(encoding="utf-8").replace("AlNiCo", "Our own alloy")
    (folder / "grades.csv").write_text(changed, encoding="utf-8")
    assert (load_knowledge(folder)["grades"]["name"].str.contains("Our own alloy")).any()
