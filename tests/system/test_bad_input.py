"""What a user can get wrong: the message names what, where and what to do, and last night's results stay."""

import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import pytest
from command import Folder

USAGE, REFUSED, UNUSABLE = 2, 6, 11


@dataclass(frozen=True)
class Mistake:
    """How a workspace is spoilt, what is run, the exit code, and what stderr must say."""

    name: str
    spoil: Callable[[Folder], object]
    code: int
    says: tuple[str, ...]
    words: tuple[str, ...] = ("scan",)


def nothing(folder: Folder) -> None:
    """The command line itself is wrong."""


def toml(old: str, new: str) -> Callable[[Folder], object]:
    return lambda folder: folder.replace("riskplug.toml", old, new)


def export(name: str, old: str, new: str) -> Callable[[Folder], object]:
    return lambda folder: folder.replace(f"exports/{name}.csv", old, new)


def in_another_encoding(folder: Folder) -> None:
    path = folder.path / "exports" / "parts.csv"
    path.write_bytes(path.read_text(encoding="utf-8").replace("Servo drive 1", "Getriebe für Läufer").encode("cp1252"))


def from_tomorrow(folder: Folder) -> None:
    with closing(sqlite3.connect(folder.state / "state.db")) as database, database:
        database.execute("UPDATE riskplug_version SET version_num = 'from-tomorrow'")


MISTAKES = (
    Mistake("no workspace", lambda folder: folder.toml.unlink(), USAGE, ("no riskplug.toml", "riskplug init")),
    Mistake("not TOML", toml("[workspace]", "[workspace"), USAGE, ("riskplug.toml", "not valid TOML", "line 1")),
    Mistake(
        "unknown key",
        toml('timezone = "Europe/Berlin"', "horizont_days = 90"),
        USAGE,
        ("riskplug.toml:5", "horizont_days", "did you mean 'horizon_days'?"),
    ),
    Mistake(
        "two unknown keys",
        toml("[sources.erp]", '[sources.erp]\npaht = "x"\nsiet = "S1"'),
        USAGE,
        ("paht", "did you mean 'path'?", "siet", "did you mean 'site'?"),
    ),
    Mistake("unknown time zone", toml("Europe/Berlin", "Europe/Berlim"), USAGE, ("riskplug.toml:5", "Europe/Berlim")),
    Mistake(
        "unknown receiver",
        toml('receivers = ["desk"]', 'receivers = ["dest"]'),
        USAGE,
        ("riskplug.toml", "dest", "did you mean 'desk'?"),
    ),
    Mistake(
        "unknown key in a rule",
        lambda folder: folder.replace("rules/stock-low.yaml", "bands:", "bans:"),
        USAGE,
        ("stock-low.yaml:7:5", "bans", "did you mean 'bands'?", "^"),
    ),
    Mistake(
        "unknown column in a rule",
        lambda folder: folder.replace("rules/stock-low.yaml", "procurement ==", "procurment =="),
        USAGE,
        ("stock-low.yaml:6:", "procurment", "did you mean 'procurement'?", "^"),
    ),
    Mistake(
        "unknown profile",
        toml('profile = "canonical"', 'profile = "canonicle"'),
        USAGE,
        ("canonicle", "source 'erp'", "riskplug.toml:12", "did you mean 'canonical'?"),
    ),
    Mistake("no such date", nothing, USAGE, ("2025-02-30", "YYYY-MM-DD"), ("scan", "--business-date", "2025-02-30")),
    Mistake("no such severity", nothing, USAGE, ("--fail-on", "urgent", "critical"), ("scan", "--fail-on", "urgent")),
    Mistake("no such format", nothing, USAGE, ("--format", "yaml", "json"), ("scan", "--format", "yaml")),
    Mistake(
        "no exports folder", lambda folder: shutil.rmtree(folder.path / "exports"), REFUSED, ("exports", "sources.erp")
    ),
    Mistake("empty parts file", lambda folder: folder.write("exports/parts.csv", ""), REFUSED, ("parts.csv", "empty")),
    Mistake(
        "missing required column",
        export("parts", "part_no,description", "artikel,description"),
        REFUSED,
        ("parts.csv", "part_no"),
    ),
    Mistake("unreadable encoding", in_another_encoding, REFUSED, ("parts.csv", "utf-8", "encoding")),
    Mistake("state of a newer version", from_tomorrow, UNUSABLE, ("state.db", "newer riskplug", "backup")),
    Mistake(
        "state that is no database",
        lambda folder: (folder.state / "state.db").write_bytes(b"no database at all" * 300),
        UNUSABLE,
        ("state.db",),
    ),
)


def the_mistake(chosen: Mistake) -> str:
    return chosen.name


@pytest.fixture
def workspace(former: Folder, tmp_path: Path) -> Folder:
    """A copy of it that may be spoilt."""
    shutil.copytree(former.path, tmp_path / "workspace")
    return Folder(tmp_path / "workspace")


def alerts(folder: Folder) -> list[tuple[object, ...]]:
    """The ledger as it is on disk, WAL included; a copy is read, so that the test leaves no trace."""
    with closing(sqlite3.connect(f"file:{folder.state / 'state.db'}?mode=ro", uri=True)) as database:
        return sorted(database.execute("SELECT * FROM alert").fetchall(), key=str)


@pytest.mark.parametrize("chosen", MISTAKES, ids=the_mistake)
def test_a_mistake_is_named_with_its_place_and_its_cure(workspace: Folder, chosen: Mistake) -> None:
    brief = (workspace.state / "brief.html").read_bytes()
    snapshots = sorted(workspace.state.glob("snapshots/*/*"))
    kept = alerts(workspace)
    chosen.spoil(workspace)
    ran = workspace.run(*chosen.words)
    assert ran.code == chosen.code, ran.err
    assert "Traceback" not in ran.err
    assert [word for word in chosen.says if word not in ran.err] == [], ran.err
    assert "->" in ran.err, f"nothing says what to do:\n{ran.err}"
    assert ran.out == ""
    assert (workspace.state / "brief.html").read_bytes() == brief
    assert set(snapshots) <= set(workspace.state.glob("snapshots/*/*"))
    assert kept
    if chosen.name != "state that is no database":
        assert alerts(workspace) == kept
