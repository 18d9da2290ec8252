"""[scale] engine = "dask": real worker processes, TLS, workers killed in the middle; the same bits as one process."""

import json
import operator
import os
import signal
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from copy import deepcopy
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import dask
import psutil
import pytest
from chains import SampleScan
from command import Folder
from distributed import Client, LocalCluster
from small_company import NIGHT, small_company, table

from riskplug import workspace as settings
from riskplug.cli.options import open_plugins
from riskplug.errors import UsageError, WorkFailed
from riskplug.extend.host import Choice, PluginHost
from riskplug.model import ScanRecord
from riskplug.report import scan_document
from riskplug.scale import Engine, engine_of, families, workers
from riskplug.scale.fingerprint import fingerprint
from riskplug.scan import Options, run
from riskplug.workspace import ScaleSettings, Site, Workspace, WorkspaceSettings
from tests.frozen import frozen
from tests.system.certificates import Pair, certificates

# Workers start slowly where other tests run beside them.
pytestmark = pytest.mark.timeout(900)
SCENARIOS = """\
schema: riskplug.scenarios/1
scenarios:
  - id: more
    title: a fifth more is sold
    overlays: [{ kind: demand, change_pct: 20 }]
  - id: lost
    title: the supplier is lost
    overlays: [{ kind: supplier_lost, supplier: V-1 }]
"""
MAPPER = '''\
"""A content mapper: bismuth in every magnet."""

import pandas as pd

from riskplug.extend import hookimpl

riskplug_api = 1


class Bismuth:
    """A tenth of a gram of bismuth in every magnet."""

    kind = "bismuth"

    def map_content(self, parts, context):
        magnets = parts.loc[parts["part_no"].astype("str").str.startswith("M-"), "part_no"].astype("str")
        rows = pd.DataFrame({"part_no": magnets, "material": "Bi", "form": "magnet", "mass_g_typ": 0.1})
        rows = rows.assign(mass_g_min=0.1, mass_g_max=0.1, probability=1.0, evidence="certificate", source="test")
        return rows.assign(date=pd.Timestamp(context.business_date))


@hookimpl
def riskplug_content_mappers():
    return [Bismuth]
'''


@pytest.fixture(scope="module")
def company(tmp_path_factory: pytest.TempPathFactory) -> Folder:
    """The small company with consumption that varies, receipts that come late, two scenarios and a mapper."""
    folder = small_company(tmp_path_factory.mktemp("company") / "a company")
    folder.replace("riskplug.toml", "[rules]", '[scenarios]\npaths = ["scenarios.yaml"]\n\n[rules]')
    folder.write("scenarios.yaml", SCENARIOS)
    folder.write("plugins/bismuth.py", MAPPER)
    days = [NIGHT - timedelta(days=7 * week) for week in range(1, 53)]
    used = [f"M-{n},{day},{8 + (week * n) % 5},pc" for n in (1, 2, 3) for week, day in enumerate(days)]
    table(folder, "consumption", "part_no,date,quantity,unit", used)
    orders = folder.path / "exports" / "purchase_orders.csv"
    orders.write_text(orders.read_text("utf-8") + "PO-9,1,M-2,V-2,36,pc,2025-06-02,JP\n", encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def pair(tmp_path_factory: pytest.TempPathFactory) -> Pair:
    return certificates(tmp_path_factory.mktemp("tls"))


@pytest.fixture(scope="module")
def cluster(pair: Pair, tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalCluster]:
    """A cluster as somebody else would start it: two worker processes, TLS on both sides."""
    with (
        dask.config.set(
            {
                "distributed.scheduler.allowed-failures": 0,
                "distributed.scheduler.http.routes": [],
                "distributed.comm.timeouts.connect": "120s",
            }
        ),
        LocalCluster(
            n_workers=2,
            threads_per_worker=1,
            host="127.0.0.1",
            security=pair.security(),
            dashboard_address=None,
            scheduler_kwargs={"dashboard": False, "dashboard_address": "127.0.0.1:0"},
            local_directory=str(tmp_path_factory.mktemp("scratch")),
        ) as made,
    ):
        yield made


def there(cluster: LocalCluster, pair: Pair, **more: Any) -> ScaleSettings:
    """[scale] of a workspace that uses the cluster."""
    return ScaleSettings(
        engine="dask",
        scheduler=cluster.scheduler_address,
        tls_ca=pair.ca,
        tls_cert=pair.cert,
        tls_key=pair.key,
        **more,
    )


def scanned(
    folder: Path, scale: ScaleSettings | None = None, starting: Callable[[str], None] = lambda name: None
) -> ScanRecord:
    opened = settings.load(folder)
    changed = opened.model_copy(update={"scale": scale}) if scale else opened
    options = Options(dry_run=True)
    return run(changed, open_plugins(opened), options, clock=lambda: datetime.now(UTC), starting=starting)


def told(record: ScanRecord) -> dict[str, str]:
    """The parts of scan.json as text, without the times of day and how long something took."""
    document = scan_document(record)
    for one in (*document["scenarios"], *document["rules"]):
        one.pop("seconds")
        one.pop("share_pct", None)
    return {name: json.dumps(part, default=str) for name, part in document.items() if name != "scan"}


@pytest.fixture(scope="module")
def alone(company: Folder) -> dict[str, str]:
    """What one process says of the company."""
    record = scanned(company.path)
    assert [one.fault for one in record.scenarios] == ["", ""]
    assert (record.facts["part"]["chance_method"] == "simulated").any()
    assert (record.facts["content"]["material"] == "Bi").any()
    assert record.facts["disruption"]["computed"].sum() >= 3
    return told(record)


def test_workers_say_what_one_process_says_though_they_are_killed(
    company: Folder,
    alone: dict[str, str],
    cluster: LocalCluster,
    pair: Pair,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(families, "PARTS_PER_TASK", 2)
    shared = tmp_path / "shared by all"
    scale = there(cluster, pair, snapshot_url=shared.as_uri())
    with killing(cluster, pair) as kill:
        record = scanned(company.path, scale, lambda stage: kill(stage, {"content": 1, "scenarios": 2}))
    assert kill.killed == {"content": 1, "scenarios": 2}
    assert told(record) == alone
    assert record.degraded == ()
    assert list(shared.iterdir()) == []


def test_the_sample_says_the_same_on_workers(
    sample_scan: SampleScan, cluster: LocalCluster, pair: Pair, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(families, "PARTS_PER_TASK", 1)
    record = scanned(Folder.sample(tmp_path / "sample").path, there(cluster, pair))
    expected, found = deepcopy(sample_scan.document), json.loads(json.dumps(scan_document(record), default=str))
    for one in (*expected["scenarios"], *found["scenarios"]):
        one["seconds"] = 0
    for name in ("facts", "findings", "undetermined", "measures", "on_trial", "scenarios", "degraded"):
        assert json.dumps(found[name]) == json.dumps(expected[name]), name


@pytest.fixture
def engine(cluster: LocalCluster, pair: Pair, tmp_path: Path) -> Iterator[Engine]:
    """The engine over a snapshot of next to nothing."""
    with engine_of(bare(tmp_path, there(cluster, pair)), BARE_HOST, frozen(tmp_path / "snapshot")) as made:
        yield made


BARE_HOST = PluginHost.load(Choice(none=True))


def bare(folder: Path, scale: ScaleSettings) -> Workspace:
    (folder / "riskplug.toml").write_text('[scale]\nengine = "dask"\nscheduler = "there"\n', encoding="utf-8")
    sites, named = {"S1": Site(country="DE")}, WorkspaceSettings(name="Bare")
    return Workspace(root=folder, workspace=named, sites=sites, sources={}, scale=scale)


def test_results_come_in_the_order_of_the_items(engine: Engine) -> None:
    assert list(engine.each("any", operator.sub, range(20), 100)) == [100 - n for n in range(20)]


def test_who_stops_early_leaves_no_work_behind(engine: Engine) -> None:
    items = iter(range(10_000))
    answers = engine.each("any", operator.add, items, 1)
    assert [next(answers), next(answers)] == [1, 2]
    del answers
    assert next(items) < 20


def test_what_fails_three_times_is_told_with_stage_and_cause(engine: Engine) -> None:
    with pytest.raises(WorkFailed, match="stage shares failed 3 times on workers: ZeroDivisionError: "):
        list(engine.each("shares", operator.floordiv, [1, 0, 2], 10))
    stood_in = list(engine.each("shares", operator.floordiv, [1, 0, 2], 10, lambda item, error: error.exit_code))
    assert stood_in == [10, 2, 5]


def test_what_riskplug_refuses_is_refused_at_once_in_its_own_words(engine: Engine, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"no riskplug\.toml"):
        list(engine.each("any", operator.call, [tmp_path / "nowhere"], settings.load))


def test_what_kills_every_worker_ends_with_words(engine: Engine) -> None:
    with pytest.raises(WorkFailed, match=r"(?s)stage any failed 3 times on workers: the death of its worker.*memory"):
        list(engine.each("any", operator.call, [1], os._exit))
    assert list(engine.each("any", operator.add, [1], 1)) == [2]


def test_a_worker_that_computes_otherwise_is_refused_before_any_task(
    cluster: LocalCluster, pair: Pair, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cluster.scale(2)  # tests before this one kill workers, and not every one comes back by itself
    cluster.wait_for_workers(2, timeout=240)
    ours = fingerprint(bare(tmp_path, ScaleSettings()), BARE_HOST)
    monkeypatch.setattr(workers, "fingerprint", lambda *_: {**ours, "numpy": "1.0", "code sha256": "0"})
    with (
        pytest.raises(UsageError) as refused,
        engine_of(bare(tmp_path, there(cluster, pair)), BARE_HOST, frozen(tmp_path / "snapshot")),
    ):
        pass
    said = [problem.what for problem in refused.value.problems]
    addresses = cluster.scheduler_info["workers"]
    assert len(said) == len(addresses) == 2
    assert all(
        f"worker {address} computes otherwise: other riskplug's own code; numpy is" in " ".join(said)
        for address in addresses
    )
    assert refused.value.problems[0].place == (str(tmp_path / "riskplug.toml"), 3, None)


def test_nobody_without_a_certificate_of_the_authority_gets_in(cluster: LocalCluster, tmp_path: Path) -> None:
    stranger = certificates(tmp_path)
    with (
        pytest.raises(UsageError, match=r"no Dask scheduler answers at tls://127\."),
        engine_of(bare(tmp_path, there(cluster, stranger)), BARE_HOST, frozen(tmp_path / "snapshot")),
    ):
        pass


def test_processes_of_its_own_listen_on_the_loopback_alone_and_end_with_the_scan(tmp_path: Path) -> None:
    before = set(psutil.Process().children(recursive=True))
    listening = {port for _, port in listeners([psutil.Process(), *before])}
    scale = ScaleSettings(engine="dask", workers=1)
    with engine_of(bare(tmp_path, scale), BARE_HOST, frozen(tmp_path / "snapshot")) as engine:
        assert list(engine.each("any", operator.add, [1, 2], 1)) == [2, 3]
        own = set(psutil.Process().children(recursive=True)) - before
        opened = [(host, port) for host, port in listeners([psutil.Process(), *own]) if port not in listening]
        assert len(opened) >= 3
        assert {host for host, _ in opened} == {"127.0.0.1"}
        # the port of pages, of which there are none, waits for a line in plain text
        for _, port in opened:
            with pytest.raises((ssl.SSLError, ConnectionError, TimeoutError)):
                knock(port)
    assert [child for child in own if child.is_running() and "spawn_main" in " ".join(child.cmdline())] == []


def knock(port: int) -> bytes:
    """What a stranger hears who speaks TLS and has no certificate."""
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    with socket.create_connection(("127.0.0.1", port), timeout=2) as plain, context.wrap_socket(plain) as secured:
        return secured.recv(1)


def listeners(processes: Iterable[psutil.Process]) -> list[tuple[str, int]]:
    """Address and port of every socket that the processes listen on."""
    return [
        (found.laddr.ip, found.laddr.port)
        for process in processes
        for found in process.net_connections("tcp")
        if found.status == psutil.CONN_LISTEN
    ]


class Killing:
    """Kills workers while they work: as many as are asked for, from the moment that a stage has begun."""

    def __init__(self, client: Client) -> None:
        self.client = client
        self.killed: dict[str, int] = {}
        self._threads: list[threading.Thread] = []

    def __call__(self, stage: str, wanted: dict[str, int]) -> None:
        if stage in wanted:
            thread = threading.Thread(target=self._kill, args=(stage, wanted[stage]))
            self._threads.append(thread)
            thread.start()

    def _kill(self, stage: str, most: int) -> None:
        for _ in range(600):
            busy = [address for address, tasks in self.client.processing().items() if tasks]
            if len(busy) >= most:
                break
            time.sleep(0.05)
        for pid in self.client.run(os.getpid, workers=busy[:most], on_error="ignore").values():
            os.kill(pid, signal.SIGKILL)
            self.killed[stage] = self.killed.get(stage, 0) + 1

    def join(self) -> None:
        for thread in self._threads:
            thread.join(timeout=60)


@contextmanager
def killing(cluster: LocalCluster, pair: Pair) -> Iterator[Killing]:
    with Client(cluster.scheduler_address, security=pair.security(), set_as_default=False) as client:
        kill = Killing(client)
        try:
            yield kill
        finally:
            kill.join()
