"""[scale] of riskplug.toml: what is refused, with which words, before anything is started."""

import ast
from pathlib import Path

import pytest

from riskplug import scale
from riskplug import workspace as settings
from riskplug.errors import UsageError
from riskplug.scale import choosing
from riskplug.workspace import Workspace

ROOT = Path(__file__).parents[3]
TLS = 'tls_ca = "ca.pem"\ntls_cert = "cert.pem"\ntls_key = "key.pem"\n'


def loaded(folder: Path, text: str) -> Workspace:
    head = '[workspace]\nname = "A"\n[sites.S1]\ncountry = "DE"\n[sources.erp]\npath = "exports"\n'
    (folder / "riskplug.toml").write_text(f"{head}[scale]\n{text}", encoding="utf-8")
    return settings.load(folder)


@pytest.mark.parametrize(
    ("text", "line", "what"),
    [
        ('scheduler = "tcp://10.1.2.3:8786"', 8, "leaves this host without TLS"),
        ('scheduler = "tcp://dask.example.com:8786"', 8, "write tls://HOST:PORT with tls_ca, tls_cert and tls_key"),
        ('scheduler = "ucx://127.0.0.1:8786"', 8, "is no address: write tls://HOST:PORT"),
        ('scheduler = "tls://dask.example.com"', 8, "is no address"),
        ('scheduler = "tcp://127.0.0.1:99999"', 8, "is no address"),
        ('scheduler = "tls://dask.example.com:8786"\ntls_ca = "ca.pem"', 7, "needs tls_cert, tls_key: paths of PEM"),
        (TLS, 7, "are for a tls:// scheduler: name one, or take them out"),
        ('engine = "spark"', 8, "'local' or 'dask'"),
        ("workers = 0", 8, "greater than or equal to 1"),
        ("worker = 2", 8, "unknown key 'scale.worker'"),
    ],
)
def test_what_is_not_safe_is_refused_with_its_line(tmp_path: Path, text: str, line: int, what: str) -> None:
    with pytest.raises(UsageError) as refused:
        loaded(tmp_path, text)
    assert what in str(refused.value)
    assert f"riskplug.toml:{line}:" in str(refused.value)


@pytest.mark.parametrize("host", ["127.0.0.1", "127.8.8.8", "[::1]", "localhost"])
def test_a_scheduler_on_this_host_needs_no_certificates(tmp_path: Path, host: str) -> None:
    assert loaded(tmp_path, f'engine = "dask"\nscheduler = "tcp://{host}:8786"').scale.scheduler


def test_without_the_extra_the_words_say_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    opened = loaded(tmp_path, 'workers = 3\nengine = "dask"')
    monkeypatch.setattr(choosing, "find_spec", lambda name: None)
    with pytest.raises(UsageError) as refused:
        scale.check_scale(opened)
    assert refused.value.exit_code == 2
    assert 'pip install "riskplug[dask]"' in str(refused.value)
    assert f"{tmp_path / 'riskplug.toml'}:9" in str(refused.value)


def test_the_local_engine_asks_for_no_package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    opened = loaded(tmp_path, "workers = 3")
    monkeypatch.setattr(choosing, "find_spec", lambda name: 1 / 0)
    scale.check_scale(opened)
    assert scale.said_of(opened) == "engine local: one process"


def test_files_of_certificates_that_are_not_there_are_all_named(tmp_path: Path) -> None:
    (tmp_path / "cert.pem").write_text("", encoding="utf-8")
    opened = loaded(tmp_path, f'engine = "dask"\nscheduler = "tls://h:1"\n{TLS}')
    with pytest.raises(UsageError) as refused:
        scale.check_scale(opened)
    assert [problem.what for problem in refused.value.problems] == ["no file ca.pem", "no file key.pem"]
    assert [problem.place[1] for problem in refused.value.problems] == [10, 12]


def test_one_line_says_which_engine(tmp_path: Path) -> None:
    assert scale.said_of(loaded(tmp_path, 'engine = "dask"\nworkers = 3')).endswith("own, 3 processes on this host")
    there = loaded(tmp_path, f'engine = "dask"\nscheduler = "tls://h:1"\n{TLS}')
    assert scale.said_of(there) == "engine dask: tls://h:1"


def imports(path: Path) -> set[str]:
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {name.name.split(".")[0] for name in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found.add(node.module.split(".")[0] if not node.module.startswith("riskplug") else node.module)
    return found


def test_one_module_alone_imports_dask_and_nobody_imports_that_at_its_top() -> None:
    package = ROOT / "riskplug"
    dask = [path for path in package.rglob("*.py") if imports(path) & {"dask", "distributed"}]
    assert [path.relative_to(package).as_posix() for path in dask] == ["scale/workers.py"]
    users = [path for path in package.rglob("*.py") if "riskplug.scale.workers" in imports(path)]
    assert [path.name for path in users] == ["choosing.py"]
    tops = {node.module for node in ast.parse(users[0].read_text("utf-8")).body if isinstance(node, ast.ImportFrom)}
    assert "riskplug.scale.workers" not in tops


def test_the_page_has_every_key_of_the_table() -> None:
    text = (ROOT / "docs" / "workspace.md").read_text(encoding="utf-8").split("\n## [scale]\n")[1].split("\n## ")[0]
    for name in settings.ScaleSettings.model_fields:
        assert f"| `{name}` |" in text
