"""Lists that name materials without restricting them, as text per material."""

from collections.abc import Sequence
from datetime import date

import pandas as pd

from riskplug.regimes.measures import Measure
from riskplug.regimes.status import standing
from riskplug.workspace import Policy


def designations(measures: Sequence[Measure], on: date, policy: Policy) -> pd.DataFrame:
    """``material`` and ``designations`` (``CRMA strategic, USGS 2025``): the lists in force that name it.

    Items with a label of measures that restrict nothing; where several of one measure name a material, the first in
    the file speaks. A material without a row is on none of the lists on file.
    """
    rows = [
        (measure.id, item.label, material)
        for measure in measures
        if not measure.restricts
        for item in measure.items
        if item.label and standing(measure, on, policy, item).status == "in_force"
        for material in item.materials
    ]
    found = pd.DataFrame(rows, columns=["measure", "label", "material"], dtype="str")
    found = found.drop_duplicates(["measure", "material"])
    texts = found.groupby("material")["label"].agg(", ".join)
    return texts.rename("designations").reset_index().astype("str")
