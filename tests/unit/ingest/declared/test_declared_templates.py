"""RMI templates raise or lower suspicion and name smelters; they never give a mass. Workbooks here are invented."""

import io
from collections.abc import Sequence

import openpyxl
import pytest

from riskplug.errors import DataRefused
from riskplug.ingest.declared import DeclarationFile, declarations_in, shipped_substances

CMRT = [
    [None, "Conflict Minerals Reporting Template (CMRT)"],
    [None, "Revision 6.5", None, "April 25, 2025"],
    [None, "Company Name (*):", None, "Invented Boards"],
    [None, "Declaration Scope or Class (*):", None, "A. Company"],
    [None, "Effective Date (*):", None, "2025-05-01"],
    [
        None,
        "1) Is any 3TG intentionally added or used in the product(s) or in the production process? (*)",
        None,
        "Answer",
    ],
    [None, "Tantalum  (*)", None, "Yes"],
    [None, "Tin  (*)", None, "Yes"],
    [None, "Gold  (*)", None, "No"],
    [None, "Tungsten  (*)", None, None],
    [None, "2) Does any 3TG remain in the product(s)? (*)", None, "Answer"],
    [None, "Tantalum  (*)", None, "Yes"],
    [None, "Tin  (*)", None, "No"],
    [None, "Gold  (*)", None, None],
    [None, "Tungsten  (*)", None, None, None, None, "No comment"],
    [None, "3) Do any of the smelters in your supply chain source from the covered countries? (*)", None, "Answer"],
    [None, "Tantalum  (*)", None, "No"],
]
SMELTERS = [
    ["Smelter Identification Number Input Column", "Metal (*)", "Smelter Look-up (*)", "Smelter Name (1)",
     "Smelter Country (*)", "Smelter Identification"],
    ["CID9", "Tantalum", "Invented Tantalum Works", None, "KAZAKHSTAN", "CID000009"],
    ["CID8", "Tin", "Smelter Not Listed", "Invented Tin", "PERU", None],
    [None, None, "Metal-less Works", None, "PERU", None],
    [None, None, None, None, None, None],
]  # fmt: skip
PRODUCTS = [
    ["Product List"],
    ["Manufacturer’s Product Number (*)", "Manufacturer’s Product Name"],
    ["B-1", "Board"],
    ["B-2"],
]


def book(**sheets: Sequence[Sequence[object]]) -> bytes:
    made = openpyxl.Workbook()
    made.remove(made.active)
    for name, rows in sheets.items():
        sheet = made.create_sheet(name.replace("_", " "))
        for row in rows:
            sheet.append(row)
    data = io.BytesIO()
    made.save(data)
    return data.getvalue()


def read(**sheets: Sequence[Sequence[object]]) -> DeclarationFile:
    found = declarations_in(book(**sheets), "CMRT_invented.xlsx", shipped_substances())
    assert found.rows.num_rows == 0
    assert len(found.rejects) + sum(found.dropped.values()) == found.elements
    return found


def directions(found: DeclarationFile) -> dict[str, str]:
    return dict(zip(found.suspicions["material"], found.suspicions["direction"], strict=True))


def test_what_remains_in_the_product_raises_and_what_does_not_lowers() -> None:
    found = read(Declaration=CMRT, Smelter_List=SMELTERS)
    assert (found.format, found.version) == ("CMRT", "6.5")
    assert directions(found) == {"Ta": "raises", "Sn": "lowers", "gold": "lowers"}
    assert set(found.suspicions["supplier"]) == {"Invented Boards"}
    assert "CMRT 6.5: Tantalum remains in the product: Yes" in set(found.suspicions["text"])


def test_no_answer_and_unknown_neither_raise_nor_lower() -> None:
    found = read(Declaration=CMRT)
    assert "W" not in directions(found)
    assert found.dropped["question without an answer"] == 1


def test_the_smelter_list_names_smelters_of_the_company() -> None:
    found = read(Declaration=CMRT, Smelter_List=SMELTERS)
    assert found.smelters.drop(columns=["supplier", "line"]).to_numpy().tolist() == [
        ["Ta", "CID000009", "Invented Tantalum Works", "KAZAKHSTAN", ""],
        ["Sn", "CID8", "Invented Tin", "PERU", ""],
    ]
    assert [(each.line, each.value) for each in found.rejects] == [(4, "Metal-less Works")]


def test_a_product_scope_speaks_of_the_products_listed() -> None:
    scoped = [[*row[:3], "B. Product (or List of Products)"] if "Scope" in str(row[1]) else row for row in CMRT]
    found = read(Declaration=scoped, Product_List=PRODUCTS, Smelter_List=SMELTERS)
    assert list(found.suspicions.loc[found.suspicions["material"] == "Ta", "mpn"]) == ["B-1", "B-2"]
    assert set(found.smelters["part_no"]) == {"B-1", "B-2"}


def test_rare_earths_of_the_amrt_stay_one_lump() -> None:
    rows = [
        [None, "Additional Minerals Reporting Template (AMRT)"],
        [None, "Revision 1.3"],
        [None, "1) Is any mineral/metal used in your product(s)? (*)", None, "Answer"],
        [None, "Rare Earth Elements", None, "Yes"],
        [None, "Soda Ash", None, "No"],
    ]
    assert directions(read(Declaration=rows)) == {"REE": "raises", "soda ash": "lowers"}


def test_a_workbook_that_is_no_template_is_refused() -> None:
    for sheets, words in (
        ({"Sheet1": [["x"]]}, "no sheet Declaration"),
        ({"Declaration": [["Packing list"]]}, "no title"),
        ({"Declaration": CMRT[:5]}, "without a question"),
    ):
        with pytest.raises(DataRefused, match=words):
            declarations_in(book(**sheets), "x.xlsx", shipped_substances())
