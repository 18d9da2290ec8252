"""The lines between some nodes, level by level, against looking at every line."""

import numpy as np
import pytest
from scipy import sparse

from riskplug.bom.levels import by_level, steps


@pytest.mark.parametrize("seed", range(20))
def test_every_line_between_the_nodes_is_met_once_after_those_of_lower_numbers(seed: int) -> None:
    rng = np.random.default_rng(seed)
    level = np.sort(rng.integers(0, 5, 30)).astype(np.int32)
    lines = {(a, b) for a, b in rng.integers(0, 30, (120, 2)).tolist() if level[a] < level[b]}
    rows, columns = zip(*sorted(lines), strict=True)
    graph = sparse.csr_array((np.ones(len(rows)), (rows, columns)), shape=(30, 30))
    nodes = np.flatnonzero(rng.random(30) < 0.6)
    met, levels = [], []
    for step in steps(graph, -level, nodes):
        bounds = [*step.starts.tolist(), len(step.ends)]
        assert (np.diff(bounds) > 0).all()
        met += [
            (int(nodes[at]), int(nodes[end]))
            for place, at in enumerate(step.at)
            for end in step.ends[bounds[place] : bounds[place + 1]]
        ]
        (one,) = set(level[nodes[step.at]].tolist())
        levels.append(one)
    chosen = set(nodes.tolist())
    assert sorted(met) == sorted((a, b) for a, b in lines if a in chosen and b in chosen)
    assert levels == sorted(set(levels), reverse=True)


def test_of_no_nodes_there_are_no_lines() -> None:
    assert list(steps(sparse.csr_array((3, 3)), np.zeros(3, dtype=np.int32), np.empty(0, dtype=np.intp))) == []


@pytest.mark.parametrize(
    "levels", [[2, 0, 1, 0, 2], [-1, 127, 128, -129, 0], [40_000, 3, 40_000, -40_000], [70_000, -1, 70_000], []]
)
def test_levels_are_sorted_and_those_of_one_level_stay_as_they_come(levels: list[int]) -> None:
    expected = sorted(range(len(levels)), key=levels.__getitem__)
    assert by_level(np.array(levels, dtype=np.int32)).tolist() == expected
