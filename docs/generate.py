"""Writes the reference pages from the declarations they describe: docs/tables.md, facts.md and shipped-rules.md.

`make docs` runs it; a test fails when a page is not what it would write.
"""

from collections.abc import Iterator
from pathlib import Path

from riskplug.catalogue import GRAINS, Fact
from riskplug.documents import load_yaml
from riskplug.rules.rulefile import RuleEntry
from riskplug.tables import TABLES, Column

FOLDER = Path(__file__).parent
_SITES = {"every": "A blank site means every site.", "only": "A blank site means the one configured site."}


def pages() -> dict[Path, str]:
    """Every generated page and its text."""
    made = {"tables.md": _tables(), "facts.md": _facts(), "shipped-rules.md": _rules()}
    return {FOLDER / name: "\n".join(lines) + "\n" for name, lines in made.items()}


def _tables() -> Iterator[str]:
    yield "# Canonical tables\n"
    yield "What riskplug reads, whatever the ERP. The profile `canonical` takes files named like the table with these"
    yield "columns; other profiles map to them. Starred columns are required. Missing means unknown, never zero."
    yield "Every table may also carry `source`, `company` and `site`; file and line are kept by the reader.\n"
    for table in TABLES.values():
        yield f"## {table.name}\n\n{table.doc} {_SITES[table.blank_site]} A row is identified by "
        yield f"{', '.join(f'`{name}`' for name in table.identity)}.\n"
        yield "| column | kind | meaning |\n|---|---|---|"
        yield from (
            f"| {'**`' + c.name + '`** *' if c.required else '`' + c.name + '`'} | {_kind(c)} | {c.doc} |"
            for c in table.columns
        )
        yield ""


def _kind(column: Column) -> str:
    if column.choices:
        return ", ".join(f"`{choice}`" for choice in column.choices)
    bounds = "".join(
        f" {sign} {value:g}" for sign, value in (("≥", column.minimum), ("≤", column.maximum)) if value is not None
    )
    return column.kind + bounds


def _facts() -> Iterator[str]:
    yield "# Facts\n"
    yield "What a scan computes: one table per grain. Rules are written over these columns, `riskplug facts GRAIN`"
    yield "exports them. Key columns are bold. Missing means unknown in every column.\n"
    for grain in GRAINS.values():
        yield f"## {grain.name}\n\n{grain.doc}\n"
        yield "| column | type | meaning |\n|---|---|---|"
        yield from (
            f"| {'**`' + f.name + '`**' if f.key else '`' + f.name + '`'} | {_type(f)} | {f.doc} |"
            for f in grain.columns
        )
        yield ""


def _type(fact: Fact) -> str:
    return ", ".join(f"`{choice}`" for choice in fact.choices) if fact.choices else fact.type


def _rules() -> Iterator[str]:
    yield "# Shipped rules\n"
    yield "The rules that are on unless `[rules] disable` names them. A workspace sets their parameters under"
    yield "`[rules.params.RULE]`, and replaces a rule by one of its own with the same id;"
    yield "[how to write one](rules.md).\n"
    for file in sorted((FOLDER.parent / "rules").glob("*.yaml")):
        for raw in load_yaml(file).data["rules"]:
            yield from _rule(RuleEntry.model_validate(raw), file.name)


def _rule(rule: RuleEntry, file: str) -> Iterator[str]:
    severities = ", ".join(rule.bands) or rule.severity or f"as the kind `{rule.kind}` says"
    yield f"## {rule.id}\n\n{rule.title}. Severity {severities}; one per row of [{rule.grain}](facts.md#{rule.grain});"
    yield f"in `rules/{file}`.\n"
    for label, text in (("Why it matters", rule.why), ("How to clear it", rule.clear)):
        if text:
            yield f"{label}: {' '.join(text.split())}\n"
    for name, parameter in rule.params.items():
        yield f"- `{name}` ({parameter.type}, {parameter.default}): {parameter.doc}"
    yield from (f"- {reference}" for reference in rule.references)
    yield ""


if __name__ == "__main__":
    for path, text in pages().items():
        path.write_text(text, encoding="utf-8")
        print(path.name)
