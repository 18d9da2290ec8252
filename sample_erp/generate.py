"""Writes the exports of Sample Drives: ``python sample_erp/generate.py [FOLDER]``, the same bytes every time.

Without a folder they go to ``sample_erp/exports``. answers.yaml is kept by hand and never touched.
"""

import sys
from pathlib import Path
from random import Random

if __package__ in (None, ""):  # run as a script: the package's parent is not on the path yet
    sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from sample_erp.company import Site
from sample_erp.dated import add_consumption, add_demand, add_zero_stock
from sample_erp.ordinary import add_ordinary
from sample_erp.story_de01 import de01
from sample_erp.story_mx01 import mx01
from sample_erp.story_us01 import us01
from sample_erp.write_canonical import write_canonical
from sample_erp.write_german import write_german
from sample_erp.write_sqlite import write_sqlite

SEED = 20250428
EXPORTS = Path(__file__).resolve().parent / "exports"


def company() -> tuple[Site, Site, Site]:
    """The three sites, complete: DE01, US01, MX01."""
    sites = de01(), us01(), mx01()
    for offset, site in enumerate(sites):
        rng = Random(SEED + offset)
        add_ordinary(site, rng)
        add_zero_stock(site)
        add_demand(site)
        add_consumption(site, rng)
    return sites


def generate(folder: Path) -> None:
    """Every export below the folder: ``de01/``, ``us01/`` and ``mx01.db``."""
    german, american, mexican = company()
    write_german(german, folder / "de01")
    write_canonical(american, folder / "us01")
    write_sqlite(mexican, folder / "mx01.db")


if __name__ == "__main__":
    generate(Path(sys.argv[1]) if len(sys.argv) > 1 else EXPORTS)
