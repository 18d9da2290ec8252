"""Suppliers held against named entities. What is expected was decided by reading the names, not by running the code."""

from datetime import date

import pandas as pd
import pytest
from regimes_world import SHIPPED, day

from riskplug.extend.names import words_of
from riskplug.regimes import EntityList, load_entities, screen
from riskplug.regimes.entities import Entity

NOW = day("2026-11-23")


def listed(*entities: Entity, kind: str = "control", number: str = "No. 1", **more: object) -> EntityList:
    about = {"instrument": number, "measure": "xx", "list": kind, "from": date(2026, 1, 1), "listed": 20}
    return EntityList.model_validate({**about, "entities": entities, "source": "s", "confidence": "M", **READ, **more})


READ = {"as_of": date(2026, 2, 1)}
SHORT = listed(Entity(name="TDK"), Entity(name="Nitto Denko"), Entity(name="JMU", aliases=("Japan Marine United",)))


def hits(*names: str | None, lists: tuple[EntityList, ...] = (SHORT,), on: date = NOW) -> list[str | None]:
    rows = pd.DataFrame({"supplier": [str(n) for n in range(len(names))], "name": names, "parent_company": None})
    found = screen(rows, lists, on).set_index("supplier")["entity_hit"]
    return [found.get(str(n)) for n in range(len(names))]


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("TDK Corporation", ("tdk",)),
        ("ＴＤＫ株式会社", ("tdk",)),
        ("NITTO-DENKO Co., Ltd.", ("nitto", "denko")),
        ("OMNIPOL a.s.", ("omnipol",)),
        ("Excalibur Army spol. s r.o.", ("excalibur", "army")),
        ("VZLÚ, a.s.", ("vzlu",)),
        ("Lafert S.p.A.", ("lafert",)),
        ("Hensoldt Aktiengesellschaft", ("hensoldt",)),
        ("Müller's Metalle GmbH & Co. KG", ("mullers", "metalle")),
        ("Cars Rolling Ltd", ("cars", "rolling")),
        ("AG", ("ag",)),
        ("株式会社", ()),
        ("", ()),
    ],
)
def test_only_the_words_that_tell_a_firm_from_others_count(name: str, words: tuple[str, ...]) -> None:
    assert words_of(name) == words


def test_a_whole_name_or_alias_is_a_hit_whatever_its_spelling() -> None:
    names = ("TDK Corporation", "tdk", "ＴＤＫ株式会社", "Nitto, Denko", "JAPAN MARINE UNITED CORP.", "NittoDenko KK")
    assert hits(*names) == ["hit"] * 6


def test_a_name_around_the_entity_or_a_letter_off_is_similar() -> None:
    assert hits("TDK Electronics AG", "Nito Denko", "Nitto Denkö Deutschland GmbH", "Nitot Denko") == ["similar"] * 4


def test_other_names_have_no_row_and_a_short_one_is_not_guessed() -> None:
    assert hits("Schmidt Magnete GmbH", "TDM", "STDK", "Denko Nitto", "AG", "株式会社", "", None) == [None] * 8


def test_a_group_whose_units_are_listed_without_name_is_only_similar() -> None:
    group = listed(Entity(name="MHI", aliases=("Mitsubishi Heavy Industries",), units=True))
    assert hits("Mitsubishi Heavy Industries, Ltd.", "MHI", lists=(group,)) == ["similar", "similar"]


def test_a_parent_company_counts_like_the_name_and_the_reason_says_which() -> None:
    rows = pd.DataFrame({"supplier": ["1"], "name": ["EPCOS AG"], "parent_company": ["TDK Corporation"]})
    (row,) = screen(rows, (SHORT,), NOW).to_dict("records")
    assert (row["entity_hit"], row["entity_list"], row["entity_instrument"]) == ("hit", "control", "No. 1")
    assert row["entity_why"].startswith("parent company 'TDK Corporation': TDK, No. 1 (control list)")
    assert "17 of its 20 names are not on file" in row["entity_why"]


def test_the_surest_match_on_the_gravest_list_is_kept() -> None:
    watch = listed(Entity(name="TDK"), Entity(name="Tokin"), kind="watch", number="No. 2")
    rows = pd.DataFrame({"supplier": ["1", "2"], "name": ["TDK", "TDK Tokin"], "parent_company": [None, "Tokin"]})
    found = screen(rows, (watch, SHORT), NOW).set_index("supplier")
    assert found.loc["1", "entity_instrument"] == "No. 1"
    assert list(found.loc["2", ["entity_hit", "entity_instrument"]]) == ["hit", "No. 2"]


def test_two_firms_under_one_number_keep_the_hit() -> None:
    rows = pd.DataFrame({"supplier": ["1", "1"], "name": ["Schmidt", "TDK"], "parent_company": None})
    assert screen(rows, (SHORT,), NOW)["entity_hit"].tolist() == ["hit"]


def test_a_list_counts_from_its_first_day_to_its_last() -> None:
    ended = listed(Entity(name="TDK"), through=date(2026, 6, 30))
    days = ("2025-12-31", "2026-01-01", "2026-06-30", "2026-07-01")
    assert [hits("TDK", lists=(ended,), on=day(text))[0] for text in days] == [None, "hit", "hit", None]


# Kept by hand from the sheet: instrument -> list, first day, how many it names, names that we have.
SHIPPED_LISTS = {
    "MOFCOM 2026 No. 11": ("control", "2026-02-24", 20, 8),
    "MOFCOM 2026 No. 12": ("watch", "2026-02-24", 20, 10),
    "MOFCOM 2026 No. 20": ("not_stated", "2026-04-24", 7, 7),
    "MOFCOM 2026 No. 23": ("not_stated", "2026-06-22", 10, 5),
    "MOFCOM 2026 No. 27": ("not_stated", "2026-06-29", 20, 0),
    "MOFCOM 2026 No. 30": ("not_stated", "2026-07-24", 14, 6),
}


def test_the_shipped_lists_are_those_of_the_sheet() -> None:
    found = {
        one.instrument: (one.list, one.starts.isoformat(), one.listed, len(one.entities))
        for one in load_entities([SHIPPED])
    }
    assert found == SHIPPED_LISTS


def test_only_the_list_of_seven_is_whole() -> None:
    assert [one.instrument for one in load_entities([SHIPPED]) if not one.unnamed] == ["MOFCOM 2026 No. 20"]


def test_names_of_the_sheet_are_found_from_the_day_of_their_notice() -> None:
    names = ("MP Materials Corp.", "USA Rare Earth, Inc.", "Rheinmetall AG", "Subaru Corporation", "HENSOLDT")
    lists = load_entities([SHIPPED])
    assert hits(*names, lists=lists, on=day("2026-07-24")) == ["hit"] * 5
    assert hits(*names, lists=lists, on=day("2026-06-21")) == [None, None, None, "hit", "hit"]
