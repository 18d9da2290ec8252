"""Program: scans of one workspace that are killed with SIGKILL at random moments, and at last a whole one.

Each scan is forked from this process, which has all imports behind it and has never run a scan itself.
"""

import json
import os
import pickle
import random
import shutil
import signal
import sys
import time
from pathlib import Path

import great_expectations  # noqa: F401
from command import Folder
from crash_points import Company

import riskplug.validate  # noqa: F401


def forked(company: Company) -> int:
    child = os.fork()
    if child == 0:
        try:
            company.scanned()
            os._exit(0)
        except BaseException as error:
            print(repr(error), file=sys.stderr, flush=True)
            os._exit(1)
    return child


def ended(child: int) -> int:
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def main(place: Path, remembered: Path, seed: int, kills: int) -> None:
    """Prints as JSON how each scan ended."""
    company = Company(Folder(place), pickle.loads(remembered.read_bytes()))
    trial = place.with_name("trial")
    shutil.copytree(place, trial)
    started = time.monotonic()
    codes = [ended(forked(Company(Folder(trial), company.remembered)))]
    takes, chance = time.monotonic() - started, random.Random(seed)
    for _ in range(kills):
        child = forked(company)
        time.sleep(chance.uniform(0.05, 1.0) * takes)
        os.kill(child, signal.SIGKILL)
        codes.append(ended(child))
    print(json.dumps([*codes, ended(forked(company))]))


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4]))
