"""Rules over past nights: worked by hand on four nights and three parts."""

from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd

from riskplug.catalogue import GRAINS
from riskplug.model import Outcome
from riskplug.rules import Judged, backtest, compare, evaluate, identities_of, load_rules
from tests.unit.rules.test_evaluate import CONTEXT, HEAD, parts

RULE = """  - id: low
    title: Low
    grain: part
    bands: {critical: on_hand < 10, warning: on_hand < 20}
    owner: '"x"'
    message: "{part_no}: {on_hand:.0f}"
"""
NIGHTS = {
    date(2025, 4, 1): {"A": 25.0, "B": 15.0, "C": 15.0},
    date(2025, 4, 2): {"A": 15.0, "B": 25.0, "C": np.nan},
    date(2025, 4, 4): {"A": 5.0, "B": 15.0, "C": np.nan},
    date(2025, 4, 7): {"A": 5.0, "B": 5.0, "C": 25.0},
}


def facts(stock: dict[str, float]) -> pd.DataFrame:
    return parts(
        *(
            {"part_no": name, "site": "X", "on_hand": value, "stock_out_date": date(2025, 5, 1)}
            for name, value in stock.items()
        )
    )


def outcome(tmp_path: Path, stock: dict[str, float], text: str = RULE) -> Outcome:
    (tmp_path / "r.yaml").write_text(HEAD + text)
    rules = load_rules([tmp_path], GRAINS)
    return evaluate(rules, {"part": facts(stock)}, on=date(2025, 4, 28), context=CONTEXT, tables={}, failed_tables={})


def judged(tmp_path: Path) -> list[Judged]:
    nights = []
    for day, stock in NIGHTS.items():
        answer = outcome(tmp_path, stock)
        (rule,) = load_rules([tmp_path], GRAINS)
        dates = pd.Series(facts(stock)["stock_out_date"].to_numpy(), index=identities_of(rule, facts(stock)))
        nights.append(Judged(day, f"s-{day}", len(stock), answer, dates))
    return nights


def test_each_night_counts_bands_and_what_came_went_and_came_back(tmp_path: Path) -> None:
    found = backtest("low", judged(tmp_path)).nights
    wanted = {
        #            critical warning undetermined new gone returned
        date(2025, 4, 1): (0, 2, 0, 2, 0, 0),
        date(2025, 4, 2): (0, 1, 1, 1, 2, 0),
        date(2025, 4, 4): (1, 1, 1, 1, 0, 1),
        date(2025, 4, 7): (2, 0, 0, 0, 0, 0),
    }
    columns = ["critical", "warning", "undetermined", "new", "gone", "returned"]
    assert {row["business_date"]: tuple(row[name] for name in columns) for row in found.to_dict("records")} == wanted
    assert found["share_pct"].round(6).tolist() == [66.666667, 33.333333, 66.666667, 66.666667]


def test_the_summary_says_how_steady_it_is_and_how_early(tmp_path: Path) -> None:
    found = backtest("low", judged(tmp_path))
    # B went and came back. A: 2nd to 4th April, B: 1st to 7th; median of 2 and 6 days
    assert (found.findings, found.flapping, found.days_before_critical) == (3, 1, 4.0)
    # first seen on the 1st, 1st and 2nd; out on 1 May: 30, 30 and 29 days
    assert found.days_before_stock_out == 30.0


def test_a_night_on_which_the_rule_failed_neither_clears_nor_counts(tmp_path: Path) -> None:
    nights = judged(tmp_path)
    failed = outcome(tmp_path, {"A": 1.0})
    coverage = failed.coverage.assign(outcome="failed", reason="inventory: refused")
    broken = Outcome(failed.findings.iloc[:0], coverage, failed.undetermined.iloc[:0], ())
    held = Judged(date(2025, 4, 3), "s-x", 3, broken, pd.Series(dtype="datetime64[s]"))
    found = backtest("low", [*nights[:2], held, *nights[2:]])
    assert found.flapping == backtest("low", nights).flapping
    assert found.nights["fault"].tolist() == ["", "", "inventory: refused", "", ""]
    assert np.isnan(found.nights["critical"].tolist()[2])


def test_a_rule_that_never_fires_has_no_days(tmp_path: Path) -> None:
    none = pd.Series(dtype="datetime64[s]")
    found = backtest("low", [Judged(date(2025, 4, 1), "s", 1, outcome(tmp_path, {"A": 99.0}), none)])
    assert (found.findings, found.flapping) == (0, 0)
    assert np.isnan(found.days_before_critical)
    assert np.isnan(found.days_before_stock_out)


def test_versions_of_a_rule_are_compared_finding_by_finding(tmp_path: Path) -> None:
    stock = {"A": 5.0, "B": 15.0, "C": 25.0, "D": np.nan, "E": 99.0}
    old = outcome(tmp_path, stock)
    new = outcome(tmp_path, stock, RULE.replace("< 10", "< 4").replace("< 20", "< 30"))
    (tmp_path / "r.yaml").unlink()
    found = compare(old, new)
    assert [tuple(row) for row in found[["identity", "change", "was", "now"]].fillna("").to_numpy()] == [
        ('{"part_no":"C","site":"X"}', "appears", "", "warning"),
        ('{"part_no":"A","site":"X"}', "changes_band", "critical", "warning"),
    ]
    back = compare(new, old)
    assert back["change"].tolist() == ["changes_band", "vanishes"]
    assert compare(old, old).empty


def test_rows_that_settle_or_open_are_told(tmp_path: Path) -> None:
    open_row = outcome(tmp_path, {"A": np.nan})
    decided = outcome(tmp_path, {"A": 99.0})
    assert compare(open_row, decided)["change"].tolist() == ["settles"]
    assert compare(decided, open_row)["change"].tolist() == ["becomes_undetermined"]
