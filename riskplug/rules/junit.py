"""The outcome of rule tests as JUnit XML, which build servers read."""

from collections.abc import Sequence
from xml.etree import ElementTree

from riskplug.rules.ruletests import RuleTestResult


def junit(results: Sequence[RuleTestResult]) -> str:
    """One test case per rule; a rule that carries no test is skipped, and says so."""
    suite = ElementTree.Element(
        "testsuite",
        name="riskplug rules",
        tests=str(len(results)),
        failures=str(sum(not result.passed for result in results)),
        skipped=str(sum(not result.checks for result in results)),
        errors="0",
    )
    for result in results:
        file, _, line = result.where.rpartition(":")
        case = ElementTree.SubElement(suite, "testcase", classname="rules", name=result.rule, file=file, line=line)
        if not result.checks:
            ElementTree.SubElement(case, "skipped", message="the rule has no tests")
        if not result.passed:
            failure = ElementTree.SubElement(case, "failure", message=result.failures[0])
            failure.text = "\n".join(f"{result.where}: {one}" for one in result.failures)
    ElementTree.indent(suite)
    return ElementTree.tostring(suite, encoding="unicode", xml_declaration=True) + "\n"
