"""Judging parts against a slow loop: every content row with every entry, one call of decide() each.

The loop builds the case of each row from the tables by hand: origins from sources or part master, what an assembly
takes over by walking down its components, shares of value in exact fractions.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from itertools import product
from typing import Any

import numpy as np
import pandas as pd
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from scipy import sparse

from riskplug.model import BomGraph
from riskplug.regimes import judge_parts
from riskplug.regimes.judgement import Case, decide, holder, is_coded
from riskplug.regimes.scope import Entry, scope_on
from riskplug.workspace import Policy, Site, Workspace, WorkspaceSettings
from tests.examples import examples
from tests.unit.regimes.regimes_world import content, day, shipped, tables

ON = day("2025-10-20")
STATES = ("in_force", "unknown", "announced")
SITES = {"DE01": "DE", "US01": "US"}
PARTS = ("A", "B", "C", "D", "E")
PAIRS = (("Dy", "magnet"), ("Tb", "magnet"), ("Nd", "magnet"), ("Dy", "metal"), ("Dy", ""), ("Ga", "wafer"))
PART_1 = {"Sm", "Dy", "Gd", "Tb", "Lu", "Sc", "Y"}
EVIDENCE = ("full_declaration", "grade", "description", "component_type")
STRENGTH = ("yes", "likely", "unknown", "unlikely")
PRICES = {"Dy": 400.0}
STAGES = ("country_of_melting", "country_of_mining", "country_of_refining")
ASKED = {
    "Nd": ("country_of_melting",),
    "Ta": (),
    **{name: ("country_of_melting", "country_of_refining") for name in PART_1},
}
COUNTRY = st.sampled_from([None, "CN", "JP", "DE"])


@dataclass
class World:
    parts: dict[tuple[str, str], dict[str, Any]] = field(default_factory=dict)
    sources: list[dict[str, Any]] = field(default_factory=list)
    content: dict[tuple[str, str, str, str], dict[str, Any]] = field(default_factory=dict)
    lines: dict[tuple[str, str], int] = field(default_factory=dict)
    unproven: list[str] = field(default_factory=list)


@st.composite
def worlds(draw: st.DrawFn) -> World:
    world = World()
    for part, site in product(PARTS, SITES):
        world.parts[part, site] = {
            "procurement": draw(st.sampled_from([None, "make", "buy", "both"])),
            "country_of_origin": draw(COUNTRY),
            "hs_code": draw(st.sampled_from([None, "85051110", "8501.52", "28"])),
            "control_code": draw(st.sampled_from([None, None, "1C905.a", "8A000"])),
            "unit_cost": draw(st.sampled_from([None, 1.0, 7.0, 250.0])),
        }
        for material, form in draw(st.sets(st.sampled_from(PAIRS), max_size=3)):
            typical = draw(st.sampled_from([None, 0.5, 3.0]))
            world.content[part, site, material, form] = {
                "probability": draw(st.sampled_from([0.1, 0.49, 0.8, 0.98, 1.0])),
                "evidence": draw(st.sampled_from(EVIDENCE)),
                "rolled_up": draw(st.booleans()) and part != PARTS[-1],
                **dict.fromkeys(("mass_g_min", "mass_g_typ", "mass_g_max"), typical),
            }
    for part in draw(st.lists(st.sampled_from(PARTS), max_size=3)):
        world.sources.append(
            {
                "part_no": part,
                "supplier": draw(st.sampled_from("ST")),
                "site": draw(st.sampled_from([None, "DE01"])),
                "country_of_origin": draw(COUNTRY),
                "material": draw(st.sampled_from([None, None, "Dy", "Nd"])),
                **{stage: draw(COUNTRY) for stage in STAGES},
            }
        )
    for (n, parent), (m, component) in product(enumerate(PARTS), repeat=2):
        if n < m and draw(st.booleans()):
            world.lines[parent, component] = draw(st.integers(1, 3))
    world.unproven = draw(st.lists(st.sampled_from(PARTS), max_size=2, unique=True))
    return world


def graph_of(world: World) -> BomGraph:
    nodes = list(product(PARTS, SITES))
    matrix = np.zeros((len(nodes), len(nodes)))
    for (parent, component), quantity in world.lines.items():
        for site in SITES:
            matrix[nodes.index((parent, site)), nodes.index((component, site))] = quantity
    built = sparse.csr_array(matrix)
    frame = pd.DataFrame(nodes, columns=["part_no", "site"]).astype("category")
    level = np.array([PARTS.index(part) for part, _ in nodes], dtype=np.int32)
    no = np.zeros(len(nodes), dtype=bool)
    empty = sparse.csr_array(matrix.shape)
    return BomGraph(frame, built, built, empty, level, no, (), no, pd.DataFrame())


def sources_of(world: World, part: str, site: str) -> list[dict[str, Any]]:
    """Its own site's sources before those of every site."""
    own = [one for one in world.sources if one["part_no"] == part and one["site"] == site]
    return own or [one for one in world.sources if one["part_no"] == part and one["site"] is None]


def joined(found: list[str | None]) -> str:
    """No shares are given, so countries stand by how many sources name them (fewest first), then by name."""
    texts = [one or "?" for one in found]
    return "|".join(sorted(set(texts), key=lambda one: (texts.count(one), one)))


def origins_of(world: World, part: str, site: str) -> tuple[str, str]:
    sourced = joined([one["country_of_origin"] for one in sources_of(world, part, site)])
    if sourced not in ("", "?"):
        return sourced, "sourcing"
    country = world.parts[part, site]["country_of_origin"]
    return (country, "part") if country else ("?", "")


def stage_of(world: World, part: str, site: str, stage: str, material: str) -> str:
    """Per supplier: what it says of the material, else of all, else nothing."""
    said: list[str | None] = []
    sources = sources_of(world, part, site)
    for supplier in sorted({one["supplier"] for one in sources}):
        theirs = [one for one in sources if one["supplier"] == supplier]
        named = {one[stage] for one in theirs if one["material"] == material and one[stage]}
        general = {one[stage] for one in theirs if one["material"] is None and one[stage]}
        said += [*(named or general or {None})]
    return joined(said) or "?"


def stages_of(world: World, part: str, site: str, material: str) -> str:
    return ";".join(f"{stage}={stage_of(world, part, site, stage, material)}" for stage in ASKED.get(material, ()))


Words = frozenset[tuple[str, str]]


def words_of(world: World, part: str, site: str, material: str, form: str) -> Words:
    """What an own row says of where it comes from, or what the row of an assembly hears from below."""
    row = world.content.get((part, site, material, form))
    if row is None:
        return frozenset()
    if not row["rolled_up"]:
        texts = f"origin={origins_of(world, part, site)[0]};{stages_of(world, part, site, material)}"
        pairs = [one.split("=") for one in texts.strip(";").split(";")]
        found = {(name, country) for name, countries in pairs for country in countries.split("|")}
        return frozenset(found | ({("unproven", "")} if form == "magnet" and part in world.unproven else set()))
    procurement = world.parts[part, site]["procurement"]
    unknown = {("origin", "?"), *((stage, "?") for stage in ASKED.get(material, ()))}
    if procurement == "buy":
        return frozenset(unknown)
    below = [words_of(world, low, site, material, form) for (top, low) in world.lines if top == part]
    return frozenset(set().union(*below) | (unknown if procurement == "both" else set()))


def text_of(words: Words, name: str) -> str:
    return "|".join(sorted((one for other, one in words if other == name), key=lambda one: (one == "?", one)))


def share_of(world: World, part: str, site: str) -> tuple[float, float, str, str]:
    """Lowest and highest share in percent, -1 for not known; what would settle it; how the value is known."""
    low, high, missing = inputs_of(world, part, site)
    worth, by = worth_of(world, part, site), "" if world.parts[part, site]["unit_cost"] else "unit_cost"
    missing = missing | ({"unit_cost"} if worth is None else set())
    order = (
        "unit_cost",
        "declarations.mass_g",
        "prices",
        "country_of_origin",
        "country_of_refining",
        "country_of_melting",
    )
    text = " and ".join(name for name in order if name in missing)
    if worth is None:
        return -1.0, -1.0, text, by
    return floored(100 * low / worth), -1.0 if high is None else floored(100 * high / worth), text, by


def floored(share: Fraction) -> float:
    if not share:
        return 0.0
    step = Fraction(10) ** (int(f"{float(share):e}".split("e")[1]) - 2)
    return float(share // step * step)


def worth_of(world: World, part: str, site: str) -> Fraction | None:
    cost = world.parts[part, site]["unit_cost"]
    if cost:
        return Fraction(cost)
    below = [(low, quantity) for (top, low), quantity in world.lines.items() if top == part]
    found = [worth_of(world, low, site) for low, _ in below]
    if not below or None in found:
        return None
    return sum((one * quantity for one, (_, quantity) in zip(found, below, strict=True) if one), Fraction(0))


Amount = tuple[Fraction, Fraction | None, set[str]]


def inputs_of(world: World, part: str, site: str) -> Amount:
    """All inputs: the part as one, and each material that it holds."""
    amounts = [amount_of(world, part, site, column) for column in ("", *sorted(PART_1))]
    high = [one for _, one, _ in amounts]
    total = None if None in high else sum((one for one in high if one is not None), Fraction(0))
    return sum((low for low, _, _ in amounts), Fraction(0)), total, set().union(*(one for _, _, one in amounts))


def amount_of(world: World, part: str, site: str, column: str) -> Amount:
    own = {
        (material, form): row
        for (name, place, material, form), row in world.content.items()
        if (name, place) == (part, site) and not row["rolled_up"]
    }
    goods = {pair: row for pair, row in own.items() if pair == ("Dy", "metal") and row["evidence"] != "component_type"}
    here = goods if not column else {pair: row for pair, row in own.items() if pair[0] == column and pair not in goods}
    shut = goods if not column else [pair for pair in own if pair[0] == column]
    if shut:
        return most([one_input(world, part, site, pair, row, not column) for pair, row in here.items()])
    low, high, missing = Fraction(0), Fraction(0), set[str]()
    for (top, component), quantity in world.lines.items():
        if top == part:
            a, b, c = amount_of(world, component, site, column)
            low, missing = low + quantity * a, missing | c
            high = None if high is None or b is None else high + quantity * b  # type: ignore[assignment]
    return low, high, missing


def most(found: list[Amount]) -> Amount:
    """Several forms of one material in one part: the largest, not the sum."""
    highs = [high for _, high, _ in found]
    high = None if None in highs else max((one for one in highs if one is not None), default=Fraction(0))
    return max((low for low, _, _ in found), default=Fraction(0)), high, set().union(*(one for _, _, one in found))


def one_input(
    world: World, part: str, site: str, pair: tuple[str, str], row: Mapping[str, Any], itself: bool
) -> Amount:
    origins = set(origins_of(world, part, site)[0].split("|"))
    stages = {
        name: {"?"} if itself else set(stage_of(world, part, site, name, pair[0]).split("|"))
        for name in ("country_of_refining", "country_of_melting")
    }
    speaks = {"country_of_origin": origins} if itself else {"country_of_origin": origins, **stages}
    certain = any(one == {"CN"} for one in speaks.values())
    touched = any("CN" in one for one in speaks.values())
    decisive = ["country_of_origin"] if itself else list(stages)
    open_ = [name for name in decisive if "?" in speaks[name]]
    if not (certain or touched or open_):
        return Fraction(0), Fraction(0), set()
    missing = set() if certain else {*open_, *(decisive if touched else ())}
    cost, price, mass = world.parts[part, site]["unit_cost"], PRICES.get(pair[0]), row["mass_g_max"]
    if itself:
        value = None if cost is None else Fraction(cost)
        missing |= {"unit_cost"} if cost is None else set()
    else:
        value = None if price is None or mass is None else Fraction(price) / 1000 * Fraction(mass)
        missing |= {"prices"} if price is None else set()
        missing |= {"declarations.mass_g"} if mass is None else set()
    sure = certain and row["probability"] >= 0.95
    return (value or Fraction(0)) if sure else Fraction(0), value, missing


def rows_of(world: World, entries: tuple[Entry, ...]) -> dict[tuple[str, str, str, str], dict[str, Any]]:
    """Content with what a control code or an unproven magnet adds."""
    rows = dict(world.content)
    for part, site in world.parts:
        own = {
            m
            for (name, place, m, _), row in world.content.items()
            if (name, place) == (part, site) and not row["rolled_up"]
        }
        guessed = {"Sm", "Tb", "Dy", "Ho"} - own if part in world.unproven else set()
        code, heading = world.parts[part, site]["control_code"], world.parts[part, site]["hs_code"]
        magnet = (heading or "").startswith("8505")
        told = (
            {"Dy"} - own - guessed
            if code == "1C905.a" and reached("Dy", "magnet" if magnet else "", code, entries)
            else set()
        )
        nothing = {"probability": None, "evidence": "", "rolled_up": False}
        for material in guessed:
            rows.setdefault((part, site, material, "magnet#guess"), {**nothing, "guess": True})
        for material in told:
            rows.setdefault((part, site, material, ("magnet" if magnet else "") + "#code"), nothing)
    return rows


def reached(material: str, form: str, code: str, entries: tuple[Entry, ...]) -> bool:
    return any(material in entry.item.materials and form in entry.item.forms and entry.item.codes for entry in entries)


def case_of(world: World, key: tuple[str, str, str, str], row: Mapping[str, Any]) -> Case:
    part, site, material, form = key[0], key[1], key[2], key[3].partition("#")[0]
    master, rolled = world.parts[part, site], bool(row["rolled_up"])
    heading = "".join(one for one in master["hs_code"] or "" if one.isdigit())[:4]
    chance = row["probability"]
    words = words_of(world, part, site, material, form)
    origins, origin_from = origins_of(world, part, site)
    stages = stages_of(world, part, site, material)
    unproven = bool(row.get("guess")) or (
        form == "magnet" and part in world.unproven and not rolled and "#" not in key[3]
    )
    if rolled:
        origins = text_of(words, "origin") or "?"
        origin_from = "" if master["procurement"] == "buy" else "components"
        stages = ";".join(
            f"{name}={text_of(words, name)}" for name in sorted({one for one, _ in words if one.startswith("country")})
        )
        unproven = ("unproven", "") in words
    low, high, missing, by = share_of(world, part, site)
    return Case(
        material=material,
        form=form,
        percent=-1 if chance is None else int(Fraction(str(chance)) * 20) * 5,
        sure=chance is not None and chance >= 0.95,
        evidence=row["evidence"],
        rolled_up=rolled,
        unproven=unproven,
        control_code="" if rolled else master["control_code"] or "",
        heading=heading if len(heading) == 4 and not rolled else "",
        origins=origins,
        origin_from=origin_from,
        stages=stages,
        ordered=False,
        ship_from="",
        destination=SITES[site],
        made_in=SITES[site] if master["procurement"] == "make" else "",
        value_low=low,
        value_high=high,
        value_missing=missing,
        value_by=by,
    )


def slowly(world: World) -> dict[tuple[str, str, str, str], tuple[Any, ...]]:
    entries = scope_on(shipped(), ON, Policy(), STATES).entries
    found: dict[tuple[str, str, str, str], list[tuple[Any, ...]]] = {}
    for key, row in rows_of(world, entries).items():
        case = case_of(world, key, row)
        for entry in entries:
            if case.material not in entry.item.materials or case.form not in entry.item.forms:
                continue
            verdict = decide(case, entry)
            if verdict is not None:
                direct = not holder(case, entry) or is_coded(case, entry)
                rank = (STRENGTH.index(verdict.applies), not direct, -(row["probability"] or -1.0))
                one = (rank, verdict.applies, verdict.why, verdict.origin, "direct" if direct else "embedded")
                found.setdefault((key[0], key[1], entry.id, case.material), []).append(one)
    return {key: min(several, key=lambda one: one[0])[1:] for key, several in found.items()}


def quickly(world: World) -> dict[tuple[str, str, str, str], tuple[Any, ...]]:
    parts = [{"part_no": part, "site": site, **row} for (part, site), row in world.parts.items()]
    rows = [
        {"part_no": part, "site": site, "material": material, "form": form or None, **row}
        for (part, site, material, form), row in world.content.items()
    ]
    own = pd.DataFrame({"part_no": pd.Series(world.unproven, dtype="str"), "magnet_unproven": True})
    workspace = Workspace(
        root=".",
        workspace=WorkspaceSettings(name="test"),
        sites={name: Site(country=country) for name, country in SITES.items()},
        sources={},
        prices=PRICES,
    )
    found = judge_parts(
        tables(parts, sourcing=world.sources),
        content(rows),
        shipped(),
        workspace=workspace,
        on=ON,
        states=STATES,
        own_parts=own,
        graph=graph_of(world),
    )
    assert not found.duplicated(["part_no", "site", "measure", "material"]).any()
    taken = found[["part_no", "site", "measure", "material", "applies", "why", "origin_country", "route"]].astype(
        "object"
    )
    taken["origin_country"] = taken["origin_country"].where(taken["origin_country"].notna(), "")
    return {one[:4]: one[4:] for one in taken.itertuples(index=False, name=None)}


# never shrunk: a world takes a third of a second, and the first one that differs is small enough to read
@settings(
    max_examples=examples(20),
    deadline=None,
    phases=[Phase.explicit, Phase.reuse, Phase.generate],
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
@given(worlds())
def test_all_rows_at_once_give_what_a_loop_over_decide_gives(world: World) -> None:
    assert quickly(world) == slowly(world)
