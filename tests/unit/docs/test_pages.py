"""The reference pages say what the declarations say."""

import importlib.util
from pathlib import Path

import pytest

SPEC = importlib.util.spec_from_file_location("generate", Path(__file__).parents[3] / "docs" / "generate.py")
assert SPEC and SPEC.loader
generate = importlib.util.module_from_spec(SPEC)
SPEC.loader.exec_module(generate)


@pytest.mark.parametrize("path", generate.pages(), ids=lambda path: path.name)
def test_the_committed_page_is_the_generated_one(path: Path) -> None:
    assert path.read_text(encoding="utf-8") == generate.pages()[path], "run `make docs`"
