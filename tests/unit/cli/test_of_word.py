"""Only the commands that the first word names are built, and they are those that the whole program has."""

from typing import Any

import pytest
from typer.main import get_command

from riskplug.cli.app import app, of_word

WHOLE: Any = get_command(app)
WORDS = [*(each.name for each in app.registered_groups), *(each.name for each in app.registered_commands)]


def told(command: Any) -> Any:
    """All that a command line reads of a command and those below it."""
    options = [(one.name, one.opts, one.required, one.nargs, getattr(one, "help", None)) for one in command.params]
    below = {name: told(one) for name, one in getattr(command, "commands", {}).items()}
    return command.name, command.help, options, below


@pytest.mark.parametrize("word", WORDS)
def test_the_word_brings_what_the_whole_program_has_for_it_and_nothing_else(word: str) -> None:
    part: Any = of_word(app, word)
    assert list(part.commands) == [word]
    assert told(part.commands[word]) == told(WHOLE.commands[word])
    assert (part.name, part.help, part.no_args_is_help) == (WHOLE.name, WHOLE.help, WHOLE.no_args_is_help)


@pytest.mark.parametrize("word", ["", "--help", "plugin", "lst"])
def test_what_names_no_command_is_answered_by_the_whole_program(word: str) -> None:
    assert of_word(app, word) is app
