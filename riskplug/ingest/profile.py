"""What a profile may say: how one ERP's exports become canonical tables.

Everything that changes a number is declared here and nothing is guessed: decimal mark, sign, date order, encoding,
key padding, unit spellings, stock policy, loss convention.
"""

import re
from datetime import date
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, field_validator, model_validator

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


class Part(BaseModel):
    """A piece of a profile; unknown keys are errors."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class ColumnRule(Part):
    """Where a canonical column comes from.

    ``column``: the source column, or several names of it, the first found counts. ``const``: the same value in every
    row. ``minus``: two source columns, the second taken from the first and held at ``floor``. ``map`` translates
    values (others stay as they are), ``blank`` stands for a missing one, ``times`` multiplies a number.
    """

    column: Words = ()
    const: Word | None = None
    minus: Annotated[tuple[Word, ...], Field(max_length=2)] = ()
    floor: float | None = None
    map: dict[Word, Word] = Field(default_factory=dict)
    blank: Word | None = None
    times: float | None = None

    @model_validator(mode="before")
    @classmethod
    def _short_forms(cls, value: Any) -> Any:
        return value if isinstance(value, dict) else {"column": value}

    @model_validator(mode="after")
    def _one_origin(self) -> "ColumnRule":
        if sum((bool(self.column), self.const is not None, bool(self.minus))) != 1:
            raise ValueError("give exactly one of column, const and minus")
        if self.minus and len(self.minus) != 2:
            raise ValueError("minus takes two columns: what was ordered, what was received")
        return self

    @property
    def source_columns(self) -> tuple[str, ...]:
        return self.minus or self.column


class DropRule(Part):
    """Rows that are no data: totals, footers, deleted records. Dropped rows are counted, never silent.

    ``line`` is a pattern on the raw line of a delimited file; the others look at one source column.
    """

    column: Word | None = None
    equals: Words = ()
    matches: str | None = None
    blank: bool = False
    line: str | None = None

    @field_validator("matches", "line")
    @classmethod
    def _pattern(cls, value: str | None) -> str | None:
        try:
            re.compile(value or "")
        except re.error as error:
            raise ValueError(f"not a pattern: {error}") from error
        return value

    @model_validator(mode="after")
    def _one_test(self) -> "DropRule":
        tests = sum((bool(self.equals), self.matches is not None, self.blank))
        if (self.line is None) == (self.column is None) or tests != (self.column is not None):
            raise ValueError("give `line`, or `column` with one of equals, matches and blank")
        return self

    def __str__(self) -> str:
        if self.line is not None:
            return f"line matches {self.line}"
        if self.blank:
            return f"{self.column} is blank"
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


class TableRule(Part):
    """How one canonical table is read: from ``files`` (globs in the source's folder) or a database ``table``."""

    files: Words = ()
    table: Word | None = None
    sheet: Word | None = None
    columns: dict[str, ColumnRule] = Field(default_factory=dict)
    unpivot: Unpivot | None = None
    drop_rows: tuple[DropRule, ...] = ()
    header_row: int | None = Field(default=None, ge=1)
    skip_until: Word | None = None
    as_of: AsOf | None = None
    repeats: Literal["report", "keep"] | None = None

    @model_validator(mode="after")
    def _one_shape(self) -> "TableRule":
        if self.unpivot and any(rule.minus or rule.times is not None for rule in self.columns.values()):
            raise ValueError("unpivot does not go with minus or times in one table")
        return self


class Keys(Part):
    """``strip_zeros``: canonical columns whose all-digit values lose their padding (``true``: every part column)."""

    strip_zeros: bool | tuple[str, ...] = False

    def strips(self, column: str, kind: str) -> bool:
        return kind == "part" if self.strip_zeros is True else column in (self.strip_zeros or ())


class Profile(Part):
    """A whole profile. ``reader`` `canonical` chooses by file suffix and needs no ``tables``."""

    name: str
    extends: str | None = None
    description: str = ""
    reader: Literal["delimited", "sql", "xlsx", "parquet", "canonical"] = "delimited"
    encoding: str = "utf-8"
    delimiter: str = Field(default=",", min_length=1, max_length=1)
    quote: str = Field(default='"', max_length=1)
    decimal: Literal[".", ","] | None = None
    thousands: str = ""
    sign: Literal["leading", "trailing", "brackets"] = "leading"
    date_formats: Words = ("%Y-%m-%d",)
    null_dates: Words = ()
    null_words: Words = ()
    true_words: Words = ("true",)
    false_words: Words = ("false",)
    header_row: int = Field(default=1, ge=1)
    keys: Keys = Keys()
    units: dict[Word, Word] = Field(default_factory=dict)
    absent_stock: Literal["zero", "unknown"] = "unknown"
    loss_convention: Literal["multiply", "divide"] | None = None
    site: Word | None = None
    repeats: Literal["report", "keep"] = "report"
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
    def _full_years(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        if any("%y" in pattern for pattern in value):
            raise ValueError("two-digit years (%y) need a century; export four-digit years")
        return value

    @model_validator(mode="before")
    @classmethod
    def _typed_readers(cls, value: Any) -> Any:
        """Databases and typed files hand numbers over as numbers: their decimal mark is a point."""
        if isinstance(value, dict) and value.get("reader") in ("sql", "parquet", "xlsx"):
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
