"""docs/speed.md says what the kept results say, and the results say nothing of the host they come from."""

import json
import re
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
sys.path.append(str(ROOT / "bench"))

import kept  # noqa: E402
import page  # noqa: E402

FILES = sorted((ROOT / "bench" / "results").glob("*.json"))


def test_the_page_is_made_of_the_kept_results() -> None:
    assert FILES, "run a benchmark with --json"
    assert page.PAGE.read_text(encoding="utf-8") == page.page(page.results())


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_a_result_has_its_chart_and_every_figure_on_the_page(file: Path) -> None:
    told = json.loads(file.read_text(encoding="utf-8"))
    assert (page.CHARTS / f"{file.stem}.svg").read_text(encoding="utf-8").startswith("<svg ")
    text = page.PAGE.read_text(encoding="utf-8")
    for figure in told["figures"]:
        shown = re.search(rf"\| {figure['of']} \| {re.escape(figure['what'])} \| ([\d.,e+-]+) ", text)
        assert shown, f"{figure['of']}: {figure['what']} is not on the page"
    assert told["schema"] == kept.SCHEMA and set(told["machine"]) == set(kept.machine())
    assert not re.search(r"/(home|root|tmp|work)\b", file.read_text(encoding="utf-8"))
