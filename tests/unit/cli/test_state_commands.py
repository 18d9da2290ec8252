"""`riskplug state check` and `backup`: what is called whole can be put back, and no copy is written over anything."""

import sqlite3
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from riskplug.cli.app import app
from riskplug.errors import StateMissing, StateUnusable, UsageError
from riskplug.scan import state_of
from riskplug.state.backup import schema_of
from riskplug.state.engine import make_engine, state_url
from riskplug.state.migrate import migrate, revisions
from riskplug.workspace import load
from tests import servers

TOML = """\
[workspace]
name = "w"
[sites.DE01]
country = "DE"
[sources.erp]
path = "exports"
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A workspace with a state, and a backup of it."""
    (tmp_path / "riskplug.toml").write_text(TOML, encoding="utf-8")
    state_of(load(tmp_path), lambda: datetime.now(UTC)).close()
    return tmp_path


def run(folder: Path, *words: str) -> Any:
    return CliRunner().invoke(app, ["state", *words, "-w", str(folder)], catch_exceptions=False)


def refusal(folder: Path, *words: str) -> UsageError:
    with pytest.raises(UsageError) as told:
        run(folder, *words)
    assert told.value.exit_code == 2 and told.value.where and told.value.fix
    return told.value


def written(file: Path, content: str) -> Path:
    with closing(sqlite3.connect(file)) as connection:
        connection.executescript(content)
    return file


FOREIGN = {
    "empty": "",
    "no table": "VACUUM",
    "other tables": "CREATE TABLE invoices (id)",
    "no version": "CREATE TABLE riskplug_version (version_num)",
    "newer": "CREATE TABLE riskplug_version (version_num); INSERT INTO riskplug_version VALUES ('from-next-year')",
}


@pytest.mark.parametrize("content", FOREIGN.values(), ids=FOREIGN.keys())
@pytest.mark.parametrize("command", ["check", "restore"])
def test_check_and_restore_refuse_the_same_files(folder: Path, command: str, content: str) -> None:
    file = written(folder / "copy.db", content)
    assert (file.stat().st_size == 0) == (not content)
    with pytest.raises(StateUnusable, match="riskplug") as told:
        run(folder, command, str(file))
    assert told.value.exit_code == 11 and told.value.where == str(file) and told.value.fix == said_to_do(content)


def said_to_do(content: str) -> str:
    return "install that version, or use an older backup" if "next-year" in content else "use another backup"


def test_a_whole_backup_is_called_so_and_stays_as_it_is(folder: Path) -> None:
    copy = folder / "copy.db"
    assert run(folder, "backup", str(copy)).exit_code == 0
    before = copy.read_bytes()
    ran = run(folder, "check", str(copy))
    assert ran.exit_code == 0 and "whole, agrees with its checksum" in ran.output
    assert copy.read_bytes() == before and {one.name for one in folder.glob("copy*")} == {"copy.db", "copy.db.sha256"}


def test_a_backup_needs_a_file_in_a_folder_that_is_there(folder: Path) -> None:
    assert "is a folder" in refusal(folder, "backup", str(folder)).what
    assert "no folder" in refusal(folder, "backup", str(folder / "away" / "copy.db")).what
    assert not (folder / "away").exists()
    assert "no folder" in refusal(folder, "backup", str(folder / "riskplug.toml" / "copy.db")).what


def test_a_place_that_cannot_be_written_is_named(folder: Path) -> None:
    # With what is put before and after it while it is written, the name is longer than the 255 bytes a name may have.
    too_long = folder / ("x" * 252)
    told = refusal(folder, "backup", str(too_long))
    assert "cannot be written" in told.what and told.where == str(too_long)


@pytest.mark.parametrize("suffix", ["", "-wal", "-shm"])
@pytest.mark.parametrize("option", [(), ("--replace",)])
def test_the_state_is_never_written_over_by_its_backup(folder: Path, suffix: str, option: tuple[str, ...]) -> None:
    state = folder / ".riskplug" / "state.db"
    before = state.read_bytes()
    (folder / "link.db").symlink_to(state.with_name(state.name + suffix))
    for target in (state.with_name(state.name + suffix), folder / "link.db"):
        assert "the state itself" in refusal(folder, "backup", str(target), *option).what
    assert state.read_bytes() == before


def test_a_file_is_written_over_only_when_asked(folder: Path) -> None:
    kept = folder / "copy.db"
    kept.write_text("of yesterday", encoding="utf-8")
    told = refusal(folder, "backup", str(kept))
    assert "already" in told.what and "--replace" in told.fix and kept.read_text(encoding="utf-8") == "of yesterday"
    assert run(folder, "backup", str(kept), "--replace").exit_code == 0
    assert run(folder, "check", str(kept)).exit_code == 0


def test_a_state_that_cannot_be_read_is_not_called_a_bad_place(folder: Path) -> None:
    (folder / ".riskplug" / "state.db").write_text("no database " * 1000, encoding="utf-8")
    with pytest.raises(StateUnusable, match="damaged"):
        run(folder, "backup", str(folder / "copy.db"))
    assert not list(folder.glob("*copy.db*"))


def test_an_older_state_is_brought_up_when_asked_after_a_backup(folder: Path) -> None:
    head, before = revisions()[:2]
    file = folder / ".riskplug" / "state.db"
    file.unlink()
    engine = make_engine(state_url("sqlite:///.riskplug/state.db", folder))
    with engine.begin() as connection:
        migrate(connection, before)
    engine.dispose()
    said = run(folder, "upgrade", "--dry-run").output
    assert f"schema {before}: would be brought to {head}" in said and schema_of(file) == before
    assert not (file.parent / "backups").exists()
    said = run(folder, "upgrade").output
    [kept] = (file.parent / "backups").glob("*.db")
    assert f"schema {before}: brought to {head}" in said and str(kept) in said
    assert (schema_of(kept), schema_of(file)) == (before, head)
    assert "nothing to do" in run(folder, "upgrade").output


def test_there_is_nothing_to_upgrade_before_the_first_scan(folder: Path) -> None:
    (folder / ".riskplug" / "state.db").unlink()
    with pytest.raises(StateMissing) as told:
        run(folder, "upgrade")
    assert told.value.exit_code == 10 and "riskplug scan" in told.value.fix
    assert not (folder / ".riskplug" / "state.db").exists()


def test_no_command_brings_a_newer_state_down(folder: Path) -> None:
    file = folder / ".riskplug" / "state.db"
    with closing(sqlite3.connect(file)) as connection, connection:
        connection.execute("UPDATE riskplug_version SET version_num = '9999'")
    before = file.read_bytes()
    for words in (("upgrade",), ("upgrade", "--dry-run"), ("check",)):
        with pytest.raises(StateUnusable, match="newer riskplug") as told:
            run(folder, *words)
        assert told.value.exit_code == 11
    assert file.read_bytes() == before


def test_a_postgresql_state_is_copied_checked_and_put_back(folder: Path) -> None:
    url = servers.new_database(servers.postgresql(), "by_command")
    (folder / "riskplug.toml").write_text(f'{TOML}[state]\nurl = "{url}"\n', encoding="utf-8")
    with pytest.raises(StateMissing):
        run(folder, "upgrade")
    state_of(load(folder), lambda: datetime.now(UTC)).close()
    assert "nothing to do" in run(folder, "upgrade").output
    copy = folder / "copy.pgstate"
    assert run(folder, "backup", str(copy)).exit_code == 0
    assert "already" in refusal(folder, "backup", str(copy)).what
    assert "no folder" in refusal(folder, "backup", str(folder / "away" / "copy")).what
    assert "whole, agrees with its checksum" in run(folder, "check", str(copy)).output
    said = run(folder, "restore", str(copy)).output
    assert "is as of" in said and "state.pgstate.before-restore" in said
    assert run(folder, "check").exit_code == 0
    with pytest.raises(StateUnusable, match="no copy of a PostgreSQL state"):
        run(folder, "restore", str(folder / "riskplug.toml"))
