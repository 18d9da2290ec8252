"""What is free, what is taken of it, and who has to wait for whom."""

import numpy as np
import pytest

from riskplug.plan.precedence import Arcs, order, waiting_for_itself
from riskplug.plan.serving import left_free, rounds, served


def arcs(*pairs: tuple[int, int]) -> Arcs:
    first, second = np.array(pairs, dtype=np.int64).reshape(-1, 2).T
    return Arcs(first, second)


@pytest.mark.parametrize(
    ("wanted", "free", "days", "got"),
    [
        # free up to each day, cumulated
        ([0, 3, 3], [2, 2, 5], 0, [0, 2, 3]),
        ([0, 3, 3], [0, 0, 9], 0, [0, 0, 3]),
        ([3, 3, 3], [4, 4, 4], 0, [3, 1, 0]),
        # two days under way: what is free on day 0 comes on day 2
        ([3, 3, 3, 3], [4, 9, 9, 9], 2, [0, 0, 3, 3]),
        ([3, 3, 3, 3], [9, 9, 9, 9], 7, [0, 0, 0, 0]),
    ],
)
def test_a_day_takes_what_it_lacks_while_there_is_something_left(
    wanted: list[float], free: list[float], days: int, got: list[float]
) -> None:
    assert served(np.array([wanted], float), np.array([free], float), np.array([days])).tolist() == [got]


def test_what_is_promised_for_later_is_not_free_before() -> None:
    # 5 free from day 0 and 8 from day 2; 6 leave on day 2, so 2 are left on every day before
    rest = left_free(np.array([[5.0, 5, 8, 8]]), np.array([[0.0, 0, 6, 0]]), np.array([0]))
    assert rest.tolist() == [[2, 2, 2, 2]]
    # the same, arriving on day 3 after a day under way
    rest = left_free(np.array([[5.0, 5, 8, 8]]), np.array([[0.0, 0, 0, 6]]), np.array([1]))
    assert rest.tolist() == [[2, 2, 2, 2]]


def test_nobody_is_met_twice_in_a_round_and_all_in_order() -> None:
    taker, giver = np.array([0, 0, 1, 1, 2]), np.array([0, 1, 0, 2, 0])
    found = [one.tolist() for one in rounds(taker, giver)]
    assert found == [[0], [1, 2], [3, 4]]


def test_who_is_made_from_its_own_alternate_waits_for_itself() -> None:
    # 0 is the product; 1 is made from 2 and 2 may stand in for 1; 3 may stand in for 1 as well
    requirements = arcs((0, 1), (0, 2), (0, 3), (1, 2))
    assert waiting_for_itself(4, requirements, arcs((2, 1), (3, 1))).tolist() == [True, False]


def test_parts_that_only_stand_in_for_each_other_wait_for_nobody() -> None:
    requirements = arcs((0, 1), (0, 2), (1, 3), (2, 3))
    serving = arcs((1, 2), (2, 1))
    assert not waiting_for_itself(4, requirements, serving).any()
    found = order(np.array([0, 1, 1, 2]), requirements, serving)
    assert found.unit[1] == found.unit[2] and found.level[1] == found.level[2]


def test_a_giver_stands_before_its_taker_and_all_that_hangs_on_it() -> None:
    # 2 stands in for 1, which is made from 3; 2 is on a deep level of its own, below 4, 5 and 6
    requirements = arcs((0, 1), (1, 3), (4, 5), (5, 6), (6, 2))
    found = order(np.array([0, 1, 3, 2, 0, 1, 2]), requirements, arcs((2, 1)))
    assert found.level.tolist() == [0, 4, 3, 5, 0, 1, 2]
