"""riskplug serve: a clock for hosts without a scheduler."""

import signal
import sys
from datetime import UTC, datetime
from typing import Annotated

import typer

from riskplug.cli.options import WorkspaceDir, open_workspace


def serve(
    schedule: Annotated[
        str, typer.Option("--schedule", help="When, in cron's five fields, in the workspace's time zone.")
    ] = "10 4 * * *",
    workspace: WorkspaceDir = None,
) -> None:
    """Scan what is due now and at every time of a schedule, until told to stop (Ctrl-C, SIGTERM)."""
    from zoneinfo import ZoneInfo

    from riskplug.serving import Child, Server, Timetable

    opened = open_workspace(workspace)
    timetable = Timetable(schedule, ZoneInfo(opened.workspace.timezone))
    child = Child((sys.executable, "-m", "riskplug", "scan", "--business-date", "auto", "-w", str(opened.root)))
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda got, _: child.stop(got))
    Server(
        timetable,
        clock=lambda: datetime.now(UTC),
        wait=child.stopped.wait,
        scan=child,
        say=lambda line: typer.echo(f"riskplug serve: {line}", err=True),
    ).serve()
