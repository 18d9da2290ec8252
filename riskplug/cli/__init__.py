"""The command line: words in, exit codes out; no logic of its own.

stdout carries results only; messages and progress go to stderr. Heavy libraries are imported inside the commands, so
that `riskplug --help` answers at once.
"""

import sys

__all__ = ["main"]


def main() -> None:
    """Entry point of the `riskplug` command; exits with the codes of docs/exit-codes.md."""
    from riskplug.cli.app import app
    from riskplug.errors import RiskplugError

    try:
        app()
    except RiskplugError as error:
        for problem in error.problems:
            print(f"riskplug: {problem}", file=sys.stderr)
        sys.exit(error.exit_code)
    except BrokenPipeError:
        sys.stderr.close()
        sys.exit(141)
