"""Sample Drives with five rules in Python, whose plugin is well on the first night, breaks, and is repaired."""

from dataclasses import dataclass, field
from pathlib import Path

from command import Folder, Ran

WAYS = {
    "raising": 'raise RuntimeError("the kind broke")',
    "hanging": "while True: pass",
    "leaking": "while True: KEPT.append(np.ones(4_000_000))",
    "mutating": "return spoil(tables['facts.part'])",
    "flooding": "return said(tables['facts.part'])",
}
ISOLATED = ("hanging", "leaking")
PLUGIN = '''\
"""Kinds that name the first two parts of each site."""
import warnings
from typing import Any, ClassVar

import numpy as np
import pandas as pd
from pydantic import BaseModel

from riskplug.extend import hookimpl

KEPT = []


class Options(BaseModel):
    pass


def said(rows):
    return pd.DataFrame({{"severity": "info", "message": "seen", "part_no": rows["part_no"], "site": rows["site"]}})


def first_two(tables):
    return said(tables["facts.part"].sort_values("part_no").groupby("site").head(2))


def spoil(part):
    """Whatever can be done to a frame, and then the right answer."""
    right = first_two({{"facts.part": part.copy()}})
    warnings.warn("spoiling", FutureWarning)
    for write in (lambda: part["stock_runway_days"].array.__setitem__(slice(None), 0.0), lambda: part.pop("applies")):
        try:
            write()
        except (ValueError, KeyError):
            pass
    part["stock_runway_days"] = 0.0
    part.loc[:, "on_hand"] = 0.0
    part["owner"] = "nobody"
    part.sort_values("part_no", ascending=False, inplace=True)
    part.drop(index=part.index[:5], inplace=True)
    part.drop(columns=["materials"], inplace=True)
    part.attrs["spoilt"] = True
    return right


class Kind:
    """Names the first two parts of each site."""

    Options: ClassVar[Any] = Options
    needs: ClassVar[Any] = frozenset({{"facts.part"}})

    def __init__(self, options):
        pass


{classes}

@hookimpl
def riskplug_rule_kinds():
    return [{names}]
'''
CLASS = """\
class {name}(Kind):
    "Names the first two parts of each site."

    kind = "{kind}"

    def assess(self, tables, context):
        {body}

"""
RULE = """\
  - id: {name}
    title: Named by the kind {name}
    grain: part
    kind: {name}
    identity: [part_no, site]
    max_findings: 20
    time_limit_seconds: 8
    memory_limit_mb: 300
    isolation: {isolation}
"""
RULES = "schema: riskplug.rules/1\nrules:\n" + "".join(
    RULE.format(name=name, isolation="process" if name in ISOLATED else "none") for name in WAYS
)


def plugin(broken: bool) -> str:
    """The plugin's text, well or broken in all five ways."""
    classes = [
        CLASS.format(name=kind.title(), kind=kind, body=way if broken else "return first_two(tables)")
        for kind, way in WAYS.items()
    ]
    return PLUGIN.format(classes="\n".join(classes), names=", ".join(kind.title() for kind in WAYS))


@dataclass(frozen=True)
class BrokenKinds:
    """Three scans; ``digest``: what the file receiver held after the second; ``brief``: its brief."""

    scans: dict[str, Ran] = field(default_factory=dict)
    digest: str = ""
    brief: str = ""
    runs: str = ""


def broken_kinds(path: Path) -> BrokenKinds:
    """A night with the plugin well, the same night with it broken, the next night with it repaired."""
    folder = Folder.sample(path / "sample")
    (folder.path / "plugins").mkdir(mode=0o755)
    folder.write("rules/kinds.yaml", RULES)
    folder.replace("riskplug.toml", "[plugins]\n", '[plugins]\npaths = ["plugins"]\n')
    folder.replace("riskplug.toml", 'paths = ["sample_erp/rules"]', 'paths = ["rules"]')
    folder.replace("riskplug.toml", '["critical", "warning"]', '["critical", "warning", "info"]')
    scan = ("scan", "--format", "json")
    folder.write("plugins/kinds.py", plugin(broken=False))
    scans = {"well": folder.run(*scan)}
    folder.write("plugins/kinds.py", plugin(broken=True))
    scans["broken"] = folder.run(*scan)
    digest, brief = folder.state / "digest.txt", folder.state / "brief.html"
    held = digest.read_text(encoding="utf-8"), brief.read_text(encoding="utf-8")
    runs = max((folder.state / "scans").glob("*/*/run.json"), key=lambda file: file.stat().st_mtime)
    kept = runs.read_text(encoding="utf-8")
    folder.write("plugins/kinds.py", plugin(broken=False))
    scans["repaired"] = folder.run(*scan, "--business-date", "2025-04-29")
    return BrokenKinds(scans, *held, kept)
