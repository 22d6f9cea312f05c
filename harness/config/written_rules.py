"""What may be written of margins and of how files are compared."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, ClassVar, Literal, TypeAlias

from pydantic import Field, StrictStr, model_validator

from harness.config import forms
from harness.config.registered import format_names
from harness.fields import units, words
from harness.fields.job import Written
from harness.fields.words import Checked, Short, refuse


class Margin(Written):
    """The largest accepted difference; within either bound is within."""

    absolute: words.NotNegative | None = None
    """The largest difference in the unit of the value."""
    relative: Annotated[words.NotNegative, Checked(forms.relative, {"type": ["number", "string"]})] | None = None
    """The largest difference as a share of legacy's value, such as `1%`."""

    @model_validator(mode="after")
    def _any(self) -> Margin:
        if self.absolute is None and self.relative is None:
            raise refuse(units.MARGIN_EXPECTED)
        return self


class SidePaths(Written):
    """A path inside the container, per side."""

    legacy: words.ContainerPath | None = None
    """On the legacy side."""
    candidate: words.ContainerPath | None = None
    """On the candidate side."""


Margins: TypeAlias = Annotated[Margin, Short(forms.margin, {"type": "string", "pattern": units.SHARE_PATTERN})]
Paths: TypeAlias = Annotated[SidePaths, Short(forms.both_sides, {"type": "string", "pattern": "^/"})]


class SideUris(Written):
    """An S3 place that the job writes by itself, per side."""

    legacy: words.Uri | None = None
    """On the legacy side."""
    candidate: words.Uri | None = None
    """On the candidate side."""


COLUMN_TYPE = r"^(decimal|double|integer|text|json|boolean|(date|timestamp)( [^'\n]{1,60})?)$"
"""What a column may be declared to be; a format is one of strptime's."""


class CsvColumn(Written):
    """How one column is written, where it is not as the others."""

    decimal: Literal[".", ","] | None = None
    """The mark between whole and fraction."""
    thousands: Annotated[StrictStr, Field(max_length=1)] | None = None
    """The mark between groups of three digits; empty: none."""
    nulls: list[words.Line] | None = None
    """Texts that stand for no value in this column too, whether quoted or not."""


class Csv(Written):
    """How CSV files are written."""

    delimiter: Annotated[StrictStr, Field(min_length=1, max_length=8)] | None = None
    """What stands between two cells, such as `;` or `||`; `,` unless written."""
    quote: Annotated[StrictStr, Field(max_length=1)] | None = None
    """The character around a cell that holds a delimiter; empty: none."""
    header: words.Flag | None = None
    """Whether the first line names the columns; `true` unless written."""
    encoding: words.Line | None = None
    """Of the file; UTF-8 unless written."""
    decimal: Literal[".", ","] | None = None
    """The mark between whole and fraction; `.` unless written."""
    nulls: list[words.Line] | None = None
    """Texts that stand for no value."""
    thousands: Annotated[StrictStr, Field(max_length=1)] | None = None
    """The mark between groups of three digits, such as `,` in 1,234.5; none unless written."""
    escape: Annotated[StrictStr, Field(max_length=1)] | None = None
    """The character before a quote inside quotes, such as `\\` of Spark; quotes stand twice unless written."""
    comment: Annotated[StrictStr, Field(min_length=1, max_length=8)] | None = None
    """Lines that begin with it are not read; none unless written."""
    skip: Annotated[int, Field(ge=0, le=1000)] | None = None
    """Lines before the header; 0 unless written."""
    columns: dict[str, CsvColumn] | None = None
    """Column → how it is written, where it is not as the others."""

    @model_validator(mode="after")
    def _told_apart(self) -> Csv:
        """Refuse marks that no reader could tell from each other."""
        delimiter = "," if self.delimiter is None else self.delimiter
        quote = '"' if self.quote is None else self.quote
        for mark in (quote, self.escape, "\n", "\r"):
            if mark and mark in delimiter:
                raise refuse("a delimiter without quote, escape and line end", f"{mark!r} is in {delimiter!r}")
        own = [CsvColumn(decimal=self.decimal, thousands=self.thousands), *(self.columns or {}).values()]
        for column in own:
            decimal = column.decimal or self.decimal or "."
            if decimal == (self.thousands if column.thousands is None else column.thousands):
                raise refuse("thousands with another mark than decimal", f"both are {decimal!r}")
        return self


class Table(Written):
    """What else is said of tables; the defaults are the strict ones."""

    types: Literal["strict", "value", "coerce"] | None = None
    """When a column has one type on both sides: `strict` (unless written), `value` or `coerce`."""
    columns: dict[str, Annotated[StrictStr, Field(pattern=COLUMN_TYPE)]] | None = None
    """Column → the type that it is read as; a date or timestamp may say how it is written: `date %d/%m/%Y`."""
    duplicates: Literal["error", "ordinal", "multiset"] | None = None
    """What two rows of one key mean: `error` (unless written), `ordinal` or `multiset`."""
    null_keys: Literal["error", "value"] | None = None
    """Whether a key may be null: `error` (unless written) or `value`."""
    trim: words.Flag | None = None
    """Whether blanks around a text are left out."""
    case: Literal["exact", "fold"] | None = None
    """`fold`: upper and lower case are one; `exact` unless written."""
    unicode: Literal["exact", "nfc"] | None = None
    """`nfc`: composed and decomposed letters are one; `exact` unless written."""
    nan: Literal["value", "null"] | None = None
    """`null`: NaN is no value; `value` unless written."""
    names: Literal["exact", "caseless"] | None = None
    """`caseless`: names of columns differ by more than case; `exact` unless written."""
    rename: dict[str, words.Line] | None = None
    """Candidate's column → legacy's."""
    round: dict[str, Annotated[int, Field(ge=0, le=15)]] | None = None
    """Column → decimals that both sides are rounded to before they are compared."""
    column_order: words.Flag | None = None
    """Whether the order of columns counts."""
    csv: Csv | None = None
    """How CSV files are written."""


class Rule(Written):
    """How one output's files are compared; a later rule wins."""

    in_model: ClassVar[Mapping[str, str]] = {"cpu_max": "cpu_seconds_max", "memory_max": "memory_bytes_max"}
    files: Annotated[StrictStr, Field(min_length=1, max_length=1024)]
    """A pattern of names in the output; placeholders such as `{timestamp}` stand for what differs by run."""
    form: Annotated[StrictStr, Checked(forms.format_name, {"enum": list(format_names())})] | None = None
    """The format of the files; by their ending unless written."""
    key: list[words.Line] | None = None
    """Columns that name a row."""
    tolerance: dict[str, Margins] | None = None
    """Column or JSON path → margin; `"*"` for all numbers."""
    ignore: list[words.Line] | None = None
    """Columns or JSON paths that are not compared."""
    order: Literal["key", "position", "multiset"] | None = None
    """What the order of rows means without a key: `position` or `multiset`."""
    table: Table | None = None
    """What else is said of tables."""
    data_set: words.Flag | None = None
    """`true`: all files of the rule are one table; `false`: each is one."""
    skip: words.Flag | None = None
    """`true`: the files are neither compared nor missed."""
    cpu_max: words.Duration | None = None
    """Processor time of the process that compares; 2 minutes and 10 more a gibibyte unless written."""
    memory_max: words.Size | None = None
    """Memory of the process that compares; 4Gi unless written."""


class RuleFile(Written):
    """Rules outside of `repos.yaml`."""

    rules: list[Rule]
    """As in an output; a later rule wins."""
