"""What the package says of prices, through riskplug's own rule tests; prices and sums are worked out by hand."""

from pathlib import Path

import pytest

from riskplug.testing import rule_failures

TOML = """\
[workspace]
name = "Test"
[sites.S1]
country = "DE"
[sources.erp]
path = "exports"
[rules]
paths = ["rules"]
[plugins]
enable = ["commodity-watch"]
"""
PRICES = """\
material,date,price_per_kg
Dy,2025-01-28,200.00
Dy,2025-04-25,250.00
Tb,2025-01-27,1000.00
Tb,2025-04-28,1249.00
Tb,2025-04-29,9999.00
Sm,2025-04-25,20.00
Nd,2025-01-10,60.00
"""
# 2025-04-28 less 90 days is 2025-01-28. Dy: 250/200 = +25 %, 50 EUR more for each of 2 kg = 100. Tb: +24.9 %, and the
# price of the next day is not known yet. Sm has no price in January, Nd none since; no product holds Gd.
TESTS = """
    tests:
      as_of: 2025-04-28
      rows:
        - {material: Dy, products: 3, yearly_demand_kg: 2}
        - {material: Tb, products: 1, yearly_demand_kg: 2}
        - {material: Sm, products: 1}
        - {material: Nd, products: 1}
        - {material: Gd, products: 0}
      match: {Dy: warning, Sm: info, Nd: info}
      no_match: [Tb, Gd]
      message:
        Dy: "Dy: 250.00 EUR/kg on 2025-04-25, up 25 % from 200.00. That is 100 EUR more for the 2.00 kg of a year."
        Sm: "no price of 90 days ago on file"
        Nd: "no recent price on file"
"""
SHIPPED = Path(__file__).parents[1] / "rules" / "price-jump.yaml"


@pytest.fixture
def workspace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "rules").mkdir()
    (tmp_path / "riskplug.toml").write_text(TOML)
    (tmp_path / "commodity_prices.csv").write_text(PRICES)
    rule = SHIPPED.read_text(encoding="utf-8").rstrip("\n")
    (tmp_path / "rules" / "price-jump.yaml").write_text(rule + TESTS)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_the_rule_says_what_was_worked_out_by_hand(workspace: Path) -> None:
    assert rule_failures(workspace, "price-jump") == []


@pytest.mark.parametrize(
    ("prices", "said"),
    [
        (None, "the prices cannot be read"),
        ("material,price\n", "the heading is another one"),
        ("material,date,price_per_kg\nDy,2025-04-25\n", "commodity_prices.csv:2: no price"),
        ("material,date,price_per_kg\nDy,25.04.2025,3\n", "commodity_prices.csv:2: no price"),
        ("material,date,price_per_kg\nDy,2025-04-25,0\n", "0 is no price"),
        ("material,date,price_per_kg\nDy,2025-04-25,nan\n", "nan is no price"),
    ],
)
def test_a_bad_price_file_is_a_fault_and_not_silence(workspace: Path, prices: str | None, said: str) -> None:
    file = workspace / "commodity_prices.csv"
    file.unlink() if prices is None else file.write_text(prices)
    assert any(said in failure for failure in rule_failures(workspace, "price-jump"))
