"""Values of a rule's parameters, by default or from a workspace: are they of the type, and within the bounds?"""

from riskplug.rules.parse import Mistake, parse
from riskplug.rules.rulefile import Parameter
from riskplug.rules.testrows import value_fits
from riskplug.rules.tree import Literal


def wrong_value(parameter: Parameter, value: object) -> tuple[str, str]:
    """What is wrong with a value and the code of it; both empty where nothing is."""
    value = amount(value)
    if not value_fits(value, parameter.type):
        return f"{value!r} is no {parameter.type}", "param-type"
    if isinstance(value, int | float) and not isinstance(value, bool) and not _within(parameter, value):
        return f"{value:g} is outside {_limits(parameter)}", "param-range"
    return "", ""


def _within(parameter: Parameter, value: float) -> bool:
    above = parameter.min is None or value >= parameter.min
    return above and (parameter.max is None or value <= parameter.max)


def amount(value: object) -> object:
    """``30 days`` as 30.0; anything else as it is."""
    if isinstance(value, str):
        try:
            node = parse(value)
        except Mistake:
            return value
        return node.value if isinstance(node, Literal) and node.kind == "days" else value
    return value


def _limits(parameter: Parameter) -> str:
    low = "" if parameter.min is None else f"{parameter.min:g}"
    high = "" if parameter.max is None else f"{parameter.max:g}"
    return f"{low}..{high}"
