"""A file that says what is read of a database, for a comparison without a campaign."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from pydantic import Field, StrictStr, ValidationError

from harness.config.problems import written_problems
from harness.config.strict_yaml import BYTES_MAX, read
from harness.errors import ConfigError, Problem
from harness.fields.job import Written
from harness.fields.words import Duration

ROWS_MAX = 50_000_000
SECONDS_MAX = 300
VARIABLE = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]{0,127})\}")


class QueryFile(Written):
    """What is read of a database."""

    url: StrictStr
    """The environment variable that has the URL, such as `${SCORES_DB}`."""
    query: Annotated[StrictStr, Field(min_length=1, max_length=100_000)]
    """One SELECT."""
    time_limit: Duration | None = None
    """Of each statement; 5 minutes unless written."""
    rows_max: Annotated[int, Field(gt=0, le=1_000_000_000)] | None = None
    """Rows above which nothing is compared; 50 million unless written."""


@dataclass(frozen=True, slots=True)
class Query:
    """One query and its bounds; where its database is stands in the environment only."""

    variable: str
    text: str
    seconds_max: int = SECONDS_MAX
    rows_max: int = ROWS_MAX


def read_query(path: Path) -> Query:
    """Read a file with `url`, `query`, `time_limit` and `rows_max`.

    Raises:
        ConfigError: it can't be read or has problems; all of them.
    """
    try:
        with path.open("rb") as stream:
            data = stream.read(BYTES_MAX + 1)
    except OSError as error:
        expected = "a readable file with `url:` and `query:`"
        raise ConfigError((Problem(str(path), 0, 0, "the file", error.strerror or "nothing", expected),)) from error
    document = read(data, str(path))
    try:
        found = QueryFile.model_validate(document.data)
    except ValidationError as error:
        raise ConfigError(tuple(written_problems(error, document, QueryFile).values())) from error
    variable = VARIABLE.fullmatch(found.url)
    if variable is None:  # what was found is not told: it may be a connection string
        expected = "the name of an environment variable that has the URL, such as ${SCORES_DB}"
        at = document.value_place(("url",))
        raise ConfigError((Problem(str(path), at.line, at.column, "url", "another text", expected),))
    return Query(variable[1], found.query, found.time_limit or SECONDS_MAX, found.rows_max or ROWS_MAX)
