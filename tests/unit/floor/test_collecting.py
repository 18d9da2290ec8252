"""The search for dead cycles waits for as long as the work takes, and is afterwards what it was before."""

import gc
import subprocess
import sys

import pytest

from riskplug.collecting import uncollected


@uncollected
def enabled() -> bool:
    return gc.isenabled()


@uncollected
def nested() -> tuple[bool, bool]:
    return enabled(), gc.isenabled()


@uncollected
def failing() -> None:
    raise OSError("disk")


def test_it_waits_while_the_work_is_done_and_goes_on_after_it() -> None:
    assert gc.isenabled()
    assert nested() == (False, False)
    assert gc.isenabled()
    with pytest.raises(OSError, match="disk"):
        failing()
    assert gc.isenabled()


def test_who_switched_it_off_finds_it_off() -> None:
    gc.disable()
    try:
        assert not enabled()
        assert not gc.isenabled()
    finally:
        gc.enable()


ENDED = """\
import atexit, gc, sys
atexit.register(lambda: print(gc.get_threshold()[0], gc.get_freeze_count() > 1000, file=sys.stderr))
sys.argv = ["riskplug", "--help"]
from riskplug.cli import main
main()
"""


def test_a_command_looks_seldom_and_no_more_when_it_ends() -> None:
    ran = subprocess.run([sys.executable, "-c", ENDED], capture_output=True, text=True, check=True)
    assert ran.stderr.split() == ["10000", "True"]
