"""docs/receivers.md says what the receivers take, and the receiver of docs/plugins.md works."""

import re
import tomllib
from pathlib import Path
from typing import Any

import pytest
from digests import KEY, delivery
from listener import Listener

from riskplug.extend.host import Choice, PluginHost
from riskplug.extend.protocols import Delivery, Notifier
from riskplug.starter import start

DOCS = Path(__file__).parents[3] / "docs"
PAGE = (DOCS / "receivers.md").read_text(encoding="utf-8")
TABLES = ("email", "webhook", "alertmanager", "ticket")


def section(kind: str) -> str:
    found = re.search(rf"^## {kind}\n(.*?)(?=^## |\Z)", PAGE, re.MULTILINE | re.DOTALL)
    assert found
    return found[1]


@pytest.mark.parametrize("kind", TABLES)
def test_the_page_has_every_key_and_its_default(kind: str, kinds: dict[str, type[Notifier]]) -> None:
    rows = {
        name: row.split("|")[2]
        for row in re.findall(r"^\| `.*$", section(kind), re.MULTILINE)
        for name in re.findall(r"`(\w+)`", row.split("|")[1])
    }
    fields = kinds[kind].Options.model_fields
    assert set(fields) <= set(rows)
    for name, field in fields.items():
        if isinstance(field.default, str | int | float) and not isinstance(field.default, bool):
            written = f'"{field.default}"' if isinstance(field.default, str) else f"{field.default:g}"
            assert f"`{written}`" in rows[name], name


def test_the_page_has_a_row_and_a_section_for_every_kind(kinds: dict[str, type[Notifier]]) -> None:
    assert sorted(re.findall(r"^\| \[`(\w+)`\]", PAGE, re.MULTILINE)) == sorted(kinds)


@pytest.mark.parametrize("written", re.findall(r"```toml\n(.*?)```", PAGE, re.DOTALL))
def test_the_settings_of_the_page_are_right(written: str, kinds: dict[str, type[Notifier]]) -> None:
    for receiver in tomllib.loads(written)["receivers"].values():
        kind = kinds[receiver.pop("kind")]
        kind(kind.Options.model_validate(receiver))


def test_the_mail_receiver_that_init_suggests_is_right(tmp_path: Path, kinds: dict[str, type[Notifier]]) -> None:
    start(tmp_path / "plant")
    text = (tmp_path / "plant" / "riskplug.toml").read_text(encoding="utf-8")
    found = re.search(r"# \[receivers\.buyers\].*?(?=\n\n)", text, re.DOTALL)
    assert found
    receiver = tomllib.loads(re.sub(r"^# ", "", found[0], flags=re.MULTILINE))["receivers"]["buyers"]
    kind = kinds[receiver.pop("kind")]
    kind(kind.Options.model_validate(receiver))


def test_the_receiver_of_the_page_works(tmp_path: Path, web: Listener) -> None:
    blocks = re.findall(r"```python\n(.*?)```", (DOCS / "plugins.md").read_text(encoding="utf-8"), re.DOTALL)
    (tmp_path / "pushing.py").write_text(next(block for block in blocks if "PushNotifier" in block))
    host = PluginHost.load(Choice(folders=(tmp_path,)))
    kind: Any = host.notifiers()["push"]
    assert host.faults == []
    push = kind(kind.Options.model_validate({"url": web.url, "token": {"env": "CANARY"}}))
    assert push.send(delivery(push), timeout=5).outcome == "delivered"
    assert push.send(Delivery(KEY, {"text": "x" * 50_000}), timeout=5).outcome == "delivered"
    assert b"14 days left" in web.got[0].body and len(web.got[1].body) <= 4_002


@pytest.mark.parametrize("program", ["prometheus-alertmanager"])
def test_the_tests_have_their_programs(program: str) -> None:
    run = (DOCS.parent / ".ci" / "run").read_text(encoding="utf-8")
    checked, installed = run.split("apt-get install")
    assert program in checked and program in installed
