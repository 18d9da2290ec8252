"""The law of a scenario: which measures hold in which stretch of days, and when a line that they stop can come.

What an overlay does not touch stays as it is on the business date, as in the base. A line counts as caught by what
holds on the day it is expected, because the day it leaves is not known: the cautious side.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
import numpy.typing as npt
import pandas as pd

from riskplug.plan import Held
from riskplug.regimes import Item, Measure, Span, standing
from riskplug.regimes.measures import STOPPING, Assemblies
from riskplug.scenario.overlays import ALL, SUSPENDED, Dated, Embargo, Licence, MeasureChange, Scenario
from riskplug.workspace import Policy

_SUSPENDED = ("suspended", "suspended_presumed")
# Kinds under which a licence can be had; a presumptive denial only where a scenario names the measure.
_LICENSED = frozenset(("licence", "extraterritorial_licence", "enhanced_review"))
_DENIED = "presumptive_denial"


@dataclass(frozen=True)
class Period:
    """Days with one law. ``starts``: day number; ``began``: by measure id, since when an overlay has it in force."""

    starts: int
    through: int | None
    register: tuple[Measure, ...]
    began: Mapping[str, int]


@dataclass(frozen=True)
class Terms:
    """What becomes of applications: by measure id, days until the licence is there; infinite where it is refused.

    A measure that is not there keeps the base's way: what it stops does not come.
    """

    days: Mapping[str, float]

    @property
    def any(self) -> bool:
        return bool(self.days)


def periods(scenario: Scenario, register: Sequence[Measure], policy: Policy, on: date) -> tuple[Period, ...]:
    """The stretches of days from the business date on, each with its register; one where no overlay names a later day.

    Later overlays of the scenario win over earlier ones. Measures that a scenario makes come after the register's.
    """
    changes = [(overlay, _ids(overlay, register, policy, on)) for overlay in scenario.of(MeasureChange)]
    embargoes = list(scenario.of(Embargo))
    days = _edges([*(overlay for overlay, _ in changes), *embargoes], on)
    found: list[Period] = []
    for n, start in enumerate(days):
        day = on + timedelta(days=start)
        forced = {name: overlay for overlay, names in changes if _holds(overlay, day, on) for name in names}
        law = [*(_forced(one, forced.get(one.id), policy, on) for one in register)]
        law += [_embargo(scenario.id, i, one, on) for i, one in enumerate(embargoes) if _holds(one, day, on)]
        through = days[n + 1] - 1 if n + 1 < len(days) else None
        found.append(Period(start, through, tuple(law), _began(forced, found, start)))
    return tuple(found)


def _ids(overlay: MeasureChange, register: Sequence[Measure], policy: Policy, on: date) -> tuple[str, ...]:
    if SUSPENDED not in overlay.measures:
        return overlay.measures
    return tuple(one.id for one in register if standing(one, on, policy).status in _SUSPENDED)


def _edges(overlays: Iterable[Dated], on: date) -> list[int]:
    """Day numbers on which the law changes, the business date first."""
    days = {0}
    for overlay in overlays:
        starts = (overlay.starts - on).days if overlay.starts else 0
        ends = (overlay.through - on).days + 1 if overlay.through else 0
        days |= {day for day in (starts, ends) if day > 0}
    return sorted(days)


def _holds(overlay: Dated, day: date, on: date) -> bool:
    return (overlay.starts or on) <= day and (overlay.through is None or day <= overlay.through)


def _forced(measure: Measure, overlay: MeasureChange | None, policy: Policy, on: date) -> Measure:
    """The measure with the state that the overlay gives it, as one open span."""
    if overlay is None:
        return measure
    basis = f"scenario: {overlay}"
    if overlay.becomes == "extended":
        status = standing(measure, overlay.starts or on, policy).status
        if status in ("not_yet", "unknown"):
            return measure
        return measure.model_copy(update={"spans": (Span.model_construct(status=status, basis=basis),)})
    status = "in_force" if overlay.becomes == "in_force" else "ended"
    return measure.model_copy(update={"spans": (Span.model_construct(status=status, basis=basis),)})


def _began(forced: Mapping[str, MeasureChange], before: Sequence[Period], start: int) -> dict[str, int]:
    earlier = before[-1].began if before else {}
    return {name: earlier.get(name, start) for name, one in forced.items() if one.becomes == "in_force"}


def _embargo(scenario: str, number: int, overlay: Embargo, on: date) -> Measure:
    """A ban as the register would have it; valid by construction, because its parts were checked in the file."""
    name = f"scenario-{scenario}-{number + 1}"
    item = Item.model_construct(id=f"{name}-goods", materials=overlay.materials, forms=overlay.forms, confidence="H")
    covered = Assemblies(applies="covered" if overlay.assemblies else "unlikely", why="the scenario speaks of the good")
    return Measure.model_construct(
        id=name,
        title=str(overlay),
        instrument=f"scenario {scenario}",
        authority="scenario",
        kind="ban",
        origin=overlay.origins,
        destination=overlay.destinations,
        follows="origin",
        assemblies=covered,
        spans=(Span.model_construct(status="in_force", basis="scenario"),),
        items=(item,),
        sources=("scenario",),
        confidence="H",
        as_of=on,
    )


def with_licence_days(scenario: Scenario, register: Sequence[Measure], policy: Policy) -> tuple[list[Measure], Policy]:
    """Register and policy with the days that the scenario's licences take; later overlays win."""
    found, how = list(register), policy
    for overlay in scenario.of(Licence):
        days = float(overlay.delay_days)
        every = overlay.measures == (ALL,)
        how = how.model_copy(update={"licence_days": days}) if every else how
        found = [_lasting(one, days) if every or one.id in overlay.measures else one for one in found]
    return found, how


def _lasting(measure: Measure, days: float) -> Measure:
    items = tuple(item.model_copy(update={"licence_days": None}) for item in measure.items)
    return measure.model_copy(update={"licence_days": days, "items": items})


def terms(scenario: Scenario, register: Sequence[Measure], *, granted: bool) -> Terms:
    """How long every licensed measure takes when applications are granted; infinite when they are refused."""
    days: dict[str, float] = {}
    for overlay in scenario.of(Licence):
        for one in register:
            named = one.id in overlay.measures
            kinds = {one.kind, *(item.kind for item in one.items if item.kind)}
            if named or (overlay.measures == (ALL,) and kinds & _LICENSED):
                days[one.id] = float(overlay.delay_days) if granted else np.inf
    return Terms(days)


def approval_pct(scenario: Scenario) -> float | None:
    """The share of applications granted, of the last licence overlay; missing where it is not known."""
    found: list[float | None] = [overlay.approval_pct for overlay in scenario.of(Licence)]
    return found[-1] if found else None


def kinds_of(register: Sequence[Measure]) -> pd.DataFrame:
    """Per id of a measure or an item: the measure it belongs to, and its kind."""
    rows = [
        (name, one.id, kind)
        for one in register
        for name, kind in [(one.id, one.kind), *((item.id, item.kind or one.kind) for item in one.items)]
    ]
    return pd.DataFrame(rows, columns=["measure", "parent", "kind"]).drop_duplicates("measure").set_index("measure")


def held(period: Period, orders: pd.DataFrame, lines: pd.Index, how: Terms, on: date) -> Held:
    """When the lines that the law of a period stops can come. ``orders``: ORDER_LINE columns judged under that law.

    A line that several measures stop waits for the last of them; one whose licence was refused before does not come.
    """
    until = pd.Series(0.0, index=lines)
    rows = orders[orders["stopped"].fillna(False).astype(bool)]
    if len(rows):
        about = kinds_of(period.register).reindex(rows["measure"].astype("str"))
        applied = np.asarray((rows["licence_applied_on"] - pd.Timestamp(on)).dt.days, dtype=np.float64)
        waits = _waits(about, applied, how, period).mask(
            (rows["licence_status"].astype("str") == "refused").to_numpy(), np.inf
        )
        latest = waits.groupby(rows["po_index"].to_numpy()).max()
        until.loc[latest.index] = latest
    return Held(period.through, until)


def _waits(about: pd.DataFrame, applied: npt.NDArray[np.float64], how: Terms, period: Period) -> pd.Series:
    """Day number on which each stopped row's licence is there: its time runs from today, from the day on which the
    measure begins, or from that of the application where it is yet to come; the latest counts."""
    parent = about["parent"].astype("str")
    days = parent.map(dict(how.days)).astype("float64")
    licensed = about["kind"].isin([*_LICENSED, _DENIED])
    began = parent.map(dict(period.began)).astype("float64").fillna(0.0)
    there = pd.Series(np.fmax(began.to_numpy(dtype=float), applied) + days.to_numpy(dtype=float))
    return there.where((licensed & days.notna()).to_numpy(), np.inf)


assert _LICENSED | {_DENIED} <= STOPPING
