"""What a section of the report keeps to."""

from collections.abc import Mapping
from typing import ClassVar

import pandas as pd

from riskplug.chapters import chapters_of
from riskplug.extend.needs import FACTS
from riskplug.extend.protocols import ScanContext
from riskplug.model import Chapter
from riskplug.testing import company
from riskplug.testing.conformance import variants
from riskplug.testing.conformance.manners import PluginConformance, asked, need

Frames = Mapping[str, pd.DataFrame]


class ReportSectionConformance(PluginConformance):
    """``offered``: the class. Override `given_options` where it needs some, `facts` where it has nothing to say of the
    small company."""

    hook: ClassVar[str] = "riskplug_report_sections"
    context: ClassVar[ScanContext] = company.CONTEXT

    def facts(self) -> dict[str, pd.DataFrame]:
        """The fact tables of `needs` by grain: those of the sample company."""
        facts = company.sample_facts()
        return {name: facts[name] for name in sorted(self.offered.needs)}

    def told(self, facts: Frames, where: str, fix: str = "say nothing of what is not there") -> tuple[Chapter, ...]:
        """What it says, held to the contract by the same function as in a scan; nothing where it says nothing."""
        host = self.host()
        chapters = chapters_of(facts, host, self.context)
        need(not host.faults, f"{where}: {'; '.join(fault.message for fault in host.faults)}", fix)
        return chapters

    def test_it_says_something(self) -> None:
        """Without a word the other checks see nothing."""
        told = self.told(self.facts(), "on the sample", "see ReportSection in docs/plugins.md")
        need(told, "it says nothing of facts()", "override facts(), or given_options(), so that it says something")

    def test_facts_without_rows_are_borne(self) -> None:
        self.told(variants.empty(self.facts()), "on facts without rows")

    def test_one_row_is_enough(self) -> None:
        self.told(variants.one_row(self.facts()), "on facts of one row")

    def test_missing_values_are_borne(self) -> None:
        for words, frames in variants.gaps({f"{FACTS}{name}": frame for name, frame in self.facts().items()}):
            self.told({name.removeprefix(FACTS): frame for name, frame in frames.items()}, f"with {words}")

    def test_names_in_any_script_are_borne(self) -> None:
        self.told(variants.foreign(self.facts()), "with names in other scripts")

    def test_a_long_night_is_shortened(self) -> None:
        fix = "a section has at most 200 rows: say the worst, and how many there are"
        self.told(variants.many(self.facts(), 5_000), "on 5,000 rows", fix)

    def test_the_facts_stay_as_they_were(self) -> None:
        facts = {name: frame.copy(deep=True) for name, frame in self.facts().items()}
        asked(lambda: self.made().section(facts, self.context), "on the sample", "handle it")
        changed = [name for name, frame in self.facts().items() if not frame.equals(facts[name])]
        need(not changed, f"it changes {', '.join(changed)}", "work on frame.assign(...) or frame.copy()")

    def test_the_same_facts_say_the_same(self) -> None:
        first, second = (self.told(self.facts(), "on the sample") for _ in range(2))
        need(first == second, "two calls say different things", "no random numbers, no clock, no order of sets")
