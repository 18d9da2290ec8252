"""The sample workspace re-run on other business dates: read and checked once, each day analysed once."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from functools import cache, cached_property
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pandas as pd
from ruamel.yaml import YAML

from riskplug import workspace as settings
from riskplug.analysis import Analysis, analyse
from riskplug.content import load_knowledge
from riskplug.doubts import untrusted_tables
from riskplug.extend.host import Choice, PluginHost
from riskplug.extend.protocols import ScanContext
from riskplug.ingest import ingest
from riskplug.loading import measures_of, plugged_of, profiles_of, reshapes_of, rules_of
from riskplug.model import Ingested, Outcome, Validated
from riskplug.regimes import Measure, judge_orders, judge_parts
from riskplug.rules import evaluate
from riskplug.stages import Stages
from riskplug.state.snapshots import Snapshot
from riskplug.tables import TABLES
from riskplug.validate import validate
from riskplug.validate.gates import judge
from riskplug.workspace import Policy, Site, Workspace

ROOT = Path(__file__).resolve().parents[3]
EXPORTED = date(2025, 4, 28)
CASES: list[dict[str, Any]] = YAML(typ="safe").load(ROOT / "tests" / "cases" / "replay" / "sample.yaml")["replays"]
DAYS = [case["on"] for case in CASES]
# What does not depend on the day is read once for all of them.
KNOWLEDGE = cache(load_knowledge)


@dataclass
class Sample:
    """The exports read once; each day analysed, and its rules evaluated, once."""

    workspace: Workspace
    host: PluginHost
    ingested: Ingested
    validated: Validated
    analyses: dict[date, Analysis] = field(default_factory=dict)
    outcomes: dict[date, Outcome] = field(default_factory=dict)

    @cached_property
    def register(self) -> tuple[Measure, ...]:
        return measures_of(self.workspace, self.host)

    def _law(self, workspace: Workspace, host: PluginHost) -> tuple[Measure, ...]:
        return self.register

    @property
    def tables(self) -> dict[str, pd.DataFrame]:
        return self.validated.tables

    def on(self, day: date) -> Analysis:
        """What the stages make of the exports on a day."""
        if day not in self.analyses:
            files, absent = self.ingested.files, self.ingested.absent_stock
            snapshot = Snapshot(Path(), "replay", day, self.aged(day), files, absent, {})
            with (
                patch("riskplug.analysis.load_knowledge", KNOWLEDGE),
                patch("riskplug.analysis.measures_of", self._law),
            ):
                self.analyses[day] = analyse(
                    snapshot, workspace=self.workspace, host=self.host, context=context(day), stages=Stages()
                )
        return self.analyses[day]

    def judged(self, day: date, overlay: str | None) -> tuple[pd.DataFrame, pd.DataFrame]:
        """Exposures and order lines of a day; with an overlay judged again under what it changes."""
        analysis = self.on(day)
        if overlay is None:
            return analysis.facts["exposure"], analysis.facts["order_line"]
        asked = case_of(day, overlay)
        tables = {**self.tables, "sourcing": self.sourcing(asked.get("sourcing"))}
        content, changed = analysis.facts["content"], self.altered(asked)
        parts = judge_parts(tables, content, self.register, workspace=changed, on=day)
        orders = judge_orders(tables, analysis.content, self.register, workspace=changed, on=day)
        return parts, orders

    def aged(self, day: date) -> Validated:
        """The checked tables, with their age judged on another day."""
        facts = self.validated.facts.copy()
        for row in facts.index:
            table, name = facts.loc[row, ["table", "source"]]
            rows = self.tables[table]
            gate = judge(rows[rows["source"] == name], table, name, self.ingested.files, day, 4, 10, None)
            facts.loc[row, ["age_days", "why"]] = gate.age_days, "; ".join(gate.reasons)
        return replace(self.validated, facts=facts)

    def sourcing(self, changed: Mapping[str, str] | None) -> pd.DataFrame:
        """The sources of supply, those of one part changed."""
        if changed is None:
            return self.tables["sourcing"]
        own = self.tables["sourcing"].astype(dict.fromkeys(changed.keys() - {"part_no"}, "str"))
        mine = own["part_no"].astype("str") == changed["part_no"]
        assert mine.any()
        return own.assign(**{name: own[name].mask(mine, value) for name, value in changed.items() if name != "part_no"})

    def altered(self, asked: Mapping[str, Any]) -> Workspace:
        """The workspace with sites in other countries, or another policy."""
        sites = {**self.workspace.sites, **{name: Site(country=c) for name, c in asked.get("sites", {}).items()}}
        return self.workspace.model_copy(update={"sites": sites, "policy": Policy(**asked.get("policy", {}))})

    def outcome(self, day: date) -> Outcome:
        """What the rules find on a day."""
        if day not in self.outcomes:
            self.outcomes[day] = evaluate(
                rules_of(self.workspace, self.host),
                self.on(day).facts,
                on=day,
                context=context(day),
                tables=self.tables,
                failed_tables=untrusted_tables(self.aged(day)),
            )
        return self.outcomes[day]


def context(day: date) -> ScanContext:
    return ScanContext("replay", day, "EUR", 365)


def case_of(day: date, overlay: str | None) -> dict[str, Any]:
    case = next(case for case in CASES if case["on"] == day)
    return case if overlay is None else next(one for one in case["overlays"] if one["name"] == overlay)


def read_sample() -> Sample:
    """The exports through their profiles, and every check of them."""
    opened = settings.load(ROOT)
    host = PluginHost.load(Choice(frozenset(opened.plugins.enable), frozenset(), (), False))
    plugged = plugged_of(opened, host, context(EXPORTED))
    ingested = ingest(opened, profiles_of(host), EXPORTED, plugged=plugged, reshapes=reshapes_of(host))
    validated = validate(ingested, workspace=opened, on=EXPORTED, contributed=host.expectations(TABLES))
    return Sample(opened, host, ingested, validated)
