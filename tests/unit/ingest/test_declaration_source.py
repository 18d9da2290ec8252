"""A folder of suppliers' own declaration files as a source."""

import shutil
from pathlib import Path

import pytest

from tests.unit.ingest.conftest import Read

CASES = Path(__file__).parents[2] / "cases" / "declared"
SOURCES = {"erp": {"path": "exports"}, "suppliers": {"profile": "declarations", "path": "declared"}}


@pytest.fixture
def declared(tmp_path: Path, exports: Path) -> Path:
    folder = tmp_path / "declared"
    folder.mkdir()
    for path in [*CASES.glob("*.xml"), *CASES.glob("*.shai")]:
        shutil.copy(path, folder)
    return folder


def test_every_supplier_file_of_a_folder_becomes_declarations(read: Read, declared: Path) -> None:
    result = read(SOURCES)
    rows = result.tables["declarations"]
    assert result.refused == ()
    assert set(rows["file"]) <= {f"declared/{path.name}" for path in declared.iterdir()} and len(rows)
    assert rows["material"].notna().all() and (rows["source"] == "suppliers").all()


def test_a_broken_file_is_set_aside_by_name_and_the_others_count(read: Read, declared: Path) -> None:
    before = read(SOURCES)
    (declared / "broken.xml").write_text("<MainDeclaration><Product></MainDeclaration>")
    (declared / "empty.xml").write_text("")
    after = read(SOURCES)
    assert len(after.tables["declarations"]) == len(before.tables["declarations"])
    aside = after.quarantine[~after.quarantine["file"].isin(before.quarantine["file"])]
    assert set(aside["file"]) == {"declared/broken.xml", "declared/empty.xml"}


def test_what_says_something_without_a_mass_is_a_suspicion(read: Read, declared: Path) -> None:
    rows = read(SOURCES).tables["suspicions"]
    assert len(rows) and set(rows["direction"]) <= {"raises", "lowers"}
