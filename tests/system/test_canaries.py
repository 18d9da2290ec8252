"""No secret comes out: every kind of secret has a value that can be found, and everything a scan leaves is searched."""

import traceback
from collections.abc import Iterable, Iterator
from pathlib import Path
from urllib.parse import quote

import pandas as pd
import pytest
import sqlalchemy as sa
from command import Folder, Ran
from small_company import STOCK, small_company

from riskplug.state.engine import make_engine, state_url
from tests.servers import postgresql
from tests.watchers import Watcher, says, watcher

CANARY = "CANARY"
SECRETS = {
    "STATE_PASSWORD": "CANARY-state%2Fp4ss",
    "SLACK": "xoxb-CANARY-slack-1",
    "SMTP": "CANARY-smtp-1",
    "HOOK": "CANARY-hook-key-1",
    "HOOK_TOKEN": "CANARY-hook-address-1",
    "PING_TOKEN": "CANARY-ping-1",
    "SOURCE_PASSWORD": "CANARY-source-1",
    "HASH": "CANARY-hash-key-1",
    "ODD_TOKEN": "CANARY-odd-address-1",
}
# Plugins and rules that have no secret and make no kind of output of their own; the others make the same outputs.
LEFT_OUT = (
    "alertmanager apprise_notifier business_central console dynamics erpnext frepple inventree odoo oracle plm "
    "plm_evidence screening teams ticket"
)

SETTINGS = """
[state]
url = {{ env = "STATE_URL" }}

[sources.warehouse]
profile = "warehouse.yaml"
url = {{ env = "SOURCE_URL" }}
site = "S1"

[watch]
metrics_file = "out/riskplug.prom"
lineage_file = "out/lineage.ndjson"
ping_url = {{ env = "PING_URL" }}

[receivers.chat]
kind = "slack"
channel = "C012345678"
token = {{ env = "SLACK" }}
base_url = "{base}/api/"
redact = {{ part_numbers = "hashed", key = {{ env = "HASH" }} }}

[receivers.mail]
kind = "email"
host = "127.0.0.1"
port = 1
tls = "starttls"
user = "riskplug"
password = {{ env = "SMTP" }}
sender = "riskplug@small.example"
to = ["desk@small.example"]

[receivers.hook]
kind = "webhook"
url = {{ env = "HOOK_URL" }}
secret = {{ env = "HOOK" }}

[receivers.odd]
kind = "webhook"
url = {{ env = "ODD_URL" }}
secret = {{ env = "HOOK" }}

[receivers.broken]
kind = "tells-all"
token = {{ env = "SLACK" }}

[[routes]]
receivers = ["chat", "mail", "hook", "odd", "broken"]
"""

WAREHOUSE = """
name: warehouse
reader: sql
tables:
  suppliers: {table: lfa1, columns: {supplier: lifnr, name: name1}}
"""

TELLS_ALL = '''
"""A notifier that does everything wrong: its words, warnings, logs and prints repeat its token."""
import logging
import sys
import warnings
from pydantic import BaseModel
from riskplug.extend import hookimpl
from riskplug.extend.protocols import Capabilities, Limits, Receipt
from riskplug.secrets import SecretRef


class Options(BaseModel):
    """``token``: what it tells all the world."""

    token: SecretRef


class TellsAll:
    """Repeats its token wherever it can."""

    kind = "tells-all"
    Options = Options
    limits = Limits()
    capabilities = Capabilities()

    def __init__(self, options, /):
        self.token = options.token.resolve().get_secret_value()
        self.tried = 0

    def render(self, digest):
        return {"text": "x"}

    def send(self, delivery, *, timeout):
        warnings.warn("about " + self.token)
        logging.getLogger("tells.all").error("sending with %s", self.token)
        if self.tried:
            return Receipt("rejected", "no such token " + self.token)
        self.tried += 1
        raise RuntimeError("template failed at " + repr({"token": self.token}))

    def find(self, delivery, *, timeout):
        return None


@hookimpl
def riskplug_notifiers():
    return [TellsAll]
'''


def company(path: Path, base: str) -> Folder:
    folder = small_company(path)
    folder.write("riskplug.toml", folder.toml.read_text(encoding="utf-8") + SETTINGS.format(base=base))
    folder.replace("riskplug.toml", 'paths = ["plugins"]', f'paths = ["plugins"]\ndisable = {LEFT_OUT.split()}')
    folder.write("plugins/tells_all.py", TELLS_ALL)
    folder.write("warehouse.yaml", WAREHOUSE)
    (path / "out").mkdir()
    return folder


def everything(folder: Folder, ran: Ran) -> Iterator[tuple[str, str]]:
    """What a scan said, and every file below its workspace but those that people wrote, as text."""
    yield from (("stdout", ran.out), ("stderr", ran.err))
    for path in sorted(folder.path.rglob("*")):
        name = str(path.relative_to(folder.path))
        if path.is_dir() or name.startswith(("plugins/", "exports/", "rules/")):
            continue
        if path.suffix == ".parquet":
            yield name, pd.read_parquet(path).to_json(default_handler=str, date_format="iso") or ""
        else:
            yield name, path.read_bytes().decode("utf-8", "replace")


def _text(value: object) -> str:
    return bytes(value).decode("utf-8", "replace") if isinstance(value, memoryview | bytes) else repr(value)


def kept(url: str) -> Iterator[tuple[str, str]]:
    """Every row of a state database."""
    engine = sa.create_engine(url)
    with engine.connect() as connection:
        for table in sa.inspect(connection).get_table_names():
            rows = connection.execute(sa.text(f'SELECT * FROM "{table}"')).all()
            yield f"table {table}", "\n".join(" ".join(map(_text, row)) for row in rows)
    engine.dispose()


def exposed(folder: Folder) -> list[str]:
    """Files of the scan that others can read: open themselves, with every folder of the scan around them."""
    return [
        str(path.relative_to(folder.path))
        for path in folder.state.rglob("*")
        if path.is_file()
        and all(part.stat().st_mode & 0o077 for part in (path, *path.parents) if part.is_relative_to(folder.state))
    ]


def leaks(found: Iterable[tuple[str, str]]) -> list[str]:
    """Where a canary sings, with a few letters around it."""
    return [f"{name}: {text[max(0, at - 60) : at + 30]}" for name, text in found if (at := text.find(CANARY)) >= 0]


def environment(base: str, state: str) -> dict[str, str]:
    return {
        **SECRETS,
        "STATE_URL": state,
        "SOURCE_URL": f"postgresql://reader:{SECRETS['SOURCE_PASSWORD']}@127.0.0.1:1/erp",
        "PING_URL": f"{base}/ping/{SECRETS['PING_TOKEN']}",
        "HOOK_URL": f"{base}/hook/{SECRETS['HOOK_TOKEN']}",
        "ODD_URL": f"ftp://127.0.0.1/{SECRETS['ODD_TOKEN']}/x",
    }


def bodies(server: Watcher) -> Iterator[tuple[str, str]]:
    """What receivers and the ping address were told; the paths are theirs to know."""
    for method, path, body in server.asked:
        yield f"{method} {path.replace(CANARY, '***')}", body


def own_database(name: str) -> str:
    """A database of its own in the test server, under a user whose password nobody checks."""
    admin = sa.create_engine(postgresql(), isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        connection.execute(sa.text(f"DROP DATABASE IF EXISTS {name}"))
        connection.execute(sa.text(f"CREATE DATABASE {name}"))
    admin.dispose()
    user = sa.make_url(postgresql()).username
    host = quote(str(sa.make_url(postgresql()).query["host"]), safe="")
    return f"postgresql+psycopg://{user}:{SECRETS['STATE_PASSWORD']}@/{name}?host={host}"


def test_a_night_on_which_all_receivers_and_a_source_fail_tells_no_secret(tmp_path: Path) -> None:
    state = own_database("canaries")
    answer = f"no {SECRETS['HOOK_TOKEN']} {SECRETS['PING_TOKEN']} {SECRETS['SLACK']}".encode()
    with watcher(says(500, answer)) as server:
        base = server.url.split("/ping/")[0]
        folder = company(tmp_path, base)
        env = environment(base, state)
        ran = folder.run("scan", "--fresh", env=env)
        assert ran.code == 4, ran.err
        words = ("--format", "json", "--findings", "out/findings.ndjson", "--log-format", "plain")
        again = folder.run("scan", *words, env=env)
        paths = set(server.paths)
    # everybody was asked, with the secrets that they are to know
    assert any(path.startswith(f"/ping/{SECRETS['PING_TOKEN']}") for path in paths)
    assert f"/hook/{SECRETS['HOOK_TOKEN']}" in paths and any(path.startswith("/api/") for path in paths)
    assert "template failed at" in ran.err + ran.out and "sending with ***" in ran.err
    assert "must be https" in ran.err + ran.out
    found = [*everything(folder, ran), *everything(folder, again), *kept(state), *bodies(server)]
    names = {name for name, _ in found}
    assert {"out/riskplug.prom", ".riskplug/brief.html", "out/findings.ndjson", "table outbox"} <= names
    assert any(name.endswith("run.json") for name in names)
    assert leaks(found) == [] and exposed(folder) == []
    # the part numbers are hashed for the chat, and for nobody else
    told = {place: [body for name, body in bodies(server) if place in name] for place in ("/api/", "/hook/")}
    assert [part for part in STOCK for body in told["/api/"] if part in body] == []
    assert any("part-" in body for body in told["/api/"]) and any("M-2" in body for body in told["/hook/"])


def test_a_state_that_is_down_tells_no_secret(tmp_path: Path) -> None:
    with watcher() as server:
        base = server.url.split("/ping/")[0]
        folder = company(tmp_path, base)
        state = f"postgresql://riskplug:{SECRETS['STATE_PASSWORD']}@127.0.0.1:1/state"
        for words in ((), ("--log-format", "json")):
            ran = folder.run("scan", *words, env=environment(base, state))
            assert ran.code == 11
            assert "cannot be reached" in ran.err
            assert leaks(everything(folder, ran)) == []
    assert [path for path in server.paths if path.endswith("/11")] and leaks(bodies(server)) == []


def test_an_address_of_the_state_that_means_nothing_tells_no_secret(tmp_path: Path) -> None:
    with watcher() as server:
        base = server.url.split("/ping/")[0]
        folder = company(tmp_path, base)
        ran = folder.run("scan", env=environment(base, f"{SECRETS['STATE_PASSWORD']} is no address"))
    assert ran.code == 2, ran.err
    assert leaks([*everything(folder, ran), *bodies(server)]) == []


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_an_error_of_the_state_repeats_no_value(tmp_path: Path, kind: str) -> None:
    url = "sqlite:///state.db" if kind == "sqlite" else own_database("canary_errors")
    engine, value = make_engine(state_url(url, tmp_path)), SECRETS["HASH"]
    with engine.connect() as connection, pytest.raises(sa.exc.SQLAlchemyError) as failed:
        connection.execute(sa.text("SELECT * FROM nowhere WHERE part = :part"), {"part": value})
    engine.dispose()
    said = "".join(traceback.format_exception(failed.value)) + repr(failed.value)
    assert "nowhere" in said and leaks([(kind, said)]) == []


def test_a_canary_would_be_heard(tmp_path: Path) -> None:
    pd.DataFrame({"a": ["x", SECRETS["SMTP"]]}).to_parquet(tmp_path / "a.parquet")
    (tmp_path / "b.bin").write_bytes(b"\xff" + SECRETS["SLACK"].encode())
    found = everything(Folder(tmp_path), Ran(0, SECRETS["HOOK"], ""))
    assert [leak.split(":")[0] for leak in leaks(found)] == ["stdout", "a.parquet", "b.bin"]
