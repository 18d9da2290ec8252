"""Which products a loss stops, against asking each part in turn whether it can still be had, on random lists."""

from functools import cache

import numpy as np
import pandas as pd
from hypothesis import given, settings
from hypothesis import strategies as st

from riskplug.bom import Needs, products_stopped
from tests.examples import examples
from tests.unit.bom.boms import graph_of, line

PARTS = [f"P{i}" for i in range(8)]
SITES = ("DE01", "US01")


@st.composite
def worlds(draw):
    """Lines, some in groups of alternates, downwards or (among alternates) anywhere; parts made or bought; losses."""
    lines = []
    for _ in range(draw(st.integers(1, 16))):
        top = draw(st.integers(0, len(PARTS) - 2))
        below = draw(st.integers(top + 1, len(PARTS) - 1))
        group = draw(st.sampled_from([None, None, "A", "B"]))
        more = {"alt_group": group, "alt_priority": draw(st.sampled_from([1.0, 2.0])) if group else None}
        lines.append(line(PARTS[top], PARTS[below], site=draw(st.sampled_from(SITES)), **more))
    either = draw(st.sets(st.sampled_from(PARTS)))
    products = draw(st.sets(st.sampled_from(PARTS), min_size=1))
    losses = draw(
        st.lists(
            st.sets(st.tuples(st.sampled_from(PARTS), st.sampled_from(["part", "supply"])), min_size=1, max_size=3),
            min_size=1,
            max_size=6,
        )
    )
    return lines, either, products, losses


def stops(lines, either, lost, site: str):
    """A function that says whether a part is lost at a site, by recursion over what it needs."""

    @cache
    def made(part: str) -> bool:
        mine = [one for one in lines if one["parent"] == part and one["site"] == site]
        if any(gone(one["component"]) for one in mine if one["alt_group"] is None):
            return True
        groups = {one["alt_group"] for one in mine} - {None}
        return any(all(gone(one["component"]) for one in mine if one["alt_group"] == name) for name in groups)

    @cache
    def gone(part: str) -> bool:
        if (part, "part") in lost:
            return True
        if part in either and any(one["parent"] == part and one["site"] == site for one in lines):
            return made(part) and (part, "supply") in lost
        return made(part) or (part, "supply") in lost

    return gone


@settings(max_examples=examples(60), deadline=None)
@given(worlds())
def test_products_stop_where_nothing_else_can_take_over(world) -> None:
    lines, either, products, losses = world
    graph = graph_of(lines, [{"part_no": name} for name in PARTS], sites=SITES)
    names, sites = graph.nodes["part_no"].astype("str"), graph.nodes["site"].astype("str")
    needs = Needs.of(graph, names.isin(either).to_numpy())
    lost = pd.DataFrame(
        [
            (number, at, way)
            for number, loss in enumerate(losses)
            for part, way in loss
            for at in np.flatnonzero(names == part)
        ],
        columns=["candidate", "node", "way"],
    )
    chosen = np.flatnonzero(names.isin(products))
    worth = np.arange(1.0, len(chosen) + 1)
    found = products_stopped(needs, lost, chosen, graph.nodes["site"].cat.codes.to_numpy()[chosen], worth)
    expected = set()
    for number, loss in enumerate(losses):
        for code, site in enumerate(graph.nodes["site"].cat.categories):
            gone = stops(lines, either, loss, site)
            hit = [at for at, node in enumerate(chosen) if sites[node] == site and gone(names[node])]
            if hit:
                expected.add((number, code, float(len(hit)), float(worth[hit].sum())))
    assert set(found.itertuples(index=False, name=None)) == expected
