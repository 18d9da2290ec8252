"""What a rule kind keeps to."""

import time
from collections.abc import Mapping
from typing import Any, ClassVar, Literal

import pandas as pd

from riskplug.errors import PluginFault
from riskplug.extend.contract import KEY, Asked, plain_findings
from riskplug.extend.lent import lent
from riskplug.extend.needs import FACTS, needs_of
from riskplug.extend.protocols import ScanContext
from riskplug.testing import company
from riskplug.testing.conformance import variants
from riskplug.testing.conformance.manners import PluginConformance, asked, need

Frames = Mapping[str, pd.DataFrame]


class RuleKindConformance(PluginConformance):
    """``offered``: the class; ``identity``: what the rule file will say. ``repeated``: what repeated rows do to it:
    nothing (``same``), a ``fault``, or they are ``counted`` as rows of their own. ``seconds``: how long it may take for
    ``rows`` rows. Override `given_options` where it needs some, `tables` where the sample company has nothing it finds.
    """

    hook: ClassVar[str] = "riskplug_rule_kinds"
    sections: ClassVar[tuple[str, ...]] = ("What", "Why", "Clear it")
    identity: ClassVar[tuple[str, ...]] = ("site", "part_no")
    repeated: ClassVar[Literal["same", "fault", "counted"]] = "same"
    rows: ClassVar[int] = 100_000
    seconds: ClassVar[float] = 30.0
    context: ClassVar[ScanContext] = company.CONTEXT

    def tables(self) -> Frames:
        """Frames by name as in `needs`, in which it finds something: those of the sample company."""
        facts = any(name.startswith(FACTS) for name in needs_of(self.offered))
        grains = company.sample_facts() if facts else {}
        return {**company.sample_tables(), **{f"{FACTS}{name}": frame for name, frame in grains.items()}}

    def needed(self) -> dict[str, pd.DataFrame]:
        """What `needs` names of the tables."""
        frames = self.tables()
        return {
            name: frames[name] if columns is None else frames[name][list(columns)]
            for name, columns in needs_of(self.offered).items()
        }

    def assess(self, frames: Frames, where: str, fix: str = "handle it, or leave the finding out") -> pd.DataFrame:
        """Its findings, held to the contract by the same function as in a scan, in the order of their keys."""
        return asked(lambda: self._plain(frames), where, fix)

    def test_it_finds_something(self) -> None:
        """Without a finding the other checks see nothing."""
        found = self.assess(self.needed(), "on the sample", "correct what it gives: see RuleKind in docs/plugins.md")
        need(
            len(found),
            "it finds nothing in tables()",
            "override tables(), or given_options(), so that it finds something",
        )

    def test_empty_tables_give_no_findings(self) -> None:
        found = self.assess(variants.empty(self.needed()), "on tables without rows", "return a frame without rows")
        need(found.empty, f"{len(found)} findings in tables without rows", "find only what the rows say")

    def test_one_row_is_enough(self) -> None:
        self.assess(variants.one_row(self.needed()), "on tables of one row")

    def test_the_order_of_rows_does_not_matter(self) -> None:
        other = self.assess(variants.shuffled(self.needed()), "on shuffled rows")
        self._need_same(other, "shuffled rows give other findings", "sort by keys before taking the first or the last")

    def test_repeated_rows_do_what_it_says(self) -> None:
        frames = variants.doubled(self.needed())
        if self.repeated == "fault":
            try:
                self._plain(frames)
            except (PluginFault, ValueError):
                return
            need(False, "repeated rows raise nothing", "say repeated = 'same' or 'counted', or refuse them")
        found = self.assess(frames, "on repeated rows", "drop duplicates, or say repeated = 'fault'")
        if self.repeated == "same":
            fix = "drop duplicates of the key, or say repeated = 'counted'"
            self._need_same(found, "repeated rows give other findings", fix)

    def test_missing_values_are_borne(self) -> None:
        for words, frames in variants.gaps(self.needed()):
            self.assess(frames, f"with {words}", "treat missing as unknown: no error, and no finding without its key")

    def test_names_in_any_script_are_kept(self) -> None:
        fix = "take names as they are: no encoding, no pattern of ASCII letters, no change of case"
        plain = self.assess(self.needed(), "on the sample")
        found = self.assess(variants.foreign(self.needed()), "with names in other scripts", fix)
        named = [name for name in self.identity if name in variants.NAMES]
        want = {tuple(f"{value}{variants.FOREIGN}" for value in row) for row in _keys(plain, named)}
        need(_keys(found, named) == want, "names in other scripts give other findings", fix)

    def test_zero_stock_and_demand_are_borne(self) -> None:
        self.assess(variants.zero(self.needed()), "with every quantity zero", "do not divide by what may be zero")

    def test_the_frames_stay_as_they_were(self) -> None:
        frames = {name: frame.copy(deep=True) for name, frame in self.needed().items()}
        asked(lambda: self.made().assess(frames, self.context), "on the sample", "handle it")
        changed = [name for name, frame in self.needed().items() if not frame.equals(frames[name])]
        need(not changed, f"it changes {', '.join(changed)}", "work on frame.assign(...) or frame.copy()")

    def test_the_same_tables_give_the_same_findings(self) -> None:
        first, second = (asked(lambda: self._plain(self.needed(), False), "on the sample", "") for _ in range(2))
        fix = "no random numbers, no clock, no order of sets: take context.business_date for today"
        need(first.equals(second), "two calls give different findings", fix)

    def test_many_rows_keep_the_time(self) -> None:
        taken = self.cost(self.rows, time.perf_counter)
        need(
            taken <= self.seconds,
            f"{self.rows:,} rows take {taken:.1f} s, more than {self.seconds:g}",
            "work on whole columns instead of rows, or set `seconds`",
        )

    def cost(self, rows: int, clock: Any = time.process_time) -> float:
        """Seconds of a clock that it takes for so many rows."""
        frames = variants.many(self.needed(), rows)
        kind, start = self.made(), clock()
        asked(lambda: kind.assess(frames, self.context), f"on {rows:,} rows", "handle it")
        return float(clock() - start)

    def _plain(self, frames: Frames, by_key: bool = True) -> pd.DataFrame:
        wanted = Asked("conformance", self.identity, 10**9, owner="owner")
        with lent(frames, needs_of(self.offered)) as seen:
            found = plain_findings(self.made().assess(seen, self.context), wanted)
        names = [KEY + name for name in self.identity]
        return found.sort_values(names, ignore_index=True) if by_key else found

    def _need_same(self, found: pd.DataFrame, what: str, fix: str) -> None:
        plain = self.assess(self.needed(), "on the sample")
        need(plain.drop(columns="evidence").equals(found.drop(columns="evidence")), what, fix)


def _keys(found: pd.DataFrame, names: list[str]) -> set[tuple[str, ...]]:
    return set(found[[KEY + name for name in names]].itertuples(index=False, name=None))
