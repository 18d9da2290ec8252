"""Candidates against the same told part by part in plain Python."""

from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
import pytest

from riskplug.facts.recovery import candidates
from riskplug.plan.disruption import Losses

NOTHING = pd.DataFrame({"name": pd.Categorical([]), "receipt": np.empty(0, dtype="int64")})


def losses(random: np.random.Generator, kind: Any, names: list[str], nodes: int, pairs: int) -> Losses:
    rows = pd.DataFrame(
        {
            "name": pd.Categorical(random.choice(names, pairs), categories=names),
            "node": random.integers(nodes, size=pairs),
            "doubtful": random.random(pairs) < 0.4,
        }
    )
    return Losses(kind, rows, NOTHING)


def parts(random: np.random.Generator, count: int) -> pd.DataFrame:
    """Some numbers twice, at two sites; few products, so that many are equal."""
    return pd.DataFrame(
        {
            "part_no": pd.Series([f"P-{number:03}" for number in random.integers(count, size=count)], dtype="str"),
            "products": random.integers(3, size=count).astype(float),
            "revenue_at_risk": np.where(random.random(count) < 0.2, np.nan, random.random(count)),
            "lead_time_days": np.where(random.random(count) < 0.5, np.nan, random.integers(1, 9, size=count)),
            "materials": pd.Series(random.choice(["Dy", "Nd,Dy", "Ga", None], count), dtype="str"),
        }
    )


def told(one: Losses, name: str, of: np.ndarray, part: pd.DataFrame, usable: np.ndarray) -> dict[str, Any]:
    taken: dict[int, bool] = {}
    for row in one.nodes[one.nodes["name"] == name].itertuples():
        node = int(of[row.node])
        if usable[node]:
            taken[node] = taken.get(node, True) and bool(row.doubtful)
    about = part.to_dict("index")
    order = sorted(taken, key=lambda node: (taken[node], -about[node]["products"], about[node]["part_no"]))
    days = {node: about[node]["lead_time_days"] for node in taken if about[node]["lead_time_days"] > 0}
    worth = [about[node]["revenue_at_risk"] for node in taken if about[node]["revenue_at_risk"] >= 0]
    words = {word for node in taken for word in str(about[node]["materials"]).split(",") if word != "nan"}
    slowest = {about[node]["part_no"] for node, time in days.items() if time == max(days.values())}
    return {
        "nodes": set(taken),
        "parts_lost": sum(not doubt for doubt in taken.values()),
        "parts_doubtful": sum(taken.values()),
        "products": max((about[node]["products"] for node in taken), default=0),
        "worth": max(worth, default=np.nan),
        "lost_parts": ", ".join(about[node]["part_no"] for node in order[:5]) + (" ..." if len(order) > 5 else ""),
        "materials": ",".join(sorted(words)) or np.nan,
        "lead_days": max(days.values(), default=np.nan),
        "lead_part": slowest or {np.nan},
        "lead_unknown": len(taken) - len(days),
    }


@pytest.mark.parametrize("seed", range(8))
def test_candidates_are_what_a_walk_over_all_pairs_tells(seed: int) -> None:
    random = np.random.default_rng(seed)
    count, kinds = 40, [("in_force", "measure"), ("unknown", "measure"), ("supposed", "supplier")]
    part = parts(random, count)
    # the last ten nodes of the chain are second ways of parts that come before
    of = np.append(np.arange(count), random.integers(count, size=10))
    needed = random.random(count) < 0.3
    usable = needed | (random.random(count) < 0.5)
    # not in the order of the alphabet, and one of a name that takes nothing
    names = ["S-2", "S-10", "m", "a", "none"]
    found = [
        (standing, losses(random, kind, names, len(of), pairs))
        for (standing, kind), pairs in zip(kinds, (30, 0, 90), strict=True)
    ]
    supply: Any = SimpleNamespace(links=SimpleNamespace(of=of))
    rows = candidates(found, supply, part, needed, usable)
    expected = [
        {"set": number, "name": name, "standing": standing, "kind": one.kind, **about}
        for number, (standing, one) in enumerate(found)
        for name in sorted(names)
        if needed[list((about := told(one, name, of, part, usable)).pop("nodes"))].any()
    ]
    assert len(rows) == len(expected) > 4
    for row, known in zip(rows.to_dict("records"), expected, strict=True):
        slowest = known.pop("lead_part")
        assert row.pop("lead_part") in slowest or pd.isna(next(iter(slowest)))
        for name, value in known.items():
            assert row[name] == value or (pd.isna(row[name]) and pd.isna(value)), name


def test_nothing_that_is_needed_gives_no_row() -> None:
    supply: Any = SimpleNamespace(links=SimpleNamespace(of=np.arange(3)))
    part = parts(np.random.default_rng(0), 3)
    none = np.zeros(3, dtype=bool)
    one = losses(np.random.default_rng(0), "supplier", ["a"], 3, 5)
    assert candidates([("supposed", one)], supply, part, none, ~none).empty
    assert candidates([("supposed", one.__class__("site", one.nodes[:0], NOTHING))], supply, part, ~none, ~none).empty
