"""What the Task Scheduler takes, written down from [MS-TSCH] sections 2.5.2 to 2.5.6 (taskType, triggerBaseType,
calendarTriggerType, dailyScheduleType, principalType, settingsType, execActionType); read 2026-11-30.

Only the elements that ours uses or is next to. A type that the source declares as ``xs:all`` takes any order.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from xml.etree.ElementTree import Element

DURATION = r"P(?!$)(\d+D)?(T(?=\d)(\d+H)?(\d+M)?(\d+S)?)?"
BOOLEAN = "true|false"


@dataclass(frozen=True)
class Kind:
    """``children``: what may stand inside, with what each holds; ``ordered``: an ``xs:sequence``."""

    children: dict[str, "Kind | str"]
    ordered: bool = False
    needs: tuple[str, ...] = ()
    attributes: frozenset[str] = frozenset()


TASK = Kind(
    {
        "RegistrationInfo": Kind(
            {name: ".*" for name in ("URI", "Source", "Date", "Author", "Version", "Description")}
        ),
        "Triggers": Kind(
            {
                "CalendarTrigger": Kind(
                    {
                        "Enabled": BOOLEAN,
                        "StartBoundary": r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(Z|[+-]\d\d:\d\d)?",
                        "EndBoundary": ".*",
                        "Repetition": ".*",
                        "ExecutionTimeLimit": DURATION,
                        "RandomDelay": DURATION,
                        "ScheduleByDay": Kind({"DaysInterval": r"[1-9]\d{0,2}"}),
                    },
                    ordered=True,
                    needs=("StartBoundary", "ScheduleByDay"),
                )
            }
        ),
        "Principals": Kind(
            {
                "Principal": Kind(
                    {
                        "UserId": ".+",
                        "LogonType": "S4U|Password|InteractiveToken|InteractiveTokenOrPassword",
                        "RunLevel": "LeastPrivilege|HighestAvailable",
                    },
                    attributes=frozenset({"id"}),
                )
            }
        ),
        "Settings": Kind(
            {
                "AllowStartOnDemand": BOOLEAN,
                "MultipleInstancesPolicy": "Parallel|Queue|IgnoreNew|StopExisting",
                "DisallowStartIfOnBatteries": BOOLEAN,
                "StopIfGoingOnBatteries": BOOLEAN,
                "AllowHardTerminate": BOOLEAN,
                "StartWhenAvailable": BOOLEAN,
                "RunOnlyIfNetworkAvailable": BOOLEAN,
                "WakeToRun": BOOLEAN,
                "Enabled": BOOLEAN,
                "Hidden": BOOLEAN,
                "ExecutionTimeLimit": DURATION,
                "Priority": "[0-9]|10",
            }
        ),
        "Actions": Kind(
            {"Exec": Kind({"Command": ".+", "Arguments": ".+", "WorkingDirectory": ".+"}, needs=("Command",))},
            attributes=frozenset({"Context"}),
        ),
    },
    needs=("Actions",),
    attributes=frozenset({"version"}),
)


def problems(element: Element, kind: "Kind | str", namespace: str) -> Iterator[str]:
    """Everything about an element, and below it, that the Task Scheduler would not take."""
    name = element.tag.removeprefix(f"{{{namespace}}}")
    if isinstance(kind, str):
        if not re.fullmatch(kind, element.text or ""):
            yield f"{name}: {element.text!r}"
        return
    found = [child.tag.removeprefix(f"{{{namespace}}}") for child in element]
    yield from (f"{name}: no attribute {word}" for word in element.attrib if word not in kind.attributes)
    yield from (f"{name}: no {word}" for word in kind.needs if word not in found)
    yield from (f"{name}: {word} is not known" for word in found if word not in kind.children)
    if len(set(found)) < len(found):
        yield f"{name}: something stands there twice"
    places = [list(kind.children).index(word) for word in found if word in kind.children]
    if kind.ordered and places != sorted(places):
        yield f"{name}: out of order: {found}"
    for child, word in zip(element, found, strict=True):
        if word in kind.children:
            yield from problems(child, kind.children[word], namespace)
