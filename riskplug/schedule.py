"""Units that run the scan every night. riskplug keeps no clock: systemd and cron own the time, the scan owns the lock.

04:10 local time is outside every daylight-saving switch of Europe and America, so no night is skipped or run twice.
The scan claims its business date in the state database, so a second start of the same night ends with exit code 5;
``flock`` only keeps a slow night and the next one apart on one host.
"""

import shlex
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

Kind = Literal["systemd", "cron"]
HOUR, MINUTE = 4, 10


@dataclass(frozen=True, slots=True)
class Installation:
    """Where things are on the host that the units are for."""

    workspace: Path
    command: Path
    timezone: str

    @property
    def lock(self) -> Path:
        return self.workspace / ".riskplug" / "scan.lock"


def render(kind: Kind, host: Installation) -> str:
    """The text to install, with the commands that install it as comments."""
    return _systemd(host) if kind == "systemd" else _cron(host)


def _scan(host: Installation) -> str:
    return f"{shlex.quote(str(host.command))} scan -w {shlex.quote(str(host.workspace))}"


def _systemd(host: Installation) -> str:
    return f"""\
# Save the two parts as /etc/systemd/system/riskplug.service and riskplug.timer, then:
#   systemctl daemon-reload && systemctl enable --now riskplug.timer
# Secrets: put them into /etc/riskplug.env (mode 0600), one NAME=value a line.

# ---- riskplug.service
[Unit]
Description=riskplug: nightly scan for critical-mineral procurement risk
Wants=network-online.target
After=network-online.target

[Service]
Type=oneshot
WorkingDirectory={host.workspace}
EnvironmentFile=-/etc/riskplug.env
ExecStart=/usr/bin/flock --nonblock --conflict-exit-code 5 {shlex.quote(str(host.lock))} {_scan(host)}
# 1: findings at the threshold of --fail-on; 5: another scan of this night is running
SuccessExitStatus=1 5
MemoryMax=20G
NoNewPrivileges=true
PrivateTmp=true
ProtectSystem=strict
ProtectHome=read-only
ReadWritePaths="{host.workspace}/.riskplug"

# ---- riskplug.timer
[Unit]
Description=riskplug every night at {HOUR:02d}:{MINUTE:02d}

[Timer]
OnCalendar=*-*-* {HOUR:02d}:{MINUTE:02d}:00 {host.timezone}
Persistent=true
RandomizedDelaySec=60

[Install]
WantedBy=timers.target
"""


def _cron(host: Installation) -> str:
    out = shlex.quote(str(host.workspace / ".riskplug" / "last-scan.txt"))
    lock = shlex.quote(str(host.lock))
    return f"""\
# Add with `crontab -e`. Results go to last-scan.txt; what goes wrong is mailed to MAILTO.
# Secrets: export them in a file readable by this user alone and start the line with `. FILE &&`.
# CRON_TZ is understood by cronie; Debian's cron runs in the host's time zone and passes it on to the scan only.
MAILTO=it-operations@example.com
CRON_TZ={host.timezone}
{MINUTE} {HOUR} * * * flock -n -E 5 {lock} {_scan(host)} > {out}
"""
