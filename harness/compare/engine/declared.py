"""Columns whose type the owner declares → the SQL of their values, and of what is not of that type.

The engine reads more than one would write on purpose: a fraction rounds to an integer, the time of day is cut from a
date, digits beyond microseconds from a time, and what no double holds is an infinity. None of that may make two values
equal, so a value has to be written as its type is.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from harness.model.table_contract import CsvDialect

ENGINE = {"double": "DOUBLE", "integer": "HUGEINT", "boolean": "BOOLEAN"}
"""Types that the engine casts to, once the text has their form."""
_NUMBER = r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?"
FORMS = {
    "integer": r"[+-]?[0-9]+(\.0*)?",
    "double": f"{_NUMBER}|(?i:[+-]?(nan|inf|infinity))",
    "decimal": _NUMBER,
    "date": r"[0-9]{4,}-[0-9]{1,2}-[0-9]{1,2}([ T]0{1,2}:00(:00(\.0*)?)?(Z|[+-]00(:?00)?)?)?",
    "timestamp": r"[0-9]{4,}-[0-9]{1,2}-[0-9]{1,2}([ T].*)?",
}
FOREIGN = "\ue000"
"""Ends a text that is a number elsewhere, but not with this decimal mark: it is compared as it is written."""
NANOSECONDS = 9
MACROS = [
    # digits beyond microseconds are none of the engine's TIMESTAMP, and its TIMESTAMP_NS ends in 2262
    (
        r"CREATE TEMP MACRO micros(x) AS (TRY(epoch_us(TRY_CAST(regexp_replace(x, '(\.[0-9]{6})[0-9]+', '\1') "
        "AS TIMESTAMP WITH TIME ZONE))))"
    ),
    r"CREATE TEMP MACRO nanos(x) AS (rpad(regexp_extract(x, '\.[0-9]{6}([0-9]{1,3})', 1), 3, '0'))",
    (
        "CREATE TEMP MACRO moment(us, ns) AS "
        "(rtrim(rtrim(strftime(make_timestamp(us), '%Y-%m-%d %H:%M:%S.%f') || ns, '0'), '.'))"
    ),
    "CREATE TEMP MACRO text_moment(x) AS (moment(micros(x), nanos(x)))",
]


def quoted(text: str) -> str:
    """Write a text of the owner's rules as SQL does."""
    return "'" + text.replace("'", "''") + "'"


def split(declared: str) -> tuple[str, str]:
    """Take a declared type apart: its name, and how it is written where that is said (`date %d/%m/%Y`)."""
    name, _, written = declared.partition(" ")
    return name, written


def number_text(value: str, dialect: CsvDialect) -> str:
    """Read a decimal comma, and marks between thousands, as what they are.

    With a decimal comma `1.5` is no number, or it would be the same as `1,5`: it gets an end that no number has.
    """
    if dialect.decimal == "." and not dialect.thousands:
        return value
    mark = re.escape(dialect.thousands)
    whole = f"[0-9]{{1,3}}({mark}[0-9]{{3}})+|[0-9]*" if mark else "[0-9]*"
    bare = f"replace({value}, {quoted(dialect.thousands)}, '')" if mark else value
    return (
        f"CASE WHEN regexp_full_match({value}, {_form(whole, dialect.decimal)}) "
        f"THEN replace({bare}, {quoted(dialect.decimal)}, '.') "
        f"WHEN ends_with({value}, {quoted(FOREIGN)}) OR regexp_full_match({value}, {_form('[0-9]*', '.')}) "
        f"THEN {value} || {quoted(FOREIGN)} ELSE {value} END"
    )


def _form(whole: str, decimal: str) -> str:
    return quoted(f"[+-]?({whole})({re.escape(decimal)}[0-9]*)?([eE][+-]?[0-9]+)?")


def without_nulls(value: str, words: Sequence[str]) -> str:
    """Give the SQL of a value that is NULL where its column's own words say so."""
    return f"CASE WHEN {value} NOT IN ({', '.join(map(quoted, words))}) THEN {value} END"


def value_of(declared: str, value: str, dialect: CsvDialect) -> tuple[str, str]:
    """Give the class in which values of a declared type are compared, and their SQL in it."""
    name, written = split(declared)
    if name in {"date", "timestamp"}:
        moment = f"text_moment({value})"
        if written:
            moment = f"coalesce(moment(epoch_us(try_strptime({value}, {quoted(written)})), '000'), {moment})"
        return "words", moment
    if name == "json":
        return "words", f"coalesce(json_exact({value}), {value})"
    if name == "decimal":
        return "text", _plain(number_text(value, dialect))
    if name in ENGINE:
        number = value if name == "boolean" else number_text(value, dialect)
        return "plain" if name == "boolean" else name, f"TRY_CAST({number} AS {ENGINE[name]})"
    return "words", value


def _plain(value: str) -> str:
    """Spell a number as JSON does."""
    signless = f"regexp_replace({value}, '^\\+', '')"
    pointed = f"regexp_replace({signless}, '^(-?)\\.', '\\1' || '0.')"
    return f"regexp_replace({pointed}, '\\.($|[eE])', '\\1')"


def misfits(declared: str, value: str, dialect: CsvDialect) -> str:
    """Give the SQL condition of values that are not of their declared type."""
    name, written = split(declared)
    if name == "text":
        return "false"
    number = number_text(value, dialect) if name in {"integer", "double", "decimal"} else value
    wrong = []
    if name in FORMS:
        wrong.append(f"NOT regexp_full_match({number}, {quoted(FORMS[name])})")
    made = value_of(declared, value, dialect)[1]
    if name == "decimal":
        wrong.append(f"NOT coalesce(is_number({made}), false)")
    else:
        wrong.append(f"json_exact({value}) IS NULL" if name == "json" else f"{made} IS NULL")
    if name == "double":
        wrong.append(f"(isinf({made}) AND regexp_matches({value}, '[0-9]'))")
    if name == "timestamp":
        wrong.append(f"regexp_matches({value}, '\\.[0-9]{{{NANOSECONDS + 1},}}')")
    unless = f" AND try_strptime({value}, {quoted(written)}) IS NULL" if written else ""
    return f"{value} IS NOT NULL AND ({' OR '.join(wrong)}){unless}"
