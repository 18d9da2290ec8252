"""CAS registry numbers: shape and check digit.

A number is worth nothing until its check digit holds: vendor lists hold broken ones (1308-97-8, 1313-07-9).
"""

import re

import numpy as np
import pandas as pd

SHAPE = re.compile(r"([0-9]{2,7})-([0-9]{2})-([0-9])")


def is_valid(cas_no: str) -> bool:
    """Whether a text is a CAS number with the right check digit.

    The digits before the last, counted from the right, are weighted 1, 2, 3 ...; the sum modulo 10 is the last one.
    7429-91-6: 1*1 + 9*2 + 9*3 + 2*4 + 4*5 + 7*6 = 116, so 6.
    """
    shape = SHAPE.fullmatch(cas_no.strip())
    if shape is None:
        return False
    digits = shape[1] + shape[2]
    return sum(weight * int(digit) for weight, digit in enumerate(reversed(digits), 1)) % 10 == int(shape[3])


def valid(cas_nos: pd.Series) -> pd.Series:
    """Row-wise ``is_valid``; missing is missing. Each distinct number is checked once."""
    codes, distinct = pd.factorize(cas_nos)
    checked = np.array([is_valid(str(number)) for number in distinct] + [False], dtype=bool)
    return pd.Series(checked[codes], index=cas_nos.index, dtype="boolean").mask(cas_nos.isna())
