"""What travels to workers, and what they find there."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from riskplug.errors import StateUnusable, UsageError
from riskplug.extend.host import Choice, PluginHost
from riskplug.scale import LOCAL
from riskplug.scale.fingerprint import differences
from riskplug.scale.placing import placed
from riskplug.scale.shipping import Place, There, pack, unpack
from riskplug.scale.work import Scan, shown
from riskplug.state.snapshots import Snapshot
from riskplug.tables import TABLES
from riskplug.workspace import ScaleSettings, Site, Workspace, WorkspaceSettings
from tests.frozen import frozen, tables


def host() -> PluginHost:
    return PluginHost.load(Choice(none=True))


@pytest.fixture
def snapshot(tmp_path: Path) -> Snapshot:
    return frozen(tmp_path / "a snapshot")


def workspace(folder: Path, url: str | None = None) -> Workspace:
    return Workspace(
        root=folder,
        workspace=WorkspaceSettings(name="A"),
        sites={"S1": Site(country="DE")},
        sources={},
        scale=ScaleSettings(engine="dask", snapshot_url=url),
    )


def test_tables_travel_as_their_names_and_stay_one_object() -> None:
    here, there = There(tables(), host()), There(tables(), host())
    content = pack({"one": here.tables["parts"], "more": [here.tables["parts"], here.host]}, here)
    assert len(content) < 500
    again = unpack(content, there)
    assert again["one"] is again["more"][0] is there.tables["parts"]
    assert again["more"][1] is there.host


def test_calendars_of_work_days_travel() -> None:
    calendar = np.busdaycalendar("1111000", ["2025-05-01"])
    nowhere = There({}, host())
    again = unpack(pack(calendar, nowhere), nowhere)
    assert (again.weekmask == calendar.weekmask).all() and (again.holidays == calendar.holidays).all()


def test_workers_read_the_folder_of_the_snapshot(tmp_path: Path, snapshot: Snapshot) -> None:
    with placed(workspace(tmp_path), snapshot) as place:
        found = place.tables()
    assert list(found) == list(TABLES)
    for name, frame in snapshot.validated.tables.items():
        assert list(found[name].columns) == list(frame.columns) and len(found[name]) == len(frame)
    assert found["parts"]["part_no"].tolist() == ["A", "B"]


def test_a_copy_lies_at_the_address_as_long_as_it_is_needed(tmp_path: Path, snapshot: Snapshot) -> None:
    with placed(workspace(tmp_path, (tmp_path / "shared").as_uri()), snapshot) as place:
        copies = sorted(path.name for path in (tmp_path / "shared" / "2025-04-28-s1").iterdir())
        assert copies == sorted(f"{name}.parquet" for name in TABLES)
        assert place.tables()["parts"]["part_no"].tolist() == ["A", "B"]
    assert list((tmp_path / "shared").iterdir()) == []


@pytest.mark.parametrize("url", ["ftp://nowhere/x", "file:///dev/null/x", "not a url"])
def test_an_address_that_cannot_be_written_is_refused(tmp_path: Path, snapshot: Snapshot, url: str) -> None:
    (tmp_path / "riskplug.toml").write_text(f'[scale]\nsnapshot_url = "{url}"\n', encoding="utf-8")
    with (
        pytest.raises(UsageError, match=r"(?s)riskplug.toml:2: the snapshot cannot be copied.*file://"),
        placed(workspace(tmp_path, url), snapshot),
    ):
        pass


@pytest.mark.parametrize("spoil", [lambda path: path.unlink(), lambda path: path.write_bytes(b"other")])
def test_a_file_that_is_gone_or_changed_is_no_table(tmp_path: Path, snapshot: Snapshot, spoil: object) -> None:
    spoil(snapshot.path / "demand.parquet")  # type: ignore[operator]
    with placed(workspace(tmp_path), snapshot) as place, pytest.raises(StateUnusable, match="missing or was changed"):
        place.tables()


def test_what_is_told_of_an_address_has_no_key(tmp_path: Path, snapshot: Snapshot) -> None:
    address = "file://canary:canary@/nowhere/x?secret_key=canary"
    with pytest.raises(UsageError, match="cannot be copied") as refused, placed(workspace(tmp_path, address), snapshot):
        pass
    assert "canary" not in str(refused.value)
    assert refused.value.__suppress_context__
    assert Place(address, {}).shown == "file:///nowhere/x"


def test_a_worker_that_does_not_see_the_workspace_says_so(tmp_path: Path) -> None:
    elsewhere = Scan("token", workspace(tmp_path / "nowhere"), Choice(none=True), Place("file:///", {}), {})
    assert shown(elsewhere) == [f"it does not see the workspace {tmp_path / 'nowhere'}"]
    (tmp_path / "nowhere").mkdir()
    assert shown(elsewhere)[0].startswith("it cannot read the workspace: ")


def test_differences_are_said_in_words() -> None:
    ours = {"numpy": "2.4.6", "code sha256": "1", "plugin own": "1.0", "python": "3.11.7"}
    theirs = {"numpy": "2.4.5", "code sha256": "2", "python": "3.11.7"}
    assert differences(ours, theirs) == [
        "other riskplug's own code",
        "numpy is 2.4.5, here 2.4.6",
        "plugin own is not there, here 1.0",
    ]
    assert differences(ours, dict(ours)) == []


def test_the_local_engine_takes_an_item_when_it_is_asked_for_its_result() -> None:
    taken = []

    def items() -> Iterator[int]:
        for number in (1, 2, 3):
            taken.append(number)
            yield number

    answers = LOCAL.each("any", lambda shared, item: shared * item, items(), 10)
    assert next(iter(answers)) == 10
    assert taken == [1]
