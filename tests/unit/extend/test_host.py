"""One bad plugin is recorded with its reason; the others work on."""

import os
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from riskplug.extend.host import Choice, PluginHost, PluginStatus

GOOD = '''
from pydantic import BaseModel
from riskplug.extend import hookimpl

class Options(BaseModel):
    pass

class Echo:
    """Says nothing."""
    kind = "echo"
    Options = Options
    needs = frozenset()
    def __init__(self, options): ...
    def assess(self, tables, context): return None

@hookimpl
def riskplug_rule_kinds():
    return [Echo]
'''

OBSERVER = """
print("loaded")

@hookimpl
def riskplug_alerts_changed(context, changes):
    print("told")

class Echo"""


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    place = tmp_path / "plugins"
    place.mkdir(mode=0o755)
    yield place
    for name in [name for name in sys.modules if name.startswith("riskplug_local.")]:
        del sys.modules[name]


def load(folder: Path, **files: str) -> PluginHost:
    for name, text in files.items():
        (folder / f"{name}.py").write_text(text, encoding="utf-8")
    return PluginHost.load(Choice(folders=(folder,)))


def status(host: PluginHost, name: str) -> PluginStatus:
    return next(found for found in host.statuses if found.name == name)


def test_a_good_plugin_contributes_its_kind(folder: Path) -> None:
    host = load(folder, good=GOOD)
    assert status(host, "good").status == "on"
    assert status(host, "good").hooks == ("riskplug_rule_kinds",)
    assert "echo" in host.rule_kinds()
    assert host.provider(host.rule_kinds()["echo"]) == "good"


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("import does_not_exist", "does_not_exist"),
        ("import sys; sys.exit(3)", "SystemExit"),
        ("def riskplug_rule_kinds(): return []", "not marked"),
        (GOOD.replace("riskplug_rule_kinds", "riskplug_rule_kind"), "did you mean 'riskplug_rule_kinds'?"),
        ("riskplug_api = 99", "written for plugin interface 99"),
        (GOOD.replace("riskplug_rule_kinds()", "riskplug_rule_kinds(extra)"), "extra"),
        (GOOD.replace("@hookimpl", "@hookimpl(wrapper=True)").replace("return [Echo]", "yield"), "wrapper"),
    ],
    ids=["import error", "exit at import", "unmarked", "misspelt", "future interface", "signature", "wrapper"],
)
def test_a_plugin_that_cannot_load_is_failed_with_its_reason_and_the_good_one_stays(
    folder: Path, text: str, reason: str
) -> None:
    host = load(folder, bad=text, good=GOOD)
    bad = status(host, "bad")
    assert bad.status == "failed"
    assert reason in bad.reason
    assert [fault.plugin for fault in host.faults] == ["bad"]
    assert "echo" in host.rule_kinds()


def test_a_hook_that_raises_loses_only_its_own_contribution(folder: Path) -> None:
    host = load(folder, bad=GOOD.replace("return [Echo]", "raise RuntimeError('no luck')"), good=GOOD)
    assert "echo" in host.rule_kinds()
    assert any("no luck" in str(fault) for fault in host.faults)


def test_two_plugins_of_one_kind_are_both_named_and_neither_is_used(folder: Path) -> None:
    host = load(folder, one=GOOD, two=GOOD)
    assert "echo" not in host.rule_kinds()
    said = {fault.plugin: fault for fault in host.faults}
    files = {"one": folder / "one.py", "two": folder / "two.py"}
    for name, other in (("one", "two"), ("two", "one")):
        assert said[name].message == (
            f"rule kind 'echo' is also given by plugin {other} ({files[other]}); neither is used"
        )
        assert said[name].where == str(files[name])
        assert "-p no:NAME" in said[name].fix
        assert status(host, name).status == "failed"


def test_a_class_without_docstring_or_method_is_refused_by_name(folder: Path) -> None:
    host = load(folder, bare=GOOD.replace('"""Says nothing."""', ""), short=GOOD.replace("assess", "asses"))
    assert "echo" not in host.rule_kinds()
    assert {fault.plugin for fault in host.faults} == {"bare", "short"}
    assert any("lacks assess" in fault.message for fault in host.faults)


def test_a_file_everybody_may_write_is_refused(folder: Path) -> None:
    (folder / "open.py").write_text(GOOD, encoding="utf-8")
    (folder / "open.py").chmod(0o666)
    host = PluginHost.load(Choice(folders=(folder,)))
    assert "writable by everybody" in status(host, "open").reason


@pytest.mark.skipif(os.geteuid() != 0, reason="only the administrator can give a file away")
def test_a_file_of_another_user_is_refused(folder: Path) -> None:
    (folder / "theirs.py").write_text(GOOD, encoding="utf-8")
    os.chown(folder / "theirs.py", 12345, -1)
    host = PluginHost.load(Choice(folders=(folder,)))
    assert "belongs to another user (12345)" in status(host, "theirs").reason
    assert "echo" not in host.rule_kinds()


def test_what_editors_and_systems_leave_in_a_folder_is_no_plugin(folder: Path) -> None:
    """Emacs locks by a dangling link, macOS keeps attributes beside files; reading a pipe would wait for ever."""
    (folder / ".#good.py").symlink_to("me@host.1234:5678")
    (folder / "._good.py").write_bytes(b"\x00\x05\x16\x07")
    (folder / ".git").mkdir()
    (folder / ".git" / "__init__.py").write_text("raise RuntimeError")
    os.mkfifo(folder / "pipe.py")
    (folder / "folder.py").mkdir()
    host = load(folder, good=GOOD)
    assert host.faults == []
    assert [one.name for one in host.statuses if one.origin == "local"] == ["good"]


def test_a_link_that_leads_nowhere_is_a_fault_of_that_plugin_alone(folder: Path) -> None:
    (folder / "lost.py").symlink_to(folder / "moved.py")
    host = load(folder, good=GOOD)
    assert status(host, "lost").status == "failed" and status(host, "good").status == "on"
    (fault,) = host.faults
    assert (fault.plugin, fault.where) == ("lost", str(folder / "lost.py"))
    assert fault.message == f"a link to {folder / 'moved.py'}, which is not there"
    assert fault.fix == "remove the link, or bring back what it names"


def test_a_file_that_cannot_be_read_is_a_fault_of_that_plugin_alone(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused(path: Path) -> bytes:
        if path.name == "closed.py":
            raise PermissionError(13, "Permission denied", str(path))
        return read(path)

    read = Path.read_bytes
    monkeypatch.setattr(Path, "read_bytes", refused)
    host = load(folder, closed=GOOD, good=GOOD)
    assert status(host, "closed").status == "failed" and status(host, "good").status == "on"
    assert "cannot be read: Permission denied" in str(host.faults[0])


def test_what_a_plugin_prints_never_mixes_with_results(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    loud = GOOD.replace("    return [Echo]", "    print('asked')\n    return [Echo]").replace("class Echo", OBSERVER)
    host = load(folder, loud=loud)
    host.notify("riskplug_alerts_changed", context=None, changes=())
    assert host.faults == []
    shown = capsys.readouterr()
    assert (shown.out, shown.err.split()) == ("", ["loaded", "asked", "told"])


def test_an_interrupt_at_import_names_the_plugin(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(KeyboardInterrupt):
        load(folder, rude="raise KeyboardInterrupt")
    assert "plugin rude, load: interrupted" in capsys.readouterr().err


def test_a_blocked_plugin_is_listed_and_never_imported(folder: Path) -> None:
    (folder / "loud.py").write_text("raise RuntimeError('imported')", encoding="utf-8")
    host = PluginHost.load(Choice(block=frozenset({"loud"}), folders=(folder,)))
    assert status(host, "loud").status == "blocked"
    assert host.faults == []


def test_observers_that_raise_change_nothing(folder: Path) -> None:
    observer = (
        "from riskplug.extend import hookimpl\n@hookimpl\ndef riskplug_scan_started(context): raise ValueError('x')"
    )
    host = load(folder, watcher=observer)
    host.notify("riskplug_scan_started", context=None)
    assert [fault.plugin for fault in host.faults] == ["watcher"]


def test_no_plugins_means_none() -> None:
    assert PluginHost.load(Choice(none=True)).statuses == []


def test_a_broken_expectation_is_the_fault_of_its_plugin_told_once(folder: Path) -> None:
    spec = 'ExpectationSpec("parts", "expect_miracles")'
    hook = f"@hookimpl\ndef riskplug_expectations(table):\n    return [{spec}] if table == 'parts' else None\n"
    host = load(folder, hopeful=f"from riskplug.extend import ExpectationSpec, hookimpl\n{hook}")
    (given,) = host.expectations(["parts"])
    for _ in range(2):
        host.broken_expectation(given, "no such thing")
    assert [(fault.plugin, fault.message) for fault in host.faults] == [("hopeful", "no such thing")]
