"""For tests of plugins: a small company, a Slack-shaped server, conformance classes, the tests that rules carry.

Each name is imported when it is first asked for. The fixtures are there in every pytest that runs where riskplug is
installed: see docs/plugin-tests.md.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from riskplug.testing.cases import digest_of, read_case, table_of
    from riskplug.testing.company import sample_facts, sample_tables
    from riskplug.testing.digests import sample_digests
    from riskplug.testing.hosting import host_of, offered_by
    from riskplug.testing.http_server import HttpServer
    from riskplug.testing.rules import rule_cases, rule_failures
    from riskplug.testing.slack_server import SlackServer

__all__ = [
    "HttpServer",
    "SlackServer",
    "digest_of",
    "host_of",
    "offered_by",
    "read_case",
    "rule_cases",
    "rule_failures",
    "sample_digests",
    "sample_facts",
    "sample_tables",
    "table_of",
]

_HOMES = {
    "HttpServer": "http_server",
    "SlackServer": "slack_server",
    "digest_of": "cases",
    "host_of": "hosting",
    "offered_by": "hosting",
    "read_case": "cases",
    "rule_cases": "rules",
    "rule_failures": "rules",
    "sample_digests": "digests",
    "sample_facts": "company",
    "sample_tables": "company",
    "table_of": "cases",
}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"riskplug.testing has no {name!r}", name=name)
    return getattr(import_module(f"riskplug.testing.{_HOMES[name]}"), name)


def __dir__() -> list[str]:
    return list(__all__)
