"""An optional module is left out of an import, and is there for whoever asks for it later."""

import importlib
import sys

import pytest

from riskplug.validate.suites import _not_imported


def test_a_module_is_not_there_meanwhile_and_is_afterwards(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules, "colorsys", raising=False)
    with _not_imported("colorsys"), pytest.raises(ImportError):
        importlib.import_module("colorsys")
    assert importlib.import_module("colorsys").rgb_to_hsv(0, 0, 1)[2] == 1


def test_a_module_that_is_there_already_stays() -> None:
    with _not_imported("json"):
        assert importlib.import_module("json").loads("1") == 1
    assert "json" in sys.modules
