"""What plugin authors may import from one place: kept by name, imported only when asked for."""

import subprocess
import sys

import pytest

from riskplug import extend

NAMES = [
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


def test_the_names_are_these_and_sorted() -> None:
    assert extend.__all__ == NAMES == sorted(NAMES) == dir(extend)


@pytest.mark.parametrize("name", NAMES)
def test_every_name_is_there_and_says_what_it_is(name: str) -> None:
    found = getattr(extend, name)
    assert found is getattr(extend, name)
    if isinstance(found, type) or (callable(found) and hasattr(found, "__name__")):
        assert (found.__doc__ or "").strip()


def test_a_misspelt_name_gets_a_suggestion() -> None:
    with pytest.raises(AttributeError, match=r"has no 'hookimp'; did you mean 'hookimpl'\?"):
        _ = extend.hookimp
    with pytest.raises(ImportError):
        exec("from riskplug.extend import Notifer")


def test_marking_a_hook_imports_next_to_nothing() -> None:
    code = (
        "import sys; from riskplug.extend import hookimpl; print(*{'pandas', 'numpy', 'pydantic'} & set(sys.modules))"
    )
    ran = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    assert ran.stdout.strip() == ""
