"""A task for the Windows Task Scheduler, in the XML of [MS-TSCH] section 2.5, version 1.2.

The order of elements is that of Microsoft's published schema: it counts in a trigger, elsewhere any will do. No
encoding is declared, so that it may be saved as UTF-8 or, as PowerShell does, as UTF-16.
"""

import subprocess
from xml.etree.ElementTree import Element, SubElement, indent, tostring

from riskplug.schedule.host import AT_MOST_HOURS, HOUR, MINUTE, Installation

NAMESPACE = "http://schemas.microsoft.com/windows/2004/02/mit/task"
_ABOUT = """\
<?xml version="1.0"?>
<!-- Save as riskplug.xml, then in an administrator's prompt:
     schtasks /Create /TN riskplug /XML riskplug.xml /RU DOMAIN\\ACCOUNT /RP *
     Use an account that may read the exports and write into .riskplug, and put its secrets into files.
     The time is the host's local time. -->
"""


def render(host: Installation) -> str:
    """The task: every day, made up for when the host was off, never twice at a time, ended when it hangs."""
    task = Element("Task", {"version": "1.2", "xmlns": NAMESPACE})
    about = SubElement(task, "RegistrationInfo")
    SubElement(about, "Description").text = "riskplug: nightly scan for critical-mineral procurement risk"
    _trigger(SubElement(SubElement(task, "Triggers"), "CalendarTrigger"))
    principal = SubElement(SubElement(task, "Principals"), "Principal", {"id": "Author"})
    SubElement(principal, "LogonType").text = "Password"
    SubElement(principal, "RunLevel").text = "LeastPrivilege"
    settings = SubElement(task, "Settings")
    for name, value in _SETTINGS.items():
        SubElement(settings, name).text = value
    action = SubElement(SubElement(task, "Actions", {"Context": "Author"}), "Exec")
    command, *words = host.words
    SubElement(action, "Command").text = command
    # list2cmdline: how Windows programs take their command line apart
    SubElement(action, "Arguments").text = subprocess.list2cmdline(words)
    SubElement(action, "WorkingDirectory").text = str(host.workspace)
    indent(task)
    return _ABOUT + tostring(task, encoding="unicode") + "\n"


def _trigger(trigger: Element) -> None:
    # without an offset the time is local, on both sides of a daylight-saving switch
    SubElement(trigger, "StartBoundary").text = f"2020-01-01T{HOUR:02d}:{MINUTE:02d}:00"
    SubElement(SubElement(trigger, "ScheduleByDay"), "DaysInterval").text = "1"


_SETTINGS = {
    "MultipleInstancesPolicy": "IgnoreNew",
    "DisallowStartIfOnBatteries": "false",
    "StopIfGoingOnBatteries": "false",
    "StartWhenAvailable": "true",
    "ExecutionTimeLimit": f"PT{AT_MOST_HOURS}H",
}
