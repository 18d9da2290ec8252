"""A rule kind in a process of its own: the same findings to the bit, and each way to break ends in its stated fault."""

import _thread
import signal
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from threading import Thread
from typing import Any

import numpy as np
import pandas as pd
import pytest

from riskplug.catalogue import GRAINS, frame
from riskplug.extend.guard import Care, Place
from riskplug.extend.host import Choice, PluginHost
from riskplug.extend.passing import read_frames, write_frames
from riskplug.model import Outcome, RuleRun
from riskplug.rules import evaluate, load_rules
from riskplug.tables import TABLES, conform, empty
from tests.unit.extend.test_lent_frames import made
from tests.unit.rules.test_evaluate import CONTEXT, HEAD, ON, THREE

PLUGIN = '''\
"""A kind that does as its option says."""
import ctypes
import os
import subprocess
import sys
import time
import warnings

import numpy as np
import pandas as pd
from pydantic import BaseModel

from riskplug.extend import hookimpl

KEPT = []


class Options(BaseModel):
    how: str
    what: str = ""


class Doing:
    """Does as it is told."""

    kind = "doing"
    Options = Options
    needs = {"facts.part": ("part_no", "site", "all_runway_days"), "inventory": ("part_no", "quantity")}

    def __init__(self, options):
        self.options = options

    def assess(self, tables, context):
        return getattr(self, self.options.how)(tables, context)

    def well(self, tables, context, **more):
        part = tables["facts.part"]
        said = {"severity": "info", "message": "m", "part_no": part["part_no"], "site": part["site"]}
        return pd.DataFrame({**said, **more})

    def raises(self, tables, context):
        raise ValueError("so")

    def undeclared(self, tables, context):
        return tables["facts.part"]["on_hand"]

    def aborts(self, tables, context):
        os.abort()

    def segfaults(self, tables, context):
        ctypes.string_at(0)

    def leaves(self, tables, context):
        os._exit(int(self.options.what))

    def exits(self, tables, context):
        sys.exit("bye")

    def sleeps(self, tables, context):
        time.sleep(600)

    def holds_the_lock(self, tables, context):
        sum(10**9 // n for n in iter(lambda: 1, 0))

    def starts_another(self, tables, context):
        other = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
        with open(self.options.what, "w") as file:
            file.write(str(other.pid))
        time.sleep(600)

    def leaks(self, tables, context):
        while True:
            KEPT.append(np.ones(4_000_000))

    def leaks_small_things(self, tables, context):
        while True:
            KEPT.append([0] * 1000)

    def floods_stdout(self, tables, context):
        while True:
            print("x" * 1000)

    def prints(self, tables, context):
        print("for you", flush=True)
        os.abort()

    def warns(self, tables, context):
        warnings.warn("this will go", FutureWarning)
        return self.well(tables, context)

    def tells(self, tables, context):
        from pathlib import Path

        said = {"environment": sorted(os.environ), "folder": os.getcwd(), "scan": repr(context)}
        said["stdin"] = sys.stdin.read()
        said["secret"] = "s3cret" in str(os.environ)
        return self.well(tables, context, **{name: str(value) for name, value in said.items()})

    def forges(self, tables, context, but=""):
        import json
        from pathlib import Path

        Path("result.json").write_text(json.dumps({"warnings": [], "raised": ["", ""], "notes": [], "fault": ""}))
        if not but:
            Path("findings.arrow").write_bytes(b"nonsense")
        os._exit(0)

    def forges_findings(self, tables, context):
        from pathlib import Path

        from riskplug.extend.contract import Asked, plain_findings
        from riskplug.extend.passing import write_findings

        plain = plain_findings(self.well(tables, context), Asked("k", ("part_no", "site"), 9))
        write_findings(plain.assign(**{self.options.what: "grave"}), Path("findings.arrow"))
        self.forges(tables, context, "findings.arrow")

    def floods(self, tables, context):
        part = pd.concat([tables["facts.part"]] * 1000)
        return pd.DataFrame({"severity": "info", "message": "m", "part_no": part["part_no"], "site": part["site"]})

    def mutates(self, tables, context):
        part = tables["facts.part"]
        part["all_runway_days"] = 0.0
        part.loc[0, "part_no"] = "X"
        part.sort_values("site", inplace=True)
        return self.well({"facts.part": part.replace({"part_no": {"X": "A"}})}, context)

    def rich(self, tables, context):
        part = tables["facts.part"]
        return self.well(
            tables,
            context,
            metric=part["all_runway_days"] / 3,
            owner=["Ida", None, "Ü"],
            measures=[{"x": 0.1 + 0.2}, None, {}],
            seen=pd.Timestamp(context.business_date),
            some=pd.Series([[1, {"a": None}], 2.5, "z"]),
        )


@hookimpl
def riskplug_rule_kinds():
    return [Doing]
'''


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    place = tmp_path / "plugins"
    place.mkdir(mode=0o755)
    (place / "doing.py").write_text(PLUGIN, encoding="utf-8")
    (tmp_path / "rules").mkdir()
    yield place
    for name in [name for name in sys.modules if name.startswith("riskplug_local.")]:
        del sys.modules[name]


def asked(folder: Path, how: str, what: object = "", **care: Any) -> Outcome:
    kinds = PluginHost.load(Choice(folders=(folder,))).rule_kinds()
    rule = f'  - {{id: k, title: K, grain: part, kind: doing, options: {{how: {how}, what: "{what}"}}}}\n'
    (folder.parent / "rules" / "r.yaml").write_text(HEAD + rule)
    place = Place("riskplug_local.doing", str(folder / "doing.py"))
    said: Any = {"isolation": "process", "time_limit_seconds": 60, **care}
    rules = load_rules([folder.parent / "rules"], GRAINS, kinds, cares={"doing": Care("doing", "1", place, **said)})
    tables = {"inventory": empty("inventory")}
    return evaluate(rules, {"part": THREE}, on=ON, context=CONTEXT, tables=tables, failed_tables={})


def run(outcome: Outcome) -> RuleRun:
    (found,) = outcome.runs
    return found


def fault(outcome: Outcome) -> str:
    assert outcome.findings.empty and outcome.coverage["outcome"].unique().tolist() == ["failed"]
    assert outcome.faults[0].startswith("rule k (kind doing, plugin doing 1): ")
    return run(outcome).fault


@pytest.mark.parametrize("how", ["well", "rich", "warns", "mutates"])
def test_findings_are_those_of_the_scans_own_process(folder: Path, how: str) -> None:
    apart, here = asked(folder, how), asked(folder, how, isolation="none")
    assert apart.faults == here.faults == ()
    pd.testing.assert_frame_equal(apart.findings, here.findings, check_exact=True)
    assert len(apart.findings) == 3
    pd.testing.assert_frame_equal(apart.coverage, here.coverage)
    assert run(apart).warnings == run(here).warnings
    assert (run(apart).isolated, run(here).isolated) == (True, False)


@pytest.mark.parametrize("how", ["raises", "undeclared", "exits", "floods"])
def test_faults_are_worded_as_in_the_scans_own_process(folder: Path, how: str) -> None:
    apart, here = asked(folder, how), asked(folder, how, isolation="none")
    assert fault(apart) == fault(here)


@pytest.mark.parametrize(
    ("how", "what", "said"),
    [
        ("aborts", "", "its process ended with SIGABRT; it printed: Fatal Python error: Aborted"),
        ("segfaults", "", "its process ended with SIGSEGV; it printed: Fatal Python error: Segmentation fault"),
        ("leaves", "3", "its process ended with code 3"),
        ("leaves", "0", "its process ended without an answer"),
        ("forges", "", "its process ended without an answer"),
        ("forges_findings", "severity", "gave severity grave"),
        ("forges_findings", "evidence", "gave evidence that are no JSON object: grave"),
        ("forges_findings", "key site", "findings about 3 keys that facts.part does not have: part_no A, site grave"),
    ],
)
def test_a_process_that_ends_badly_is_a_fault(folder: Path, how: str, what: str, said: str) -> None:
    assert said in fault(asked(folder, how, what))


def test_what_it_printed_is_shown_shortened(folder: Path) -> None:
    assert "for you" in fault(asked(folder, "prints")) or "Fatal Python error" in fault(asked(folder, "prints"))
    assert len(fault(asked(folder, "aborts"))) < 600


@pytest.mark.parametrize("how", ["sleeps", "holds_the_lock"])
def test_a_process_that_hangs_is_ended_in_time(folder: Path, how: str) -> None:
    started = time.monotonic()
    assert "was ended: it took longer than 4 s" in fault(asked(folder, how, time_limit_seconds=4))
    assert time.monotonic() - started < 30


def test_what_the_process_started_is_ended_with_it(folder: Path) -> None:
    note = folder.parent / "pid"
    assert "took longer than" in fault(asked(folder, "starts_another", note, time_limit_seconds=4))
    other = int(note.read_text())
    for _ in range(100):
        if not _is_alive(other):
            return
        time.sleep(0.05)
    raise AssertionError(f"{other} is alive")


def _is_alive(process: int) -> bool:
    """Running, and not merely waiting for somebody to take note of its end."""
    try:
        return Path(f"/proc/{process}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except FileNotFoundError:
        return False


@pytest.mark.skipif(
    sys.platform != "linux", reason="the limit of memory is enforced on Linux alone, and said elsewhere"
)
@pytest.mark.parametrize("how", ["leaks", "leaks_small_things"])
def test_a_process_that_leaks_is_ended(folder: Path, how: str) -> None:
    said = fault(asked(folder, how, memory_limit_mb=300))
    assert "was ended: it took more than 300 MB of memory -> let it read or make less, or raise memory_limit_mb" in said


def test_a_flood_on_standard_output_is_ended(folder: Path) -> None:
    said = fault(asked(folder, "floods_stdout"))
    assert "was ended: it printed more than 1,000,000 characters; it printed: xxx" in said and len(said) < 600


def test_the_process_is_told_no_secret(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SLACK_BOT_TOKEN", "s3cret")
    monkeypatch.setenv("DATABASE_URL", "postgresql://u:s3cret@h/d")
    evidence = asked(folder, "tells").findings["evidence"][0]
    assert "s3cret" not in evidence and "TOKEN" not in evidence and "DATABASE" not in evidence
    assert '"secret":"False"' in evidence and '"stdin":""' in evidence
    assert "ScanContext(scan_id='s', business_date=datetime.date(2025, 4, 28)" in evidence
    assert str(Path.cwd()) not in evidence.split('"folder":')[1].split(",")[0]


def test_nothing_is_left_behind(folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import tempfile

    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    before = set(tmp_path.iterdir())
    for how in ("well", "aborts"):
        asked(folder, how)
    assert set(tmp_path.iterdir()) == before


def test_a_kind_of_no_plugin_cannot_run_apart(folder: Path) -> None:
    kinds = PluginHost.load(Choice(folders=(folder,))).rule_kinds()
    (folder.parent / "rules" / "r.yaml").write_text(
        HEAD + "  - {id: k, title: K, grain: part, kind: doing, options: {how: well}, isolation: process}\n"
    )
    rules = load_rules([folder.parent / "rules"], GRAINS, kinds)
    found = evaluate(
        rules,
        {"part": THREE},
        on=ON,
        context=CONTEXT,
        tables={"inventory": empty("inventory")},
        failed_tables={},
    )
    assert "cannot run in a process of its own: it comes from no plugin" in found.faults[0]


def test_single_origin_of_random_parts_is_the_same_apart(tmp_path: Path) -> None:
    """Three thousand parts with every kind of gap, and texts of all planes."""
    random = np.random.default_rng(7)
    rows = 3_000

    def some(values: list[Any]) -> pd.Series:
        return pd.Series([values[n] for n in random.integers(0, len(values), rows)], dtype=object)

    facts = frame(
        GRAINS["part"],
        {
            "part_no": pd.Series([f"P-{n}-é-磁-🧲" for n in range(rows)]),
            "site": some(["A", "B"]),
            "owner": some(["Ida", None, "Ünal"]),
            "procurement": some(["buy", "both", "make", None]),
            "materials": some(["Dy", "Nd, Pr", "", None]),
            "products": random.integers(0, 5, rows).astype(float),
            "top_origin_share_pct": some([100.0, 99.995, 99.98, 33.3, None]),
            "origin_country": some(["CN", "JP", None]),
            "qualified_suppliers": some([1.0, 2.0, None]),
        },
        rows,
    )
    host = PluginHost.load(Choice())
    (tmp_path / "r.yaml").write_text(HEAD + "  - {id: k, title: K, grain: part, kind: single_origin, options: {}}\n")
    module = sys.modules["riskplug_plugins.single_origin"]
    place = Place(module.__name__, str(module.__file__))
    found = []
    for isolation in ("none", "process"):
        care = Care("single_origin", "1", place, isolation)  # type: ignore[arg-type]
        rules = load_rules([tmp_path], GRAINS, host.rule_kinds(), cares={"single_origin": care})
        found.append(evaluate(rules, {"part": facts}, on=ON, context=CONTEXT, tables={}, failed_tables={}))
    here, apart = found
    assert here.faults == apart.faults == () and len(here.findings) > 100
    pd.testing.assert_frame_equal(here.findings, apart.findings, check_exact=True)


def same(frame: pd.DataFrame, folder: Path) -> None:
    write_frames({"x": frame}, folder)
    back = read_frames(folder)["x"]
    pd.testing.assert_frame_equal(back, frame, check_exact=True)
    assert list(back.dtypes) == list(frame.dtypes)
    for name in frame:
        if isinstance(frame[name].dtype, pd.CategoricalDtype):
            assert back[name].cat.categories.dtype == frame[name].cat.categories.dtype
            assert back[name].cat.codes.dtype == frame[name].cat.codes.dtype


@pytest.mark.parametrize("name", [*TABLES, *(f"facts.{grain}" for grain in GRAINS)])
@pytest.mark.parametrize("rows", [0, 3])
def test_every_table_and_fact_goes_over_in_its_dtypes(name: str, rows: int, tmp_path: Path) -> None:
    if name.startswith("facts."):
        same(frame(GRAINS[name.removeprefix("facts.")], {}, rows), tmp_path)
    else:
        same(conform(name, pd.DataFrame(index=range(rows)), pd.Index(["P1", "P2"], dtype="str")), tmp_path)


@pytest.mark.parametrize("labels", [[4, 2], [], [1]])
def test_row_labels_and_missing_values_go_over(labels: list[int], tmp_path: Path) -> None:
    same(made().drop(columns="o").iloc[labels], tmp_path)


def test_numbers_go_over_to_the_bit(tmp_path: Path) -> None:
    odd = np.array([0.1 + 0.2, -0.0, np.nan, np.inf, -np.inf, 5e-324, 1.7976931348623157e308])
    write_frames({"x": pd.DataFrame({"f": odd})}, tmp_path)
    assert read_frames(tmp_path)["x"]["f"].to_numpy().tobytes() == odd.tobytes()


def test_what_cannot_go_over_is_a_fault_that_names_it(tmp_path: Path) -> None:
    from riskplug.errors import PluginFault

    with pytest.raises(PluginFault, match="column o, dtype object, of x cannot be handed to another process"):
        write_frames({"x": pd.DataFrame({"o": pd.Series([{}, None], dtype=object)})}, tmp_path)


ELSEWHERE = """\
import sys
from pathlib import Path

from riskplug.extend import kind_child

kind_child._PAGE_FILE = Path("/nowhere")
sys.exit(kind_child.main(Path(sys.argv[1])))
"""


def test_where_memory_cannot_be_limited_the_scan_says_so(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    child = folder.parent / "child.py"
    child.write_text(ELSEWHERE)
    monkeypatch.setattr("riskplug.extend.apart._CHILD", child)
    found = asked(folder, "well")
    assert found.faults == () and run(found).notes == ("memory_limit_mb is not enforced on this system",)


def test_an_installed_plugin_is_imported_by_its_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "site" / "acme_rules").mkdir(parents=True)
    (tmp_path / "site" / "acme_rules" / "__init__.py").write_text(PLUGIN)
    monkeypatch.syspath_prepend(tmp_path / "site")
    import acme_rules  # type: ignore[import-not-found]

    (tmp_path / "r.yaml").write_text(HEAD + "  - {id: k, title: K, grain: part, kind: doing, options: {how: well}}\n")
    care = Care("acme", "2", Place("acme_rules"), "process")
    rules = load_rules([tmp_path / "r.yaml"], GRAINS, {"doing": acme_rules.Doing}, cares={"doing": care})
    tables = {"inventory": empty("inventory")}
    found = evaluate(rules, {"part": THREE}, on=ON, context=CONTEXT, tables=tables, failed_tables={})
    monkeypatch.delitem(sys.modules, "acme_rules")
    assert found.faults == () and len(found.findings) == 3


def test_a_user_who_interrupts_the_scan_ends_the_process_too(folder: Path) -> None:
    note = folder.parent / "pid"

    def interrupt() -> None:
        while not (note.is_file() and note.read_text()):
            time.sleep(0.05)
        _thread.interrupt_main()

    watcher = Thread(target=interrupt, daemon=True)
    # who starts the tests in the background of a shell has interrupts ignored
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        watcher.start()
        with pytest.raises(KeyboardInterrupt):
            asked(folder, "starts_another", note)
        watcher.join(timeout=10)
    finally:
        signal.signal(signal.SIGINT, before)
    time.sleep(0.5)
    assert not _is_alive(int(note.read_text()))
