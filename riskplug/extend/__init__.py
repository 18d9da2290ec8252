"""The door for plugins: all that an author needs, under one name.

Mark hook implementations with ``hookimpl``; give classes that satisfy the protocols. Each name is imported when it is
first asked for, so that a plugin pays for what it uses.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from riskplug.catalogue import Fact
    from riskplug.errors import UsageError
    from riskplug.extend.hookspecs import ExpectationSpec
    from riskplug.extend.marker import API_VERSION, hookimpl
    from riskplug.extend.options import ReceiverOptions, Secret, Url, WebOptions, secret, url_of
    from riskplug.extend.protocols import (
        AlertDesk,
        AlternateFinder,
        Attachment,
        Capabilities,
        Command,
        ContentMapper,
        Delivery,
        Digest,
        DigestLine,
        Enricher,
        Installable,
        Limits,
        Listening,
        Notifier,
        Probed,
        ProbeStep,
        Receipt,
        ReportSection,
        Reshaper,
        RuleKind,
        ScanContext,
        Section,
        Source,
    )
    from riskplug.extend.web import Answer, Request, ask, receipt_of
    from riskplug.extend.wording import blotted, digest_text, every_line, line_text, remarks, shortened, visible
    from riskplug.model import Frames

__all__ = [
    "API_VERSION",
    "AlertDesk",
    "AlternateFinder",
    "Answer",
    "Attachment",
    "Capabilities",
    "Command",
    "ContentMapper",
    "Delivery",
    "Digest",
    "DigestLine",
    "Enricher",
    "ExpectationSpec",
    "Fact",
    "Frames",
    "Installable",
    "Limits",
    "Listening",
    "Notifier",
    "ProbeStep",
    "Probed",
    "Receipt",
    "ReceiverOptions",
    "ReportSection",
    "Request",
    "Reshaper",
    "RuleKind",
    "ScanContext",
    "Secret",
    "Section",
    "Source",
    "Url",
    "UsageError",
    "WebOptions",
    "ask",
    "blotted",
    "digest_text",
    "every_line",
    "hookimpl",
    "line_text",
    "receipt_of",
    "remarks",
    "secret",
    "shortened",
    "url_of",
    "visible",
]

_HOMES = {
    "riskplug.catalogue": ("Fact",),
    "riskplug.errors": ("UsageError",),
    "riskplug.extend.hookspecs": ("ExpectationSpec",),
    "riskplug.extend.marker": ("API_VERSION", "hookimpl"),
    "riskplug.extend.options": ("ReceiverOptions", "Secret", "Url", "WebOptions", "secret", "url_of"),
    "riskplug.extend.protocols": (
        "AlertDesk",
        "AlternateFinder",
        "Attachment",
        "Capabilities",
        "Command",
        "ContentMapper",
        "Delivery",
        "Digest",
        "DigestLine",
        "Enricher",
        "Installable",
        "Limits",
        "Listening",
        "Notifier",
        "ProbeStep",
        "Probed",
        "Receipt",
        "ReportSection",
        "Reshaper",
        "RuleKind",
        "ScanContext",
        "Section",
        "Source",
    ),
    "riskplug.extend.web": ("Answer", "Request", "ask", "receipt_of"),
    "riskplug.extend.wording": ("blotted", "digest_text", "every_line", "line_text", "remarks", "shortened", "visible"),
    "riskplug.model": ("Frames",),
}
_HOME = {name: module for module, names in _HOMES.items() for name in names}


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        from riskplug.errors import suggestion

        hint = suggestion(name, __all__)
        raise AttributeError(f"riskplug.extend has no {name!r}" + (f"; {hint}" if hint else ""), name=name)
    return getattr(import_module(_HOME[name]), name)


def __dir__() -> list[str]:
    return list(__all__)
