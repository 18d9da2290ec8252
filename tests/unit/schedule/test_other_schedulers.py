"""Windows, Kubernetes and Airflow: what is printed is what each of them takes, and says what keeps nights apart."""

import json
import runpy
import subprocess
import sys
import types
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path, PureWindowsPath
from typing import Any
from xml.etree.ElementTree import Element

import pytest
from defusedxml.ElementTree import fromstring
from jsonschema import Draft202012Validator
from ruamel.yaml import YAML

from riskplug.schedule import KINDS, Installation, render
from tests.unit.schedule.task import TASK, problems

HOST = Installation(Path("/srv/risk plug"), Path("/opt/riskplug/bin/riskplug"), "Europe/Berlin")
TASKS = "http://schemas.microsoft.com/windows/2004/02/mit/task"


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_every_kind_starts_the_scan_that_does_each_date_once(kind: str) -> None:
    plain = render(kind, replace(HOST, workspace=Path("/srv/plant"))).translate(str.maketrans("", "", "\"',"))
    assert "scan --business-date auto -w /srv/plant" in plain or "scan --business-date auto -w /workspace" in plain


def task() -> Element:
    windows = Installation(
        PureWindowsPath(r"C:\risk plug"),  # type: ignore[arg-type]
        PureWindowsPath(r"C:\Program Files\riskplug\riskplug.exe"),  # type: ignore[arg-type]
        "Europe/Berlin",
    )
    root: Element = fromstring(render("windows", windows))
    return root


def said(root: Element, path: str) -> str | None:
    return root.findtext("/".join(f"{{{TASKS}}}{word}" for word in path.split("/")))


def test_the_task_is_as_microsofts_schema_says() -> None:
    root = task()
    assert root.tag == f"{{{TASKS}}}Task" and root.get("version") == "1.2"
    assert list(problems(root, TASK, TASKS)) == []


@pytest.mark.parametrize(
    ("old", "new", "word"),
    [
        ("IgnoreNew", "Forbid", "MultipleInstancesPolicy"),
        ("StartWhenAvailable", "StartWhenAvailble", "is not known"),
        ("PT8H", "8 hours", "ExecutionTimeLimit"),
        ("T04:10:00", " 04:10", "StartBoundary"),
    ],
)
def test_a_task_with_a_mistake_is_not(old: str, new: str, word: str) -> None:
    root = fromstring(render("windows", HOST).replace(old, new))
    assert any(word in problem for problem in problems(root, TASK, TASKS))


def test_a_trigger_out_of_order_is_not_either() -> None:
    root = task()
    trigger = next(root.iter(f"{{{TASKS}}}CalendarTrigger"))
    trigger[:] = reversed(trigger[:])
    assert any("out of order" in problem for problem in problems(root, TASK, TASKS))


def test_windows_makes_up_for_a_night_and_starts_no_second_scan() -> None:
    root = task()
    assert said(root, "Settings/StartWhenAvailable") == "true"
    assert said(root, "Settings/MultipleInstancesPolicy") == "IgnoreNew"
    assert said(root, "Settings/ExecutionTimeLimit") == "PT8H"
    assert said(root, "Triggers/CalendarTrigger/StartBoundary") == "2020-01-01T04:10:00"
    assert said(root, "Triggers/CalendarTrigger/ScheduleByDay/DaysInterval") == "1"


def test_windows_gets_paths_with_spaces_as_one_word() -> None:
    root = task()
    assert said(root, "Actions/Exec/Command") == r"C:\Program Files\riskplug\riskplug.exe"
    assert said(root, "Actions/Exec/Arguments") == r'scan --business-date auto -w "C:\risk plug"'
    assert said(root, "Actions/Exec/WorkingDirectory") == r"C:\risk plug"


def test_a_path_that_xml_would_misread_is_escaped() -> None:
    odd = replace(HOST, workspace=Path("/srv/a & b <c>"))
    assert said(fromstring(render("windows", odd)), "Actions/Exec/WorkingDirectory") == "/srv/a & b <c>"


def manifests() -> list[Any]:
    return list(YAML(typ="safe").load_all(render("k8s", HOST)))


SCHEMA = json.loads((Path(__file__).parent / "cronjob.json").read_text(encoding="utf-8"))


def test_the_cron_job_is_as_its_schema_says() -> None:
    claim, job = manifests()
    assert (claim["kind"], claim["metadata"]["name"]) == ("PersistentVolumeClaim", "riskplug-state")
    assert [error.message for error in Draft202012Validator(SCHEMA).iter_errors(job)] == []


def test_a_cron_job_with_a_mistake_is_not() -> None:
    job = manifests()[1]
    job["spec"]["timezone"] = job["spec"].pop("timeZone")
    job["spec"]["jobTemplate"]["spec"]["template"]["spec"]["restartPolicy"] = "Always"
    assert len(list(Draft202012Validator(SCHEMA).iter_errors(job))) == 2


def test_kubernetes_runs_one_at_a_time_in_the_workspaces_time_zone_and_not_again_at_once() -> None:
    spec = manifests()[1]["spec"]
    assert (spec["schedule"], spec["timeZone"], spec["concurrencyPolicy"]) == ("10 4 * * *", "Europe/Berlin", "Forbid")
    assert spec["startingDeadlineSeconds"] == 28800
    job = spec["jobTemplate"]["spec"]
    assert (job["backoffLimit"], job["template"]["spec"]["restartPolicy"]) == (0, "Never")


def test_the_pod_can_write_its_state_and_tmp_and_nothing_else() -> None:
    pod = manifests()[1]["spec"]["jobTemplate"]["spec"]["template"]["spec"]
    [container] = pod["containers"]
    assert container["securityContext"] == {
        "allowPrivilegeEscalation": False,
        "readOnlyRootFilesystem": True,
        "capabilities": {"drop": ["ALL"]},
    }
    assert pod["securityContext"]["runAsNonRoot"] and pod["securityContext"]["runAsUser"] > 0
    writable = {one["mountPath"] for one in container["volumeMounts"] if not one.get("readOnly")}
    assert writable == {"/workspace/.riskplug", "/tmp"}
    assert {one["name"] for one in container["volumeMounts"]} == {one["name"] for one in pod["volumes"]}
    assert {"memory"} <= container["resources"]["limits"].keys() & container["resources"]["requests"].keys()


def test_no_mount_of_the_pod_lies_inside_a_read_only_one() -> None:
    """Its directory could not be made there."""
    [container] = manifests()[1]["spec"]["jobTemplate"]["spec"]["template"]["spec"]["containers"]
    places = {one["mountPath"]: bool(one.get("readOnly")) for one in container["volumeMounts"]}
    inside = [(a, b) for a in places for b in places if a.startswith(f"{b}/") and places[b]]
    assert inside == []


class Skipped(Exception):
    pass


@dataclass
class Dag:
    """Stands in for airflow's DAG: Airflow itself is not among the packages that tests run with."""

    given: dict[str, Any]
    tasks: list["Task"] = field(default_factory=list)

    def __enter__(self) -> "Dag":
        OPEN.append(self)
        return self

    def __exit__(self, *error: object) -> None:
        OPEN.pop()


OPEN: list[Dag] = []


@dataclass
class Task:
    given: dict[str, Any]

    def __post_init__(self) -> None:
        OPEN[-1].tasks.append(self)


@pytest.fixture(params=["airflow.operators.python", "airflow.providers.standard.operators.python"])
def dags(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[list[Dag]]:
    """Airflow's names as versions 2 and 3 have them, and the DAGs that were made with them."""
    made: list[Dag] = []

    def dag(**given: Any) -> Dag:
        made.append(Dag(given))
        return made[-1]

    names: dict[str, dict[str, Any]] = {
        "airflow": {"DAG": dag},
        "airflow.exceptions": {"AirflowSkipException": Skipped},
        "airflow.timetables": {},
        "airflow.timetables.trigger": {"CronTriggerTimetable": lambda *words, **named: (words, named)},
        request.param: {"PythonOperator": lambda **given: Task(given)},
    }
    for name in list(names):
        for at in range(1, name.count(".") + 1):
            names.setdefault(name.rsplit(".", at)[0], {})
    for name, values in names.items():
        module = types.ModuleType(name)
        module.__path__ = []
        vars(module).update(values)
        monkeypatch.setitem(sys.modules, name, module)
    yield made


def dag_file(tmp_path: Path, *command: str) -> Path:
    """The DAG with a command of our own in place of riskplug's."""
    text = render("airflow", replace(HOST, workspace=tmp_path))
    if command:
        [line] = [one for one in text.splitlines() if one.startswith("COMMAND = ")]
        text = text.replace(line, f"COMMAND = {list(command)!r}")
    path = tmp_path / "dag.py"
    path.write_text(text, encoding="utf-8")
    return path


def test_the_dag_has_one_task_at_the_workspaces_time(dags: list[Dag], tmp_path: Path) -> None:
    runpy.run_path(str(dag_file(tmp_path)))
    [dag] = dags
    assert dag.given["schedule"] == (("10 4 * * *",), {"timezone": "Europe/Berlin"})
    assert (dag.given["catchup"], dag.given["max_active_runs"]) == (False, 1)
    assert dag.given["default_args"]["retries"] == 0
    [task] = dag.tasks
    assert (task.given["task_id"], task.given["execution_timeout"]) == ("scan", timedelta(hours=8))


@pytest.mark.parametrize(("code", "ends"), [(0, None), (1, None), (5, Skipped), (3, RuntimeError), (6, RuntimeError)])
def test_the_task_ends_as_the_exit_code_says(
    dags: list[Dag], tmp_path: Path, code: int, ends: type[Exception] | None
) -> None:
    runpy.run_path(str(dag_file(tmp_path, sys.executable, "-c", f"raise SystemExit({code})")))
    scan = dags[0].tasks[0].given["python_callable"]
    if ends is None:
        scan()
        return
    with pytest.raises(ends):
        scan()


def test_the_dag_imports_airflow_and_the_standard_library_alone(tmp_path: Path) -> None:
    """Without airflow the file compiles, and what it misses first is airflow."""
    path = dag_file(tmp_path)
    compile(path.read_text(encoding="utf-8"), str(path), "exec")
    done = subprocess.run([sys.executable, "-I", str(path)], capture_output=True, text=True, check=False, timeout=60)
    assert "No module named 'airflow'" in done.stderr
    imported = [
        line.split()[1] for line in path.read_text().splitlines() if line.lstrip().startswith(("import ", "from "))
    ]
    roots = {name.split(".")[0] for name in imported}
    assert roots - {"airflow"} <= sys.stdlib_module_names
