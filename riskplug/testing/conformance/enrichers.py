"""What an enricher keeps to: columns that it adds to a fact table."""

import time
from collections.abc import Mapping
from typing import ClassVar

import pandas as pd

from riskplug.enriching import columns_given
from riskplug.extend.needs import FACTS
from riskplug.extend.protocols import ScanContext
from riskplug.testing import company
from riskplug.testing.conformance import variants
from riskplug.testing.conformance.manners import PluginConformance, asked, need

Frames = Mapping[str, pd.DataFrame]


class EnricherConformance(PluginConformance):
    """``offered``: the class. ``seconds``: how long it may take for ``rows`` rows. Override `given_options` where it
    needs some, `frames` where the sample company has nothing that it knows."""

    hook: ClassVar[str] = "riskplug_fact_columns"
    rows: ClassVar[int] = 100_000
    seconds: ClassVar[float] = 30.0
    context: ClassVar[ScanContext] = company.CONTEXT

    def frames(self) -> dict[str, pd.DataFrame]:
        """The facts as ``facts.GRAIN`` and the tables of `needs`: those of the sample company."""
        tables = company.sample_tables()
        facts = company.sample_facts()[self.offered.grain]
        return {self._facts: facts, **{name: tables[name] for name in sorted(self.offered.needs)}}

    def added(self, frames: Frames, where: str, fix: str = "leave the value missing") -> pd.DataFrame:
        """The declared columns beside the facts' keys, held to the contract by the same function as in a scan."""
        facts = frames[self._facts]
        made = asked(lambda: self._enrich(frames), where, fix)
        columns = asked(lambda: columns_given(made, self.offered, facts), where, "see docs/plugins.md")
        return pd.DataFrame(dict(columns), index=facts.index)

    def test_it_knows_something(self) -> None:
        """With everything missing the other checks see nothing."""
        found = self.added(self.frames(), "on the sample")
        fix = "override frames(), or given_options(), so that it knows something"
        need(found.notna().any(axis=None), "every value of frames() is missing", fix)

    def test_no_facts_give_no_rows(self) -> None:
        self.added(variants.empty(self.frames()), "on tables without rows")

    def test_one_row_is_enough(self) -> None:
        self.added(variants.one_row(self.frames()), "on tables of one row")

    def test_the_order_of_rows_does_not_matter(self) -> None:
        frames = variants.shuffled(self.frames())
        shuffled = self.added(frames, "on shuffled rows")
        plain = self.added(self.frames(), "on the sample")
        same = self._by_key(shuffled, frames).equals(self._by_key(plain, self.frames()))
        need(same, "shuffled rows give other values", "let no row depend on its place")

    def test_missing_values_are_borne(self) -> None:
        for words, frames in variants.gaps(self.frames()):
            self.added(frames, f"with {words}")

    def test_names_in_any_script_are_borne(self) -> None:
        self.added(variants.foreign(self.frames()), "with names in other scripts")

    def test_zero_stock_and_demand_are_borne(self) -> None:
        self.added(variants.zero(self.frames()), "with every quantity zero", "do not divide by what may be zero")

    def test_the_frames_stay_as_they_were(self) -> None:
        frames = {name: frame.copy(deep=True) for name, frame in self.frames().items()}
        asked(lambda: self._enrich(frames, lend=False), "on the sample", "handle it")
        changed = [name for name, frame in self.frames().items() if not frame.equals(frames[name])]
        need(not changed, f"it changes {', '.join(changed)}", "work on frame.assign(...) or frame.copy()")

    def test_the_same_facts_give_the_same_values(self) -> None:
        first, second = (self.added(self.frames(), "on the sample") for _ in range(2))
        need(first.equals(second), "two calls give different values", "no random numbers, no clock, no order of sets")

    def test_many_rows_keep_the_time(self) -> None:
        frames, start = variants.many(self.frames(), self.rows), time.perf_counter()
        self.added(frames, f"on {self.rows:,} rows")
        taken = time.perf_counter() - start
        fix = "work on whole columns instead of rows, or set `seconds`"
        need(taken <= self.seconds, f"{self.rows:,} rows take {taken:.1f} s, more than {self.seconds:g}", fix)

    @property
    def _facts(self) -> str:
        return f"{FACTS}{self.offered.grain}"

    def _enrich(self, frames: Frames, lend: bool = True) -> object:
        given = {name: frame.copy(deep=False) if lend else frame for name, frame in frames.items()}
        facts = given.pop(self._facts)
        return self.made().enrich(facts, given, self.context)

    def _by_key(self, added: pd.DataFrame, frames: Frames) -> pd.DataFrame:
        from riskplug.catalogue import GRAINS

        keys = [fact.name for fact in GRAINS[self.offered.grain].columns if fact.key]
        named = frames[self._facts][keys].astype("str")
        return pd.concat([named, added], axis=1).sort_values(keys, ignore_index=True)
