"""Whether a locked package has a known vulnerability: pip-audit over the lock files, with the advisories of OSV.

Ends with 0 when none has, and when the advisories cannot be reached, which it then says on stderr. Ends with 1 when one
has, and when anything that is locked was not audited: "nothing found" must not come from having looked at nothing.
"""

import argparse
import json
import re
import subprocess
import sys
import tempfile
import urllib.request
from pathlib import Path
from typing import Any
from urllib.error import HTTPError

SERVICE = "https://api.osv.dev/v1/query"
# A version whose vulnerabilities the service is known to list: it is the example in its own documentation.
KNOWN = {"package": {"name": "jinja2", "ecosystem": "PyPI"}, "version": "2.4.1"}
SECONDS = 15
_PIN = re.compile(r"^([A-Za-z0-9._-]+)(?:\[[^\]]*\])?==([^\s;\\]+)", re.MULTILINE)


def main(words: list[str]) -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--lock", type=Path, action="append", required=True)
    parser.add_argument("--service", default=SERVICE)
    asked = parser.parse_args(words)
    locked = {lock: pins_of(lock.read_text(encoding="utf-8")) for lock in asked.lock}
    for lock, found in locked.items():
        if not found:
            return _say(f"audit: {lock} locks nothing", 1)
    try:
        knows = _knows_a_vulnerability(asked.service)
    except (OSError, ValueError) as error:
        return _say(f"audit: NOT DONE, advisories cannot be reached at {asked.service}: {_reason(error)}", 0)
    if not knows:
        return _say(f"audit: {asked.service} knows no vulnerability of jinja2 2.4.1: its word is worth nothing", 1)
    pins = set().union(*locked.values())
    return _judged(pins, *_audited(pins, asked.service))


def pins_of(text: str) -> set[tuple[str, str]]:
    """Name and version of all that a lock file pins, for every platform and Python."""
    return {(re.sub(r"[-_.]+", "-", name).lower(), version) for name, version in _PIN.findall(text)}


def _knows_a_vulnerability(service: str) -> bool:
    """Whether the service lists what it is known to list. OSError where nobody answers, or somebody on the way does;
    ValueError where the answer is a page and no JSON."""
    request = urllib.request.Request(service, json.dumps(KNOWN).encode(), {"Content-Type": "application/json"})
    with urllib.request.urlopen(request, timeout=SECONDS) as answer:
        return bool(json.load(answer).get("vulns"))


def _reason(error: Exception) -> str:
    if isinstance(error, HTTPError):
        return f"HTTP {error.code}"
    return str(getattr(error, "reason", error))


def _audited(pins: set[tuple[str, str]], service: str) -> tuple[list[dict[str, Any]], str]:
    """What pip-audit says of every package, and its own words. It takes one version of a package at a time."""
    versions: dict[str, list[str]] = {}
    for name, version in sorted(pins):
        versions.setdefault(name, []).append(version)
    found, words = list[dict[str, Any]](), ""
    for at in range(max(map(len, versions.values()))):
        more, said = _asked([f"{name}=={has[at]}" for name, has in versions.items() if at < len(has)], service)
        found, words = found + more, words + said
    return found, words.strip()


def _asked(pinned: list[str], service: str) -> tuple[list[dict[str, Any]], str]:
    with tempfile.TemporaryDirectory() as folder:
        asked, report = Path(folder, "requirements.txt"), Path(folder, "report.json")
        asked.write_text("\n".join(pinned), encoding="utf-8")
        options = ["--strict", "--disable-pip", "--no-deps", "--progress-spinner", "off", "--desc", "off"]
        where = ["--vulnerability-service", "osv", "--osv-url", service, "--cache-dir", folder]
        files = ["--requirement", str(asked), "--format", "json", "--output", str(report)]
        done = subprocess.run(
            [sys.executable, "-m", "pip_audit", *options, *where, *files], capture_output=True, text=True, check=False
        )
        found = json.loads(report.read_text(encoding="utf-8"))["dependencies"] if report.exists() else []
        return found, done.stderr


def _judged(pins: set[tuple[str, str]], found: list[dict[str, Any]], words: str) -> int:
    audited = {(one["name"], one["version"]) for one in found if "version" in one and "skip_reason" not in one}
    left = sorted(f"{name} {version}" for name, version in pins - audited)
    if left:
        return _say(f"audit: {len(left)} of {len(pins)} packages not audited: {', '.join(left[:5])}\n{words}", 1)
    wrong = [(one, vuln) for one in found for vuln in one["vulns"]]
    for one, vuln in wrong:
        mended = ", ".join(vuln["fix_versions"]) or "nowhere yet"
        _say(f"audit: {one['name']} {one['version']}: {vuln['id']}, mended in {mended}", 1)
    return 1 if wrong else _say(f"audit: {len(audited)} packages, no known vulnerability", 0)


def _say(words: str, code: int) -> int:
    print(words, file=sys.stderr)
    return code


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
