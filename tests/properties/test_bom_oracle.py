"""The graph and its sums against a slow, obvious recursion with a memo, on random bills of material."""

from functools import cache

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from riskplug.bom import explode, products_above, roll_up, roll_up_content
from tests.examples import examples
from tests.unit.bom.boms import grams, graph_of, line, node, own

SITES = ("DE01", "US01")
GRAMS_PER = {"g": 1.0, "kg": 1000.0, "mg": 0.001}
PARTS = [f"P{i}" for i in range(9)]


@st.composite
def boms(draw):
    """Lines from lower to higher numbers, so never a cycle, in mixed units and at one or every site."""
    count = draw(st.integers(1, 24))
    lines = []
    for _ in range(count):
        top = draw(st.integers(0, len(PARTS) - 2))
        below = draw(st.integers(top + 1, len(PARTS) - 1))
        more = {
            "unit": draw(st.sampled_from(sorted(GRAMS_PER))),
            "scrap_pct": draw(st.sampled_from([None, 0.0, 10.0, 50.0])),
        }
        more |= {
            "site": draw(st.sampled_from([None, *SITES])),
            "base_quantity": draw(st.sampled_from([None, 1.0, 4.0])),
        }
        more |= {
            "loss_convention": draw(st.sampled_from([None, "multiply", "divide"])),
            "yield_pct": draw(st.sampled_from([None, 80.0])),
        }
        lines.append(line(PARTS[top], PARTS[below], float(draw(st.integers(1, 5))), **more))
    return lines


def masters(lines, extra=()):
    return [{"part_no": name, "base_unit": "g"} for name in (*PARTS, *extra)]


def need(one, losses: bool) -> float:
    amount = one["quantity"] * GRAMS_PER[one["unit"]] / (one["base_quantity"] or 1.0)
    if not losses:
        return amount
    scrap = (one["scrap_pct"] or 0.0) / 100
    amount = amount / (1 - scrap) if one["loss_convention"] == "divide" else amount * (1 + scrap)
    return amount / ((one["yield_pct"] or 100.0) / 100)


def oracle(lines, site: str, losses: bool):
    """The quantity of one part in one unit of another, by recursion."""

    @cache
    def inside(parent: str, wanted: str) -> float:
        if parent == wanted:
            return 1.0
        mine = [one for one in lines if one["parent"] == parent and one["site"] in (None, site)]
        return sum(need(one, losses) * inside(one["component"], wanted) for one in mine)

    return inside


@given(boms(), st.sampled_from(SITES))
@settings(max_examples=examples(60), deadline=None)
def test_sums_equal_the_recursion(lines, site) -> None:
    graph = graph_of(lines, masters(lines), SITES)
    values = np.zeros((len(graph.nodes), 1))
    values[node(graph, PARTS[-1], site)] = 1.0
    for kind, losses in (("as_built", False), ("consumed", True)):
        total = roll_up(getattr(graph, kind), values, graph)[:, 0]
        inside = oracle(lines, site, losses)
        expected = [inside(str(p), PARTS[-1]) if s == site else 0.0 for p, s in graph.nodes.itertuples(index=False)]
        np.testing.assert_allclose(total, expected, rtol=1e-9)


@given(boms(), st.sampled_from(SITES))
@settings(max_examples=examples(60), deadline=None)
def test_explosions_equal_the_recursion(lines, site) -> None:
    graph = graph_of(lines, masters(lines), SITES)
    inside = oracle(lines, site, True)
    expected = {name: inside(PARTS[0], name) for name in PARTS[1:] if inside(PARTS[0], name)}
    found = explode(graph, PARTS[0], site).set_index("part_no")["qty_per"].to_dict()
    assert found.keys() == expected.keys()
    np.testing.assert_allclose([found[name] for name in expected], list(expected.values()), rtol=1e-9)


@given(boms(), st.lists(st.integers(0, 8), unique=True, max_size=5), st.data())
@settings(max_examples=examples(60), deadline=None)
def test_content_equals_the_recursion(lines, bearing, data) -> None:
    names = ("full_declaration", "grade", "component_type")
    evidence = {
        PARTS[i]: (
            data.draw(st.sampled_from([0.5, 2.0, None])),
            data.draw(st.sampled_from([0.0, 0.25, 1.0])),
            data.draw(st.sampled_from([1, 5, 7])),
        )
        for i in bearing
    }
    kinds = dict(zip((1, 5, 7), names, strict=True))
    rows = [grams(p, np.nan if m is None else m, probability=q, evidence=kinds[r]) for p, (m, q, r) in evidence.items()]
    graph = graph_of(lines, masters(lines), SITES)
    site = SITES[0]

    @cache
    def held(part: str):
        """(min, max, probability, rank) or None where nothing is inside."""
        amounts: dict[str, float] = {}
        for one in lines:
            if one["parent"] == part and one["site"] in (None, site):
                amounts[one["component"]] = amounts.get(one["component"], 0.0) + need(one, False)
        inner = [(q, held(c)) for c, q in amounts.items()]
        inner = [(q, h) for q, h in inner if h is not None and h[2] != 0]
        below = None
        if inner:
            low, high = (sum(q * h[i] for q, h in inner) for i in (0, 1))
            below = (low, high, 1 - np.prod([1 - h[2] for _, h in inner]), max(h[3] for _, h in inner))
        if part not in evidence:
            return below
        mass, chance, rank = evidence[part]
        absent = chance == 0
        mine = (0.0, 0.0, 0.0, rank) if absent else (mass or 0.0, np.nan if mass is None else mass, chance, rank)
        loses = below is not None and (below[3] < rank or (below[3] == rank and absent))
        return below if loses else mine

    content = roll_up_content(graph, own(rows))
    here = content[content["site"] == site].set_index("part_no")
    for name in PARTS:
        expected = held(name)
        assert (name in here.index) is (expected is not None)
        if expected is not None and expected[2] > 0:
            got = here.loc[name, ["mass_g_min", "mass_g_max", "probability", "evidence_rank"]].fillna(-1).astype(float)
            wanted = [-1.0 if i == 1 and np.isnan(v) else v for i, v in enumerate(expected)]
            if not bool(here.loc[name, "rolled_up"]) and evidence[name][0] is None:
                wanted[0] = -1.0
            np.testing.assert_allclose(got.to_numpy(), wanted, rtol=1e-9)


@given(boms(), st.randoms())
@settings(max_examples=examples(40), deadline=None)
def test_the_order_of_lines_is_irrelevant(lines, random) -> None:
    shuffled = list(lines)
    random.shuffle(shuffled)
    one, other = (graph_of(some, masters(lines), SITES) for some in (lines, shuffled))
    for kind in ("as_built", "consumed", "fixed"):
        assert abs(getattr(one, kind) - getattr(other, kind)).max() < 1e-9
    assert one.level.tolist() == other.level.tolist()


@given(boms(), st.data())
@settings(max_examples=examples(40), deadline=None)
def test_a_phantom_put_between_two_parts_changes_no_need(lines, data) -> None:
    at = data.draw(st.integers(0, len(lines) - 1))
    old = lines[at]
    between = [
        *lines[:at],
        old
        | {
            "component": "PH",
            "quantity": 1.0,
            "unit": "g",
            "scrap_pct": None,
            "yield_pct": None,
            "base_quantity": None,
        },
        old | {"parent": "PH"},
        *lines[at + 1 :],
    ]
    plain = graph_of(lines, masters(lines, ["PH"]), SITES)
    changed = graph_of(between, [*masters(lines), {"part_no": "PH", "base_unit": "g", "phantom": True}], SITES)
    for site in SITES:
        one, other = (explode(graph, PARTS[0], site).set_index("part_no")["qty_per"] for graph in (plain, changed))
        other = other.drop("PH", errors="ignore")
        assert one.index.sort_values().equals(other.index.sort_values())
        np.testing.assert_allclose(one, other.reindex(one.index), rtol=1e-9)


@given(boms())
@settings(max_examples=examples(40), deadline=None)
def test_every_line_leads_to_a_deeper_level(lines) -> None:
    graph = graph_of(lines, masters(lines), SITES)
    edges = graph.as_built.tocoo()
    assert (graph.level[edges.row] < graph.level[edges.col]).all()
    deepest = np.full(len(graph.level), -1)
    np.maximum.at(deepest, edges.col, graph.level[edges.row])
    assert (graph.level == deepest + 1).all()


@given(boms(), st.lists(st.booleans(), min_size=9, max_size=9))
@settings(max_examples=examples(40), deadline=None)
def test_products_equal_the_recursion(lines, flags) -> None:
    graph = graph_of(lines, masters(lines), SITES)
    finished = {name for name, flag in zip(PARTS, flags, strict=True) if flag}
    product = graph.nodes["part_no"].isin(finished).to_numpy()
    counts, money = products_above(graph, product, np.arange(len(product), dtype=float))
    for number, (part, site) in enumerate(graph.nodes.itertuples(index=False)):
        inside = oracle(lines, site, True)
        above = [p for p in finished if inside(p, str(part)) > 0]
        assert counts[number] == len(above)
        assert money[number] == sum(node(graph, p, site) for p in above)
