"""Commands that plugins bring: looked for only when the name is none of riskplug's own, so that those start at once."""

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from riskplug.errors import PluginFault, RiskplugError

if TYPE_CHECKING:
    from riskplug.extend.host import PluginHost


def is_own(name: str) -> bool:
    """Whether riskplug itself has a command of the name, or it is an option."""
    from riskplug.cli.app import app

    groups = [group.name for group in app.registered_groups]
    return name.startswith("-") or name in {*groups, *(command.name for command in app.registered_commands)}


def run_brought(name: str, words: Sequence[str]) -> int | None:
    """Run a plugin's command and give its exit code; None where no plugin has one of the name.

    PluginFault (exit code 3) where it breaks, and where it ends by sys.exit() with words; a number given there is the
    exit code, and riskplug's own errors end it as any command.
    """
    host = _host(words)
    for fault in host.faults:
        print(str(fault), file=sys.stderr)
    plugin, command = host.commands().get(name, ("", None))
    if command is None:
        return None
    code = _run(name, plugin, command.run, words)
    if code is None:
        return 0
    if isinstance(code, bool) or not isinstance(code, int) or not 0 <= code <= 255:
        what = f"command {name} gave {code!r} as exit code"
        raise PluginFault(f"plugin {plugin}: {what}", name, "give None, or a number from 0 to 255")
    return code


def _run(name: str, plugin: str, run: Any, words: Sequence[str]) -> object:
    from typer import Typer

    from riskplug.extend.guard import text_of, worded

    try:
        if isinstance(run, Typer):
            run(args=list(words), prog_name=f"riskplug {name}")
            return 0
        return run(list(words))
    except (RiskplugError, BrokenPipeError):
        raise
    except KeyboardInterrupt:
        print(f"riskplug: plugin {plugin}: command {name} interrupted", file=sys.stderr)
        raise
    except SystemExit as error:
        if error.code is None or isinstance(error.code, int):
            return error.code
        said = f"plugin {plugin}: command {name} ended with words, not a code: {text_of(error)}"
        raise PluginFault(said, _line_of(error), "print them, and give a number from 0 to 255") from error
    except BaseException as error:
        said = f"plugin {plugin}: command {name} raised {worded(error)}"
        raise PluginFault(said, _line_of(error), f"repair the plugin, or switch it off: -p no:{plugin}") from error


def _line_of(error: BaseException) -> str:
    """``file:line`` in the plugin's own file where it was raised; elsewhere where there is none."""
    import traceback

    from riskplug.extend.lines import raised_in

    own = raised_in(error)
    if own:
        return own.place
    frames = traceback.extract_tb(error.__traceback__)
    return f"{frames[-1].filename}:{frames[-1].lineno}" if frames else "riskplug"


def _host(words: Sequence[str]) -> "PluginHost":
    """The plugins of the workspace that the words name with -w, else of the one found upwards, else those shipped."""
    from riskplug import workspace
    from riskplug.cli.options import open_plugins

    named = next((words[n + 1] for n, word in enumerate(words[:-1]) if word in ("-w", "--workspace")), None)
    if named is None and not any(
        (place / workspace.FILE_NAME).is_file() for place in (Path.cwd(), *Path.cwd().parents)
    ):
        return open_plugins(None)
    return open_plugins(workspace.load(Path(named) if named else workspace.find(Path.cwd())))
