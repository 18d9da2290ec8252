"""riskplug schedule: what an administrator handles."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from riskplug.cli.options import WorkspaceDir, open_workspace
from riskplug.errors import UsageError, suggestion


def schedule(
    kind: Annotated[str, typer.Argument(help="systemd, cron, windows, k8s or airflow.")],
    workspace: WorkspaceDir = None,
) -> None:
    """Print units that run the scan every night."""
    from riskplug.schedule import KINDS, Installation, render

    if kind not in KINDS:
        raise UsageError(f"no schedule kind {kind!r}", "schedule", suggestion(kind, KINDS))
    opened = open_workspace(workspace)
    command = Path(sys.argv[0]).resolve()
    # flock and systemd's ReadWritePaths want the folder to be there before the first scan.
    (opened.root / ".riskplug").mkdir(mode=0o700, exist_ok=True)
    typer.echo(render(kind, Installation(opened.root, command, opened.workspace.timezone)), nl=False)
