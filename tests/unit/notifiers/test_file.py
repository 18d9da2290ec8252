"""The file receiver: what was written today stays, and yesterday goes."""

from pathlib import Path
from typing import Any

import pytest

from riskplug.extend.host import Choice, PluginHost
from riskplug.extend.protocols import Delivery, Notifier


@pytest.fixture
def written(tmp_path: Path) -> Any:
    kind = PluginHost.load(Choice()).notifiers()["file"]
    notifier: Notifier = kind(kind.Options.model_validate({"path": tmp_path / "digest.txt"}))

    def write(*texts: str) -> str:
        for n, text in enumerate(texts):
            assert notifier.send(Delivery(str(n), {"text": text}), timeout=1).outcome == "delivered"
        return (tmp_path / "digest.txt").read_text(encoding="utf-8")

    return write


def test_a_second_message_of_the_date_stands_below_the_first_and_the_next_date_begins_anew(written: Any) -> None:
    own, fallback, next_day = (
        "Sample, 2025-04-28\nours\n",
        "Sample, 2025-04-28\nfor chat\n",
        "Sample, 2025-04-29\nnew\n",
    )
    assert written(own, fallback, own) == f"{own}\n{fallback}"
    assert written(next_day) == next_day
