"""Base and scenario from the same foundation: content, BOM and roll-up once; law, runways and what follows anew."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

import numpy as np
import numpy.typing as npt
import pandas as pd

from riskplug.analysis import Analysis, exposed_under, may_be_stopped, ordered_under, stopped_lines
from riskplug.model import BomGraph, Frames
from riskplug.plan import Held, Plan, plan, released_days
from riskplug.plan.nodes import Floats
from riskplug.regimes import licence_terms
from riskplug.scenario.compare import View
from riskplug.scenario.facts import Master, Outcome, assess
from riskplug.scenario.law import Period, Terms, approval_pct, held, periods, terms, with_licence_days
from riskplug.scenario.overlays import Alternate, Licence, NewSource, Scenario
from riskplug.scenario.releases import requirements, standing_in
from riskplug.scenario.supply import with_alternate, with_source, with_supply
from riskplug.workspace import Workspace

_JUDGED_FROM = ("purchase_orders", "sourcing", "parts")


@dataclass(frozen=True)
class Base:
    """The base of all scenarios of a night, and what each of them needs of it."""

    analysis: Analysis
    workspace: Workspace
    master: Master
    outcome: Outcome
    view: View

    @classmethod
    def of(cls, analysis: Analysis, workspace: Workspace) -> "Base":
        foundation = analysis.foundation
        master = Master.of(foundation.tables, foundation.graph)
        outcome = assess(
            analysis,
            master,
            foundation.tables,
            foundation.graph,
            analysis.plan,
            analysis.orders,
            [(foundation.on, analysis.exposures)],
            workspace,
        )
        return cls(analysis, workspace, master, outcome, View.of(outcome))


@dataclass(frozen=True)
class World:
    """What the stages read in the place of the base's.

    ``sold``: the demand that sales are counted from. ``law``: by stretch of days. ``graph``: the base's, with the
    alternates of a scenario where a product stops for want of them.
    """

    tables: Frames
    sold: pd.DataFrame
    workspace: Workspace
    law: tuple[Period, ...]
    graph: BomGraph


@dataclass(frozen=True)
class Judged:
    """Orders and exposures by period, as the regimes stage judges them under its law."""

    orders: tuple[pd.DataFrame, ...]
    exposures: tuple[pd.DataFrame, ...]


def outcomes(scenario: Scenario, base: Base) -> dict[str, Outcome]:
    """The scenario assessed, by branch: ``granted`` and ``refused`` where it speaks of licences, else one without name.

    A branch that the approval rate rules out is left out.
    """
    register, policy = with_licence_days(scenario, base.analysis.register, base.workspace.policy)
    foundation, workspace = base.analysis.foundation, base.workspace
    law = periods(scenario, register, policy, foundation.on)
    tables = with_supply(foundation.tables, scenario, list(workspace.sites), foundation.on)
    changed = workspace if policy is workspace.policy else workspace.model_copy(update={"policy": policy})
    world = World(tables, tables["demand"], changed, law, foundation.graph)
    judged = _judged(world, base)
    return {
        branch: _assessed(scenario, world, judged, base, terms(scenario, register, granted=branch == "granted"))
        for branch in branches(scenario)
    }


def branches(scenario: Scenario) -> Sequence[str]:
    """What a scenario is worked out for: both answers to an application unless the rate settles it."""
    if not any(scenario.of(Licence)):
        return ("",)
    rate = approval_pct(scenario)
    return [name for name, never in (("granted", 0), ("refused", 100)) if rate != never]


def _assessed(scenario: Scenario, world: World, judged: Judged, base: Base, how: Terms) -> Outcome:
    planned = _planned(world, judged, base, how)
    for overlay in scenario.of(NewSource, Alternate):
        world = _released(world, overlay, planned)
        judged = _judged(world, base)
        planned = _planned(world, judged, base, how)
    on = base.analysis.foundation.on
    starts = [on + timedelta(days=period.starts) for period in world.law]
    return assess(
        base.analysis,
        base.master,
        {**world.tables, "demand": world.sold},
        world.graph,
        planned,
        _lines(world, judged, how, on),
        list(zip(starts, judged.exposures, strict=True)),
        world.workspace,
    )


def _judged(world: World, base: Base) -> Judged:
    """One judgement per law; the base's where neither law nor tables differ from it."""
    analysis, foundation = base.analysis, base.analysis.foundation
    same = world.workspace is base.workspace and all(
        world.tables[name] is foundation.tables[name] for name in _JUDGED_FROM
    )
    orders, exposures = [], []
    for period in world.law:
        if same and period.register == analysis.register:
            orders.append(analysis.orders)
            exposures.append(analysis.exposures)
            continue
        orders.append(ordered_under(period.register, world.tables, foundation, world.workspace))
        exposures.append(exposed_under(period.register, world.tables, foundation, world.workspace))
    return Judged(tuple(orders), tuple(exposures))


def _planned(world: World, judged: Judged, base: Base, how: Terms) -> Plan:
    """The plan of a world; the base's where all that it reads is the base's."""
    analysis, foundation = base.analysis, base.analysis.foundation
    untouched = all(world.tables[name] is table for name, table in foundation.tables.items())
    if untouched and not how.days and all(orders is analysis.orders for orders in judged.orders):
        return analysis.plan
    moved = world.tables["sourcing"] is not foundation.tables["sourcing"]
    policy = world.workspace.policy
    if how.any:
        # the scenario says what becomes of applications, the policy's share no longer counts
        policy = policy.model_copy(update={"licence_approval_pct": None})
    orders = world.tables["purchase_orders"]
    return plan(
        world.tables,
        foundation.graph,
        workspace=world.workspace.model_copy(update={"policy": policy}),
        on=foundation.on,
        stopped=stopped_lines(orders, judged.orders[0]),
        absent_stock=foundation.absent_stock,
        held=_held(world, judged, how, foundation.on),
        # a source lost or found changes how long new orders take, not when those already placed come
        undated_after=_lead_times(analysis.plan) if moved else None,
        licences=licence_terms(judged.orders[0], world.law[0].register, policy, foundation.on),
        refused=foundation.refused,
        caught=may_be_stopped(foundation.graph, judged.exposures[0], world.workspace.policy),
        averaged=analysis.plan.ledger.basis.averaged,
        aside=foundation.aside,
    )


def _lead_times(planned: Plan) -> Floats:
    days: npt.NDArray[np.float64] = planned.parts["lead_time_days"].to_numpy(dtype=float)
    return days


def _held(world: World, judged: Judged, how: Terms, on: date) -> list[Held]:
    lines = world.tables["purchase_orders"].index
    return [held(period, orders, lines, how, on) for period, orders in zip(world.law, judged.orders, strict=True)]


def _lines(world: World, judged: Judged, how: Terms, on: date) -> pd.DataFrame:
    """Judged order lines, each under the law of the day it is due; stopped where it does not come in the horizon."""
    if len(world.law) == 1 and not how.days:
        return judged.orders[0]
    waits, frames = _held(world, judged, how, on), []
    for period, rows in zip(world.law, judged.orders, strict=True):
        day = ((rows["due_date"] - pd.Timestamp(on)).dt.days.fillna(0).clip(lower=0)).to_numpy(dtype=np.int64)
        last = np.inf if period.through is None else period.through
        comes = released_days(day, waits, pd.Index(rows["po_index"]))
        never = comes > world.workspace.workspace.horizon_days
        here = rows.assign(stopped=rows["stopped"].fillna(True) & never)
        frames.append(here[(day >= period.starts) & (day <= last)])
    return pd.concat(frames, ignore_index=True)


def _released(world: World, overlay: NewSource | Alternate, planned: Plan) -> World:
    """The world with a source or an alternate that takes its share of what the plan before it asks for."""
    required = requirements(planned, overlay.part, overlay.site)
    if isinstance(overlay, NewSource):
        return replace(world, tables=with_source(world.tables, overlay, required, planned.on))
    tables = with_alternate(world.tables, overlay, required, planned.on)
    return replace(world, tables=tables, graph=standing_in(world.graph, overlay))
