"""The shipped rule kinds keep to what is asked of everybody's; receivers: tests/unit/notifiers/test_contract.py."""

import time
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest

from riskplug.extend.host import Choice, PluginHost
from riskplug.testing import company
from riskplug.testing.conformance import ContentMapperConformance, RuleKindConformance, variants

HOST = PluginHost.load(Choice())
# A kind may take this many times as long as sorting the same frames by their first columns.
MOST = 60.0
MOST_OF_TEXTS = 600.0
ROOT = Path(__file__).parents[3]


class TestSingleOrigin(RuleKindConformance):
    offered = HOST.rule_kinds()["single_origin"]
    repeated = "fault"

    def test_many_rows_keep_the_time(self) -> None:
        assert relative_cost(self) < MOST


class TestScreening(RuleKindConformance):
    offered = HOST.rule_kinds()["screening"]
    identity = ("supplier", "entity_instrument")
    context = replace(company.CONTEXT, root=ROOT)

    def given_options(self) -> dict[str, object]:
        return {"file": "sample_erp/lists/invented-firms-2025-04-21.csv", "title": "the invented list"}

    def tables(self) -> dict[str, pd.DataFrame]:
        """The first supplier is on the list, the second has no name."""
        frames = dict(super().tables())
        frames["suppliers"] = frames["suppliers"].assign(name=["MIANZHU COBALT MAGNET WORKS LTD", None])
        return frames

    def test_many_rows_keep_the_time(self) -> None:
        assert relative_cost(self, 10_000) < MOST_OF_TEXTS


class TestRecoverable(RuleKindConformance):
    offered = HOST.rule_kinds()["recoverable"]
    identity = ("material",)
    repeated = "counted"

    def given_options(self) -> dict[str, object]:
        return {"min_kg": 1e-9}

    def tables(self) -> dict[str, pd.DataFrame]:
        """The magnets M-1 are blocked."""
        frames = dict(super().tables())
        inventory = frames["inventory"]
        blocked = inventory["stock_type"].mask(inventory["part_no"] == "M-1", "blocked")
        frames["inventory"] = inventory.assign(stock_type=blocked)
        return frames

    def test_many_rows_keep_the_time(self) -> None:
        assert relative_cost(self, 20_000) < MOST


class TestPlmEvidence(ContentMapperConformance):
    offered = HOST.content_mappers()["plm_evidence"]
    knows_numbers = True
    file: Path

    @pytest.fixture(autouse=True)
    def _export(self, tmp_path: Path) -> None:
        self.file = tmp_path / "plm.csv"
        rows = [
            "part,revision,state,attribute,value,unit",
            "M-1,A,released,material,NdFeB N42SH,",
            "M-1,A,released,mass,7.5,g",
        ]
        self.file.write_text("\n".join(rows) + "\n", encoding="utf-8")

    def given_options(self) -> dict[str, object]:
        return {"file": self.file}

    def test_many_parts_keep_the_time(self) -> None:
        """It reads what the file says, however many parts there are: nothing to measure."""


def relative_cost(tested: RuleKindConformance, rows: int = 100_000) -> float:
    """CPU time relative to that of a sort of the same rows: what a machine does at the moment cancels out."""
    frames = variants.many(tested.needed(), rows)
    start = time.process_time()
    for frame in frames.values():
        frame.sort_values(list(frame.columns[:2]))
    return tested.cost(rows) / max(time.process_time() - start, 1e-6)


def held(base: type[RuleKindConformance] | type[ContentMapperConformance]) -> set[str]:
    """Kinds that have a test class here."""
    return {one.offered.kind for one in base.__subclasses__() if one.__module__ == __name__}


def test_every_shipped_kind_is_held_to_it() -> None:
    assert held(RuleKindConformance) == set(HOST.rule_kinds())
    assert held(ContentMapperConformance) == set(HOST.content_mappers())
    others = (HOST.enrichers(), HOST.sources(), HOST.alternate_finders(), HOST.report_sections())
    assert not any(others)
