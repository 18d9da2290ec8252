"""Judging parts beside a plain pandas way, in one run: 50 restricting measures on a million parts of one site.

``python bench/regimes.py [--parts N] [--measures N] [--sample N] [--rounds N]``. Half of the parts hold something
controlled, two to five materials each: magnets and raw goods by their own evidence, assemblies through five components
each, on ten levels. The measures are the shipped register and copies of those in force. riskplug's part is
``judge_parts``: origins, matching, decision, reasons, one row per key. The plain way merges content, part master and
the register's lines, and applies the same decision row by row; it runs on a sample of parts and is scaled up; of the
sample both must say the same. Exits 1 when they do not. CPU time stands beside the clock: the machine may be shared.
"""

import argparse
import sys
import time
from dataclasses import dataclass
from datetime import date
from itertools import pairwise
from pathlib import Path

import numpy as np
import pandas as pd

sys.path[:0] = [str(Path(__file__).parents[1])]

from scipy import sparse  # noqa: E402

from riskplug.catalogue import GRAINS, dtype_of  # noqa: E402
from riskplug.model import BomGraph  # noqa: E402
from riskplug.regimes import Measure, judge_parts, load_measures  # noqa: E402
from riskplug.regimes.judgement import SURE, Case, decide  # noqa: E402
from riskplug.regimes.scope import scope_on  # noqa: E402
from riskplug.regimes.status import standing  # noqa: E402
from riskplug.tables import empty  # noqa: E402
from riskplug.workspace import Policy, Site, Workspace, WorkspaceSettings  # noqa: E402

SEED = 20250428
ON = date(2025, 10, 20)
SITE, COUNTRY = "DE01", "DE"
LEVELS, COMPONENTS = 10, 5
STRENGTH = ("yes", "likely", "unknown", "unlikely")
RAW = (("Sm", "metal"), ("Gd", "oxide"), ("Y", "compound"), ("W", "powder"), ("Ga", "wafer"), ("Te", "compound"))
MAGNET, HELD = ("Nd", "Pr", "Dy", "Tb"), ("Nd", "Pr", "Dy", "Tb", "Sm")
MASSES = ("mass_g_min", "mass_g_typ", "mass_g_max")


def register(count: int) -> tuple[Measure, ...]:
    """The shipped measures, and copies of those in force until ``count`` of them restrict."""
    shipped = load_measures([Path(__file__).parents[1] / "rules" / "regimes"])
    live = [one for one in shipped if one.restricts and standing(one, ON, Policy()).status == "in_force" and one.items]
    missing = count - sum(one.restricts for one in shipped)
    return (*shipped, *(_copy(live[n % len(live)], f"copy-{n}") for n in range(missing)))


def _copy(measure: Measure, name: str) -> Measure:
    items = tuple(item.model_copy(update={"id": f"{name}{item.id.removeprefix(measure.id)}"}) for item in measure.items)
    return measure.model_copy(update={"id": name, "items": items})


def world(parts: int) -> tuple[dict[str, pd.DataFrame], pd.DataFrame]:
    """Canonical tables and rolled-up content of a company that buys a tenth and builds with it: seeded."""
    rng = np.random.default_rng(SEED)
    index = pd.Index([f"P-{n:08d}" for n in range(parts)], dtype="str")
    magnets, raw, built = (np.arange(a, b) for a, b in _cuts(parts, 0.06, 0.15, 0.5))
    rows = pd.concat(
        [
            *(_rows(rng, magnets, name, "magnet", False) for name in MAGNET),
            *(_rows(rng, raw[n :: len(RAW)], *RAW[n], False) for n in range(len(RAW))),
            *(_rows(rng, built, name, "magnet", True) for name in HELD),
        ],
        ignore_index=True,
    )
    rows = rows.sample(frac=0.8, random_state=SEED).sort_values("part", ignore_index=True)
    grain = GRAINS["content"]
    content = pd.DataFrame(
        {
            "part_no": pd.Categorical.from_codes(rows["part"], categories=index),
            "site": pd.Categorical.from_codes(np.zeros(len(rows), dtype=np.int8), categories=pd.Index([SITE])),
            **{name: rows[name].astype(dtype_of(grain[name])) for name in ("material", "form", *MASSES)},
            **{name: rows[name].astype(dtype_of(grain[name])) for name in ("probability", "evidence", "rolled_up")},
        }
    )
    return {"parts": _master(rng, index, rows), "sourcing": empty("sourcing", index)}, content


def _cuts(parts: int, *shares: float) -> list[tuple[int, int]]:
    ends = [0, *(int(parts * share) for share in shares)]
    return list(pairwise(ends))


def _rows(rng: np.random.Generator, parts: np.ndarray, material: str, form: str, rolled_up: bool) -> pd.DataFrame:
    typical = rng.random(len(parts)).round(3)
    chance = rng.choice(np.array([0.1, 0.3, 0.6, 0.8, 0.98, 1.0]), len(parts))
    evidence = rng.choice(np.array(["full_declaration", "grade", "description"]), len(parts))
    masses = {name: typical * factor for name, factor in zip(MASSES, (0.8, 1.0, 1.2), strict=True)}
    return pd.DataFrame({"part": parts, "material": material, "form": form, **masses, "probability": chance}).assign(
        evidence=evidence, rolled_up=rolled_up
    )


def _master(rng: np.random.Generator, index: pd.Index, content: pd.DataFrame) -> pd.DataFrame:
    master = empty("parts", index).reindex(range(len(index)))
    origins = rng.choice(np.array(["CN", "JP", "DE", "US", ""]), len(index), p=[0.4, 0.2, 0.2, 0.1, 0.1])
    headings = rng.choice(np.array(["85051110", "85015230", "28053012", ""]), len(index))
    dysprosium = content.loc[(content["material"] == "Dy") & ~content["rolled_up"], "part"]
    coded = np.isin(np.arange(len(index)), dysprosium) & (rng.random(len(index)) < 0.2)
    codes = np.where(coded, "1C905.a", "")
    for name, values in (("country_of_origin", origins), ("hs_code", headings), ("control_code", codes)):
        master[name] = (
            pd.Series(values)
            .replace("", None)
            .astype(master[name].dtype if name != "country_of_origin" else "category")
        )
    return master.assign(part_no=pd.Categorical.from_codes(np.arange(len(index)), categories=index))


def graph_of(parts: int) -> BomGraph:
    """Assemblies on levels, each of components drawn from what is bought and from the levels below it."""
    rng = np.random.default_rng(SEED + 1)
    bought, last = (int(parts * share) for share in (0.15, 0.5))
    level = np.full(parts, LEVELS, dtype=np.int32)
    level[bought:last] = LEVELS - 1 - np.arange(last - bought) * LEVELS // (last - bought)
    # numbers grow towards the top, so whatever lies before the parent's level is below it
    below = np.searchsorted(-level[bought:last], -level[bought:last], side="left") + bought
    component = (rng.random((last - bought, COMPONENTS)) * below[:, None]).astype(np.int64)
    parent = np.repeat(np.arange(bought, last), COMPONENTS)
    built = sparse.csr_array((np.ones(len(parent)), (parent, component.ravel())), shape=(parts, parts))
    index = pd.Index([f"P-{n:08d}" for n in range(parts)], dtype="str")
    nodes = pd.DataFrame(
        {
            "part_no": pd.Categorical.from_codes(np.arange(parts), categories=index),
            "site": pd.Categorical.from_codes(np.zeros(parts, dtype=np.int8), categories=pd.Index([SITE])),
        }
    )
    no = np.zeros(parts, dtype=bool)
    return BomGraph(nodes, built, built, sparse.csr_array(built.shape), level, no, (), no, pd.DataFrame())


@dataclass(frozen=True)
class Timed:
    """What came out, seconds on the clock, seconds of the processor."""

    found: pd.DataFrame
    seconds: float
    cpu: float


def riskplug(
    tables: dict[str, pd.DataFrame], content: pd.DataFrame, measures: tuple[Measure, ...], graph: BomGraph | None
) -> Timed:
    workspace = Workspace(
        root=Path(),
        workspace=WorkspaceSettings(name="bench"),
        sites={SITE: Site(country=COUNTRY)},
        sources={},
    )
    clock, cpu = time.perf_counter(), time.process_time()
    found = judge_parts(tables, content, measures, workspace=workspace, on=ON, graph=graph)
    return Timed(found, time.perf_counter() - clock, time.process_time() - cpu)


def plainly(tables: dict[str, pd.DataFrame], content: pd.DataFrame, measures: tuple[Measure, ...]) -> Timed:
    """Merges and a row-wise decision; what is held in components has no known origin here."""
    clock, cpu = time.perf_counter(), time.process_time()
    entries = scope_on(measures, ON, Policy()).entries
    lines = pd.DataFrame(
        [(m, f, n, one.id) for n, one in enumerate(entries) for m in one.item.materials for f in one.item.forms],
        columns=["material", "form", "entry", "measure"],
    )
    wanted = ["part_no", "country_of_origin", "hs_code", "control_code"]
    master = tables["parts"][wanted].astype("str")
    rows = content.astype({"part_no": "str", "form": "str", "evidence": "str"}).merge(master, on="part_no")
    rows = rows.merge(lines, on=["material", "form"])
    verdicts = rows.apply(lambda row: decide(_case(row), entries[row["entry"]]), axis=1)
    rows, kept = rows[verdicts.notna()], verdicts[verdicts.notna()]
    rows = rows.assign(applies=[one.applies for one in kept], why=[one.why for one in kept])
    rows = rows.assign(rank=rows["applies"].map(STRENGTH.index)).sort_values("rank", kind="stable")
    found = rows.drop_duplicates(["part_no", "measure", "material"])
    return Timed(found, time.perf_counter() - clock, time.process_time() - cpu)


def _case(row: pd.Series) -> Case:
    chance, held = row["probability"], bool(row["rolled_up"])
    origin = "" if held or pd.isna(row["country_of_origin"]) else row["country_of_origin"]
    heading = "" if held or pd.isna(row["hs_code"]) else row["hs_code"][:4]
    code = "" if held or pd.isna(row["control_code"]) else row["control_code"]
    return Case(
        material=row["material"],
        form=row["form"],
        percent=int(chance * 20 + 1e-9) * 5,
        sure=chance >= SURE,
        evidence=row["evidence"],
        rolled_up=held,
        unproven=False,
        control_code=code,
        heading=heading,
        origins=origin or "?",
        origin_from="part" if origin else "",
        stages="",
        ordered=False,
        ship_from="",
        destination=COUNTRY,
        made_in="",
    )


def same(one: pd.DataFrame, other: pd.DataFrame) -> bool:
    """Whether both give every part, measure and material the same answer for the same reason."""
    keys, said = ["part_no", "measure", "material"], ["applies", "why"]
    both = [frame[[*keys, *said]].astype("str").sort_values(keys, ignore_index=True) for frame in (one, other)]
    return both[0].equals(both[1])


def sampled(
    tables: dict[str, pd.DataFrame], content: pd.DataFrame, count: int
) -> tuple[dict[str, pd.DataFrame], pd.DataFrame]:
    """Some of the parts that hold something, with their content."""
    held = content["part_no"].drop_duplicates().sample(count, random_state=SEED)
    here = {name: table[table["part_no"].isin(held)].reset_index(drop=True) for name, table in tables.items()}
    return here, content[content["part_no"].isin(held)].reset_index(drop=True)


def main() -> int:
    options = argparse.ArgumentParser(description="Judging parts, beside plain pandas")
    options.add_argument("--parts", type=int, default=1_000_000)
    options.add_argument("--measures", type=int, default=50)
    options.add_argument("--sample", type=int, default=500)
    options.add_argument("--rounds", type=int, default=3)
    told = options.parse_args()
    measures, (tables, content), graph = register(told.measures), world(told.parts), graph_of(told.parts)
    restricting = sum(one.restricts for one in measures)
    print(f"{told.parts:,} parts, {len(content):,} rows of content, {restricting} restricting measures")
    runs = sorted((riskplug(tables, content, measures, graph) for _ in range(told.rounds)), key=lambda one: one.seconds)
    ours = runs[(len(runs) - 1) // 2]
    few, some = sampled(tables, content, told.sample)
    plain = plainly(few, some, measures)
    factor = len(content) / len(some)
    print(f"riskplug  {ours.seconds:10.1f} s {ours.cpu:10.1f} s CPU  {len(ours.found):,} exposures")
    print(
        f"pandas    {plain.seconds * factor:10.1f} s {plain.cpu * factor:10.1f} s CPU  "
        f"extrapolated from {plain.seconds:.1f} s for {len(some):,} rows of content, without components' origins"
    )
    equal = same(riskplug(few, some, measures, None).found, plain.found)
    print("of the sample both say the same" if equal else "the answers differ")
    return 0 if equal else 1


if __name__ == "__main__":
    sys.exit(main())
