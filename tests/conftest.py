"""What holds for all tests: how many examples a property without a number of its own is tried on.

And that Python does not look for dead cycles among what was imported and collected, again and again.
"""

import gc

from hypothesis import settings

from riskplug.collecting import collect_seldom
from tests.examples import examples

settings.register_profile("riskplug", max_examples=examples(100))
settings.load_profile("riskplug")
collect_seldom()


def pytest_collection_finish() -> None:
    gc.freeze()
