"""Every command that loads plugins lets the caller choose them, before one of them is imported."""

import dis
import types
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import typer.main

from riskplug.cli.app import app


def commands(group: Any = None, path: tuple[str, ...] = ()) -> Iterator[tuple[str, Any]]:
    """Every command there is, by its words."""
    group = group or typer.main.get_command(app)
    for name, command in group.commands.items():
        if hasattr(command, "commands"):
            yield from commands(command, (*path, name))
        else:
            yield " ".join((*path, name)), command


def original(function: Callable[..., Any]) -> types.FunctionType:
    while hasattr(function, "__wrapped__"):
        function = function.__wrapped__
    assert isinstance(function, types.FunctionType)
    return function


def names_in(code: types.CodeType) -> set[str]:
    """Global names that code uses, functions inside it included."""
    inner = [const for const in code.co_consts if isinstance(const, types.CodeType)]
    used = {str(step.argval) for step in dis.get_instructions(code) if step.opname in ("LOAD_GLOBAL", "IMPORT_FROM")}
    return used.union(*map(names_in, inner))


def loads_plugins(function: Callable[..., Any], seen: frozenset[str] = frozenset()) -> bool:
    """Whether a function of the command line comes to open_plugins, itself or through others there."""
    plain = original(function)
    for name in names_in(plain.__code__) - seen:
        if name == "open_plugins":
            return True
        used = plain.__globals__.get(name)
        ours = isinstance(used, types.FunctionType) and used.__module__.startswith("riskplug.cli")
        if ours and loads_plugins(used, seen | {name}):
            return True
    return False


COMMANDS = dict(commands())


@pytest.mark.parametrize("words", COMMANDS)
def test_a_command_that_loads_plugins_can_be_told_which(words: str) -> None:
    command = COMMANDS[words]
    options = {option for parameter in command.params for option in parameter.opts}
    assert ({"-p", "--no-plugins"} <= options) == loads_plugins(command.callback)


def test_the_walk_through_the_commands_finds_them() -> None:
    loading = {words for words, command in COMMANDS.items() if loads_plugins(command.callback)}
    assert {"scan", "check", "runway", "rules list", "bom explode", "plugins list", "alerts ack"} <= loading
    assert not {"init", "state backup", "alerts list"} & loading
