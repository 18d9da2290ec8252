"""Brings a snapshot to where workers can read it, and takes it away again."""

from collections.abc import Iterator
from contextlib import contextmanager

from pyarrow import fs
from pyarrow.lib import ArrowException

from riskplug.errors import UsageError
from riskplug.scale.shipping import Place, without_keys
from riskplug.state.snapshots import Snapshot
from riskplug.tables import TABLES
from riskplug.workspace import Workspace, secret_url


@contextmanager
def placed(workspace: Workspace, snapshot: Snapshot) -> Iterator[Place]:
    """The folder of the snapshot; with [scale] snapshot_url a copy of its tables there, as long as the block runs."""
    digests = {name: digest for name, digest in snapshot.manifest["parquet_sha256"].items() if name in TABLES}
    if workspace.scale.snapshot_url is None:
        yield Place(snapshot.path.resolve().as_uri(), digests)
        return
    url, where = secret_url(workspace.scale.snapshot_url), workspace.place("scale", "snapshot_url")
    copy = _below(url, f"{snapshot.business_date}-{snapshot.scan_id}")
    try:
        system, folder = fs.FileSystem.from_uri(copy)
        system.create_dir(folder, recursive=True)
        for name in (f"{table}.parquet" for table in digests):
            fs.copy_files(str(snapshot.path / name), f"{folder}/{name}", fs.LocalFileSystem(), system)
    except (OSError, ValueError, ArrowException) as error:
        fix = "name a file system of pyarrow that this host may write to: file://, s3://, gs://, abfs://, hdfs://"
        # pyarrow repeats the address, keys and all
        said = _first_line(error).replace(copy, without_keys(copy))
        raise UsageError(f"the snapshot cannot be copied: {said}", where, fix) from None
    try:
        yield Place(copy, digests)
    finally:
        system.delete_dir(folder)


def _below(url: str, name: str) -> str:
    """The address of a folder below that of another; what follows a question mark are its options."""
    path, mark, options = url.partition("?")
    return f"{path.rstrip('/')}/{name}{mark}{options}"


def _first_line(error: BaseException) -> str:
    return next(iter(str(error).splitlines()), type(error).__name__)
