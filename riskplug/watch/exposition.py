"""Prometheus' text format 0.0.4, written for node_exporter's textfile collector.

Source: prometheus.io/docs/instrumenting/exposition_formats. The collector refuses a file with timestamps of its
own, and reads whatever ends in .prom, half written or not: so it appears by rename.
"""

import math
import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

_LABEL = str.maketrans({"\\": "\\\\", '"': '\\"', "\n": "\\n"})
_HELP = str.maketrans({"\\": "\\\\", "\n": "\\n"})


@dataclass(frozen=True)
class Family:
    """Samples of one name: labels, and the value that they have."""

    name: str
    help: str
    samples: tuple[tuple[Mapping[str, str], float], ...]
    type: Literal["gauge", "counter"] = "gauge"


def exposed(families: Iterable[Family], common: Mapping[str, str]) -> str:
    """The text of all families that have a sample; ``common`` labels stand on each of them."""
    return "".join(_family(family, common) for family in families if family.samples)


def _family(family: Family, common: Mapping[str, str]) -> str:
    head = f"# HELP {family.name} {family.help.translate(_HELP)}\n# TYPE {family.name} {family.type}\n"
    return head + "".join(f"{family.name}{_labels({**common, **own})} {_number(n)}\n" for own, n in family.samples)


def _labels(labels: Mapping[str, str]) -> str:
    pairs = ",".join(f'{name}="{value.translate(_LABEL)}"' for name, value in labels.items())
    return f"{{{pairs}}}" if pairs else ""


def _number(value: float) -> str:
    if math.isinf(value):
        return "+Inf" if value > 0 else "-Inf"
    if math.isnan(value):
        return "NaN"
    return str(int(value)) if value == int(value) else repr(float(value))


def write_exposition(path: Path, text: str) -> None:
    """Write a metrics file whole or not at all, readable by the collector's own account."""
    draft = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o644), "w", encoding="utf-8") as stream:
            stream.write(text)
            stream.flush()
            os.fchmod(stream.fileno(), 0o644)
            os.fsync(stream.fileno())
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)
