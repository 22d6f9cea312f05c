"""Numbers in texts, in SQL: one spelling for each exact value, and distances that never call far numbers near.

Distances are first taken as doubles with a bound on their error; only what this leaves open is computed without
rounding (`exact.near_numbers`). So nothing is decided by a rounded number.
"""

from __future__ import annotations

from harness.compare.engine.exact import DIGITS_MAX, NONE, NUMBER, Bounds

_PATTERN = NUMBER.pattern
FINITE_MAX = 300
"""Characters of a number without exponent that surely is a finite double."""
MACROS = [
    (
        f"CREATE TEMP MACRO is_number(x) AS (length(x) <= {DIGITS_MAX} AND regexp_full_match(x, '{_PATTERN}') "
        "AND isfinite(TRY_CAST(x AS DOUBLE)))"
    ),
    "CREATE TEMP MACRO folded(x) AS (CASE WHEN strlen(x) = length(x) THEN lower(x) ELSE casefolded(x) END)",
    "CREATE TEMP MACRO text_double(x) AS (CASE WHEN is_number(x) THEN TRY_CAST(x AS DOUBLE) END)",
    (
        "CREATE TEMP MACRO plain_number(x) AS (CASE WHEN rtrim(rtrim(x, '0'), '.') = '-0' THEN '0' "
        "ELSE rtrim(rtrim(x, '0'), '.') END)"
    ),
    (
        "CREATE TEMP MACRO spelled(x) AS (CASE WHEN TRY_CAST(x AS BIGINT)::VARCHAR = x THEN x "
        f"WHEN length(x) <= {FINITE_MAX} AND regexp_full_match(x, '-?(0|[1-9][0-9]*)\\.[0-9]+') THEN plain_number(x) "
        f"WHEN length(x) > {FINITE_MAX} OR regexp_full_match(x, '-?[0-9].*[eE].*|[-+]?[nNiI].*|-0') "
        "THEN spelled_exact(x) "
        "ELSE x END)"
    ),
]


def spelled(value: str) -> str:
    """Give the SQL of the one spelling of a text that all texts of equal value share; other texts stay themselves."""
    return f"spelled({value})"


def text_state(pair: tuple[str, str], doubles: tuple[str, str], bounds: Bounds | None, *, whole_exact: bool) -> str:
    """Give the SQL of two different texts that may be numbers: 0 equal, 1 within tolerance, 2 different.

    Doubles that differ belong to numbers that differ; all that they leave open is decided without rounding.
    """
    left, right = pair
    given = ", ".join("NULL::DOUBLE" if bound is None else f"{bound!r}::DOUBLE" for bound in bounds or NONE)
    exactly = f"text_state({left}, {right}, {given}, {str(whole_exact).lower()})"
    if bounds is None:
        return f"CASE WHEN {doubles[0]} <> {doubles[1]} THEN 2 ELSE {exactly} END"
    surely, never = _sure(doubles, bounds)
    whole = " AND ".join(f"NOT contains({text}, '.') AND NOT contains(lower({text}), 'e')" for text in pair)
    near = f"CASE WHEN {whole} THEN 2 ELSE 1 END" if whole_exact else "1"
    apart = f"{doubles[0]} <> {doubles[1]}"
    return f"CASE WHEN {apart} AND {never} THEN 2 WHEN {apart} AND {surely} THEN {near} ELSE {exactly} END"


def text_double(value: str) -> str:
    """Give the SQL of a text's number as a double; NULL where it is none."""
    return f"text_double({value})"


def _sure(doubles: tuple[str, str], bounds: Bounds) -> tuple[str, str]:
    """Give the SQL of when two numbers are surely within tolerance, and of when they surely are not."""
    left, right = doubles
    absolute, relative = bounds
    allowed = [] if absolute is None else [f"{absolute!r}::DOUBLE"]
    if relative is not None:
        allowed.append(f"{relative!r}::DOUBLE * greatest(abs({left}), abs({right}))")
    bound = allowed[0] if len(allowed) == 1 else f"greatest({', '.join(allowed) or '-1.0::DOUBLE'})"
    distance, slack = f"abs({left} - {right})", f"((abs({left}) + abs({right})) * 1e-15 + 1e-300)"
    return (
        f"{distance} + {slack} <= {bound} * (1 - 1e-14)",
        f"{distance} - {slack} > {bound} * (1 + 1e-14)",
    )


def near(doubles: tuple[str, str], texts: tuple[str, str], bounds: Bounds) -> str:
    """Give the SQL of whether two exact numbers are within tolerance; false where one is no number."""
    given = ", ".join("NULL::DOUBLE" if bound is None else f"{bound!r}::DOUBLE" for bound in bounds)
    surely, never = _sure(doubles, bounds)
    return (
        f"(CASE WHEN {doubles[0]} IS NULL OR {doubles[1]} IS NULL THEN false WHEN {surely} THEN true "
        f"WHEN {never} THEN false ELSE near_exact({texts[0]}, {texts[1]}, {given}) END)"
    )
