"""Text in the cell of a sheet that people open in a spreadsheet program."""

# What makes a spreadsheet program take a text for a formula (OWASP, CSV Injection), full-width forms included.
_ACTIVE = ("=", "+", "-", "@", "\t", "\n", "＝", "＋", "－", "＠")


def safe_cell(text: str) -> str:
    """The text, behind an apostrophe where a spreadsheet program would run it. For texts alone: -5 is a number.

    A carriage return becomes a line feed: pandas writes it without quotes, and what follows would begin a row.
    """
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    return f"'{text}" if text.startswith(_ACTIVE) else text


def plain_cell(text: str) -> str:
    """What `safe_cell` was given, for a sheet that is read again."""
    return text[1:] if text.startswith("'") and text[1:].startswith(_ACTIVE) else text
