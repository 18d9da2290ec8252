"""The engine that lets Dask distributed work: a cluster of processes on this host, or one that is there already."""

import logging
import secrets
import tempfile
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import CancelledError
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import Any, TypeVar

import dask
from distributed import Client, LocalCluster, Security
from distributed.scheduler import KilledWorker

from riskplug.errors import Problem, RiskplugError, UsageError, WorkFailed
from riskplug.extend.host import PluginHost
from riskplug.scale.fingerprint import fingerprint
from riskplug.scale.placing import placed
from riskplug.scale.shipping import There, pack
from riskplug.scale.work import Scan, shown, worked
from riskplug.state.snapshots import Snapshot
from riskplug.workspace import ScaleSettings, Workspace

S = TypeVar("S")
T = TypeVar("T")
R = TypeVar("R")

TRIES = 3
MOST_LOSSES = 12
_LOG = logging.getLogger(__name__)
_PATIENCE = "60s"
# A process in the place of a dead one starts slowly where the host is busy.
_COMING_BACK = 300
# Nothing of a scan goes to a disk beside the state; no page tells of it; a worker that dies is counted here, not there;
# what all workers were given stays with all of them.
_SETTINGS = {
    "distributed.worker.memory.target": False,
    "distributed.worker.memory.spill": False,
    "distributed.scheduler.allowed-failures": 0,
    "distributed.scheduler.active-memory-manager.start": False,
    "distributed.scheduler.http.routes": [],
    "distributed.worker.http.routes": [],
    "distributed.scheduler.preload": [],
    "distributed.worker.preload": [],
    "distributed.nanny.preload": [],
    "distributed.comm.timeouts.connect": "120s",
}


@contextmanager
def opened(workspace: Workspace, host: PluginHost, snapshot: Snapshot) -> Iterator["DaskEngine"]:
    """Workers for the scan of one snapshot; whatever was started is ended with the block."""
    scale = workspace.scale
    with ExitStack() as stack:
        stack.enter_context(dask.config.set(_SETTINGS))
        _hand_on_logs()
        client = stack.enter_context(_client(workspace, scale, stack))
        place = stack.enter_context(placed(workspace, snapshot))
        scan = Scan(secrets.token_hex(8), workspace, host.choice, place, fingerprint(workspace, host))
        _refuse_other_workers(client, scan, workspace)
        yield DaskEngine(client, scan, There(snapshot.validated.tables, host), _own(scale))


def _hand_on_logs() -> None:
    """What Dask logs goes where other libraries' logs go, not to stderr beside it."""
    for name in ("distributed", "distributed.client", "tornado", "tornado.application", "bokeh"):
        logging.getLogger(name).handlers.clear()
        logging.getLogger(name).propagate = True


def _own(scale: ScaleSettings) -> bool:
    return scale.scheduler is None


def _client(workspace: Workspace, scale: ScaleSettings, stack: ExitStack) -> Client:
    where = workspace.place("scale", "scheduler")
    if _own(scale):
        cluster = stack.enter_context(_cluster(scale, stack.enter_context(tempfile.TemporaryDirectory())))
        return Client(cluster, set_as_default=False, direct_to_workers=True)
    try:
        client = Client(scale.scheduler, security=_security(workspace), set_as_default=False, timeout=_PATIENCE)
    except OSError as error:
        what = f"no Dask scheduler answers at {scale.scheduler}: {error}"
        raise UsageError(what, where, "start it, or check address and certificates") from error
    try:
        client.wait_for_workers(1, timeout=_PATIENCE)
    except TimeoutError as error:
        client.close()
        what = f"the scheduler at {scale.scheduler} has no worker"
        raise UsageError(what, where, "start one: dask worker ADDRESS --tls-ca-file ...") from error
    return client


def _cluster(scale: ScaleSettings, scratch: str) -> LocalCluster:
    """Processes of this host that speak TLS on the loopback, with certificates that live as long as they do."""
    memory = f"{scale.memory_limit_mb}MB" if scale.memory_limit_mb else "auto"
    return LocalCluster(
        n_workers=scale.workers,
        threads_per_worker=1,
        processes=True,
        host="127.0.0.1",
        security=Security.temporary(),
        dashboard_address=None,
        scheduler_kwargs={"dashboard": False, "dashboard_address": "127.0.0.1:0"},
        memory_limit=memory,
        local_directory=scratch,
        silence_logs=logging.ERROR,
    )


def _security(workspace: Workspace) -> Security | None:
    scale = workspace.scale
    if not scale.tls_ca or not scale.tls_cert or not scale.tls_key:
        return None
    ca, cert, key = (str(workspace.resolve(path)) for path in (scale.tls_ca, scale.tls_cert, scale.tls_key))
    return Security(tls_ca_file=ca, tls_client_cert=cert, tls_client_key=key, require_encryption=True)


def _refuse_other_workers(client: Client, scan: Scan, workspace: Workspace) -> None:
    """UsageError naming every worker that would compute otherwise, and in what."""
    try:
        answers: dict[str, list[str]] = client.run(shown, scan)
    except Exception as error:
        what = f"workers cannot be asked what they compute with: {type(error).__name__}: {error}"
        fix = "install the same riskplug[dask] on every worker"
        raise UsageError(what, workspace.place("scale", "scheduler"), fix) from error
    found = [
        Problem(
            f"worker {address} computes otherwise: {'; '.join(said)}",
            workspace.place("scale", "scheduler"),
            "give every worker the same riskplug, plugins, packages and workspace, and restart it",
            "other-worker",
        )
        for address, said in sorted(answers.items())
        if said
    ]
    if found:
        raise UsageError.of(found)


@dataclass
class _Asked:
    """An item under way: what becomes of it is in ``future``; ``held``: the shared bytes it was asked with."""

    item: Any
    future: Any = None
    held: Any = None
    tries: int = 0
    losses: int = 0

    def counted(self, error: BaseException) -> bool:
        """Whether to ask again: data lost with a worker are not the item's own failure, but end some time too."""
        if isinstance(error, CancelledError):
            self.losses += 1
        else:
            self.tries += 1
        return self.tries < TRIES and self.losses < MOST_LOSSES


class DaskEngine:
    """Items as tasks; see `Engine`. What was lost with a worker is asked for again, TRIES times in all."""

    def __init__(self, client: Client, scan: Scan, there: There, direct: bool) -> None:
        self._client, self._scan, self._there, self._direct = client, scan, there, direct
        self._calls = 0

    apart = True

    @property
    def workers(self) -> int:
        return max(len(self._client.scheduler_info(n_workers=-1)["workers"]), 1)

    def each(
        self,
        stage: str,
        function: Callable[[S, T], R],
        items: Iterable[T],
        shared: S,
        failed: Callable[[T, WorkFailed], R] | None = None,
    ) -> Iterator[R]:
        self._calls += 1
        part = _Part(self, f"{stage} {self._calls}", stage, function, pack(shared, self._there))
        waiting: deque[_Asked] = deque()
        try:
            for item in items:
                waiting.append(part.asked(item))
                if len(waiting) >= 2 * self.workers:
                    yield part.answer(waiting.popleft(), failed)
            while waiting:
                yield part.answer(waiting.popleft(), failed)
        finally:
            for one in waiting:
                one.future.cancel()

    def hold(self, content: bytes) -> Any:
        """The bytes on every worker that there is; waits for one where all are gone."""
        try:
            self._client.wait_for_workers(1, timeout=_COMING_BACK)
            return self._client.scatter(content, broadcast=True, hash=False, direct=self._direct)
        except TimeoutError as error:
            raise WorkFailed("no worker is left", "[scale]", "look why they die, and scan again") from error

    def submit(self, name: str, held: Any, function: Callable[..., Any], item: Any) -> Any:
        return self._client.submit(worked, self._scan, name, held, function, item, pure=False)


@dataclass
class _Part:
    """One call of `DaskEngine.each`."""

    engine: DaskEngine
    name: str
    stage: str
    function: Callable[[Any, Any], Any]
    content: bytes
    held: Any = None

    def asked(self, item: Any) -> _Asked:
        asked = _Asked(item)
        self._submit(asked)
        return asked

    def _submit(self, asked: _Asked) -> None:
        if self.held is None:
            self.held = self.engine.hold(self.content)
        asked.held = self.held
        asked.future = self.engine.submit(self.name, self.held, self.function, asked.item)

    def answer(self, asked: _Asked, failed: Callable[[Any, WorkFailed], Any] | None) -> Any:
        """The result of an item. RiskplugError as the function raises it; WorkFailed after TRIES of anything else."""
        while True:
            try:
                return asked.future.result()
            except RiskplugError:
                raise
            except (Exception, CancelledError) as error:
                if not asked.counted(error):
                    return self._given_up(asked, error, failed)
                _LOG.warning("stage %s: a task is asked for again after %s", self.stage, _worded(error))
                if self.held is asked.held and not isinstance(error, KilledWorker):
                    self.held = None
                self._submit(asked)

    def _given_up(self, asked: _Asked, error: BaseException, failed: Callable[[Any, WorkFailed], Any] | None) -> Any:
        what = f"stage {self.stage} failed {asked.tries or asked.losses} times on workers: {_worded(error)}"
        fix = _ADVICE if isinstance(error, KilledWorker) else 'scan with engine = "local" to see whether it fails there'
        gone = WorkFailed(what, "[scale]", fix)
        if failed is None:
            raise gone from error
        return failed(asked.item, gone)


_ADVICE = "a worker that is killed mostly wants memory: raise memory_limit_mb, or start fewer workers"


def _worded(error: BaseException) -> str:
    if isinstance(error, KilledWorker):
        return "the death of its worker"
    if isinstance(error, CancelledError):
        return "the loss of what a worker held"
    return f"{type(error).__name__}: {error}"
