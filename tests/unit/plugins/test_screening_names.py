"""Names against a list: pairs that a person judged, the distance against a slow oracle, a large company."""

import random
from itertools import accumulate
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from ruamel.yaml import YAML

from riskplug.extend.host import Choice, PluginHost

if TYPE_CHECKING:
    from riskplug_plugins.screening.listfile import Entry
    from riskplug_plugins.screening.matching import Match

PluginHost.load(Choice())
CASES = Path(__file__).parents[2] / "cases" / "screening" / "names.yaml"
PAIRS: list[dict[str, Any]] = YAML(typ="safe").load(CASES)["pairs"]


def entry(line: int, name: str, **more: Any) -> "Entry":
    from riskplug_plugins.screening.listfile import Entry

    return Entry(line, name, **more)


def matches(entries: "list[Entry]", names: list[str], within: int = 2) -> "list[list[Match]]":
    from riskplug_plugins.screening.matching import Matcher

    return Matcher(entries, 0.85, within).matches(names)


@pytest.mark.parametrize("pair", PAIRS, ids=lambda pair: f"{pair['supplier']} | {pair['listed']}")
def test_a_pair_is_found_as_a_person_would(pair: dict[str, Any]) -> None:
    (found,) = matches([entry(2, pair["listed"])], [pair["supplier"]])
    assert [match.way for match in found] == ([] if pair["found"] == "none" else [pair["found"]])


def test_every_pair_is_found_among_all_others() -> None:
    """The whole set as one list: what is looked up by shared words must not depend on how rare they are."""
    entries = [entry(n, pair["listed"]) for n, pair in enumerate(PAIRS)]
    found = matches(entries, [pair["supplier"] for pair in PAIRS])
    for n, (pair, some) in enumerate(zip(PAIRS, found, strict=True)):
        ways = [match.way for match in some if match.entry.line == n]
        assert ways == ([] if pair["found"] == "none" else [pair["found"]]), pair


def test_an_alias_matches_and_is_named() -> None:
    listed = entry(2, "Lanxi Kirin Magnetics", aliases=("Kirin Xi Holdings", "LKM Group"))
    ((found,),) = matches([listed], ["KIRIN XI HOLDINGS LTD"])
    assert (found.listed, found.entry.name, found.way) == ("Kirin Xi Holdings", "Lanxi Kirin Magnetics", "name")


def test_an_identifier_is_found_in_whatever_text_it_stands() -> None:
    listed = entry(2, "Lanxi Kirin Magnetics", identifiers=("9133 0781-MA2X", "V-1"))
    found = matches([listed], ["91330781MA2X", "Unrelated Trading (91330781-MA2X)", "V-1", "91330781MA2Y"])
    # V-1 is too short to identify anybody in a list that others made
    assert [[match.way for match in some] for some in found] == [["identifier"], ["identifier"], [], []]


def test_one_word_inside_a_longer_name_is_found_only_on_demand() -> None:
    listed = [entry(2, "Kirin")]
    assert matches(listed, ["Lanxi Kirin Magnetics"]) == [[]]
    assert [match.way for match in matches(listed, ["Lanxi Kirin Magnetics"], within=1)[0]] == ["within"]


def osa(a: str, b: str) -> int:
    """Optimal string alignment distance as the textbook has it."""
    rows = [[i + j if not i * j else 0 for j in range(len(b) + 1)] for i in range(len(a) + 1)]
    for i in range(1, len(a) + 1):
        for j in range(1, len(b) + 1):
            changed = rows[i - 1][j - 1] + (a[i - 1] != b[j - 1])
            rows[i][j] = min(rows[i - 1][j] + 1, rows[i][j - 1] + 1, changed)
            if i > 1 and j > 1 and a[i - 1] == b[j - 2] and a[i - 2] == b[j - 1]:
                rows[i][j] = min(rows[i][j], rows[i - 2][j - 2] + 1)
    return rows[-1][-1]


def test_the_distance_equals_the_textbook() -> None:
    from riskplug_plugins.screening.likeness import likeness

    dice = random.Random(5)
    words = ["".join(dice.choices("abc磁", k=dice.randrange(8))) for _ in range(2000)]
    left, right = words[:1000], words[1000:]
    expected = [1 - osa(a, b) / max(len(a), len(b), 1) for a, b in zip(left, right, strict=True)]
    assert likeness(left, right).tolist() == pytest.approx(expected)


def test_slips_are_found_in_a_large_list() -> None:
    """20,000 suppliers, 5,000 names, words as unevenly frequent as in names of firms; 200 have a slip of the pen."""
    dice = random.Random(7)
    syllables = [a + b for a in "bdfghklmnprstvz" for b in ("a", "e", "i", "o", "an", "en", "in", "on", "ar", "es")]
    vocabulary = ["".join(dice.choices(syllables, k=dice.choice((2, 3, 3, 4)))) for _ in range(30_000)]
    weights = list(accumulate(1 / (n + 10) for n in range(len(vocabulary))))

    def firm() -> str:
        return " ".join(
            (*dice.choices(vocabulary, cum_weights=weights, k=dice.choice((2, 3, 3, 4))), dice.choice(("Ltd", "GmbH")))
        )

    entries = [entry(n, firm()) for n in range(5_000)]
    slips = {}
    for one in dice.sample(entries, 200):
        at = dice.randrange(2, 6)
        slips[one.name[:at] + one.name[at + 1 :]] = one.line
    suppliers = [*slips, *(firm() for _ in range(20_000 - len(slips)))]
    found = matches(entries, suppliers)
    lost = [name for name, some in zip(suppliers, found, strict=False) if name in slips and not some]
    assert len([name for name in lost if len(name.replace(" ", "")) > 14]) == 0
