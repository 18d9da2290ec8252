"""All commands, put together."""

from collections.abc import Callable
from copy import copy

import typer
import typer.main

from riskplug.cli import (
    alerts,
    content,
    disruptions,
    explain,
    handling,
    inspecting,
    kept,
    listening,
    making,
    notify,
    outbox,
    plugins,
    regimes,
    requests,
    rules,
    runway,
    scanning,
    serving,
    silences,
    statefile,
    whatif,
)

app = typer.Typer(
    name="riskplug",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
    rich_markup_mode=None,
    help="Nightly scan of ERP data for critical-mineral and rare-earth procurement risk.",
)
app.command("scan")(scanning.scan)
app.command("init")(scanning.init)
app.command("check")(scanning.check)
app.command("inspect")(inspecting.inspect)
app.command("facts")(kept.facts)
app.command("runway")(runway.runway)
app.command("disruptions")(disruptions.disruptions)
app.command("whatif")(whatif.whatif)
app.command("listen")(listening.listen)
app.command("schedule")(handling.schedule)
app.command("serve")(serving.serve)
app.add_typer(rules.app, name="rules")
app.add_typer(making.app, name="new")
app.add_typer(regimes.app, name="regimes")
content.app.command("request")(requests.request)
content.app.command("requests")(requests.list_requests)
app.add_typer(content.app, name="content")
app.add_typer(explain.bom, name="bom")
alerts.app.command("silence")(silences.silence)
alerts.app.command("silences")(silences.silences)
alerts.app.command("unsilence")(silences.unsilence)
app.add_typer(alerts.app, name="alerts")
app.add_typer(outbox.app, name="outbox")
app.add_typer(notify.app, name="notify")
app.add_typer(plugins.plugins, name="plugins")
app.add_typer(statefile.app, name="state")


def of_word(whole: typer.Typer, word: str) -> Callable[[], object]:
    """What answers a command line that begins with the word: the group or command it names, else all of them.

    Typer makes the options of every command it is given, which takes longer than most commands run.
    """
    groups = [group for group in whole.registered_groups if group.name == word]
    commands = [command for command in whole.registered_commands if command.name == word]
    if not groups and not commands:
        return whole
    part = copy(whole)
    part.registered_groups, part.registered_commands = groups, commands
    return typer.main.get_group(part)
