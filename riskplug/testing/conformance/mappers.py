"""What a content mapper keeps to."""

import time
from collections.abc import Sequence
from typing import ClassVar

import pandas as pd

from riskplug.content import candidates_of_mappers
from riskplug.extend.protocols import ScanContext
from riskplug.model import CONTENT_COLUMNS
from riskplug.testing import company
from riskplug.testing.conformance import variants
from riskplug.testing.conformance.manners import PluginConformance, asked, need

_KEY = ["part_no", "material", "form"]


class ContentMapperConformance(PluginConformance):
    """``offered``: the class. ``seconds``: how long it may take for ``rows`` parts. Override `given_options` where it
    needs some, `parts` where the sample company has no part that it speaks of. ``knows_numbers``: it knows single parts
    by their number, and so says nothing of others."""

    hook: ClassVar[str] = "riskplug_content_mappers"
    rows: ClassVar[int] = 100_000
    seconds: ClassVar[float] = 30.0
    knows_numbers: ClassVar[bool] = False
    context: ClassVar[ScanContext] = company.CONTEXT

    def parts(self) -> pd.DataFrame:
        """Canonical parts of which it says something: those of the sample company."""
        return company.sample_tables()["parts"]

    def said(self, parts: pd.DataFrame, where: str, fix: str = "say nothing of such a part") -> pd.DataFrame:
        """CONTENT_COLUMNS in the order of their keys, held to what a scan takes, by the same function."""
        found: pd.DataFrame = asked(lambda: self.made().map_content(parts.copy(deep=False), self.context), where, fix)
        need(isinstance(found, pd.DataFrame), f"{where}: it gave {type(found).__name__}", "return a DataFrame")
        names = pd.Index(parts["part_no"].dropna().astype("str").unique())
        _, aside = asked(lambda: candidates_of_mappers([found], names), where, "give the columns CONTENT_COLUMNS")
        odd: Sequence[str] = aside["text"].tolist()[:3]
        fix = (
            "take part numbers as they are; evidence as in docs/facts.md, mass_g_min <= mass_g_max, probability 0 to 1"
        )
        need(not odd, f"{where}: a scan would not believe {', '.join(odd)}", fix)
        need(found["source"].notna().all(), f"{where}: rows without source", "say where it is known from")
        twice = found[found.duplicated(_KEY)]
        need(twice.empty, f"{where}: {len(twice)} keys twice", "give one row per part, material and form")
        return found[list(CONTENT_COLUMNS)].astype({name: "str" for name in _KEY}).sort_values(_KEY, ignore_index=True)

    def test_it_says_something(self) -> None:
        """Without a row the other checks see nothing."""
        found = self.said(self.parts(), "on the sample")
        need(
            len(found), "it says nothing of parts()", "override parts(), or given_options(), so that it says something"
        )

    def test_no_parts_give_no_content(self) -> None:
        found = self.said(self.parts().iloc[:0], "without parts", "return a frame of CONTENT_COLUMNS without rows")
        need(found.empty, "it speaks of parts that it was not given", "speak of the given parts alone")

    def test_one_part_is_enough(self) -> None:
        self.said(self.parts().iloc[:1], "on one part")

    def test_the_order_of_parts_does_not_matter(self) -> None:
        other = variants.shuffled({"parts": self.parts()})["parts"]
        same = self.said(other, "on shuffled parts").equals(self.said(self.parts(), "on the sample"))
        need(same, "shuffled parts give other content", "let no row depend on another")

    def test_repeated_parts_give_the_same(self) -> None:
        other = variants.doubled({"parts": self.parts()})["parts"]
        same = self.said(other, "on repeated parts", "drop duplicates").equals(self.said(self.parts(), "on the sample"))
        need(same, "repeated parts give other content", "drop duplicates of part_no, material and form")

    def test_missing_values_are_borne(self) -> None:
        for words, frames in variants.gaps({"parts": self.parts()}):
            self.said(frames["parts"], f"with {words}", "treat missing as unknown")

    def test_part_numbers_in_any_script_are_kept(self) -> None:
        fix = "take part numbers as they are; where it knows single parts by number, say knows_numbers = True"
        other = variants.foreign({"parts": self.parts()})["parts"]
        found = set(self.said(other, "with part numbers in other scripts", fix)["part_no"])
        known = {f"{name}{variants.FOREIGN}" for name in self.said(self.parts(), "on the sample")["part_no"]}
        need(found == (set() if self.knows_numbers else known), "other part numbers give other content", fix)

    def test_the_parts_stay_as_they_were(self) -> None:
        parts = self.parts().copy(deep=True)
        asked(lambda: self.made().map_content(parts, self.context), "on the sample", "handle it")
        need(parts.equals(self.parts()), "it changes the parts", "work on parts.assign(...) or parts.copy()")

    def test_the_same_parts_give_the_same_content(self) -> None:
        first, second = (
            asked(lambda: self.made().map_content(self.parts(), self.context), "on the sample", "") for _ in range(2)
        )
        need(first.equals(second), "two calls give different content", "no random numbers, no clock, no order of sets")

    def test_many_parts_keep_the_time(self) -> None:
        parts = variants.many({"parts": self.parts()}, self.rows)["parts"]
        mapper, start = self.made(), time.perf_counter()
        asked(lambda: mapper.map_content(parts, self.context), f"on {self.rows:,} parts", "handle it")
        taken = time.perf_counter() - start
        fix = "work on whole columns instead of rows, or set `seconds`"
        need(taken <= self.seconds, f"{self.rows:,} parts take {taken:.1f} s, more than {self.seconds:g}", fix)
