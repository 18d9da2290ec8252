"""Units that run the scan every night, for the scheduler that is there already: it owns the time, the scan the lock.

Each starts `scan --business-date auto`, which scans a date once however often it is started.
"""

from collections.abc import Callable, Mapping

from riskplug.schedule import airflow, cron, kubernetes, systemd, windows
from riskplug.schedule.host import Installation

__all__ = ["KINDS", "Installation", "render"]

KINDS: Mapping[str, Callable[[Installation], str]] = {
    "systemd": systemd.render,
    "cron": cron.render,
    "windows": windows.render,
    "k8s": kubernetes.render,
    "airflow": airflow.render,
}


def render(kind: str, host: Installation) -> str:
    """The text to install, with the commands that install it as comments; ``kind`` of KINDS."""
    return KINDS[kind](host)
