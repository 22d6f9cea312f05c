"""Run the command line: `parity` or `python -m harness`."""

from __future__ import annotations


def main() -> None:
    """Start the command line."""
    from harness.cli.main import parity  # noqa: PLC0415 - `python -m harness.sandbox` needs none of it

    parity()


if __name__ == "__main__":
    main()
