"""What a plugin raised, in the words of a report: what, where in its file, what to do."""

import traceback
from pathlib import Path

from riskplug.errors import Problem, RiskplugError
from riskplug.extend.discovery import Candidate
from riskplug.extend.guard import worded
from riskplug.extend.lines import advice


def problem_of(error: BaseException | None, candidate: Candidate, hook: str = "") -> Problem:
    """The problem that an exception of a plugin is. ``hook``: where it was raised, empty at import."""
    where = _line_in(error, candidate)
    if error is None:
        return Problem(f"{hook or 'the plugin'} gave nothing", where, "return what the hook asks for")
    if isinstance(error, RiskplugError):
        return Problem(error.what, error.where or where, error.fix)
    said = worded(error)
    return Problem(f"{hook} raised {said}" if hook else said, where, advice(error, candidate.name))


def _line_in(error: BaseException | None, candidate: Candidate) -> str:
    """``file:line`` of the last frame in the plugin's own files; where the plugin is, when none is there."""
    if isinstance(error, SyntaxError) and error.filename:
        return f"{error.filename}:{error.lineno or 1}"
    path = Path(candidate.where)
    inside = path.parent if path.name == "__init__.py" else path
    frames = traceback.extract_tb(error.__traceback__) if error else []
    own = [frame for frame in frames if Path(frame.filename).is_relative_to(inside)]
    return f"{own[-1].filename}:{own[-1].lineno}" if own else candidate.where


def named_by(kind: str, plugin: str, offering: set[str]) -> bool:
    """Whether a plugin is known, or by its name likely, to give a kind."""
    return plugin in offering or plugin.replace("-", "_") == kind.replace("-", "_")
