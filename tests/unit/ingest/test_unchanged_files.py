"""A table is taken over from an earlier night where all that it is read from is the same, and only there."""

import gzip
import shutil
from collections.abc import Callable
from dataclasses import dataclass, fields
from datetime import date
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from riskplug.ingest import again, ingest, stage
from riskplug.ingest.gather import Folder
from riskplug.ingest.profile_file import load_profile
from riskplug.model import Ingested
from riskplug.reuse import Reuse
from riskplug.workspace import Workspace

PROFILE = """\
schema: riskplug.profile/1
name: own
reader: delimited
decimal: "."
tables:
  parts:
    files: ["MARA*.txt"]
    join:
      - {name: texts, files: ["MAKT.txt"], on: {MATNR: MATNR}, keep: every}
    columns:
      part_no: MATNR
      description: texts.MAKTX
      base_unit: MEINS
      unit_cost: PRICE
"""
AS_OF = """\
    as_of: {file_name: "_([0-9]+)", format: "%Y%m%d"}
"""
MARA = "MATNR,MEINS,PRICE,MORE\nA,EA,1.5,x\nB,KG,two,y\nC,EA,2.5,z"  # a price that is none, and a last line without end


@dataclass
class Company:
    """A workspace of one source, and what is kept of its nights."""

    root: Path
    on: date = date(2025, 4, 28)

    def write(self, name: str, text: str) -> Path:
        path = self.root / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8")
        return path

    def night(self, source: str = "erp", ingredients: str = "1", **changes: Any) -> tuple[Ingested, list[str]]:
        """What is read, and the tables that were taken over."""
        workspace = Workspace.model_validate(
            {
                "root": self.root,
                "workspace": {"name": "test", "timezone": changes.pop("timezone", "Europe/Berlin")},
                "sites": {site: {"country": "DE"} for site in changes.pop("sites", ("S1", "S2"))},
                "sources": {source: {"path": "exports", "profile": "own.yaml", "site": "S1", **changes}},
            }
        )
        reuse = Reuse(self.root / "reuse", ingredients)
        found = ingest(workspace, {}, self.on, reuse=reuse)
        return found, [one.what for one in reuse.done]


@pytest.fixture
def company(tmp_path: Path) -> Company:
    made = Company(tmp_path)
    made.write("own.yaml", PROFILE)
    made.write("exports/MARA.txt", MARA)
    made.write("exports/MAKT.txt", "MATNR,MAKTX\nA,Magnet\nB,Powder\n")
    return made


def assert_same(found: Ingested, expected: Ingested) -> None:
    for name, frame in expected.tables.items():
        pd.testing.assert_frame_equal(found.tables[name], frame)
    pd.testing.assert_frame_equal(found.quarantine, expected.quarantine)
    rest = [one.name for one in fields(Ingested) if one.name not in ("tables", "quarantine")]
    assert [getattr(found, name) for name in rest] == [getattr(expected, name) for name in rest]


def test_a_table_of_the_same_files_is_taken_over_with_all_that_was_to_be_said_of_it(
    company: Company, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, reused = company.night()
    assert reused == []
    assert len(first.quarantine) == 1 and len(first.files) == 2 and first.unknown_columns and first.doubts
    monkeypatch.setattr(stage, "gathered", lambda *_: pytest.fail("was read"))
    company.on = date(2025, 4, 29)
    second, reused = company.night()
    assert reused == ["parts.erp"]
    assert_same(second, first)


def bytes_of(company: Company) -> None:
    company.write("exports/MARA.txt", MARA.replace("1.5", "1.6"))


def name_of(company: Company) -> None:
    (company.root / "exports" / "MARA.txt").rename(company.root / "exports" / "MARA_2.txt")


def packed(company: Company) -> None:
    path = company.root / "exports" / "MARA.txt"
    path.with_name("MARA.txt.gz").write_bytes(gzip.compress(path.read_bytes()))
    path.unlink()


def one_more(company: Company) -> None:
    company.write("exports/MARA_2.txt", "MATNR,MEINS,PRICE\nD,EA,1\n")


def joined_bytes(company: Company) -> None:
    company.write("exports/MAKT.txt", "MATNR,MAKTX\nA,Magnet N42\nB,Powder\n")


def joined_gone(company: Company) -> None:
    (company.root / "exports" / "MAKT.txt").unlink()


def profile(company: Company) -> None:
    company.write("own.yaml", PROFILE.replace('decimal: "."', 'decimal: ","'))


def profile_of_the_join(company: Company) -> None:
    company.write("own.yaml", PROFILE.replace("keep: every", "keep: matched"))


def folder(company: Company) -> None:
    shutil.copytree(company.root / "exports", company.root / "others")


FILES = (bytes_of, name_of, packed, one_more, joined_bytes, joined_gone, profile, profile_of_the_join)


@pytest.mark.parametrize("change", FILES)
def test_other_files_or_another_profile_are_read(company: Company, change: Callable[[Company], None]) -> None:
    company.night()
    change(company)
    found, reused = company.night()
    assert reused == []
    shutil.rmtree(company.root / "reuse")
    assert_same(found, company.night()[0])


SETTINGS: dict[str, dict[str, Any]] = {
    "site of the source": {"site": "S2"},
    "sites": {"sites": ("S1", "S2", "S3")},
    "time zone": {"timezone": "America/New_York"},
    "name of the source": {"source": "other"},
    "code, packages, plugins": {"ingredients": "2"},
}


@pytest.mark.parametrize("change", SETTINGS.values(), ids=SETTINGS)
def test_under_other_settings_files_are_read(company: Company, change: dict[str, Any]) -> None:
    company.night()
    assert company.night()[1] == ["parts.erp"]
    assert company.night(**change)[1] == []


def test_a_link_of_another_name_to_the_same_file_is_read_for_the_date_in_its_name(company: Company) -> None:
    company.write("own.yaml", PROFILE.replace("    join:", AS_OF + "    join:"))
    (company.root / "exports" / "MARA.txt").rename(company.root / "newest")
    for day in (27, 28):
        link = company.root / "exports" / f"MARA_202504{day}.txt"
        link.symlink_to(company.root / "newest")
        found, reused = company.night()
        link.unlink()
        assert reused == []
        assert [file.extracted_at.day for file in found.files if file.extracted_at] == [day]


def test_the_same_files_in_another_folder_are_read(company: Company) -> None:
    company.night()
    folder(company)
    found, reused = company.night(path="others")
    assert reused == []
    assert {file.path for file in found.files} == {"others/MARA.txt", "others/MAKT.txt"}


def test_a_file_that_is_renewed_while_it_is_looked_at_is_not_kept_under_its_old_bytes(
    company: Company, monkeypatch: pytest.MonkeyPatch
) -> None:
    def renewed(*given: Any) -> again.Inputs | None:
        looked = again.inputs_of(*given)
        bytes_of(company)
        return looked

    with monkeypatch.context() as patch:
        patch.setattr(stage, "inputs_of", renewed)
        company.night()
    company.write("exports/MARA.txt", MARA)
    found, reused = company.night()
    assert reused == []
    assert found.tables["parts"]["unit_cost"].tolist() == [1.5, 2.5]


def test_a_refused_table_is_not_kept(company: Company) -> None:
    company.write("exports/MARA.txt", "MATNR,MEINS,PRICE\n")
    assert company.night()[0].refused
    assert company.night()[1] == []


def test_what_more_than_files_has_a_say_in_is_read_every_night(company: Company) -> None:
    own = load_profile(company.root / "own.yaml", {})
    rule = own.tables["parts"]
    place = Folder(company.root / "exports", own, company.root, "UTC")
    named = again.inputs_of(place, "parts", rule)
    assert named is not None
    assert [name for _, _, name, _ in named] == ["exports/MARA.txt", "exports/MAKT.txt"]
    assert again.inputs_of(place, "parts", rule.model_copy(update={"reshape": "mine"})) is None
    declared = Folder(place.path, own.model_copy(update={"reader": "declared"}), company.root, "UTC")
    assert again.inputs_of(declared, "parts", rule) is None


def test_what_is_damaged_is_read_again(company: Company) -> None:
    first, _ = company.night()
    for path in (company.root / "reuse" / "ingest").iterdir():
        path.write_bytes(path.read_bytes()[:-7])
    second, reused = company.night()
    assert reused == []
    assert_same(second, first)
    assert company.night()[1] == ["parts.erp"]
