"""What an owner says of tables beside key, tolerance and order; the defaults are the strict ones."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum


class TypePolicy(StrEnum):
    """When a column has one type on both sides."""

    STRICT = "strict"
    """The same type; the unit of a timestamp and the way texts are stored are no types."""
    VALUE = "value"
    """Numbers of any type are numbers, times with and without a zone are instants."""
    COERCE = "coerce"
    """Whatever can be written as a text is compared as one."""


class Duplicates(StrEnum):
    """What rows mean that have one key."""

    ERROR = "error"
    ORDINAL = "ordinal"
    """The first belongs to the first, in the order of the file."""
    MULTISET = "multiset"
    """Rows of one key are compared whatever their order."""


class NullKeys(StrEnum):
    """What NULL means in a key."""

    ERROR = "error"
    VALUE = "value"


@dataclass(frozen=True, slots=True)
class ColumnDialect:
    """How one column is written, where it is not as the others."""

    decimal: str | None = None
    thousands: str | None = None
    nulls: tuple[str, ...] = ()
    """Words that mean NULL beside those of all columns, whether quoted or not."""


@dataclass(frozen=True, slots=True)
class CsvDialect:
    """How CSV files are written."""

    delimiter: str = ","
    """One character or more, such as `||`."""
    quote: str = '"'
    header: bool = True
    """Without one, columns are named c0, c1 and so on."""
    encoding: str = "utf-8"
    decimal: str = "."
    nulls: tuple[str, ...] = ()
    """Unquoted words that mean NULL, as an empty field does."""
    thousands: str = ""
    """The mark between groups of three digits; empty: none."""
    escape: str = ""
    """Before a quote inside quotes, as Spark writes it; empty: quotes stand twice."""
    comment: str = ""
    """Lines that begin with it are none of the table's; empty: no line is."""
    skip: int = 0
    """Lines before the header."""
    columns: Mapping[str, ColumnDialect] = field(default_factory=dict)

    def of(self, column: str) -> CsvDialect:
        """Give the dialect in which the numbers of one column are written."""
        own = self.columns.get(column, ColumnDialect())
        decimal = self.decimal if own.decimal is None else own.decimal
        return replace(self, decimal=decimal, thousands=self.thousands if own.thousands is None else own.thousands)


@dataclass(frozen=True, slots=True)
class TableContract:
    """How two tables are compared, beside what every rule says."""

    policy: TypePolicy = TypePolicy.STRICT
    types: Mapping[str, str] = field(default_factory=dict)
    """By column: decimal, double, integer, text, json, boolean, date or timestamp, the last two also with a format."""
    duplicates: Duplicates = Duplicates.ERROR
    null_keys: NullKeys = NullKeys.ERROR
    trim: bool = False
    """Blanks around texts don't count."""
    fold: bool = False
    """Capital and small letters are one."""
    nfc: bool = False
    """Texts are compared in Unicode's form NFC."""
    nan_is_null: bool = False
    caseless: bool = False
    """Names of columns are the same whatever their case."""
    renamed: Mapping[str, str] = field(default_factory=dict)
    """The candidate's name of a column to legacy's."""
    rounded: Mapping[str, int] = field(default_factory=dict)
    """By column of doubles or decimals: places after the point that are compared."""
    column_order: bool = False
    """The order of columns matters."""
    dialect: CsvDialect = field(default_factory=CsvDialect)


STRICT = TableContract()
