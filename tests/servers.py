"""Real database servers for tests: each on a socket in a folder of its own, without a service, gone afterwards."""

import atexit
import os
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
import sqlalchemy as sa

_MARIADB = ("mariadbd", "mariadb-install-db", "my_print_defaults")
_FIX = "apt-get install --no-install-recommends mariadb-server-core mariadb-client-core"
_SECONDS_TO_START = 60


_kept = ExitStack()
atexit.register(_kept.close)


@cache
def mariadb() -> str:
    """URL of a MariaDB server for its root user, without a database; started once in a run of tests.

    Where its programs are not installed the test is skipped.
    """
    missing = [name for name in _MARIADB if _program(name) is None]
    if missing:
        _skip(f"no {', '.join(missing)} here: {_FIX}")
    # a socket's path may have 107 characters, which pytest's own folders come close to
    folder = Path(_kept.enter_context(TemporaryDirectory(prefix="riskplug-mariadb-", ignore_cleanup_errors=True)))
    _install(folder)
    return _kept.enter_context(_running(folder))


@cache
def postgresql() -> str:
    """URL of a PostgreSQL server for its superuser; started once in a run of tests."""
    folder = Path(_kept.enter_context(TemporaryDirectory(prefix="riskplug-pg-", ignore_cleanup_errors=True)))
    (folder / "run").mkdir(mode=0o700)
    with pytest.MonkeyPatch.context() as patch:
        # where pgserver keeps its lock file; it warns, and shares one lock with every other run, when none is set
        patch.setenv("XDG_RUNTIME_DIR", str(folder / "run"))
        try:
            import pgserver
        except ImportError:
            _skip("no pgserver here: pip install pgserver")
    server = pgserver.get_server(folder / "pg", cleanup_mode="stop")
    _kept.callback(server.cleanup)
    return str(server.get_uri()).replace("postgresql://", "postgresql+psycopg://")


def _skip(reason: str) -> None:
    if os.environ.get("RISKPLUG_REQUIRE_PROGRAMS") == "1":
        pytest.fail(reason)
    pytest.skip(reason)


def _program(name: str) -> str | None:
    return shutil.which(name, path=f"{os.environ.get('PATH', '')}:/usr/sbin:/usr/local/sbin")


def _install(folder: Path) -> None:
    options = ["--no-defaults", f"--datadir={folder / 'data'}", "--auth-root-authentication-method=normal"]
    made = subprocess.run(
        [str(_program("mariadb-install-db")), *options, "--skip-test-db", *_as_user()],
        capture_output=True,
        text=True,
        check=False,
        timeout=_SECONDS_TO_START,
    )
    if made.returncode:
        pytest.fail(f"mariadb-install-db: {made.stdout[-500:]} {made.stderr[-500:]}")


def _as_user() -> list[str]:
    return ["--user=root"] if os.geteuid() == 0 else []


@contextmanager
def _running(folder: Path) -> Iterator[str]:
    socket = folder / "s"
    log = folder / "log"
    small = ["--innodb-buffer-pool-size=16M", "--innodb-flush-log-at-trx-commit=0", "--skip-networking"]
    where = [f"--datadir={folder / 'data'}", f"--socket={socket}", f"--pid-file={folder / 'pid'}"]
    with log.open("w") as output:
        server = subprocess.Popen(
            [str(_program("mariadbd")), "--no-defaults", *where, *small, *_as_user()], stdout=output, stderr=output
        )
    try:
        _wait(server, socket, log)
        yield f"mysql+pymysql://root@localhost/?unix_socket={socket}&charset=utf8mb4"
    finally:
        server.kill()  # nothing in it is kept
        server.wait(_SECONDS_TO_START)


def _wait(server: "subprocess.Popen[bytes]", socket: Path, log: Path) -> None:
    """Wait until the server has made its socket, which it does when it is ready."""
    end = time.monotonic() + _SECONDS_TO_START
    while not socket.exists():
        if server.poll() is not None or time.monotonic() > end:
            pytest.fail(f"mariadbd did not start: {log.read_text()[-800:]}")
        time.sleep(0.05)


def new_database(server: str, name: str) -> str:
    """URL of a new, empty database on a server."""
    url = sa.make_url(server)
    engine = sa.create_engine(url, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        kind = " CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci" if url.get_backend_name() == "mysql" else ""
        connection.exec_driver_sql(f"CREATE DATABASE {name}{kind}")
    engine.dispose()
    return url.set(database=name).render_as_string(hide_password=False)


def run_script(url: str, script: str) -> None:
    """Run the statements of a script, which end in a semicolon at the end of a line."""
    engine = sa.create_engine(url)
    with engine.begin() as connection:
        for statement in script.split(";\n"):
            if statement.strip():
                # no parameters: a per cent sign in the text is one
                connection.exec_driver_sql(statement, execution_options={"no_parameters": True})
    engine.dispose()
