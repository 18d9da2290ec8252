"""What a scan says of the law since the one before, and what of the sample it touches."""

from datetime import date
from pathlib import Path

import pytest
from replayed import Sample

from riskplug.legal import REGISTER, keep_register, law_news
from riskplug.model import LegalNews
from riskplug.report import law_lines
from sample_erp.generate import company


def news(sample: Sample, root: Path, before: date, day: date) -> LegalNews:
    """What a scan of a day says after one of another day, whose folder it finds."""
    folder = root / "scans" / str(before) / f"{before}-1-abc"
    keep_register(folder, sample.register)
    (folder / "run.json").write_text("{}", encoding="utf-8")
    return law_news(root, sample.register, day, sample.workspace, sample.on(day), sample.tables)


def test_the_morning_of_the_fourth_of_april(sample: Sample, tmp_path: Path) -> None:
    told = news(sample, tmp_path, date(2025, 4, 3), date(2025, 4, 4))
    [change] = told.changes
    assert (told.since_scan, change.measure, change.what) == ("2025-04-03-1-abc", "cn-2025-18", "status")
    assert (change.from_status, change.to_status) == ("not_yet", "in_force")
    touched = change.touched
    assert touched is not None
    assert {"M-4711", "M-4720", "M-4730", "M-4750", "M-5100", "M-6010", "M-6020", "O-8200"} <= set(touched.parts)
    assert {"FR-9000", "M-4740"} <= set(touched.parts_unknown)
    assert {"M-3000", "M-3500", "M-3510", "M-3600", "C-2040"}.isdisjoint((*touched.parts, *touched.parts_unknown))
    assert {"SD-100", "SD-200", "DR-500", "SC-10"} <= set(touched.products)  # above M-4711, answers.yaml
    assert "LS-40" not in touched.products  # ferrite


# Open lines that No. 18 meets for sure or likely, from the section `orders` of sample_erp/answers.yaml.
HIT = (
    "4500001201",
    "4500001202",
    "4500001203",
    "PO-7001",
    "PO-7002",
    "PO-7003",
    "PO-7005",
    "OC-2001",
    "OC-2002",
    "OC-2003",
)


def test_the_value_of_the_orders_is_that_of_the_purchase_orders(sample: Sample, tmp_path: Path) -> None:
    [change] = news(sample, tmp_path, date(2025, 4, 3), date(2025, 4, 4)).changes
    assert change.touched is not None
    open_ = {one.order_no: one for site in company() for one in site.orders if one.order_no in HIT}
    worth = sum((one.ordered - one.received) * one.price for one in open_.values())
    assert sorted(change.touched.orders) == sorted(f"{one.order_no}/{one.line}" for one in open_.values())
    assert change.touched.order_value == pytest.approx(worth)
    assert change.touched.orders_unpriced == 0


def test_a_first_scan_says_nothing_of_law(sample: Sample, tmp_path: Path) -> None:
    day = date(2025, 4, 4)
    told = law_news(tmp_path, sample.register, day, sample.workspace, sample.on(day), sample.tables)
    assert told == LegalNews()
    assert law_lines(told, "EUR") == ()


def test_between_the_same_law_and_register_nothing_has_changed(sample: Sample, tmp_path: Path) -> None:
    told = news(sample, tmp_path, date(2025, 4, 4), date(2025, 4, 4))
    assert (told.since_scan, told.changes) == ("2025-04-04-1-abc", ())


def test_without_the_register_of_then_the_law_is_compared_and_the_gap_is_said(sample: Sample, tmp_path: Path) -> None:
    told = news(sample, tmp_path, date(2025, 4, 3), date(2025, 4, 4))
    (tmp_path / "scans" / "2025-04-03" / "2025-04-03-1-abc" / REGISTER).unlink()
    day = date(2025, 4, 4)
    again = law_news(tmp_path, sample.register, day, sample.workspace, sample.on(day), sample.tables)
    assert again.changes == told.changes
    assert "was not kept" in again.remark and law_lines(again, "EUR")[-1].startswith("law: the register")


def test_the_step_of_2027_says_which_magnets_it_asks_about(sample: Sample, tmp_path: Path) -> None:
    told = news(sample, tmp_path, date(2026, 11, 23), date(2027, 1, 1))
    changes = {change.measure: change for change in told.changes if change.what == "status"}
    mine = changes["us-4872-ndfeb-mine"]
    assert (mine.from_status, mine.to_status) == ("not_yet", "in_force")
    assert mine.touched is not None
    assert {"M-3500", "M-6010"} <= {*mine.touched.parts, *mine.touched.parts_unknown}
    assert {"M-4711", "M-4730"}.isdisjoint((*mine.touched.parts, *mine.touched.parts_unknown))  # bound elsewhere
    assert changes["us-4872-ndfeb-melt"].to_status == "ended"
    assert {change.measure for change in told.changes if change.what == "stale"} >= {"us-4872", "cn-2024-46-a2"}


def test_a_scan_of_a_day_before_the_last_is_looking_back(sample: Sample, tmp_path: Path) -> None:
    news(sample, tmp_path, date(2026, 11, 23), date(2027, 1, 1))
    told = news(sample, tmp_path, date(2025, 4, 3), date(2025, 4, 4))
    assert told.looking_back and told.start == date(2025, 4, 3)
