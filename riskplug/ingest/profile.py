"""What a profile may say: how one ERP's exports become canonical tables.

Everything that changes a number is declared here and nothing is guessed: decimal mark, sign, date order, encoding,
key padding, unit spellings, stock policy, loss convention.
"""

import re
from datetime import date
from typing import Annotated, Any, Literal

import pyarrow as pa
import pyarrow.compute as pc
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationInfo, field_validator, model_validator

from riskplug.ingest.date_formats import date_format
from riskplug.tables import TABLES


def as_text(value: object) -> object:
    """Words written bare in YAML as the text they stand for: ``true``, ``1000`` and ``1900-01-01`` are words here."""
    if isinstance(value, bool):
        return str(value).lower()
    return str(value) if isinstance(value, int | date) else value


def as_list(value: object) -> object:
    return value if isinstance(value, list | tuple) or value is None else [value]


Word = Annotated[str, BeforeValidator(as_text)]
Words = Annotated[tuple[Word, ...], BeforeValidator(as_list)]


def _compiled(pattern: str) -> re.Pattern[str]:
    """The pattern, which both Python and RE2 must take: columns are searched by the one, lines by the other."""
    try:
        pc.match_substring_regex(pa.array([""]), pattern)
        return re.compile(pattern)
    except (re.error, pa.ArrowInvalid) as error:
        raise ValueError(f"not a pattern: {error}") from error


class Part(BaseModel):
    """A piece of a profile; unknown keys are errors."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class ColumnRule(Part):
    """Where a canonical column comes from.

    ``column``: the source column, or several names of it, the first found counts. ``const``: the same value in every
    row. ``minus``: two source columns, the second taken from the first and held at ``floor``. ``together``: several
    columns as one key, the filled ones joined by ``glue``.

    Then, in this order: ``language`` takes a translated text apart, ``pattern`` takes its first group out of the
    text, ``otherwise`` names columns that stand in for a blank, ``map`` translates values (others stay as they are, or
    become ``others``), ``blank`` stands for a missing one, ``times`` and ``divided_by`` (a number or a column each)
    scale a number.
    """

    column: Words = ()
    const: Word | None = None
    minus: Annotated[tuple[Word, ...], Field(max_length=2)] = ()
    together: tuple[Word, ...] = ()
    glue: str = "/"
    floor: float | None = None
    language: Words = ()
    pattern: str | None = None
    otherwise: Words = ()
    map: dict[Word, Word] = Field(default_factory=dict)
    others: Word | None = None
    blank: Word | None = None
    times: float | str | None = None
    divided_by: float | str | None = None

    @model_validator(mode="before")
    @classmethod
    def _short_forms(cls, value: Any) -> Any:
        return value if isinstance(value, dict) else {"column": value}

    @model_validator(mode="after")
    def _one_origin(self) -> "ColumnRule":
        if sum((bool(self.column), self.const is not None, bool(self.minus), bool(self.together))) != 1:
            raise ValueError("give exactly one of column, const, minus and together")
        if self.minus and len(self.minus) != 2:
            raise ValueError("minus takes two columns: what was ordered, what was received")
        if self.minus and (self.map or self.language or self.pattern or self.otherwise):
            raise ValueError("minus gives a number: it does not go with map, language, pattern or otherwise")
        return self

    @field_validator("pattern")
    @classmethod
    def _has_group(cls, value: str | None) -> str | None:
        if value is not None and _compiled(value).groups < 1:
            raise ValueError("the pattern needs a group, e.g. `^\\[(.+)\\]`")
        return value

    @property
    def source_columns(self) -> tuple[str, ...]:
        """Columns of which one (``minus``: both) must be there for the rule to have a value."""
        return self.minus or self.together or self.column

    @property
    def all_columns(self) -> tuple[str, ...]:
        """Every source column the rule reads."""
        scales = tuple(name for name in (self.times, self.divided_by) if isinstance(name, str))
        return (*self.source_columns, *self.otherwise, *scales)

    @property
    def scaled(self) -> bool:
        return self.times is not None or self.divided_by is not None


class DropRule(Part):
    """Rows that are no data: totals, footers, deleted records. Dropped rows are counted, never silent.

    ``line`` is a pattern on the raw line of a delimited file; the others look at one source column. ``not_in`` drops
    what has none of the words, a blank included.
    """

    column: Word | None = None
    equals: Words = ()
    not_in: Words = ()
    matches: str | None = None
    blank: bool = False
    line: str | None = None

    @field_validator("matches", "line")
    @classmethod
    def _pattern(cls, value: str | None) -> str | None:
        _compiled(value or "")
        return value

    @model_validator(mode="after")
    def _one_test(self) -> "DropRule":
        tests = sum((bool(self.equals), bool(self.not_in), self.matches is not None, self.blank))
        if (self.line is None) == (self.column is None) or tests != (self.column is not None):
            raise ValueError("give `line`, or `column` with one of equals, not_in, matches and blank")
        return self

    def __str__(self) -> str:
        if self.line is not None:
            return f"line matches {self.line}"
        if self.blank:
            return f"{self.column} is blank"
        if self.not_in:
            return f"{self.column} is not {', '.join(self.not_in)}"
        return f"{self.column} matches {self.matches}" if self.matches else f"{self.column} is {', '.join(self.equals)}"


class Unpivot(Part):
    """One source column per value of ``into``: a row of five stock columns becomes up to five rows.

    Blank and zero values make no row, except that the first column keeps its explicit zero: a counted zero is not
    an unknown stock.
    """

    value: str = "quantity"
    into: str = "stock_type"
    columns: dict[Word, Word]


class AsOf(Part):
    """Where the export says how old it is: in a column, in the file's name, or in one of its lines."""

    column: Word | None = None
    file_name: str | None = None
    line: int | None = Field(default=None, ge=1)
    pattern: str | None = None
    format: str = "%Y-%m-%d"


class Input(Part):
    """A further table that a ``reshape`` function reads."""

    files: Words = ()
    table: Word | None = None
    sheet: Word | None = None
    required: bool = True


class Join(Part):
    """Another file or table of the same source, its columns beside the rows as ``NAME.column``.

    ``on``: column of the rows (or of an earlier join) to column of this table, compared as trimmed text. ``keep``
    `matched` drops rows without a partner, and counts them; `every` keeps them with blanks. ``partners``: what to do
    where a row has several: `one` refuses the table, `each` makes a row of each, `first` and `last` take one by
    ``order`` (a day, a number, or texts of one length; the file's own order without it).
    """

    name: Word
    files: Words = ()
    table: Word | None = None
    sheet: Word | None = None
    on: dict[Word, Word] = Field(min_length=1)
    keep: Literal["every", "matched"] = "every"
    partners: Literal["one", "each", "first", "last"] = "one"
    order: Word | None = None
    drop_rows: tuple[DropRule, ...] = ()


class Levels(Part):
    """An indented list: the parent of a row is the last row above it that stands one level higher.

    ``column`` holds the level: a number (`2`), dots (`..2`, `..`) or leading blanks, by ``marks``; `indent` counts the
    blanks before the component itself. ``root``: part number of the top where the list has no row for it: a column, or
    a line of the preamble by ``root_pattern``. ``required``: the quantity the list was exploded for, by a pattern on
    the preamble; with ``quantities`` `exploded` a row's quantity is for the whole of it and is divided down again.
    """

    column: Word
    marks: Literal["number", "dots", "blanks", "indent"] = "number"
    component: Word
    quantity: Word | None = None
    quantities: Literal["per_parent", "exploded"] = "per_parent"
    root_column: Word | None = None
    root_pattern: str | None = None
    required_pattern: str | None = None

    @field_validator("root_pattern", "required_pattern")
    @classmethod
    def _pattern(cls, value: str | None) -> str | None:
        if value is not None and _compiled(value).groups < 1:
            raise ValueError("the pattern needs a group")
        return value


class Client(Part):
    """Column with the client (company, tenant) of a row; rows of others are dropped.

    Without ``only`` a file with more than one client is refused: test data must not be mixed in.
    """

    column: Words
    only: Words = ()


class TableRule(Part):
    """How one canonical table is read: from ``files`` (globs in the source's folder) or a database ``table``.

    ``query``: one SELECT instead of a table, for what no table gives. ``join``: further tables beside it.
    ``names``: column names of a list without a header. ``header_rows``: rows that make up one header.
    ``fill_down``: columns that are written once for the rows below. ``reshape``: a plugin's function that turns rows
    into BOM lines or the like where a declaration cannot say how; ``inputs``: the further tables it gets.
    """

    files: Words = ()
    table: Word | None = None
    query: str | None = None
    sheet: Word | None = None
    join: tuple[Join, ...] = ()
    names: Words = ()
    header_rows: int = Field(default=1, ge=1, le=3)
    fill_down: Words = ()
    levels: Levels | None = None
    reshape: Word | None = None
    inputs: dict[Word, Input] = Field(default_factory=dict)
    columns: dict[str, ColumnRule] = Field(default_factory=dict)
    unpivot: Unpivot | None = None
    drop_rows: tuple[DropRule, ...] = ()
    header_row: int | None = Field(default=None, ge=1)
    skip_until: Word | None = None
    as_of: AsOf | None = None
    repeats: Literal["report", "keep"] | None = None

    @model_validator(mode="after")
    def _one_shape(self) -> "TableRule":
        if self.unpivot and any(rule.minus or rule.scaled for rule in self.columns.values()):
            raise ValueError("unpivot does not go with minus or times in one table")
        return self


class Keys(Part):
    """``strip_zeros``: canonical columns whose all-digit values lose their padding (``true``: every part column).

    ``repair_ids``: a `.0` behind an all-digit key, left by a spreadsheet, is taken off; else the row is set aside.
    ``fold_case``: keys that differ in case only are one, in upper case.
    """

    strip_zeros: bool | tuple[str, ...] = False
    repair_ids: bool = False
    fold_case: bool = False

    def strips(self, column: str, kind: str) -> bool:
        return kind == "part" if self.strip_zeros is True else column in (self.strip_zeros or ())


class Profile(Part):
    """A whole profile. ``reader`` `canonical` chooses by file suffix and needs no ``tables``.

    ``sites``: the source's plant codes as sites of the workspace. ``years_from``: first of the hundred years that
    two-digit years (%y) mean; without it such formats are refused. ``last_line_end`` `optional`: the program never
    ends the last line, so that one without an end is no sign of a file cut off.
    """

    name: str
    extends: str | None = None
    description: str = ""
    reader: Literal["delimited", "ruled", "sql", "xlsx", "parquet", "declared", "canonical"] = "delimited"
    encoding: str = "utf-8"
    delimiter: str = Field(default=",", min_length=1, max_length=1)
    quote: str = Field(default='"', max_length=1)
    decimal: Literal[".", ","] | None = None
    thousands: str = ""
    grouping: Literal["three", "indian"] = "three"
    sign: Literal["leading", "trailing", "brackets"] = "leading"
    years_from: int | None = Field(default=None, ge=1900, le=2000)  # before date_formats, which asks for it
    date_formats: Words = ("%Y-%m-%d",)
    null_dates: Words = ()
    null_words: Words = ()
    true_words: Words = ("true",)
    false_words: Words = ("false",)
    header_row: int = Field(default=1, ge=1)
    keys: Keys = Keys()
    client: Client | None = None
    sites: dict[Word, Word] = Field(default_factory=dict)
    units: dict[Word, Word] = Field(default_factory=dict)
    absent_stock: Literal["zero", "unknown"] = "unknown"
    loss_convention: Literal["multiply", "divide"] | None = None
    site: Word | None = None
    repeats: Literal["report", "keep"] = "report"
    last_line_end: Literal["expected", "optional"] = "expected"
    tables: dict[str, TableRule] = Field(default_factory=dict)

    @field_validator("encoding")
    @classmethod
    def _known_encoding(cls, value: str) -> str:
        try:
            "".encode(value)
        except LookupError as error:
            raise ValueError(f"unknown encoding {value!r}") from error
        return value

    @field_validator("date_formats")
    @classmethod
    def _full_years(cls, value: tuple[str, ...], info: ValidationInfo) -> tuple[str, ...]:
        if info.data.get("years_from") is None and any("%y" in pattern for pattern in value):
            raise ValueError("two-digit years (%y) need a century: declare `years_from: 1970`, or export four digits")
        for pattern in value:
            date_format(pattern)
        return value

    @model_validator(mode="before")
    @classmethod
    def _typed_readers(cls, value: Any) -> Any:
        """Databases and Parquet hand numbers over as numbers: their decimal mark is a point.

        Not so workbooks: what is saved under their name may be text, where a point may be a thousands mark.
        """
        if isinstance(value, dict) and value.get("reader") in ("sql", "parquet", "declared"):
            return {"decimal": ".", **value}
        return value

    @model_validator(mode="after")
    def _marks_differ(self) -> "Profile":
        if self.decimal and self.decimal in self.thousands:
            raise ValueError("decimal and thousands are the same mark")
        return self

    def rule(self, table: str) -> TableRule | None:
        """How a canonical table is read; the `canonical` reader knows every table by its own names."""
        if self.tables or self.reader != "canonical" or table not in TABLES:
            return self.tables.get(table)
        return TableRule(
            files=tuple(f"{table}.{suffix}" for suffix in ("csv", "parquet", "xlsx")),
            columns={name: ColumnRule(column=(name,)) for name in (*TABLES[table].column_names, "company", "site")},
        )
