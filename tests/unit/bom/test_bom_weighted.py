"""Revenue of the products above a part: the weights of the bits that are set, whatever byte they stand in."""

import numpy as np

from riskplug.bom.products import BLOCK, WORDS, _weighted


def test_every_set_bit_counts_with_its_own_weight() -> None:
    rng = np.random.default_rng(3)
    above = rng.random((7, BLOCK)) < 0.1
    above[2] = False
    weights = rng.integers(1, 1000, BLOCK - 5).astype(float)
    above[:, len(weights) :] = False
    bits = np.packbits(above, axis=1, bitorder="little").view("<u8").astype(np.uint64)
    assert bits.shape == (7, WORDS)
    expected = [sum(weight for weight, here in zip(weights, row, strict=False) if here) for row in above]
    assert _weighted(bits, weights[:, None])[:, 0].tolist() == expected
