"""Commands that plugins bring: `riskplug NAME ...`, found when the name is none of ours, ending as ours do."""

import sys
from pathlib import Path

import pytest

from riskplug.cli import main
from riskplug.cli.app import app
from riskplug.extend.contributions import OWN_COMMANDS
from riskplug.extend.host import PluginHost
from tests.unit.extend.test_host import folder, load, status
from tests.unit.extend.test_light import TOML

__all__ = ["folder"]
COMMAND = """
import asyncio
import json
import sys
import typer
from riskplug.errors import StateMissing, UsageError
from riskplug.extend import hookimpl
from riskplug.extend.protocols import Command

def greet(words):
    print("hello", *words)
    if "two" in words:
        raise UsageError("no two", "greet", "say one")
    if "state" in words:
        raise StateMissing("no state", "greet", "scan first")
    if "broken" in words:
        raise KeyError("gone")
    if "leave" in words:
        sys.exit(7)
    if "done" in words:
        sys.exit()
    if "aloud" in words:
        sys.exit("cannot go on")
    if "far" in words:
        sys.exit(300)
    if "cancelled" in words:
        raise asyncio.CancelledError
    if "deep" in words:
        json.loads("{")
    return {"nine": 9, "many": 999, "text": "x"}.get(words[-1] if words else "", None)

app = typer.Typer()

@app.command()
def once(name: str, loud: bool = False):
    print(name.upper() if loud else name)
    raise typer.Exit(4)

@hookimpl
def riskplug_commands():
    return [Command("greet", "Say hello.", greet), Command("typed", "With options.", app)]
"""


@pytest.fixture
def run(folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]):  # type: ignore[no-untyped-def]
    """A command in a workspace with the plugin: exit code, stdout, stderr."""

    def ran(*words: str, **plugins: str) -> tuple[object, str, str]:
        (folder.parent / "riskplug.toml").write_text(TOML.replace('disable = ["blocked"]', ""))
        for name, text in ({"greeting": COMMAND} | plugins).items():
            (folder / f"{name}.py").write_text(text)
        monkeypatch.setattr(sys, "argv", ["riskplug", *words])
        monkeypatch.chdir(folder.parent)
        with pytest.raises(SystemExit) as ended:
            main()
        out, err = capsys.readouterr()
        return ended.value.code, out, err

    return ran


def test_its_words_and_its_exit_code_are_its_own(run) -> None:  # type: ignore[no-untyped-def]
    assert run("greet", "you", "--all") == (0, "hello you --all\n", "")
    assert run("greet", "nine") == (9, "hello nine\n", "")
    assert run("greet", "leave") == (7, "hello leave\n", "")
    assert run("greet", "done") == (0, "hello done\n", "")


def test_a_typer_app_is_a_command_too(run) -> None:  # type: ignore[no-untyped-def]
    assert run("typed", "you", "--loud") == (4, "YOU\n", "")
    code, _, err = run("typed")
    assert code == 2 and "riskplug typed" in err


def test_errors_end_as_those_of_our_own_commands(run) -> None:  # type: ignore[no-untyped-def]
    assert run("greet", "two")[::2] == (2, "riskplug: greet: no two\n  -> say one\n")
    assert run("greet", "state")[::2] == (10, "riskplug: greet: no state\n  -> scan first\n")


def test_what_it_breaks_is_a_fault_of_the_plugin(run, folder: Path) -> None:  # type: ignore[no-untyped-def]
    code, _, err = run("greet", "broken")
    line = COMMAND.splitlines().index('        raise KeyError("gone")') + 1
    assert code == 3
    assert f"{folder / 'greeting.py'}:{line}: plugin greeting: command greet raised KeyError: 'gone'" in err
    assert "-p no:greeting" in err and "Traceback" not in err


@pytest.mark.parametrize(
    ("word", "source", "said"),
    [
        ("aloud", 'sys.exit("cannot go on")', "ended with words, not a code: cannot go on"),
        ("cancelled", "raise asyncio.CancelledError", "raised CancelledError"),
        ("deep", 'json.loads("{")', "raised JSONDecodeError: Expecting property name"),
    ],
)
def test_however_it_breaks_the_line_of_its_own_file_is_told(  # type: ignore[no-untyped-def]
    run, folder: Path, word: str, source: str, said: str
) -> None:
    code, _, err = run("greet", word)
    line = COMMAND.splitlines().index(f"        {source}") + 1
    assert code == 3 and "Traceback" not in err
    assert f"{folder / 'greeting.py'}:{line}: plugin greeting: command greet {said}" in err
    assert "\n  -> " in err


@pytest.mark.parametrize("word", ["many", "text", "far"])
def test_a_strange_exit_code_is_a_fault(run, word: str) -> None:  # type: ignore[no-untyped-def]
    code, _, err = run("greet", word)
    assert code == 3 and "give None, or a number from 0 to 255" in err


def test_the_workspace_may_be_named(run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:  # type: ignore[no-untyped-def]
    root = run("greet")[1] and Path.cwd()
    assert run("greet", "-w", str(root))[0] == 0
    code, _, err = run("greet", "-w", str(tmp_path / "nowhere"))
    assert code == 2 and "no riskplug.toml" in err


def test_a_name_that_nobody_has_is_said_as_ever_and_faults_are_told(run) -> None:  # type: ignore[no-untyped-def]
    code, _, err = run("gret", bad="import does_not_exist")
    assert code == 2 and "No such command 'gret'" in err and "plugin bad" in err


def test_our_own_commands_ask_no_plugin(run, folder: Path) -> None:  # type: ignore[no-untyped-def]
    loud = "from pathlib import Path\nPath(__file__).with_suffix('.imported').touch()"
    assert run("rules", "--help", loud=loud)[0] == 0
    assert not (folder / "loud.imported").exists()


def test_the_names_of_our_own_are_known_to_the_host() -> None:
    groups = {group.name for group in app.registered_groups}
    assert {*groups, *(command.name for command in app.registered_commands)} == OWN_COMMANDS


def commands(host: PluginHost) -> set[str]:
    return set(host.commands())


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('"greet", "Say', '"scan", "Say', "command 'scan' is riskplug's own"),
        ('"greet", "Say', '"Greet All", "Say', "no usable name for a command: 'Greet All'"),
        ("Say hello.", " ", "command 'greet' has no help"),
        ("hello.\", greet", "hello.\", 5", "command 'greet' cannot run: 5"),
        ('Command("greet", "Say hello.", greet)', "greet", "riskplug_commands gave function"),
    ],
)  # fmt: skip
def test_a_command_that_cannot_be(folder: Path, old: str, new: str, said: str) -> None:
    host = load(folder, greeting=COMMAND.replace(old, new))
    assert commands(host) == set() and said in str(host.faults[0])


def test_two_of_one_name_are_both_named_and_neither_is_used(folder: Path) -> None:
    host = load(folder, one=COMMAND, two=COMMAND.replace('"typed"', '"other"'))
    assert commands(host) == set()
    said = {fault.plugin: fault.message for fault in host.faults}
    assert said["one"] == f"command 'greet' is also given by plugin two ({folder / 'two.py'}); neither is used"
    assert said["two"] == f"command 'greet' is also given by plugin one ({folder / 'one.py'}); neither is used"


def test_they_are_listed(folder: Path) -> None:
    given = status(load(folder, greeting=COMMAND), "greeting").contributions
    assert [(one.hook, one.kind, one.summary) for one in given] == [
        ("commands", "greet", "Say hello."),
        ("commands", "typed", "With options."),
    ]
