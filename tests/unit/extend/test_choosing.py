"""Which plugins are loaded: settings and options; a name that means nothing is told with its place and a suggestion."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from riskplug import workspace as settings
from riskplug.errors import Problem, UsageError
from riskplug.extend.choosing import chosen
from riskplug.extend.discovery import Candidate, at, local
from riskplug.extend.host import Choice, PluginHost
from riskplug.workspace import Workspace
from tests.unit.extend.test_host import GOOD, folder, status
from tests.unit.extend.test_light import TOML

__all__ = ["folder"]


@pytest.fixture
def installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Two installed plugins, `quiet` and `loud`; the second cannot be imported."""
    place = tmp_path / "site"
    info = place / "two_plugins-1.2.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: two-plugins\nVersion: 1.2\n")
    (info / "entry_points.txt").write_text("[riskplug]\nquiet = quiet_plugin\nloud = loud_plugin\n")
    (place / "quiet_plugin.py").write_text(GOOD)
    (place / "loud_plugin.py").write_text("raise RuntimeError('imported')")
    monkeypatch.syspath_prepend(place)
    yield place


def opened(folder: Path, plugins: str = 'paths = ["plugins"]') -> Workspace:
    (folder.parent / "riskplug.toml").write_text(f"{TOML.partition('[plugins]')[0]}[plugins]\n{plugins}\n")
    return settings.load(folder.parent)


def refused(folder: Path, *words: str, plugins: str = "", none: bool = False) -> tuple[Problem, ...]:
    with pytest.raises(UsageError) as found:
        chosen(opened(folder, plugins), words, none)
    return found.value.problems


def test_an_installed_plugin_is_off_until_it_is_enabled(folder: Path, installed: Path) -> None:
    host = PluginHost.load(chosen(opened(folder)))
    assert [(status(host, name).status, status(host, name).version) for name in ("quiet", "loud")] == [
        ("available", "1.2")
    ] * 2
    assert host.available() == ["loud", "quiet"] and host.faults == []
    assert "echo" not in host.rule_kinds()


def test_enabled_by_name_it_is_on_and_the_other_stays_off(folder: Path, installed: Path) -> None:
    host = PluginHost.load(chosen(opened(folder, 'enable = ["quiet"]')))
    assert status(host, "quiet").status == "on" and "echo" in host.rule_kinds()
    assert host.available() == ["loud"] and host.faults == []


def test_enabled_for_one_call(folder: Path, installed: Path) -> None:
    assert "echo" in PluginHost.load(chosen(opened(folder), ["quiet"])).rule_kinds()


def test_a_missing_kind_names_the_installed_plugin_that_may_bring_it(folder: Path, installed: Path) -> None:
    said = PluginHost.load(chosen(opened(folder))).notifiers().advice("quiet")
    assert said == "plugin quiet is installed and not enabled: add 'quiet' to [plugins] enable"


def test_a_name_in_enable_that_is_not_installed(folder: Path, installed: Path) -> None:
    (problem,) = refused(folder, plugins='enable = ["quite"]')
    line = (folder.parent / "riskplug.toml").read_text().splitlines().index('enable = ["quite"]') + 1
    assert (problem.what, problem.where, problem.fix) == (
        "no plugin 'quite' is installed",
        f"{folder.parent / 'riskplug.toml'}:{line}",
        "did you mean 'quiet'?",
    )


def test_every_wrong_name_is_told_at_once(folder: Path) -> None:
    said = refused(folder, "no:slak", "gone/one.py", plugins='enable = ["odo"]\ndisable = ["sapp"]')
    assert [problem.what for problem in said] == [
        "no plugin at gone/one.py",
        "no plugin 'slak' is installed",
        "no plugin 'odo' is installed",
        "no plugin 'sapp' is installed",
    ]


@pytest.mark.parametrize(
    ("word", "what"),
    [
        ("riskplug.toml", "riskplug.toml is there, but is no plugin"),
        ("pack", "pack is there, but is no plugin"),
        ("./riskplug.toml", "./riskplug.toml is no plugin"),
        ("./pack", "./pack is no plugin"),
        ("./gone", "no plugin at ./gone"),
        ("gone", "no plugin 'gone' is installed"),
    ],
)
def test_what_is_there_and_no_plugin_is_called_so(
    folder: Path, word: str, what: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    (folder.parent / "pack").mkdir()
    monkeypatch.chdir(folder.parent)
    (problem,) = refused(folder, word)
    assert (problem.what, problem.where) == (what, "-p") and problem.fix


@pytest.mark.parametrize(
    ("words", "none", "what"),
    [
        (("slack",), True, "slack beside --no-plugins"),
        (("slack", "no:slack"), False, "slack beside no:slack"),
        (("no:",), False, "'no:' names no plugin"),
        (("",), False, "'' names no plugin"),
    ],
)
def test_options_that_contradict_each_other(folder: Path, words: tuple[str, ...], none: bool, what: str) -> None:
    assert [problem.what for problem in refused(folder, *words, none=none)] == [what]


def test_what_the_workspace_switched_off_can_be_had_for_one_call(folder: Path) -> None:
    (folder / "good.py").write_text(GOOD)
    workspace = opened(folder, 'paths = ["plugins"]\ndisable = ["good"]')
    assert "echo" not in PluginHost.load(chosen(workspace)).rule_kinds()
    assert "echo" in PluginHost.load(chosen(workspace, ["good"])).rule_kinds()


def test_folders_are_the_workspaces_not_the_callers(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (folder / "good.py").write_text(GOOD)
    elsewhere = tmp_path / "elsewhere" / "plugins"
    elsewhere.mkdir(parents=True, mode=0o755)
    (elsewhere / "other.py").write_text("raise RuntimeError('not mine')")
    monkeypatch.chdir(elsewhere.parent)
    host = PluginHost.load(chosen(opened(folder)))
    assert status(host, "good").where == str(folder / "good.py") and host.faults == []


def test_a_path_is_the_callers(folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    near = tmp_path / "near"
    near.mkdir(mode=0o755)
    (near / "good.py").write_text(GOOD)
    (near / "pack").mkdir(mode=0o755)
    (near / "pack" / "__init__.py").write_text(GOOD.replace('"echo"', '"pack"'))
    monkeypatch.chdir(near)
    host = PluginHost.load(chosen(opened(folder), ["good.py", "./pack"]))
    assert {"echo", "pack"} <= set(host.rule_kinds())


def test_the_shared_option_decides_before_anything_is_imported(folder: Path) -> None:
    (folder / "loud.py").write_text("raise RuntimeError('imported')")
    assert PluginHost.load(chosen(opened(folder), ["no:loud"])).faults == []
    assert PluginHost.load(chosen(opened(folder), none=True)).statuses == []


def written(folder: Path, text: str = "x = 1") -> Candidate:
    package = folder / "pack"
    package.mkdir(exist_ok=True, mode=0o755)
    (package / "__init__.py").write_text("")
    (package / "inner.py").write_text(text)
    return next(found for found in local([folder]) if found.name == "pack")


def test_the_hash_of_a_package_is_of_all_its_files(folder: Path) -> None:
    first = written(folder)
    assert written(folder).sha256 == first.sha256
    assert written(folder, "x = 2").sha256 != first.sha256
    again = written(folder)
    (folder / "pack" / "data.yaml").write_text("a: 1")
    assert written(folder).sha256 != again.sha256
    (folder / "pack" / "data.yaml").unlink()
    (folder / "pack" / "__pycache__").mkdir()
    (folder / "pack" / "__pycache__" / "inner.pyc").write_bytes(b"0")
    assert written(folder).sha256 == first.sha256


def test_a_byte_that_moves_from_one_file_to_the_next_changes_the_hash(folder: Path) -> None:
    package = folder / "pack"
    package.mkdir(mode=0o755)
    digests = set()
    for first, second in (("ab", "c"), ("a", "bc")):
        (package / "__init__.py").write_text(first)
        (package / "more.py").write_text(second)
        digests.add(at([package])[0].sha256)
    assert len(digests) == 2


@pytest.mark.parametrize("inner", ["", "pack", "pack/__init__.py", "pack/inner.py"])
def test_what_everybody_may_write_is_refused(folder: Path, inner: str) -> None:
    written(folder)
    place = folder / inner
    place.chmod(place.stat().st_mode | 0o002)
    host = PluginHost.load(Choice(folders=(folder,)))
    (fault,) = host.faults
    assert (fault.plugin, fault.message, fault.where, fault.fix) == (
        "pack",
        "writable by everybody",
        str(place),
        f"chmod o-w {place}",
    )
    folder.chmod(0o755)
