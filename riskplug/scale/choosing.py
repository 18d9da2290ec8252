"""The engine that a workspace names. Dask is imported only where it is the one."""

from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec

from riskplug.errors import Problem, UsageError
from riskplug.extend.host import PluginHost
from riskplug.scale.engine import LOCAL, Engine
from riskplug.state.snapshots import Snapshot
from riskplug.workspace import Workspace

_NEEDS = ("distributed", "cryptography")


def check_scale(workspace: Workspace) -> None:
    """UsageError where [scale] asks for what is not there: the packages of the extra, the files of TLS."""
    scale = workspace.scale
    if scale.engine == "local":
        return
    if any(find_spec(name) is None for name in _NEEDS):
        raise UsageError(
            'engine = "dask" needs packages that are not installed',
            workspace.place("scale", "engine"),
            'run `pip install "riskplug[dask]"`, or take the line out',
        )
    named = {"tls_ca": scale.tls_ca, "tls_cert": scale.tls_cert, "tls_key": scale.tls_key}
    problems = [
        Problem(f"no file {path}", workspace.place("scale", name), "name the PEM file", "no-file")
        for name, path in named.items()
        if path is not None and not workspace.resolve(path).is_file()
    ]
    if problems:
        raise UsageError.of(problems)


def said_of(workspace: Workspace) -> str:
    """One line on the engine, for people."""
    scale = workspace.scale
    if scale.engine == "local":
        return "engine local: one process"
    where = scale.scheduler or f"a cluster of its own, {scale.workers} processes on this host"
    return f"engine dask: {where}"


@contextmanager
def engine_of(workspace: Workspace, host: PluginHost, snapshot: Snapshot) -> Iterator[Engine]:
    """The engine for the scan of a snapshot, its workers checked and ready; gone when the block ends.

    UsageError where no worker can be had, or one computes with other code, plugins or law than this process.
    """
    if workspace.scale.engine == "local":
        yield LOCAL
        return
    check_scale(workspace)
    from riskplug.scale.workers import opened

    with opened(workspace, host, snapshot) as engine:
        yield engine
