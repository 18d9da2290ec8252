"""Listing plugins loads them, and nothing heavy with them; what is not enabled is not even imported."""

import subprocess
import sys
from pathlib import Path

HEAVY = ("pandas", "numpy", "scipy", "great_expectations", "sqlalchemy", "slack_sdk", "pyarrow")
WATCHED = """
import sys
from riskplug.cli import main
sys.argv = ["riskplug", *sys.argv[1:]]
try:
    main()
finally:
    heavy = [name for name in {heavy!r} if name in sys.modules]
    print("heavy:", *heavy, file=sys.stderr)
    print("loaded:", *sorted(name for name in sys.modules if name.startswith("riskplug_local.")), file=sys.stderr)
"""
TOML = """\
[workspace]
name = "Light"

[sites.S1]
country = "DE"

[sources.erp]
path = "exports"

[plugins]
paths = ["plugins"]
disable = ["blocked"]
"""
LOUD = "from pathlib import Path\nPath(__file__).with_suffix('.imported').touch()\n"


def workspace(folder: Path, **plugins: str) -> Path:
    (folder / "riskplug.toml").write_text(TOML)
    (folder / "plugins").mkdir(mode=0o755)
    for name, text in {"blocked": LOUD, **plugins}.items():
        (folder / "plugins" / f"{name}.py").write_text(text)
    return folder


def watched(*words: str) -> "subprocess.CompletedProcess[str]":
    """The command in an interpreter of its own, which tells at its end what it has loaded."""
    return subprocess.run(
        [sys.executable, "-c", WATCHED.format(heavy=HEAVY), *words], capture_output=True, text=True, check=False
    )


def test_listing_loads_every_shipped_plugin_and_nothing_heavy(tmp_path: Path) -> None:
    done = watched("plugins", "list", "-w", str(workspace(tmp_path)))
    assert done.returncode == 0, done.stderr
    assert "heavy:\n" in done.stderr
    lines = {line.split()[0]: line.split()[1] for line in done.stdout.splitlines() if line and line[0] != " "}
    assert lines["sap"] == lines["slack"] == lines["single_origin"] == "on"
    assert "failed" not in lines.values()


def test_something_heavy_in_a_plugin_is_seen(tmp_path: Path) -> None:
    done = watched("plugins", "list", "-w", str(workspace(tmp_path, heavy="import numpy")))
    assert "heavy: numpy\n" in done.stderr


def test_what_is_off_is_not_imported(tmp_path: Path) -> None:
    done = watched("plugins", "list", "-w", str(workspace(tmp_path, loud=LOUD)))
    plugins = tmp_path / "plugins"
    assert (plugins / "loud.imported").exists()
    assert not (plugins / "blocked.imported").exists()
    assert "loaded: riskplug_local.loud\n" in done.stderr


def test_an_installed_plugin_that_is_not_enabled_is_listed_and_not_imported(tmp_path: Path) -> None:
    place = tmp_path / "site"
    info = place / "quiet_plugin-1.2.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: quiet-plugin\nVersion: 1.2\n")
    (info / "entry_points.txt").write_text("[riskplug]\nquiet = quiet_plugin\n")
    (place / "quiet_plugin.py").write_text(LOUD)
    words = ("plugins", "list", "-w", str(workspace(tmp_path)))
    code = f"import sys; sys.path.insert(0, {str(place)!r})\n" + WATCHED.format(heavy=HEAVY)
    done = subprocess.run([sys.executable, "-c", code, *words], capture_output=True, text=True, check=False)
    found = next(line.split() for line in done.stdout.splitlines() if line.startswith("quiet"))
    assert found[1:2] + found[4:5] == ["available", "1.2"]
    assert not (place / "quiet_plugin.imported").exists()
