"""The shipped rule kinds keep to what is asked of everybody's; receivers: tests/unit/notifiers/test_contract.py."""

import time

from riskplug.extend.host import Choice, PluginHost
from riskplug.testing.conformance import RuleKindConformance, variants

HOST = PluginHost.load(Choice())
# A kind may take this many times as long as sorting the same frames by their first columns.
MOST = 60.0


class TestSingleOrigin(RuleKindConformance):
    offered = HOST.rule_kinds()["single_origin"]
    repeated = "fault"

    def test_many_rows_keep_the_time(self) -> None:
        assert relative_cost(self) < MOST


def relative_cost(tested: RuleKindConformance) -> float:
    """CPU time relative to that of a sort of the same rows: what a machine does at the moment cancels out."""
    frames = variants.many(tested.needed(), tested.rows)
    start = time.process_time()
    for frame in frames.values():
        frame.sort_values(list(frame.columns[:2]))
    return tested.cost(tested.rows) / max(time.process_time() - start, 1e-6)


def test_every_shipped_kind_is_held_to_it() -> None:
    tested = {one.offered.kind for one in RuleKindConformance.__subclasses__() if one.__module__ == __name__}
    assert tested == set(HOST.rule_kinds())
    others = (
        HOST.content_mappers(),
        HOST.enrichers(),
        HOST.sources(),
        HOST.alternate_finders(),
        HOST.report_sections(),
    )
    assert not any(others)
