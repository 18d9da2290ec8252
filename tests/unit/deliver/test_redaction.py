"""What a receiver may read: as it is, hashed or left out, in messages, titles, files and remarks."""

import csv
import io
import json
from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from riskplug.catalogue import GRAINS
from riskplug.deliver import (
    AS_IT_IS,
    CHAT,
    Night,
    Reader,
    Redactor,
    Remarks,
    Silence,
    Slot,
    classes_of,
    known_names,
    plan_digests,
)
from riskplug.deliver.attachment import alerts_file
from riskplug.deliver.redaction import CLASSES
from riskplug.deliver.wording import read_back
from riskplug.workspace import Route
from tests.unit.deliver.receivers import Obedient, Talker, change

KEY = b"a key of the workspace"
KNOWN = known_names({"suppliers": ["Acme Magnets Ltd.", "4711"], "part_numbers": ["M-1"], "product_names": ["Rotor"]})
LATE = ["Supplier ", Slot((("supplier", "text"),)), " is late: ", Slot((("days", "days"),)), " days, worth ",
        Slot((("value_at_risk", "money"),)), " ", Slot((("currency", "constant"),))]  # fmt: skip


def redactor(key: bytes = KEY, **policy: Any) -> Redactor:
    return Redactor({**AS_IT_IS, **policy}, key, {"late": LATE}, KNOWN)


def late(message: str = "Supplier Acme Magnets Ltd. is late: 12 days, worth 5,000 EUR", **identity: str) -> Any:
    return change(rule="late", message=message, identity={"site": "DE01", **identity})


def test_a_supplier_in_a_message_does_not_leave_for_a_receiver_that_hashes_suppliers() -> None:
    said = redactor(suppliers="hashed").message(late())
    assert (
        "Acme" not in said
        and said.startswith("Supplier supplier-")
        and said.endswith("is late: 12 days, worth 5,000 EUR")
    )


def test_equal_suppliers_have_equal_hashes_in_every_text_and_other_keys_give_others() -> None:
    ours = redactor(suppliers="hashed")
    hashed = ours.value("supplier", "Acme Magnets Ltd.")
    assert hashed in ours.message(late()) and hashed in ours.free("blocked: ACME magnets, Ltd")
    assert hashed != redactor(b"another", suppliers="hashed").value("supplier", "Acme Magnets Ltd.")


def test_a_hash_without_a_key_is_nothing_at_all() -> None:
    assert redactor(b"", suppliers="hashed").value("supplier", "Acme") == "[supplier]"


def test_a_price_is_left_out_for_chat_and_the_days_stay() -> None:
    said = Redactor(CHAT, b"", {"late": LATE}, KNOWN).message(late())
    assert said == "Supplier Acme Magnets Ltd. is late: 12 days, worth [price] EUR"


def test_a_supplier_who_is_named_like_the_words_of_the_rule_is_left_out_with_what_he_can_be_mixed_up_with() -> None:
    """`X is late: 9 days, worth 1` could be the name: what is supplier and what is not cannot be told."""
    evil = late("Supplier X is late: 9 days, worth 1 EUR is late: 12 days, worth 5 EUR")
    said = redactor(suppliers="left_out").message(evil)
    assert "X" not in said and "9" not in said


def test_a_message_of_another_version_of_the_rule_is_searched_for_names_and_money() -> None:
    old = late("Acme Magnets Ltd. owes us USD 12,000, or 17.1 k EUR, for M-1 since 3 days")
    said = redactor(suppliers="left_out", prices="left_out", part_numbers="left_out").message(old)
    assert said == "[supplier]. owes us [price], or [price], for [part] since 3 days"


def test_where_quantities_hide_a_message_of_unknown_making_loses_every_number() -> None:
    said = redactor(quantities="left_out").message(change(rule="python", message="12.5 kg of 3 lots, PN-77"))
    assert said == "[quantity] kg of [quantity] lots, PN-77"


def test_an_ambiguous_value_beside_a_price_costs_no_certain_one() -> None:
    """The reason has the words of the rule in it; the revenue can still only be a number."""
    wording = [Slot((("products_stopped", "number"),)), " products, revenue ", Slot((("revenue_at_risk", "money"),)),
               ": ", Slot((("why", "text"),))]  # fmt: skip
    ours = Redactor(CHAT, b"", {"loss": wording}, KNOWN)
    told = change(rule="loss", message="3 products, revenue 9,000: alone in CN: no other source")
    assert ours.message(told) == "3 products, revenue [price]: alone in CN: no other source"


def test_what_is_not_known_stays_unknown() -> None:
    said = redactor(prices="left_out").message(
        late("Supplier A is late: unknown days, worth unknown EUR (not known: days)")
    )
    assert said == "Supplier A is late: unknown days, worth unknown EUR (not known: days)"


def test_free_text_of_a_column_is_searched_too() -> None:
    wording = ["why: ", Slot((("why", "text"),))]
    ours = Redactor({**AS_IT_IS, "suppliers": "left_out"}, b"", {"r": wording}, KNOWN)
    assert (
        ours.message(change(rule="r", message="why: only ACME Magnets, Ltd. makes it"))
        == "why: only [supplier]. makes it"
    )


@pytest.mark.parametrize(
    ("column", "kind", "classes"),
    [
        ("part_no", "text", ("part_numbers",)),
        ("value_at_risk", "money", ("prices",)),
        ("on_hand", "quantity", ("quantities",)),
        ("customer_group", "text", ("customers",)),
        ("id", "text", ("part_numbers", "suppliers")),
        ("site", "text", ()),
    ],
)
def test_a_column_belongs_to_its_classes(column: str, kind: str, classes: tuple[str, ...]) -> None:
    assert classes_of(column, kind) == classes


# Text columns that no policy hides, each looked at: codes, places, materials, people of the company, and free text
# (why, source ...), which is searched for known names.
PLAIN = """
site owner category base_unit materials unknown_reason material form source measure measure_kind instrument why order_no
line magnets_over_200_g_why cots_half_by_weight_why own_hhi_material own_origin_unknown concentration designations
stage_basis stage_gaps origins entity_instrument authority stale_why confidence table chance_basis reorder_basis
worst_measure first_stop_site first_site recovery_why
"""


def test_every_text_column_of_the_catalogue_is_placed() -> None:
    texts = {fact.name for grain in GRAINS.values() for fact in grain.columns if fact.type == "text"}
    assert {name for name in texts if not classes_of(name)} == set(PLAIN.split())


def test_every_amount_of_money_and_quantity_of_the_catalogue_is_classed() -> None:
    for grain in GRAINS.values():
        for fact in grain.columns:
            if fact.type in ("money", "quantity", "grams", "kilograms"):
                assert classes_of(fact.name, fact.type) in (("prices",), ("quantities",))


SECRETS = {
    "suppliers": "Acme Magnets Ltd.",
    "part_numbers": "M-1",
    "product_names": "Rotor",
    "prices": "5,000",
    "quantities": "77.5",
}


@pytest.mark.parametrize("hidden", [*SECRETS, None])
@pytest.mark.parametrize("how", ["hashed", "left_out"])
def test_nothing_hidden_is_in_any_message_file_key_or_remark(hidden: str | None, how: str) -> None:
    wording = [Slot((("part_no", "text"),)), " ", Slot((("description", "text"),)), " from ",
               Slot((("supplier", "text"),)), ": ", Slot((("on_hand", "quantity"),)), " left, ",
               Slot((("value_at_risk", "money"),)), " EUR"]  # fmt: skip
    policy = {**AS_IT_IS, **({hidden: how} if hidden else {})}
    reader = Reader(Redactor(policy, KEY, {"r": wording}, KNOWN))
    message = "M-1 Rotor from Acme Magnets Ltd.: 77.5 left, 5,000 EUR"
    news = [change(rule="r", key=f"k{n}", message=message, owner=f"o{n}") for n in range(20)]
    silence = Silence("M-1 of Acme Magnets Ltd.", frozenset({"k1"}))
    remarks = Remarks(notes=("Acme Magnets Ltd. and M-1 Rotor for EUR 5,000",), silences=(silence,))
    [plan] = plan_digests(
        news,
        news,
        night=Night("w", date(2025, 4, 28), "s", "w"),
        routes=[Route(receivers=("one",))],
        notifiers={"one": Talker()},
        remarks=remarks,
        readers={"one": reader},
        draw=lambda bars: json.dumps(bars).encode(),
    )
    said = json.dumps([dict(one.payload) for one in plan.messages]) + "".join(
        one.slot + one.key for one in plan.messages
    )
    said += b"".join(_text(file) for one in plan.messages for file in one.files).decode()
    found = {name for name, text in SECRETS.items() if text in said}
    assert found == set(SECRETS) - {hidden}


def _text(file: Any) -> bytes:
    """The words of a sheet, or the file itself."""
    if not file.name.endswith(".xlsx"):
        return bytes(file.content)
    import openpyxl

    sheet = openpyxl.load_workbook(io.BytesIO(file.content)).active
    return json.dumps([[str(cell) for cell in row] for row in sheet.values]).encode()


@pytest.mark.parametrize("cell", ["=cmd|' /C calc'!A0", "+1", "-1+1", "@SUM(A1)", "\t=1", "\r=1"])
def test_no_cell_is_a_formula(cell: str) -> None:
    import openpyxl

    told = [change(message=cell, identity={"part_no": cell}, owner=cell)]
    night = Night("w", date(2025, 4, 28), "s")
    sheet = openpyxl.load_workbook(io.BytesIO(alerts_file("f", night, told, Remarks(), Redactor()).content)).active
    assert {cell.data_type for row in sheet.iter_rows() for cell in row} <= {"s", "n"}
    many = told * 20_001
    rows = list(
        csv.reader(io.StringIO(alerts_file("f", night, many, Remarks(), Redactor()).content.decode("utf-8-sig")))
    )
    assert len(rows) == 20_002
    assert not [one for one in rows[1] if one.startswith(("=", "+", "-", "@", "\t", "\r"))]


def test_equal_nights_give_equal_files() -> None:
    night, told = Night("w", date(2025, 4, 28), "s"), [change(key=f"k{n}") for n in range(50)]
    first, again = (alerts_file("f", night, told, Remarks(), Redactor()) for _ in range(2))
    assert first == again


@given(st.text(alphabet="ab: days,worth 1", max_size=30), st.integers(0, 99))
def test_a_message_read_back_says_what_it_said(name: str, days: int) -> None:
    """Whatever the name: the pieces together are the message, and a certain name is the name."""
    message = f"Supplier {name} is late: {days} days, worth 7 EUR"
    found = read_back(LATE, message, {})
    assert found is not None and "".join(piece.text for piece in found.pieces) == message
    [supplier] = [piece for piece in found.pieces if piece.part == LATE[1]]
    assert supplier.run or supplier.text == name


@given(st.text(alphabet="ab: dayslte,worh1is ", max_size=40))
def test_no_name_leaks_whatever_it_looks_like(name: str) -> None:
    """Each word of the name that the rule itself does not use is gone."""
    said = redactor(suppliers="left_out").message(late(f"Supplier {name} is late: 3 days, worth 7 EUR"))
    rule = "Supplier supplier is late 3 days, worth 7 EUR left out"
    assert not [
        word for word in name.split() if word in said.split() and word.strip(":,") not in rule.split() and len(word) > 3
    ]


def test_the_words_of_classes_are_all_there() -> None:
    assert set(CHAT) == set(CLASSES) == set(AS_IT_IS)
    assert {name for name, how in CHAT.items() if how != "as_is"} == {"prices", "customers"}


def test_a_receiver_without_conversation_obeys_too() -> None:
    reader = Reader(redactor(suppliers="left_out"))
    [plan] = plan_digests(
        [late()], [late()], night=Night("w", date(2025, 4, 28), "s", "w"), routes=[Route(receivers=("one",))],
        notifiers={"one": Obedient()}, readers={"one": reader},
    )  # fmt: skip
    assert "Acme" not in json.dumps(dict(plan.message.payload)) + str(plan.digest)
