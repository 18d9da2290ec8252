"""The first row with a key gives its value; what no row has is missing."""

import numpy as np

from riskplug.regimes.origins import lookup


def test_the_first_row_with_a_key_counts_and_no_key_matches_nothing() -> None:
    keys, wanted = np.array([5, 3, 5, -1, 8]), np.array([3, 5, 9, -1, 5])
    found = lookup(keys, ["CN", "JP", "VN", "DE", None], wanted)
    assert [None if value != value else value for value in found.astype("object")] == ["JP", "CN", None, None, "CN"]


def test_nothing_is_found_among_no_rows() -> None:
    none = np.array([], dtype=np.int64)
    assert lookup(none, [], np.array([1, -1])).isna().tolist() == [True, True]
