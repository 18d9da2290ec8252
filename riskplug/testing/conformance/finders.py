"""What a finder of alternates keeps to."""

from collections.abc import Mapping
from typing import ClassVar

import pandas as pd

from riskplug.extend.protocols import ScanContext
from riskplug.suggesting import suggest
from riskplug.testing import company
from riskplug.testing.conformance import variants
from riskplug.testing.conformance.manners import PluginConformance, asked, need

Frames = Mapping[str, pd.DataFrame]


class AlternateFinderConformance(PluginConformance):
    """``offered``: the class. Override `given_options` where it needs some, `tables` and `asked_for` where the small
    company has no part for which it knows another."""

    hook: ClassVar[str] = "riskplug_alternate_finders"
    context: ClassVar[ScanContext] = company.CONTEXT

    def tables(self) -> dict[str, pd.DataFrame]:
        """Canonical tables, parts among them: those of the sample company."""
        return company.sample_tables()

    def asked_for(self) -> list[str]:
        """Parts that it is asked about: every part."""
        return sorted(self.tables()["parts"]["part_no"].astype("str"))

    def found(self, parts: list[str], tables: Frames, where: str) -> pd.DataFrame:
        """What it names, held to the contract by the same function as in a scan."""
        host = self.host()
        rows = suggest(parts, tables, host, self.context).rows
        said = "; ".join(fault.message for fault in host.faults)
        need(not host.faults, f"{where}: {said}", "see AlternateFinder in docs/plugins.md")
        return rows

    def test_it_names_something(self) -> None:
        """Without a row the other checks see nothing."""
        rows = self.found(self.asked_for(), self.tables(), "on the sample")
        need(len(rows), "it names nothing", "override tables(), or given_options(), so that it names something")

    def test_nothing_asked_is_nothing_said(self) -> None:
        rows = self.found([], self.tables(), "asked about no part")
        need(rows.empty, "it names parts that it was not asked about", "answer for the given parts alone")

    def test_parts_alone_are_enough(self) -> None:
        """Every other table is without rows."""
        tables = {**variants.empty(self.tables()), "parts": self.tables()["parts"]}
        self.found(self.asked_for(), tables, "on tables without rows")

    def test_the_order_of_rows_does_not_matter(self) -> None:
        shuffled = self.found(self.asked_for(), variants.shuffled(self.tables()), "on shuffled rows")
        same = shuffled.equals(self.found(self.asked_for(), self.tables(), "on the sample"))
        need(same, "shuffled rows name other parts", "sort by keys before taking the first or the last")

    def test_missing_values_are_borne(self) -> None:
        tables = self.tables()
        for words, frames in variants.gaps({name: tables[name] for name in sorted(self.offered.needs)}):
            self.found(self.asked_for(), {**tables, **frames}, f"with {words}")

    def test_names_in_any_script_are_borne(self) -> None:
        names = [f"{name}{variants.FOREIGN}" for name in self.asked_for()]
        self.found(names, variants.foreign(self.tables()), "with names in other scripts")

    def test_the_tables_stay_as_they_were(self) -> None:
        tables = {name: frame.copy(deep=True) for name, frame in self.tables().items()}
        seen = {name: tables[name] for name in self.offered.needs}
        numbers = pd.Series(self.asked_for(), dtype="str", name="part_no")
        asked(lambda: self.made().find(numbers, seen, self.context), "on the sample", "handle it")
        changed = [name for name, frame in self.tables().items() if not frame.equals(tables[name])]
        changed += [] if numbers.tolist() == self.asked_for() else ["part_nos"]
        need(not changed, f"it changes {', '.join(changed)}", "work on frame.assign(...) or frame.copy()")

    def test_the_same_tables_give_the_same_parts(self) -> None:
        first, second = (self.found(self.asked_for(), self.tables(), "on the sample") for _ in range(2))
        need(first.equals(second), "two calls name different parts", "no random numbers, no clock, no order of sets")
