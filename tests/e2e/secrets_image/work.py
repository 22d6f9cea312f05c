"""A job that spills every secret it has: into its log, an exception, its output's rows and an address."""

import csv
import hashlib
import os
import pathlib
import sys
import traceback

from planted_secrets import forms


def say(text: str) -> None:
    """Write a line to the log."""
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


side = sys.argv[1]
out = pathlib.Path(os.environ["OUT_DIR"])
out.mkdir(parents=True, exist_ok=True)
planted = list(forms(int(os.environ["PLANTED"])).values())
for each in planted:
    say(f"loading with {each.line} from {each.url}")
    try:
        raise RuntimeError(f"could not open {each.url}")  # noqa: EM102, TRY301
    except RuntimeError:
        traceback.print_exc()
with (out / "rows.csv").open("w", newline="") as file:
    writer = csv.writer(file)
    writer.writerow(["id", "note", "api_key"])
    for number, each in enumerate(planted):
        writer.writerow([number, f"{side} {each.line}", f"{each.secret}{side}"])
token = os.environ["HUB_TOKEN"]
say(f"the hub's token is {token}")
say(f"digest={hashlib.sha256(token.encode()).hexdigest()[:12]}")
say("score=0.5")
