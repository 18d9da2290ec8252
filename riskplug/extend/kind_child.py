"""The process of one rule kind: reads what it was handed, asks the plugin once, writes findings or what went wrong.

Started by its path in a folder that has the request and the frames (apart.py), under limits of its own.
"""

import importlib
import json
import pickle
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

from riskplug.errors import PluginFault
from riskplug.extend.apart import FINDINGS, REQUEST, RESULT, Request
from riskplug.extend.contract import plain_findings
from riskplug.extend.discovery import load_again
from riskplug.extend.guard import Place, call
from riskplug.extend.lent import lent
from riskplug.extend.passing import read_frames, write_findings

_PAGE_FILE = Path("/proc/self/statm")
NOT_ENFORCED = "memory_limit_mb is not enforced on this system"


def main(folder: Path) -> int:
    """Ask the kind. Ends with 0 whatever the plugin did, as long as it lets us say so."""
    request: Request = pickle.loads((folder / REQUEST).read_bytes())
    frames = read_frames(folder)
    notes = [] if _limited(request.care.memory_limit_mb * 1_000_000) else [NOT_ENFORCED]
    with lent(frames, dict.fromkeys(frames)) as seen:
        given = call(request.care.plugin, "", lambda: _assess(request, seen))
    _unlimited()
    fault = given.fault
    said = {
        "warnings": given.warnings,
        "raised": [given.raised[0], given.raised[1][:2_000]],
        "notes": notes,
        "fault": "" if fault is None else f"{fault.message} -> {fault.fix}" if fault.fix else fault.message,
    }
    if given.value is not None:
        write_findings(given.value, folder / FINDINGS)
    (folder / RESULT).write_text(json.dumps(said), encoding="utf-8")
    return 0


def _assess(request: Request, seen: Any) -> Any:
    assert request.care.place is not None
    kind = _kind_of(_loaded(request.care.place), request.kind)
    options = kind.Options.model_validate(request.given)
    return plain_findings(kind(options).assess(seen, request.context), request.asked)


def _loaded(place: Place) -> ModuleType:
    return load_again(Path(place.file), place.module) if place.file else importlib.import_module(place.module)


def _kind_of(module: ModuleType, name: str) -> Any:
    for offered in module.riskplug_rule_kinds():
        if getattr(offered, "kind", None) == name:
            return offered
    fix = "let riskplug_rule_kinds() give the same in every process"
    raise PluginFault(f"gives no rule kind {name!r} in another process", "", fix)


def _limited(allowed: int) -> bool:
    """Bound the address space to what is taken now and so many bytes more; whether the system does that."""
    try:
        import resource
    except ImportError:
        return False
    _at_most(resource, resource.RLIMIT_CORE, 0)
    _at_most(resource, resource.RLIMIT_FSIZE, allowed)
    if not _PAGE_FILE.is_file():  # elsewhere the limit is taken and not kept
        return False
    taken = int(_PAGE_FILE.read_text().split()[0]) * resource.getpagesize()
    _at_most(resource, resource.RLIMIT_AS, taken + allowed)
    return True


def _unlimited() -> None:
    """What a plugin took and holds must not keep us from saying so."""
    try:
        import resource
    except ImportError:
        return
    hard = resource.getrlimit(resource.RLIMIT_AS)[1]
    resource.setrlimit(resource.RLIMIT_AS, (hard, hard))


def _at_most(resource: Any, kind: int, value: int) -> None:
    hard = resource.getrlimit(kind)[1]
    resource.setrlimit(kind, (value if hard == resource.RLIM_INFINITY else min(value, hard), hard))


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
