"""`riskplug runway` on the sample: figures worked out on paper, the page that shows it, charts, and what it refuses."""

import re
from pathlib import Path
from typing import Any

import pytest
from chains import SampleScan
from command import ROOT, Folder
from test_command import imported_by

WIDTH = 80


@pytest.fixture(scope="module")
def magnet(sample_scan: SampleScan) -> dict[str, Any]:
    return runway(sample_scan, "M-4711", "--site", "DE01")


def runway(scan: SampleScan, *words: str) -> dict[str, Any]:
    ran = scan.folder.run("runway", *words, "--format", "json")
    assert ran.code == 0, ran.err
    return ran.document()


def test_the_magnet_of_the_story_is_pegged_to_the_products_it_stops(magnet: dict[str, Any]) -> None:
    """Week 8: 10 SD-100 and 7 SD-200 with one motor of four magnets, one DR-500 with four motors, four SC-10."""
    breaks = magnet["breaks"]
    assert (breaks["date"], breaks["required"], breaks["available"], breaks["short"]) == ("2025-06-23", 100, 0, 100)
    assert {one["part_no"]: (one["demanded"], one["quantity"], one["short"]) for one in breaks["pegged"]} == {
        "SD-100": (10, 40, 40),
        "SD-200": (7, 28, 28),
        "DR-500": (1, 16, 16),
        "SC-10": (4, 16, 16),
    }
    ways = {one["part_no"]: one["route"] for one in breaks["pegged"]}
    assert ways["SD-100"] == ["SD-100", "GM-100", "MO-4700", "PH-4700", "RO-4710"]


def test_the_last_order_date_of_the_magnet(magnet: dict[str, Any]) -> None:
    """Short on 23 June; 42 days of delivery lead to 12 May, 65 of licence to 8 March. Today + 107 is 13 August."""
    order = magnet["last_order"]
    assert (order["date"], order["date_without_licence"], order["days_left"]) == ("2025-03-08", "2025-05-12", -51)
    assert order["available_if_ordered_today"] == "2025-08-13"


def test_what_would_extend_the_magnet(magnet: dict[str, Any]) -> None:
    """700 cover 7 weeks and end on day 56, which is 55 days; each hundred is a week.

    800 more: 15 weeks, day 112, 111 days. 120 more: 8 weeks and 20 of 100, 62 + 0.2. 80, 60 and 50 are parts of a week.
    """
    found = magnet["extend"]
    assert [(one["kind"], one["what"], one["quantity"], round(one["days"], 6)) for one in found] == [
        ("licence", "4500001201/10", 800, 111),
        ("stock", "consignment", 120, 62.2),
        ("stock", "quality", 80, 55.8),
        ("stock", "transit", 60, 55.6),
        ("stock", "blocked", 50, 55.5),
    ]
    assert found[0]["note"] == "applied"


def test_what_a_new_order_of_the_magnet_would_have_to_be(magnet: dict[str, Any]) -> None:
    """52 weeks of 100 less 700 are 4500, a multiple of 50; at EUR 3.80. Before 13 August weeks 8 to 15 go without."""
    advice = magnet["advice"]
    assert (advice["lacking"], advice["quantity"], advice["short_before_arrival"]) == (4500, 4500, 800)
    assert (advice["cost"], advice["currency"]) == (pytest.approx(17_100), "EUR")


@pytest.mark.parametrize("part", ["M-4790", "C-2040", "B-1210"])
def test_the_text_fits_a_terminal(sample_scan: SampleScan, part: str) -> None:
    ran = sample_scan.folder.run("runway", part, "--site", "DE01", "--all")
    assert ran.code == 0, ran.err
    assert [line for line in ran.out.splitlines() if len(line) > WIDTH] == []


def test_the_page_shows_what_the_command_prints(sample_scan: SampleScan) -> None:
    page = (ROOT / "docs" / "runway.md").read_text(encoding="utf-8")
    shown = re.search(r"^\$ riskplug (runway .+)\n((?:.*\n)*?)```", page, re.MULTILINE)
    assert shown
    assert sample_scan.folder.run(*shown[1].split()).out == shown[2]


def test_all_shows_every_event_and_without_it_a_count(sample_scan: SampleScan) -> None:
    short = sample_scan.folder.run("runway", "M-4711", "--site", "DE01").out
    every = sample_scan.folder.run("runway", "M-4711", "--site", "DE01", "--all").out
    assert "... 42 more until 2026-04-27 (--all)" in short
    assert len(every.splitlines()) - len(short.splitlines()) == 42 - 1


def test_the_firm_policy_counts_what_the_restricted_one_leaves_out(sample_scan: SampleScan) -> None:
    said = runway(sample_scan, "M-4711", "--site", "DE01", "--policy", "firm")
    assert (said["policy"], said["breaks"]["date"]) == ("firm", "2025-08-18")
    assert [event["quantity"] for event in said["events"] if event["kind"] == "receipt"] == [800]


@pytest.mark.parametrize(("name", "start"), [("b.svg", b"<svg "), ("b.png", b"\x89PNG")])
def test_a_chart_is_drawn_twice_alike(sample_scan: SampleScan, tmp_path: Path, name: str, start: bytes) -> None:
    drawn = []
    for folder in ("1", "2"):
        (tmp_path / folder).mkdir()
        file = tmp_path / folder / name
        assert sample_scan.folder.run("runway", "M-4711", "--site", "DE01", "--chart", str(file)).code == 0
        drawn.append(file.read_bytes())
    assert drawn[0].startswith(start)
    assert drawn[0] == drawn[1]


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("M-471", "--site", "DE01"), "did you mean 'M-4711'?"),
        (("M-4720",), "part M-4720 exists at DE01, MX01"),
        (("M-4711", "--site", "US01"), "part M-4711 exists at DE01"),
        (("M-4711", "--policy", "firmly"), "did you mean 'firm'?"),
        (("M-4711", "--chart", "balance.gif"), "name a file that ends in .svg or .png"),
        (("M-4790", "--chart", "balance.svg"), "no balance to draw: M-4790 at DE01 has an unknown runway"),
        (("M-4711", "--chart", "nowhere/balance.svg"), "cannot write nowhere/balance.svg"),
    ],
)
def test_what_cannot_be_answered_is_said_with_what_to_do(
    sample_scan: SampleScan, words: tuple[str, ...], says: str
) -> None:
    ran = sample_scan.folder.run("runway", *words)
    assert (ran.code, ran.out) == (2, "")
    assert says in ran.err


def test_great_expectations_is_not_waited_for(sample_scan: SampleScan) -> None:
    assert "great_expectations" not in imported_by(sample_scan.folder, "runway", "M-4711", "--site", "DE01")


def test_without_a_scan_there_is_nothing_to_explain(sample_copy: Folder) -> None:
    ran = sample_copy.run("runway", "M-4711")
    assert ran.code == 10
    assert "no scan has been run yet" in ran.err
    assert "riskplug scan" in ran.err
