"""Compiled rules: what checking a rule file gives and evaluation takes."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from riskplug.catalogue import Grain
from riskplug.extend.guard import Care
from riskplug.extend.protocols import RuleKind
from riskplug.model import Severity
from riskplug.rules.check import Scope
from riskplug.rules.message import Message
from riskplug.rules.rulefile import RuleTests, Status
from riskplug.rules.tree import All, AnyOf, Column, Node, columns


@dataclass(frozen=True, slots=True)
class Owner:
    """Who answers for a finding: a column of the row, or a fixed name."""

    column: str = ""
    name: str = ""


@dataclass(frozen=True, slots=True)
class AlertPace:
    """What the rule says of the life of its alerts; missing where it says nothing."""

    for_scans: int | None = None
    resolve_after_scans: int | None = None
    reopen_days: int | None = None
    metric_step: float | None = None
    max_share_pct: float | None = None
    max_jump: float | None = None
    repeat_every: int | None = None


@dataclass(frozen=True)
class Band:
    """One severity, its condition, and its condition relaxed by the clear margin."""

    severity: Severity
    text: str
    condition: Node
    relaxed: Node


@dataclass(frozen=True)
class Rule:
    """One rule, checked. ``version`` is a digest of everything it says; ``where`` is its place as file:line.

    A rule has either ``when`` and ``bands`` (most severe first), or ``kind`` and ``options``, which were made of
    ``given``, and the ``care`` it is called with.
    """

    id: str
    title: str
    status: Status
    grain: str
    shape: Grain
    identity: tuple[str, ...]
    owner: Owner
    version: str
    where: str
    references: tuple[str, ...] = ()
    effective_from: date | None = None
    effective_to: date | None = None
    when: Node | None = None
    when_text: str = ""
    bands: tuple[Band, ...] = ()
    named: Mapping[str, Node] = field(default_factory=dict)
    scope: Scope | None = None
    has_margin: bool = False
    on_missing: str = "report"
    message: Message = field(default_factory=lambda: Message(()))
    kind: type[RuleKind] | None = None
    options: Any = None
    given: Mapping[str, object] = field(default_factory=dict)
    care: Care = field(default_factory=Care)
    params: Mapping[str, object] = field(default_factory=dict)
    tests: tuple[RuleTests, ...] = ()
    why: str = ""
    clear: str = ""
    pace: AlertPace = AlertPace()

    @property
    def condition(self) -> Node:
        """``when`` and any band: where it is true there is a finding."""
        assert self.when is not None
        return All((self.when, AnyOf(tuple(band.condition for band in self.bands))))

    @property
    def relaxed(self) -> Node:
        """The condition within the clear margin."""
        assert self.when is not None
        return All((self.when, AnyOf(tuple(band.relaxed for band in self.bands))))

    @property
    def columns(self) -> tuple[Column, ...]:
        """The columns its conditions read."""
        return columns(self.condition) if self.when is not None else ()

    def effective(self, on: date) -> bool:
        after = self.effective_from is None or self.effective_from <= on
        return after and (self.effective_to is None or on <= self.effective_to)


@dataclass(frozen=True)
class RuleSet:
    """All rules of a scan, in order of their ids."""

    rules: tuple[Rule, ...]

    def __iter__(self) -> Iterator[Rule]:
        return iter(self.rules)

    def __len__(self) -> int:
        return len(self.rules)

    def __getitem__(self, rule: str) -> Rule:
        return next(one for one in self.rules if one.id == rule)

    @property
    def ids(self) -> tuple[str, ...]:
        return tuple(rule.id for rule in self.rules)

    def without(self, ids: Iterable[str]) -> "RuleSet":
        """The set less some rules (a workspace's ``disable``)."""
        off = set(ids)
        return RuleSet(tuple(rule for rule in self.rules if rule.id not in off))

    @property
    def versions(self) -> dict[str, str]:
        """Digest per rule, for the scan's manifest."""
        return {rule.id: rule.version for rule in self.rules}
