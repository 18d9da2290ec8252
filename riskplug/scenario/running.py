"""Scenarios of a night or of a question, one after the other; the fault of one is not the next one's."""

import time
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from pathlib import Path

import pandas as pd

from riskplug.analysis import Analysis
from riskplug.errors import Problem, RiskplugError, UsageError
from riskplug.model import Branch, Frames, WhatIf
from riskplug.regimes import Measure
from riskplug.scale.engine import LOCAL, Engine
from riskplug.scenario.compare import compare
from riskplug.scenario.engine import Base, outcomes
from riskplug.scenario.facts import Outcome
from riskplug.scenario.law import approval_pct
from riskplug.scenario.overlays import Scenario
from riskplug.scenario.reading import Known, read_scenarios, scenario_files
from riskplug.workspace import Workspace

# the interval of a weighted sum is no wider than the weighted sum of the intervals
_CHANCES = ["p_stock_out_30", "p_stock_out_60", "p_stock_out_90", "chance_half_width"]


def known_of(tables: Frames, register: Sequence[Measure], materials: Iterable[str], workspace: Workspace) -> Known:
    """What scenarios may name. ``materials``: those of the knowledge base; those of the register are known too."""
    listed = [item.materials for one in register for item in one.items]
    named = ("suppliers", "sourcing", "purchase_orders")
    suppliers = pd.concat([tables[name]["supplier"].dropna().astype("str") for name in named])
    return Known(
        tuple(register),
        frozenset(materials).union(*listed),
        tuple(workspace.sites),
        frozenset(suppliers.unique()),
        _places(tables),
    )


def _places(tables: Frames) -> pd.DataFrame:
    places = tables["parts"][["part_no", "site"]].drop_duplicates()
    return places.astype({"part_no": "str", "site": "str"})


def standing_files(workspace: Workspace) -> list[Path]:
    """Scenario files that every scan of the workspace runs; UsageError for a path that is not there."""
    return scenario_files(workspace.resolve(path) for path in workspace.scenarios.paths)


def nightly(
    workspace: Workspace, analysis: Analysis, engine: Engine = LOCAL
) -> tuple[tuple[WhatIf, ...], tuple[str, ...]]:
    """The standing scenarios of a night, and what went wrong with them. Never raises: the base stands without them."""
    try:
        scenarios, faults = load_standing(workspace, analysis)
        found = run_scenarios(scenarios, Base.of(analysis, workspace), engine=engine) if scenarios else ()
    except Exception as error:
        return (), (f"scenarios: {type(error).__name__}: {error}",)
    failed = [f"scenario {one.id} failed: {one.fault}" for one in found if one.fault]
    return found, (*(f"scenarios: {fault}" for fault in faults), *failed)


def run_scenarios(
    scenarios: Sequence[Scenario],
    base: Base,
    *,
    clock: Callable[[], float] = time.perf_counter,
    engine: Engine = LOCAL,
) -> tuple[WhatIf, ...]:
    """Every scenario against the base. What goes wrong with one is its ``fault``; the base is only read."""
    return tuple(engine.each("scenarios", partial(_run, clock=clock), scenarios, base, _given_up))


def _given_up(scenario: Scenario, error: RiskplugError) -> WhatIf:
    return WhatIf(scenario.id, scenario.title, _words(scenario), (), 0.0, fault=error.what)


def _words(scenario: Scenario) -> tuple[str, ...]:
    return tuple(str(overlay) for overlay in scenario.overlays)


def _run(base: Base, scenario: Scenario, clock: Callable[[], float]) -> WhatIf:
    started, words = clock(), _words(scenario)
    try:
        found = outcomes(scenario, base)
        compared = tuple(compare(base.view, one, scenario=scenario.id, branch=name) for name, one in found.items())
        rate = approval_pct(scenario)
        chances = expected(found, compared, rate, scenario.id)
        return WhatIf(scenario.id, scenario.title, words, compared, clock() - started, rate, chances)
    # whatever a scenario breaks, the others and the night go on and it is said
    except Exception as error:
        fault = error.problems[0].what if isinstance(error, RiskplugError) else f"{type(error).__name__}: {error}"
        return WhatIf(scenario.id, scenario.title, words, (), clock() - started, fault=fault)


def expected(
    found: dict[str, Outcome], compared: Sequence[Branch], rate_pct: float | None, scenario: str
) -> pd.DataFrame:
    """Chance of running out over both answers: share granted x granted + share refused x refused, per changed part.

    No rows where the share is unknown or settles the answer. A date is never averaged.
    """
    columns = ["scenario", "part_no", "site", *_CHANCES]
    if rate_pct is None or set(found) != {"granted", "refused"}:
        return pd.DataFrame(columns=columns)
    share = rate_pct / 100
    granted, refused = found["granted"].part, found["refused"].part
    mixed = granted.assign(**{name: share * granted[name] + (1 - share) * refused[name] for name in _CHANCES})
    mixed = mixed.assign(scenario=scenario).astype({"part_no": "str", "site": "str"})
    changed = pd.concat([one.rows["part"][["part_no", "site"]] for one in compared]).drop_duplicates()
    return changed.merge(mixed[columns], on=["part_no", "site"])[columns].reset_index(drop=True)


def load_standing(workspace: Workspace, analysis: Analysis) -> tuple[tuple[Scenario, ...], tuple[str, ...]]:
    """The standing scenarios, checked against the data, and what is wrong with files that are left out for it.

    A file that cannot be used costs its own scenarios, not those of the others.
    """
    scenarios: dict[str, Scenario] = {}
    faults: list[str] = []
    try:
        files = standing_files(workspace)
    except UsageError as error:
        return (), tuple(_short(problem) for problem in error.problems)
    foundation = analysis.foundation
    known = known_of(foundation.tables, analysis.register, foundation.knowledge.materials, workspace)
    for file in files:
        try:
            found = read_scenarios([file], known)
        except UsageError as error:
            faults += [_short(problem) for problem in error.problems]
            continue
        twice = [one.id for one in found if one.id in scenarios]
        faults += [f"{file}: scenario {name!r} is in another file too: give one another id" for name in twice]
        scenarios |= {one.id: one for one in found if one.id not in scenarios}
    return tuple(scenarios.values()), tuple(faults)


def _short(problem: Problem) -> str:
    return f"{problem.where}: {problem.what}" + (f" ({problem.fix})" if problem.fix else "")
