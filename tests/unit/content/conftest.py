"""The knowledge base, loaded once, and the stage over a few rows."""

from collections.abc import Callable, Sequence
from datetime import date

import pandas as pd
import pytest
from content_tables import ROOT, Rows, table

from riskplug.content import Knowledge, PartContent, load_knowledge, map_content

ON = date(2025, 4, 28)
Mapper = Callable[..., PartContent]


@pytest.fixture(scope="session")
def knowledge() -> Knowledge:
    return load_knowledge(ROOT / "rules" / "materials")


@pytest.fixture(scope="session")
def content(knowledge: Knowledge) -> Mapper:
    """``content(parts, declarations, bom_lines, mapped)``; a part without base unit is counted in pieces."""

    def of(
        parts: Rows, declarations: Rows = (), bom_lines: Rows = (), mapped: Sequence[pd.DataFrame] = ()
    ) -> PartContent:
        index = pd.Index(sorted({part["part_no"] for part in parts}), dtype="str")
        tables = {
            "parts": table("parts", [{"base_unit": "pc"} | dict(part) for part in parts], index),
            "declarations": table("declarations", declarations, index),
            "bom_lines": table("bom_lines", bom_lines, index),
        }
        return map_content(tables, knowledge, mapped, on=ON)

    return of
