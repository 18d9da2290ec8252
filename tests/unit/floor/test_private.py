"""What riskplug keeps is its owner's alone, and a link that somebody left in its place is not followed."""

import os
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest

from riskplug.private import private_file, private_folder
from riskplug.state.records import write_text


@pytest.fixture(autouse=True)
def open_handed() -> Iterator[None]:
    """The widest rights that a user's shell can ask for."""
    before = os.umask(0)
    yield
    os.umask(before)


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_every_folder_that_is_made_is_private_and_one_that_is_there_is_left(tmp_path: Path) -> None:
    there = tmp_path / "there"
    there.mkdir(mode=0o755)
    private_folder(there / "a" / "b")
    assert [mode(path) for path in (there, there / "a", there / "a" / "b")] == [0o755, 0o700, 0o700]


def test_a_file_is_its_owners_alone(tmp_path: Path) -> None:
    write_text(tmp_path / "run.json", "{}")
    assert mode(tmp_path / "run.json") == 0o600


def test_a_link_in_its_place_is_not_followed(tmp_path: Path) -> None:
    target = tmp_path / "precious"
    target.write_text("kept")
    (tmp_path / ".run.json.part").symlink_to(target)
    with pytest.raises(OSError, match="symbolic links"):
        write_text(tmp_path / "run.json", "{}")
    with pytest.raises(OSError, match="symbolic links"):
        private_file(tmp_path / ".run.json.part")
    assert target.read_text() == "kept"
