"""A service and its timer for systemd."""

import shlex

from riskplug.schedule.host import AT_MOST_HOURS, HOUR, MEMORY_GB, MINUTE, Installation


def render(host: Installation) -> str:
    """The two units. ``flock`` only keeps a slow night and the next one apart before any Python starts."""
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
ExecStart=/usr/bin/flock --nonblock --conflict-exit-code 5 {shlex.quote(str(host.lock))} {shlex.join(host.words)}
# 1: findings at the threshold of --fail-on; 5: another scan of this night is running
SuccessExitStatus=1 5
TimeoutStartSec={AT_MOST_HOURS}h
MemoryMax={MEMORY_GB}G
UMask=0077
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
