"""HiGHS asked directly answers what SciPy's own function answers, to the last digit."""

import numpy as np
import pytest
from scipy import sparse

from riskplug.plan import highs
from riskplug.plan.highs import INFEASIBLE, OPTIMAL, OTHER, UNBOUNDED, asked_directly, asked_through_scipy, minimum


@pytest.mark.parametrize("seed", range(20))
def test_both_ways_give_the_same_status_and_values(seed: int) -> None:
    random = np.random.default_rng(seed)
    rows, columns = random.integers(1, 12, size=2)
    matrix = sparse.csc_array(random.integers(-3, 4, size=(rows, columns)).astype(float))
    cost, right = random.integers(-4, 5, size=columns).astype(float), random.integers(-2, 9, size=rows).astype(float)
    upper = np.where(random.random(columns) < 0.5, np.inf, random.integers(0, 6, size=columns))
    for presolve in (True, False):
        direct = asked_directly(highs._core(), cost, matrix, right, upper, presolve)
        known = asked_through_scipy(cost, matrix, right, upper, presolve)
        assert direct.status == known.status and direct.values.tolist() == known.values.tolist()


@pytest.mark.parametrize(
    ("cost", "coefficient", "right", "status", "values"),
    [
        (-1.0, 2.0, 10.0, OPTIMAL, [5.0]),
        (1.0, 1.0, -1.0, INFEASIBLE, []),
        (-1.0, -1.0, 0.0, UNBOUNDED, []),
    ],
)
@pytest.mark.parametrize("known", [True, False])
def test_a_programme_of_one_variable(
    monkeypatch: pytest.MonkeyPatch,
    cost: float,
    coefficient: float,
    right: float,
    status: int,
    values: list[float],
    known: bool,
) -> None:
    """With a SciPy that keeps HiGHS elsewhere as well."""
    if not known:
        monkeypatch.setattr(highs, "_core", lambda: object())
    matrix = sparse.csc_array(np.array([[coefficient]]))
    told = [minimum(np.array([cost]), matrix, np.array([right]), np.array([np.inf]), way) for way in (True, False)]
    assert told[1].status == status and told[1].values.tolist() == values
    assert told[0].status in (status, OTHER)
