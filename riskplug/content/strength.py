"""What counts as strong: the line between a reading that anyone in the trade would share and a suspicion."""

import pandas as pd

from riskplug.catalogue import EVIDENCE

# A component type or a category is typical of its kind and says nothing of this part.
STRONG_EVIDENCE = EVIDENCE[: EVIDENCE.index("component_type")]
# Above the prior of a magnet of unknown material (NdFeB 0.6) and of Dy under the suffix H (0.55), below Dy under SH.
P_STRONG = 0.7


def is_strong(own: pd.DataFrame) -> "pd.Series[bool]":
    """Per row with evidence and probability, whether it is strong: read from this part itself, and probably there."""
    read = own["evidence"].astype("str").isin(STRONG_EVIDENCE)
    return read & (own["probability"] >= P_STRONG)
