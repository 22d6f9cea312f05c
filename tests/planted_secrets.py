"""Ten forms of secrets to plant: made anew at each run from parts, so that scanners of this repository stay quiet."""

from __future__ import annotations

import random
import string
from collections.abc import Mapping
from dataclasses import dataclass

PLACES = ("command", "sidecar", "environment", "parameter", "log", "output sample", "URL")
LETTERS, DIGITS = string.ascii_letters, string.digits


@dataclass(frozen=True, slots=True)
class Planted:
    """One secret and the texts that carry it."""

    form: str
    secret: str
    """These characters may stand in nothing that is written."""
    name: str
    """A variable or parameter that holds it."""
    line: str
    """A line of a log, a command or a row."""
    url: str
    """An address that carries it."""


def _drawn(draw: random.Random, letters: str, count: int) -> str:
    return "".join(draw.choice(letters) for _ in range(count))


def forms(seed: int) -> Mapping[str, Planted]:
    """Make one secret of each form; the same seed makes the same ones."""
    draw = random.Random(seed)
    mixed = LETTERS + DIGITS
    upper = string.ascii_uppercase + "234567"
    jwt = ".".join(
        ("ey" + "J" + _drawn(draw, mixed, 30), "ey" + "J" + _drawn(draw, mixed, 40), _drawn(draw, mixed, 43))
    )
    made = (
        ("aws access key", "AK" + "IA" + _drawn(draw, upper, 16), "AWS_ACCESS_KEY_ID"),
        ("github token", "gh" + "p_" + _drawn(draw, mixed, 36), "GH_PAT"),
        ("hugging face token", "h" + "f_" + _drawn(draw, LETTERS, 34), "HF_TOKEN"),
        (
            "slack token",
            "xo" + "xb-" + "-".join(_drawn(draw, DIGITS, 12) for _ in "ab") + "-" + _drawn(draw, mixed, 24),
            "SLACK_TOKEN",
        ),
        ("stripe key", "sk_" + "live_" + _drawn(draw, mixed, 24), "STRIPE_API_KEY"),
        ("json web token", jwt, "SESSION_TOKEN"),
        ("google api key", "AI" + "za" + _drawn(draw, mixed, 35), "GCP_API_KEY"),
        ("gitlab token", "gl" + "pat-" + _drawn(draw, mixed, 20), "CI_TOKEN"),
        (
            "password",
            _drawn(draw, LETTERS, 6) + _drawn(draw, DIGITS, 3) + _drawn(draw, LETTERS, 5) + "!",
            "DB_PASSWORD",
        ),
        ("signature", _drawn(draw, mixed, 40) + "%2B" + _drawn(draw, mixed, 3) + "%3D", "SAS_TOKEN"),
    )
    return {form: _planted(form, secret, name) for form, secret, name in made}


def _planted(form: str, secret: str, name: str) -> Planted:
    if form == "signature":
        url = f"https://store.blob.example.net/c/x.csv?sv=2024-01-01&sr=b&si{'g'}={secret}"
    else:
        url = f"https://reader:{secret}@data.example.net/x.csv"
    line = url if form == "signature" else f"{name}={secret}"
    return Planted(form, secret, name, line, url)
