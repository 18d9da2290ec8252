"""A line for a crontab."""

import shlex

from riskplug.schedule.host import HOUR, MINUTE, Installation


def render(host: Installation) -> str:
    """The line with its variables, as `crontab` takes it."""
    out = shlex.quote(str(host.workspace / ".riskplug" / "last-scan.txt"))
    lock = shlex.quote(str(host.lock))
    return f"""\
# Add with `crontab -e`. Results go to last-scan.txt; what goes wrong is mailed to MAILTO.
# Secrets: export them in a file readable by this user alone and start the line with `. FILE &&`.
# CRON_TZ is understood by cronie; Debian's cron runs in the host's time zone and passes it on to the scan only.
# cron does not make up for a night on which the host was off: the next night says which one is missing.
MAILTO=it-operations@example.com
CRON_TZ={host.timezone}
{MINUTE} {HOUR} * * * flock -n -E 5 {lock} {shlex.join(host.words)} --quiet > {out}
"""
