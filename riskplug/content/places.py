"""Where in a knowledge table a mistake is: file:line:column, and the line with a caret under the cell."""

import csv
from pathlib import Path

from riskplug.errors import Problem


def at_cell(problem: Problem, column: str) -> Problem:
    """The problem with its column and excerpt, where its line can be read again; else as it was."""
    path, _, line = problem.where.rpartition(":")
    try:
        lines = Path(path).read_text(encoding="utf-8-sig").splitlines()
        header, row = next(csv.reader([lines[0]])), lines[int(line) - 1]
        start = starts(row)[header.index(column)]
    except (OSError, ValueError, IndexError, StopIteration):
        return problem
    excerpt = _window(row, start)
    return Problem(problem.what, f"{problem.where}:{start + 1}", problem.fix, problem.code, excerpt)


def starts(line: str) -> list[int]:
    """Where each value of a CSV line starts, counted from zero; a quoted value starts after its quote."""
    places, quoted = [0], False
    for at, sign in enumerate(line):
        if sign == '"':
            quoted = not quoted
        elif sign == "," and not quoted:
            places.append(at + 1)
    return [place + line[place : place + 1].count('"') for place in places]


def _window(row: str, start: int, width: int = 100) -> str:
    """A piece of a long line around a place, and a caret under that place."""
    left = max(0, start - width // 4)
    piece = row[left : left + width]
    return f"    {piece}\n    {' ' * (start - left)}^"
