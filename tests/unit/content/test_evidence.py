"""Which rows of the part master are one text of one part, and what stands above what."""

from datetime import date

import numpy as np
import pandas as pd
from content_tables import table

from riskplug.content.assemblies import Assemblies
from riskplug.content.evidence import part_texts

INDEX = pd.Index(["A", "B", "C", "D"], dtype="str")


def test_equal_rows_of_a_part_are_one_and_differing_ones_stay():
    rows = [
        {"part_no": "B", "description": "Disc", "base_unit": "pc", "site": "X"},
        {"part_no": "A", "description": "Disc", "base_unit": "pc", "site": "X"},
        {"part_no": "B", "description": "Disc", "base_unit": "pc", "site": "Y"},
        {"part_no": "B", "description": "Disc", "base_unit": "pc", "site": "Z", "unit_mass_g": 3.0},
        {"part_no": "C", "description": "Ring", "base_unit": "g", "mpn": "R-1", "hs_code": "8505.11"},
        {"part_no": "B", "description": "Disc", "base_unit": "pc", "site": "W", "unit_mass_g": 3.0},
        {"part_no": "C", "description": "Ring", "base_unit": "g", "category": "Magnets"},
    ]
    made = part_texts(table("parts", rows, INDEX))
    expected = [
        (1, "Disc", None, ""),
        (0, "Disc", None, ""),
        (1, "Disc", 3.0, ""),
        (2, "Ring | R-1 | 8505", 1.0, "850511"),
        (2, "Ring | Magnets", 1.0, ""),
    ]
    mass = [None if np.isnan(value) else value for value in made["unit_mass_g"]]
    assert list(zip(made["part"], made["text"], mass, made["code"], strict=True)) == expected
    assert made.index.tolist() == list(range(5))


def above(lines: list[str], part: str) -> str:
    rows = [{"parent": line[0], "component": line[1], "quantity": 1.0} for line in lines]
    found = Assemblies(table("bom_lines", rows, INDEX), len(INDEX), date(2025, 4, 28))
    return "".join(INDEX[found.above(np.array([INDEX.get_loc(part)]))])


def test_what_stands_above_a_part_is_found_through_all_levels():
    assert [above(["AB", "BC", "DC"], part) for part in "ABCD"] == ["", "A", "ABD", ""]


def test_parts_on_a_common_cycle_do_not_stand_above_each_other():
    assert [above(["AB", "BC", "CB", "DC"], part) for part in "ABCD"] == ["", "A", "D", ""]
