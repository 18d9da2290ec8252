"""Makes docs/speed.md and its charts from what bench/results/*.json say.

``python bench/page.py``; a test fails when the page is not what the results say.
"""

import json
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1]))

from riskplug.report.charts import CERTAIN, UNSURE, draw

ROOT = Path(__file__).parents[1]
RESULTS, PAGE, CHARTS = ROOT / "bench" / "results", ROOT / "docs" / "speed.md", ROOT / "docs" / "speed"
TITLES = {
    "whole": "The whole scan",
    "nights": "A night of which one row in a hundred is another",
    "run": "Read, encode, level, roll up",
    "runway": "Runways of all parts",
    "rules": "Rules",
    "alerts": "Life-cycle of alerts",
}
HEAD = """# Speed and size

What the benchmarks found, each beside other programs in the same run; `make bench` repeats them on your machine.
Seconds of one machine say little about another: compare ratios, and seconds of the processor where the machine was
shared (load above its cores). Generated from `bench/results` by `bench/page.py`.
"""

Result = Mapping[str, Any]


def results() -> list[Result]:
    """Every kept result, in the order of TITLES and by size."""
    found = [json.loads(path.read_text(encoding="utf-8")) | {"name": path.stem} for path in RESULTS.glob("*.json")]
    return sorted(found, key=lambda one: (list(TITLES).index(one["bench"]), next(iter(one["sizes"].values()))))


def page(found: Sequence[Result]) -> str:
    return "\n".join([HEAD, *(line for one in found for line in _section(one))]).rstrip() + "\n"


def _section(one: Result) -> Iterator[str]:
    sizes = ", ".join(f"{count:,} {name.replace('_', ' ')}" for name, count in list(one["sizes"].items())[:3])
    yield f"## {TITLES[one['bench']]}: {sizes}\n"
    yield f"![Seconds of {one['name']}](speed/{one['name']}.svg)\n"
    yield "| who, or which stage | what | measured | goal | met |\n|---|---|---|---|---|"
    for figure in one["figures"]:
        goal = figure["goal"]
        met = "" if goal is None else "yes" if figure["value"] <= goal else "no"
        wanted = "" if goal is None else f"≤ {goal:g} {figure['unit']}"
        yield f"| {figure['of']} | {figure['what']} | {_number(figure['value'])} {figure['unit']} | {wanted} | {met} |"
    rest = list(one["sizes"].items())[3:]
    if rest:
        yield (
            "\nRows that came of it: " + ", ".join(f"{name.replace('_', ' ')} {count:,}" for name, count in rest) + "."
        )
    yield "\n" + _machine(one["machine"]) + "\n"


def _number(value: float) -> str:
    return f"{value:,.0f}" if value >= 1000 else f"{value:.3g}"


def _machine(told: Mapping[str, Any]) -> str:
    libraries = ", ".join(f"{name} {version}" for name, version in told["libraries"].items())
    return (
        f"Measured on {told['cores']} cores, {told['ram_gb']} GB, {told['system']}, load {told['load']:g}; "
        f"Python {told['python']}, {libraries}."
    )


def chart(one: Result) -> str:
    """Seconds by contender and stage; a stage is a part of riskplug's time."""
    rows = [
        {
            "who": figure["of"] if figure["of"] != "riskplug" else f"riskplug: {figure['what']}",
            "seconds": figure["value"],
        }
        for figure in one["figures"]
        if figure["unit"] == "s" and "processor" not in figure["what"]
    ]
    rows = rows or [
        {"who": f"{figure['of']}: {figure['what']}", "seconds": figure["value"]}
        for figure in one["figures"]
        if figure["unit"] == "s"
    ]
    ours = {"test": "indexof(datum.who, 'riskplug') == 0", "value": CERTAIN}
    return draw(
        {
            "data": {"values": rows},
            "width": 560,
            "height": {"step": 22},
            "mark": {"type": "bar"},
            "encoding": {
                "y": {"field": "who", "type": "nominal", "sort": None, "title": None},
                "x": {"field": "seconds", "type": "quantitative", "title": "seconds"},
                "color": {"condition": ours, "value": UNSURE},
            },
        }
    )


def main() -> None:
    found = results()
    CHARTS.mkdir(exist_ok=True)
    for one in found:
        (CHARTS / f"{one['name']}.svg").write_text(chart(one) + "\n", encoding="utf-8")
    PAGE.write_text(page(found), encoding="utf-8")


if __name__ == "__main__":
    main()
