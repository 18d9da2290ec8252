"""What every shipped receiver keeps to: the conformance of notifiers, and what is ours beside it."""

import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from benches import BENCHES, Bench
from digests import KEY, long

from riskplug.extend.protocols import Delivery, Notifier
from riskplug.testing.conformance import NotifierConformance
from tests.unit.notifiers.certificates import Certificate

# Apprise imports a module that Python 3.13 no longer has, and has a substitute for it there.
pytestmark = pytest.mark.filterwarnings("ignore:'imghdr' is deprecated:DeprecationWarning")
OURS = sorted(set(BENCHES) - {"console", "file", "slack", "slack_webhook"})
Made = Callable[..., Notifier]


class TestShippedReceivers(NotifierConformance):
    @pytest.fixture(params=BENCHES)
    def kind(self, request: pytest.FixtureRequest, kinds: dict[str, type[Notifier]]) -> str:
        self.offered = kinds[request.param]  # type: ignore[misc]
        return str(request.param)

    @pytest.fixture
    def bench(self, kind: str, this_host: Certificate, tmp_path: Path) -> Iterator[Bench]:
        with BENCHES[kind](this_host, tmp_path) as found:
            yield found


def test_every_shipped_kind_is_held_to_it(kinds: dict[str, type[Notifier]]) -> None:
    assert sorted(kinds) == sorted(BENCHES)


@pytest.mark.parametrize("kind", OURS)
def test_a_long_night_says_what_it_leaves_out(kind: str, made: Made, this_host: Certificate, tmp_path: Path) -> None:
    with BENCHES[kind](this_host, tmp_path) as bench:
        notifier = made(kind, **bench.options)
        payload = notifier.render(long())
        assert "more alerts: see the brief" in payload["text"] and "more remarks" in payload["text"]
        assert notifier.send(Delivery(KEY, payload), timeout=10).outcome == "delivered"


def test_loading_the_plugins_loads_no_network_and_none_of_what_others_bring() -> None:
    """A listing of plugins, and a scan that tells nobody, must not wait for it."""
    heavy = "{'apprise', 'slack_sdk', 'smtplib', 'ssl', 'urllib.request', 'http.client'}"
    code = (
        "import sys; from riskplug.extend.host import Choice, PluginHost; host = PluginHost.load(Choice());"
        f"assert not host.faults; print(sorted({heavy} & set(sys.modules)))"
    )
    ran = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    assert ran.stdout.strip() == "[]"
