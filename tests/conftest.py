"""What holds for all tests: how many examples a property without a number of its own is tried on."""

from hypothesis import settings

from tests.examples import examples

settings.register_profile("riskplug", max_examples=examples(100))
settings.load_profile("riskplug")
