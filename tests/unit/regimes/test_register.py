"""What is shipped: every rule of the register, nothing above its confidence, and the law of each day."""

import pytest
from regimes_world import day, shipped

from riskplug.regimes import measures_on, stale_measures, timeline
from riskplug.workspace import Policy

# Kept by hand from section 1 of the register.
REGISTER = [
    "cn-2010-jp-embargo",
    "cn-ree-quota-2010-2014",
    "cn-2023-23",
    "cn-2023-39",
    "cn-2023-57-tech",
    "cn-2024-33",
    "cn-2024-46-a1",
    "cn-2024-46-a2",
    "cn-2025-10",
    "cn-2025-18",
    "cn-2025-55",
    "cn-2025-56",
    "cn-2025-57",
    "cn-2025-58",
    "cn-2025-61-1a",
    "cn-2025-61-1b",
    "cn-2025-61-1c",
    "cn-2025-62",
    "cn-2025-70",
    "cn-2025-68-ste",
    "cn-2026-1-jp",
    "cn-entity-lists",
    "us-4872",
    "us-pfe-macr",
    "us-232-pcm",
    "us-usgs-2025",
    "eu-crma",
    "eu-3tg",
    "id-ni-ore",
    "cd-co-quota",
    "mm-kachin",
    "my-raw-ree",
    "in-irel",
]
# Data that rest on general knowledge only ([K] in the register).
GENERAL_KNOWLEDGE = [
    "cn-2025-18-dy-alloy",
    "cn-2025-18-dy-target",
    "cn-2025-18-sc-target",
    "cn-2025-18-y-target",
    "cn-2023-23-ga-shapes",
    "eu-crma-strategic",
    "eu-crma-critical",
    "eu-3tg-metals",
]
ELEMENTS = {"Sm": "1C902", "Gd": "1C903", "Tb": "1C904", "Dy": "1C905", "Lu": "1C906", "Sc": "1C907", "Y": "1C908"}

SIX = ["cn-2025-55", "cn-2025-56", "cn-2025-57", "cn-2025-58", "cn-2025-61-1a", "cn-2025-61-1b"]
REPLAY = [
    ("cn-2010-jp-embargo", "2010-09-20", "not_yet"),
    ("cn-2010-jp-embargo", "2010-09-21", "in_force"),
    ("cn-2010-jp-embargo", "2010-11-20", "in_force"),
    ("cn-2010-jp-embargo", "2010-11-21", "ended"),
    ("cn-ree-quota-2010-2014", "2014-12-31", "in_force"),
    ("cn-ree-quota-2010-2014", "2015-01-01", "ended"),
    ("cn-2023-23", "2023-07-02", "not_yet"),
    ("cn-2023-23", "2023-07-31", "announced"),
    ("cn-2023-23", "2023-08-01", "in_force"),
    ("cn-2025-18", "2025-04-03", "not_yet"),
    ("cn-2025-18", "2025-04-04", "in_force"),
    ("cn-2025-18", "2026-11-23", "in_force"),
    *[(name, "2025-10-08", "not_yet") for name in SIX],
    *[(name, "2025-11-06", "announced") for name in SIX],
    *[(name, "2025-11-07", "suspended") for name in (*SIX, "cn-2025-61-1c", "cn-2025-62")],
    *[(name, "2026-11-10", "suspended") for name in (*SIX, "cn-2025-61-1c", "cn-2025-62")],
    *[(name, "2026-11-11", "suspended_presumed") for name in (*SIX, "cn-2025-61-1c", "cn-2025-62")],
    *[(name, "2027-01-11", "unknown") for name in (*SIX, "cn-2025-61-1c", "cn-2025-62")],
    ("cn-2025-61-1c", "2025-10-09", "in_force"),
    ("cn-2025-62", "2025-11-06", "in_force"),
    ("cn-2025-70", "2025-11-07", "in_force"),
    ("cn-2025-70", "2026-11-11", "unknown"),
    ("cn-2024-46-a1", "2026-11-23", "in_force"),
    ("cn-2024-46-a2", "2025-11-08", "in_force"),
    ("cn-2024-46-a2", "2025-11-09", "suspended"),
    ("cn-2024-46-a2", "2026-11-27", "suspended"),
    ("cn-2024-46-a2", "2026-11-28", "unknown"),
    ("cn-2025-68-ste", "2025-12-31", "announced"),
    ("cn-2025-68-ste", "2028-01-01", "unknown"),
    ("us-4872-ndfeb-melt", "2026-12-31", "in_force"),
    ("us-4872-ndfeb-melt", "2027-01-01", "ended"),
    ("us-4872-ndfeb-mine", "2026-12-31", "not_yet"),
    ("us-4872-ndfeb-mine", "2027-01-01", "in_force"),
    ("cd-co-quota-ban", "2025-10-15", "in_force"),
    ("cd-co-quota-ban", "2025-10-16", "ended"),
    ("cd-co-quota-quota", "2025-10-16", "in_force"),
    ("cd-co-quota-quota", "2028-01-01", "unknown"),
]


def item(name: str):  # type: ignore[no-untyped-def]
    return next(item for measure in shipped() for item in measure.items if item.id == name)


def test_every_rule_of_the_register_is_shipped_and_no_other() -> None:
    assert sorted(measure.id for measure in shipped()) == sorted(REGISTER)


@pytest.mark.parametrize(("name", "on", "status"), REPLAY)
def test_any_date_evaluates_the_law_of_that_day(name: str, on: str, status: str) -> None:
    found = measures_on(shipped(), day(on), Policy())
    rows = found[(found["measure"] == name) | (found["parent"] == name)]
    assert set(rows["measure_status"]) == {status}


@pytest.mark.parametrize("name", GENERAL_KNOWLEDGE)
def test_general_knowledge_is_marked_so_and_said_to_be_not_confirmed(name: str) -> None:
    assert item(name).confidence == "K"
    assert item(name).not_confirmed


def test_only_samarium_terbium_and_dysprosium_have_a_magnet_item() -> None:
    no18 = next(measure for measure in shipped() if measure.id == "cn-2025-18")
    assert [one.materials for one in no18.items if "magnet" in one.forms] == [("Sm",), ("Tb",), ("Dy",)]
    assert {"La", "Ce", "Pr", "Nd"}.isdisjoint(name for one in no18.items for name in one.materials)


@pytest.mark.parametrize(("element", "code"), ELEMENTS.items())
def test_control_codes_follow_the_pattern_of_the_notice(element: str, code: str) -> None:
    sections = {"metal": "a", "alloy": "a", "target": "a", "oxide": "b", "compound": "c"}
    for form, section in sections.items():
        one = item(f"cn-2025-18-{element.lower()}-{form}")
        assert (one.materials, one.forms, one.control_codes) == ((element,), (form,), (f"{code}.{section}",))


def test_customs_codes_of_dysprosium_and_terbium_are_those_of_the_sheet() -> None:
    assert item("cn-2025-18-dy-metal").hs_codes == ("2805301200",)
    assert item("cn-2025-18-tb-oxide").hs_codes == ("2846901600", "2846901993", "3824999922")
    assert item("cn-2025-18-dy-magnet").hs_codes == ()


def test_designations_never_restrict() -> None:
    free = {measure.id for measure in shipped() if not measure.restricts}
    assert free == {"cn-2023-57-tech", "cn-2025-70", "us-pfe-macr", "us-232-pcm", "us-usgs-2025", "eu-crma", "eu-3tg"}


def test_the_list_of_sixty_minerals_is_complete() -> None:
    assert len(set(item("us-usgs-2025-elements").materials)) + 5 == 60  # five have no symbol: barite ... potash


def test_a_presumed_suspension_is_stale_and_says_what_it_rests_on() -> None:
    stale = stale_measures(shipped(), day("2026-11-23"), Policy()).set_index("measure")
    assert "instrument not found" in stale.loc["cn-2025-57", "stale_why"]
    assert "nothing after it is on file" in stale.loc["cn-2025-70", "stale_why"]
    assert "cn-2025-18" not in stale.index and "cn-2010-jp-embargo" not in stale.index


def test_a_presumed_suspension_counts_as_in_force_where_the_policy_says_so() -> None:
    found = measures_on(shipped(), day("2026-11-23"), Policy(presumed_suspensions="in_force")).set_index("measure")
    assert found.loc["cn-2025-57-ho-magnet", "measure_status"] == "in_force"
    assert found.loc["cn-2025-57-ho-magnet", "stale"]


def test_a_measure_past_its_verify_by_is_stale() -> None:
    first, last = day("2027-03-23"), day("2027-03-24")
    assert "cn-2025-18" not in set(stale_measures(shipped(), first, Policy())["measure"])
    assert "cn-2025-18" in set(stale_measures(shipped(), last, Policy())["measure"])


def test_licence_days_come_from_the_policy_and_only_where_something_waits() -> None:
    found = measures_on(shipped(), day("2025-04-28"), Policy(licence_days=120)).set_index("measure")["licence_days"]
    assert found["cn-2025-18-dy-magnet"] == 120
    assert found[["eu-crma-strategic", "us-4872-ndfeb-melt"]].isna().all()


def test_the_timeline_lists_changes_oldest_first() -> None:
    found = timeline(shipped(), day("2025-11-07"), day("2025-11-09"))
    rows = list(found[["measure", "from_status", "to_status"]].astype("str").itertuples(index=False, name=None))
    assert ("cn-2025-61-1c", "in_force", "suspended") in rows
    assert rows[-1] == ("cn-2024-46-a2", "in_force", "suspended")
    assert found["date"].is_monotonic_increasing
