"""Content from a PLM export. Expected: grades from the knowledge tables, masses worked out in the comments."""

from datetime import date
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from riskplug.content import load_knowledge
from riskplug.errors import PluginFault
from riskplug.extend.discovery import shipped_folder
from riskplug.extend.host import Choice, PluginHost
from riskplug.extend.protocols import ScanContext
from riskplug.tables import conform

HEAD = "part,attribute,value,unit,revision,state,date\n"
PARTS = [{"part_no": f"M-{n}", "base_unit": "pc"} for n in range(1, 7)] + [{"part_no": "M-7", "base_unit": "m"}]


def mapped(root: Path, text: str | None, **options: Any) -> pd.DataFrame:
    kind = PluginHost.load(Choice()).content_mappers()["plm_evidence"]
    if text is not None:
        (root / "plm_attributes.csv").write_text(text, encoding="utf-8")
    index = pd.Index([row["part_no"] for row in PARTS], dtype="str")
    parts = conform("parts", pd.DataFrame(PARTS), index)
    mapper = kind(kind.Options.model_validate(options))  # type: ignore[attr-defined, call-arg]
    return mapper.map_content(parts, ScanContext("s", date(2025, 4, 28), "EUR", 365, root))


def row(part: str, attribute: str, value: str, unit: str = "", revision: str = "A", state: str = "Released") -> str:
    return f"{part},{attribute},{value},{unit},{revision},{state},2024-03-01\n"


def composition(grade: str, material: str) -> "pd.Series[Any]":
    """Percent of a material in a grade, as the knowledge tables say it."""
    contents = load_knowledge(shipped_folder("rules") / "materials").contents
    (found,) = (
        one for _, one in contents[(contents["grade"] == grade) & (contents["material"] == material)].iterrows()
    )
    return found


def the(rows: pd.DataFrame, part: str, material: str) -> "pd.Series[Any]":
    found = rows[(rows["part_no"] == part) & (rows["material"] == material)]
    assert len(found) == 1, f"{len(found)} rows of {part} and {material}"
    return found.iloc[0]


def test_a_grade_with_a_mass_becomes_a_composition_in_grams(tmp_path: Path) -> None:
    """0.02 kg of N42SH are 20 g of the family of grade SH."""
    text = (
        HEAD
        + "\n"
        + row("M-1", "Magnet Grade", "NdFeB N42SH")
        + row("M-1", "Mass", "0.02", "kg")
        + row("X-9", "mass", "1", "g")
    )
    found = the(mapped(tmp_path, text), "M-1", "Dy")
    known = composition("NDFEB_SINT_SH", "Dy")
    assert found["mass_g_min"] == pytest.approx(20 * known["pct_min"] / 100)
    assert found["mass_g_typ"] == pytest.approx(20 * known["pct_typ"] / 100)
    assert found["mass_g_max"] == pytest.approx(20 * known["pct_max"] / 100)
    assert (found["evidence"], found["probability"]) == ("grade_mass", known["probability"])
    assert found["source"].startswith("PLM plm_attributes.csv:3, 4, revision A: ")
    assert found["date"] == pd.Timestamp("2024-03-01")


@pytest.mark.parametrize("unit", ["", "furlong", "m"])
def test_a_mass_without_a_known_unit_is_unknown_and_not_grams(tmp_path: Path, unit: str) -> None:
    text = HEAD + row("M-1", "grade", "NdFeB N42SH") + row("M-1", "mass", "20", unit)
    found = the(mapped(tmp_path, text), "M-1", "Nd")
    assert pd.isna(found["mass_g_typ"]) and pd.isna(found["mass_g_max"])


def test_the_mass_of_a_piece_is_not_that_of_a_metre(tmp_path: Path) -> None:
    text = HEAD + row("M-7", "grade", "NdFeB N42SH") + row("M-7", "mass", "20", "g")
    assert pd.isna(the(mapped(tmp_path, text), "M-7", "Nd")["mass_g_typ"])


def test_the_newest_released_revision_counts_alone(tmp_path: Path) -> None:
    """Of M-1 revision AA is newer than B; C is in work. Of M-2 10 is newer than 9, and its mass is not carried over."""
    text = (
        HEAD
        + row("M-1", "grade", "SmCo Sm2Co17", revision="B")
        + row("M-1", "grade", "NdFeB N42SH", revision="AA")
        + row("M-1", "grade", "Ferrite Y30", revision="AB", state="In Work")
        + row("M-2", "grade", "NdFeB N42SH", revision="9")
        + row("M-2", "mass", "20", "g", revision="9")
        + row("M-2", "grade", "SmCo Sm2Co17", revision="10")
    )
    found = mapped(tmp_path, text)
    assert set(found.loc[found["part_no"] == "M-1", "material"]) >= {"Nd", "Dy"}
    assert "Sm" not in set(found.loc[found["part_no"] == "M-1", "material"])
    two = found[found["part_no"] == "M-2"]
    assert "Nd" not in set(two["material"]) and pd.isna(the(found, "M-2", "Sm")["mass_g_typ"])
    assert two["source"].str.contains("revision 10").all()


def test_values_that_contradict_each_other_all_count_and_are_said(tmp_path: Path) -> None:
    """N42SH or SmCo, 20 g: Dy in one of two, so at least none, at half its probability; Sm likewise."""
    text = (
        HEAD + row("M-1", "grade", "NdFeB N42SH") + row("M-1", "grade", "SmCo Sm2Co17") + row("M-1", "mass", "20", "g")
    )
    found = mapped(tmp_path, text)
    known = composition("NDFEB_SINT_SH", "Dy")
    dy = the(found, "M-1", "Dy")
    nd = the(found, "M-1", "Nd")
    assert composition("NDFEB_SINT_SH", "Nd")["pct_min"] > 0 and nd["mass_g_min"] == 0
    assert dy["mass_g_max"] == pytest.approx(20 * known["pct_max"] / 100)
    assert dy["probability"] == pytest.approx(known["probability"] / 2)
    assert the(found, "M-1", "Sm")["probability"] == pytest.approx(0.5)
    assert found["source"].str.contains("values contradict each other: NdFeB N42SH or SmCo Sm2Co17").all()
    assert found["source"].str.startswith("PLM plm_attributes.csv:2, 3, 4, revision A").all()


def test_two_masses_make_an_interval(tmp_path: Path) -> None:
    """Sm2Co17 at 20 g or 30 g: from 20 x the least share to 30 x the largest, 25 x the typical one."""
    text = HEAD + row("M-1", "grade", "SmCo Sm2Co17") + row("M-1", "mass", "20", "g") + row("M-1", "mass", "0.03", "kg")
    found, known = the(mapped(tmp_path, text), "M-1", "Sm"), composition("SM2CO17", "Sm")
    expected = [20 * known["pct_min"] / 100, 25 * known["pct_typ"] / 100, 30 * known["pct_max"] / 100]
    assert found[["mass_g_min", "mass_g_typ", "mass_g_max"]].tolist() == pytest.approx(expected)


def test_equal_values_twice_are_no_contradiction(tmp_path: Path) -> None:
    text = HEAD + row("M-1", "grade", "SmCo Sm2Co17") * 2
    assert not mapped(tmp_path, text)["source"].str.contains("contradict").any()


def test_an_export_under_other_headings_and_attributes(tmp_path: Path) -> None:
    rows = ("M-3;Werkstoff;SmCo Sm2Co17;;-;Freigegeben", "M-3;Gewicht;5;g;-;Freigegeben")
    text = "\n".join(("Nummer;Merkmal;Wert;Einheit;Rev;Status", *rows, ""))
    columns = {"part": "Nummer", "attribute": "Merkmal", "value": "Wert", "unit": "Einheit", "revision": "Rev"}
    found = mapped(
        tmp_path,
        text,
        file="plm_attributes.csv",
        delimiter=";",
        columns={**columns, "state": "Status"},
        released=["freigegeben"],
        texts=["Werkstoff"],
        masses=["Gewicht"],
    )
    known = composition("SM2CO17", "Sm")
    assert the(found, "M-3", "Sm")["mass_g_typ"] == pytest.approx(5 * known["pct_typ"] / 100)
    assert pd.isna(the(found, "M-3", "Sm")["date"])


def test_without_a_file_nothing_is_said_and_a_named_one_must_be_there(tmp_path: Path) -> None:
    assert mapped(tmp_path, None).empty
    with pytest.raises(PluginFault, match="cannot be read"):
        mapped(tmp_path, None, file="plm.csv")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "no column part"),
        ("part,attribute,value,unit,revision\n", "no column state"),
        (HEAD + "M-1,grade,a,b,c,d,e,f,g\n", "another number of fields than the 7"),
        (HEAD + "M-1,grade,Sm", "another number of fields than the 7"),
        (HEAD + 'M-1,grade,"Sm\n', "cannot be read"),
        (HEAD + "".join(row("M-1", "grade", f"N{n}") for n in range(30, 47)), "17 combinations"),
    ],
)
def test_an_export_that_cannot_be_trusted_is_a_fault(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(PluginFault, match=said):
        mapped(tmp_path, text)


def fault_of(root: Path, text: str, **options: Any) -> PluginFault:
    with pytest.raises(PluginFault) as told:
        mapped(root, text, **options)
    assert str(root / "plm_attributes.csv") in told.value.where and told.value.fix
    return told.value


def test_a_revision_with_a_raised_number_is_a_letter_after_it(tmp_path: Path) -> None:
    """² is no number that counts revisions: it stands among the letters, which come after the numbers."""
    text = HEAD + row("M-1", "grade", "NdFeB N42SH", revision="2") + row("M-1", "grade", "SmCo Sm2Co17", revision="²")
    assert "Nd" not in set(mapped(tmp_path, text)["material"])


def test_a_heading_twice_is_told_with_its_columns(tmp_path: Path) -> None:
    text = "part,attribute,value,unit,revision,state,value\nM-1,grade,N42SH,,A,Released,Sm2Co17\n"
    told = fault_of(tmp_path, text)
    assert "heading 'value' stands over columns 3, 7" in told.what and told.where.endswith("row 1")


def test_a_heading_that_nobody_asks_for_may_stand_there_twice(tmp_path: Path) -> None:
    text = "part,attribute,value,unit,revision,state,x,x\nM-1,grade,SmCo Sm2Co17,,A,Released,,\n"
    the(mapped(tmp_path, text), "M-1", "Sm")


def test_one_heading_is_not_two_columns(tmp_path: Path) -> None:
    told = fault_of(tmp_path, HEAD + row("M-1", "grade", "SmCo Sm2Co17"), columns={"part": "revision"})
    assert "heading 'revision' is meant for part and for revision" in told.what


def test_a_long_text_is_read(tmp_path: Path) -> None:
    """The csv module alone stops at 131,072 characters."""
    import csv

    before = csv.field_size_limit(131_072)
    try:
        text = HEAD + row("M-1", "grade", "SmCo Sm2Co17") + row("M-2", "remark", "x" * 131_073)
        the(mapped(tmp_path, text), "M-1", "Sm")
    finally:
        csv.field_size_limit(max(before, csv.field_size_limit()))


def test_a_row_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    told = fault_of(tmp_path, HEAD + row("M-1", "grade", "Sm") + 'M-1,grade,"Sm" x\n')
    assert told.where.endswith("row 3") and "quote" in told.fix
    file = tmp_path / "plm_attributes.csv"
    file.write_bytes((HEAD + row("M-1", "grade", "Sm")).encode() + "M-1,Maße".encode("latin-1"))
    with pytest.raises(PluginFault, match="encoding") as refused:
        mapped(tmp_path, None)
    assert refused.value.where == f"{file}, row 3"


def test_an_export_of_which_no_state_counts_is_a_fault_that_names_the_states(tmp_path: Path) -> None:
    text = HEAD + row("M-1", "grade", "SmCo", state="Freigegeben") * 2 + row("M-1", "mass", "2", "g", state="")
    told = fault_of(tmp_path, text)
    assert told.what == "3 rows, none in state released; states found: Freigegeben, (empty)"
    assert "`released`" in told.fix
    assert mapped(tmp_path, HEAD).empty, "no row at all is nothing said, and no mistake"


def test_what_no_state_lets_count_reaches_the_faults_of_the_scan(tmp_path: Path) -> None:
    from riskplug.analysis import mapped_by_plugins

    (tmp_path / "plm_attributes.csv").write_text(HEAD + row("M-1", "grade", "Sm", state="Frei"), encoding="utf-8")
    host = PluginHost.load(Choice())
    parts = conform("parts", pd.DataFrame(PARTS), pd.Index([one["part_no"] for one in PARTS], dtype="str"))
    mapped_by_plugins(parts, host, ScanContext("s", date(2025, 4, 28), "EUR", 365, tmp_path))
    (said,) = (str(fault) for fault in host.faults)
    assert "states found: Frei" in said and "set `released`" in said
