"""Writes the reference pages from the declarations they describe: tables, facts, shipped rules, the plugin reference.

`make docs` runs it; a test fails when a page is not what it would write.
"""

import inspect
import re
from collections.abc import Iterator
from dataclasses import MISSING, fields, is_dataclass
from pathlib import Path
from types import UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from riskplug.catalogue import GRAINS, Fact
from riskplug.documents import load_yaml
from riskplug.extend import protocols
from riskplug.extend.checks import known_hooks
from riskplug.extend.host import Choice, PluginHost
from riskplug.rules.rulefile import RuleEntry
from riskplug.tables import TABLES, Column

FOLDER = Path(__file__).parent
_SITES = {"every": "A blank site means every site.", "only": "A blank site means the one configured site."}


def pages() -> dict[Path, str]:
    """Every generated page and its text."""
    made = {"tables.md": _tables(), "facts.md": _facts(), "shipped-rules.md": _rules()}
    made["plugin-reference.md"] = _plugins()
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


def signature(name: str, function: Any) -> str:
    """A hook or method as one calls it, without types: ``find(delivery, *, timeout)``."""
    given = [parameter for parameter in inspect.signature(function).parameters.values() if parameter.name != "self"]
    words, star = [], False
    for parameter in given:
        if parameter.kind is inspect.Parameter.KEYWORD_ONLY and not star:
            words, star = [*words, "*"], True
        words.append(parameter.name)
    return f"{name}({', '.join(words)})"


def _plugins() -> Iterator[str]:
    yield "# Plugin reference\n"
    yield "Hooks, protocols and records of `riskplug.extend`, and the plugins that ship with riskplug, from their own"
    yield "docstrings. [Ten minutes](tutorial-plugins.md) shows how to begin, [Plugins](plugins.md) how to use them.\n"
    yield "## Hooks\n\nEach is called once per plugin and scan.\n"
    for name, hook in known_hooks().items():
        yield f"### `{signature(name, hook)}`\n\n{_prose(hook.__doc__)} Gives {_returned(hook)}.\n"
    public = [value for value in vars(protocols).values() if getattr(value, "__module__", "") == protocols.__name__]
    yield "## Protocols\n\nA class with these names satisfies them; there is no base class.\n"
    for protocol in (one for one in public if getattr(one, "_is_protocol", False)):
        yield from _protocol(protocol)
    yield "## Records\n"
    for record in (one for one in public if is_dataclass(one)):
        yield from _record(record)
    yield from _shipped()


def _returned(hook: Any) -> str:
    said = inspect.signature(hook).return_annotation
    return "nothing: it is an observer" if said is None else f"`{_words(said)}`"


def _protocol(protocol: type[Any]) -> Iterator[str]:
    yield f"### {protocol.__name__}\n\n{_prose(protocol.__doc__)}\n"
    for name, said in protocol.__annotations__.items():
        yield f"- `{name}`: `{_words(said)}`"
    for name, value in vars(protocol).items():
        if name.startswith("_"):
            continue
        if isinstance(value, property):
            yield f"- `{name}`: {_prose(value.__doc__)}"
        elif inspect.isfunction(value) or isinstance(value, classmethod):
            function = getattr(value, "__func__", value)
            shown = signature(name, function).replace("(cls, ", "(").replace("(cls)", "()")
            yield f"- `{shown}`: {_prose(function.__doc__)}"
    yield ""


def _record(record: Any) -> Iterator[str]:
    yield f"### {record.__name__}\n\n{_prose(record.__doc__)}\n\n| field | type | default |\n|---|---|---|"
    for field in fields(record):
        default = "" if field.default is MISSING else f"`{field.default!r}`"
        empty = "empty" if field.default_factory is not MISSING else default
        yield f"| `{field.name}` | {_cell(field.type)} | {empty} |"
    yield ""


def _shipped() -> Iterator[str]:
    host = PluginHost.load(Choice(enable=frozenset()))
    yield "## Shipped plugins\n\n| plugin | gives |\n|---|---|"
    for status in host.statuses:
        if status.origin == "shipped":
            given = (f"{one.hook.replace('_', ' ').removesuffix('s')} `{one.kind}`" for one in status.contributions)
            yield f"| `{status.name}` | {', '.join(given)} |"
    yield "\n## Options of shipped plugins\n"
    offers = {"receiver": host.notifiers(), "rule kind": host.rule_kinds(), "source": host.sources()}
    offers |= {"column": host.enrichers(), "content mapper": host.content_mappers(), "reshaper": host.reshapers()}
    offers |= {"alternate finder": host.alternate_finders(), "report section": host.report_sections()}
    for sort, kinds in offers.items():
        for kind, offered in sorted(kinds.items()):
            if hasattr(offered, "Options"):
                yield f"### {sort} `{kind}`\n\n{_prose(offered.__doc__)}\n"
                yield from _options(offered.Options)


def _options(model: type[BaseModel]) -> Iterator[str]:
    if not model.model_fields:
        yield "No options.\n"
        return
    yield f"{_prose(model.__doc__)}\n" if "__doc__" in vars(model) and model.__doc__ else ""
    yield "| option | type | default | meaning |\n|---|---|---|---|"
    for name, field in model.model_fields.items():
        kind = _cell(_words(field.annotation))
        yield f"| `{field.alias or name}` | {kind} | {_default(field)} | {_prose(field.description)} |"
    yield ""


def _default(field: FieldInfo) -> str:
    if field.is_required():
        return "required"
    default = field.get_default(call_default_factory=True)
    return "none" if default is None else f"`{default!r}`".replace("|", "\\|")


def _cell(text: object) -> str:
    return f"`{text}`".replace("|", "\\|")


def _words(annotation: Any) -> str:
    """A type as one writes it: without the modules it comes from, without what checks its values."""
    origin, args = get_origin(annotation), get_args(annotation)
    if annotation is None or annotation is type(None):
        return "None"
    if origin is Annotated:
        return _words(args[0])
    if origin in (Union, UnionType):
        return " | ".join(map(_words, args))
    if origin is Literal:
        return " | ".join(map(repr, args))
    if origin is not None and args:
        inner = ", ".join("..." if one is Ellipsis else _words(one) for one in args if not isinstance(one, list))
        return f"{_words(origin)}[{inner}]"
    said = annotation if isinstance(annotation, str) else getattr(annotation, "__name__", str(annotation))
    return re.sub(r"\b(?:\w+\.)+(?=\w)", "", str(said)).replace("'", "")


def _prose(text: str | None) -> str:
    """A docstring as paragraphs of Markdown on one line each; indented blocks stay lists of lines."""
    paragraphs = inspect.cleandoc(text or "").split("\n\n")
    return "\n\n".join(" ".join(one.split()) for one in paragraphs).replace("``", "`")


if __name__ == "__main__":
    for path, text in pages().items():
        path.write_text(text, encoding="utf-8")
        print(path.name)
