"""A source plugin's tables pass the same contract as a file's, and one that raises refuses only its own tables."""

from datetime import UTC, date, datetime

import pandas as pd
import pytest

from riskplug.errors import DataRefused
from riskplug.extend.protocols import ScanContext
from riskplug.ingest import Plugged, ingest, load_profiles
from riskplug.model import Ingested
from riskplug.workspace import Workspace

DAY = date(2025, 4, 28)
CONTEXT = ScanContext("s", DAY, "EUR", 365)
PARTS = pd.DataFrame({"part_no": ["A", "B"], "base_unit": ["pc", "pc"], "lead_time_days": ["10", "soon"]})


class Memory:
    """Parts and stock from memory."""

    kind = "memory"
    Options = dict

    def __init__(self, options: object, /) -> None:
        self.options = options

    def tables(self) -> frozenset[str]:
        return frozenset({"parts", "inventory"})

    def read(self, table: str, context: ScanContext) -> pd.DataFrame:
        if table == "parts":
            return PARTS
        return pd.DataFrame({"part_no": ["A"], "quantity": ["12.5"], "unit": ["pc"]})

    def extracted_at(self, table: str) -> datetime | None:
        return datetime(2025, 4, 27, 22, tzinfo=UTC)


class Broken(Memory):
    """Stock raises."""

    def read(self, table: str, context: ScanContext) -> pd.DataFrame:
        if table == "inventory":
            raise ConnectionError("the line is dead")
        return super().read(table, context)


class Stray(Memory):
    """Gives a table that does not exist."""

    def tables(self) -> frozenset[str]:
        return frozenset({"part"})


def read(source: Memory) -> Ingested:
    workspace = Workspace.model_validate(
        {
            "root": "/",
            "workspace": {"name": "W"},
            "sites": {"S1": {"country": "DE"}},
            "sources": {"erp": {"profile": "memory", "site": "S1"}},
        }
    )
    return ingest(workspace, load_profiles(), DAY, plugged={"erp": Plugged("mine", source, CONTEXT)})


def test_tables_are_typed_and_bad_values_set_aside_with_their_record() -> None:
    found = read(Memory({}))
    assert found.tables["parts"]["part_no"].astype("str").tolist() == ["A"]
    assert found.tables["inventory"]["quantity"].tolist() == [12.5]
    assert found.quarantine[["file", "line", "column"]].to_numpy().tolist() == [["mine:parts", 2, "lead_time_days"]]
    assert {file.extracted_at for file in found.files} == {datetime(2025, 4, 27, 22, tzinfo=UTC)}


def test_a_read_that_raises_refuses_its_table_and_keeps_the_others() -> None:
    found = read(Broken({}))
    assert [(r.table, "the line is dead" in r.reason) for r in found.refused] == [("inventory", True)]
    assert len(found.tables["parts"]) == 1


def test_a_table_that_does_not_exist_refuses_the_source() -> None:
    with pytest.raises(DataRefused, match="gives a table 'part'"):
        list(Plugged("mine", Stray({}), CONTEXT).tables())
