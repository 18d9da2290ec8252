"""The command line: words in, exit codes out; no logic of its own.

stdout carries results only; messages and progress go to stderr. Heavy libraries are imported inside the commands, so
that `riskplug --help` answers at once.
"""

import sys

__all__ = ["main"]


def main() -> None:
    """Entry point of the `riskplug` command; exits with the codes of docs/exit-codes.md."""
    from riskplug.cli.app import app, of_word
    from riskplug.cli.brought import is_own, run_brought
    from riskplug.collecting import collect_no_more, collect_seldom
    from riskplug.errors import UNFORESEEN, RiskplugError

    words = sys.argv[1:]
    collect_seldom()
    try:
        if words and not is_own(words[0]):
            code = run_brought(words[0], words[1:])
            if code is not None:
                sys.exit(code)
        of_word(app, words[0] if words else "")()
    except RiskplugError as error:
        from riskplug.secrets import blot

        for problem in error.problems:
            print(blot(f"riskplug: {problem}"), file=sys.stderr)
        sys.exit(error.exit_code)
    except BrokenPipeError:
        sys.stderr.close()
        sys.exit(141)
    except Exception:
        import traceback

        from riskplug.secrets import blot

        # Python would write the same, with whatever secret a library put into its words.
        print(blot(traceback.format_exc()), file=sys.stderr, end="")
        sys.exit(UNFORESEEN)
    finally:
        collect_no_more()
