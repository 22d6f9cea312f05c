"""Numbers in texts, in SQL: one spelling for each exact value, and distances that never call far numbers near.

Distances are first taken as doubles with a bound on their error; only what this leaves open is computed without
rounding (`exact.near_numbers`). So nothing is decided by a rounded number.
"""

# ruff: noqa: S608 - SQL is put together from this file's own names only, never from what was read

from __future__ import annotations

from harness.compare.engine.exact import DIGITS_MAX, NUMBER, Bounds

_PATTERN = NUMBER.pattern.replace("'", "''")
_PARTS = "^(-?)([0-9]+)(?:\\.([0-9]+))?[eE]([+-]?[0-9]+)$"
EXPANDED_MAX = DIGITS_MAX
"""Powers of ten that are written out; beyond, numbers are no finite doubles."""

_IS_NUMBER = (
    f"CREATE TEMP MACRO is_number(x) AS (length(x) <= {DIGITS_MAX} AND regexp_full_match(x, '{_PATTERN}') "
    "AND isfinite(TRY_CAST(x AS DOUBLE)))"
)
_DOUBLE = "CREATE TEMP MACRO text_double(x) AS (CASE WHEN is_number(x) THEN TRY_CAST(x AS DOUBLE) END)"
_PLAIN = (
    "CREATE TEMP MACRO plain_number(x) AS (CASE WHEN contains(x, '.') THEN "
    "CASE WHEN rtrim(rtrim(x, '0'), '.') = '-0' THEN '0' ELSE rtrim(rtrim(x, '0'), '.') END "
    "WHEN x = '-0' THEN '0' ELSE x END)"
)
_SHIFTED = (
    "CREATE TEMP MACRO shifted(s, t, e) AS (CASE WHEN t = '' THEN '0' "
    f"WHEN abs(e) > {EXPANDED_MAX} THEN NULL "
    "WHEN e >= 0 THEN s || t || repeat('0', e) "
    "WHEN length(t) > -e THEN s || left(t, length(t) + e) || '.' || right(t, -e) "
    "ELSE s || '0.' || repeat('0', -e - length(t)) || t END)"
)
MACROS = [_IS_NUMBER, _DOUBLE, _PLAIN, _SHIFTED]


def _parts(value: str) -> str:
    return f"regexp_extract({value}, '{_PARTS}', ['s', 'i', 'f', 'e'])"


def spelled(value: str) -> str:
    """Give the SQL of the one spelling of a text that all texts of equal value share; other texts stay themselves."""
    part = _parts(value)
    digits = f"ltrim({part}.i || {part}.f, '0')"
    shifted = (
        f"shifted({part}.s, rtrim({digits}, '0'), {part}.e::INTEGER - length({part}.f) + length({digits}) "
        f"- length(rtrim({digits}, '0')))"
    )
    return (
        f"CASE WHEN TRY_CAST({value} AS BIGINT)::VARCHAR = {value} THEN {value} "
        f"WHEN is_number({value}) THEN CASE WHEN contains(lower({value}), 'e') THEN coalesce({shifted}, {value}) "
        f"ELSE plain_number({value}) END "
        f"WHEN lower({value}) IN ('nan', '+nan', '-nan') THEN 'NaN' "
        f"WHEN lower({value}) IN ('inf', '+inf', 'infinity', '+infinity') THEN 'Infinity' "
        f"WHEN lower({value}) IN ('-inf', '-infinity') THEN '-Infinity' ELSE {value} END"
    )


def near(doubles: tuple[str, str], texts: tuple[str, str], bounds: Bounds) -> str:
    """Give the SQL of whether two exact numbers are within tolerance; false where one is no number."""
    left, right = doubles
    absolute, relative = bounds
    distance = f"abs({left} - {right})"
    slack = f"((abs({left}) + abs({right})) * 1e-15 + 1e-300)"
    allowed = []
    if absolute is not None:
        allowed.append(f"{absolute!r}::DOUBLE")
    if relative is not None:
        allowed.append(f"{relative!r}::DOUBLE * greatest(abs({left}), abs({right}))")
    if not allowed:
        return "false"
    bound = allowed[0] if len(allowed) == 1 else f"greatest({', '.join(allowed)})"
    given = ", ".join("NULL::DOUBLE" if each is None else f"{each!r}::DOUBLE" for each in bounds)
    return (
        f"(CASE WHEN {left} IS NULL OR {right} IS NULL THEN false "
        f"WHEN {distance} + {slack} <= {bound} * (1 - 1e-14) THEN true "
        f"WHEN {distance} - {slack} > {bound} * (1 + 1e-14) THEN false "
        f"ELSE near_exact({texts[0]}, {texts[1]}, {given}) END)"
    )
