"""How a run ended, as an engineer reads it: exit code, signal, the platform's own words, the last log lines. Pure."""

from __future__ import annotations

import re
import signal
from collections.abc import Mapping
from dataclasses import dataclass

from harness.model.finding import Sample
from harness.model.job import ExpectedEnding, Side
from harness.model.observation import LogFacts, Observation
from harness.model.truth import Cause, How, Truth, Work

QUOTE_MAX = 160
"""Characters of a log line inside a sentence; the sample beside it has all that was kept."""
_RAISED = re.compile(r"[A-Za-z_][\w.]*(?:Error|Exception|Exit|Interrupt|Warning)\b")
_OWN_WORDS = re.compile(r"\Anever ran: |\Athe process ended with \d+: ")
"""What our account of an ending puts before the platform's words, and the sentence here says by itself."""
_HEADER = "Traceback (most recent call last)"
_SIGNALS_FROM = 128
"""A shell reports a process that signal N killed with 128 + N."""
_WORDS: Mapping[Cause, str] = {
    Cause.SUCCESS: "succeeded",
    Cause.CODE_ERROR: "failed",
    Cause.START_FAILED: "could not start its command",
    Cause.INPUT_UNAVAILABLE: "could not read an input",
    Cause.CREDENTIALS_UNAVAILABLE: "could not read a secret",
    Cause.IMAGE_UNAVAILABLE: "could not pull its image",
    Cause.REFUSED: "was refused",
    Cause.OUT_OF_MEMORY: "ran out of memory",
    Cause.TIME_LIMIT: "reached its time limit",
    Cause.USER_STOP: "was stopped by somebody",
    Cause.NO_CAPACITY: "got no capacity",
    Cause.PLATFORM_LOSS: "was lost by its platform",
    Cause.UPLOAD_FAILED: "could not upload its outputs",
    Cause.UNKNOWN: "ended for an unknown reason",
}


@dataclass(frozen=True, slots=True)
class Ending:
    """How one run ended, in facts that a reader can act on."""

    side: Side
    cause: Cause
    exit_code: int | None
    signal: int | None
    line: str
    """The log line that says most: the last exception, else the last complaint, else the last line."""
    tail: tuple[str, ...]
    platform: str
    """What the platform says of it, in its own words."""
    never_ran: bool = False

    @property
    def words(self) -> str:
        """Say how it ended, with its exit code or signal where that is not 0."""
        if self.never_ran:
            return f"never ran ({self.cause.value})"
        return f"{_WORDS[self.cause]} ({self.code})" if self.signal or self.exit_code else _WORDS[self.cause]

    @property
    def code(self) -> str:
        """Write the exit code, and the signal that killed the process or that such a code stands for."""
        if self.signal:
            return f"killed by {_signal_name(self.signal) or f'signal {self.signal}'}"
        if self.exit_code is None:
            return "exit code not known"
        after = _signal_name(self.exit_code - _SIGNALS_FROM)
        return f"exit code {self.exit_code}" + (f", the code after {after}" if after else "")


def ending_of(observation: Observation, truth: Truth) -> Ending:
    """Gather how one run ended."""
    record, log = observation.record, observation.log
    code = truth.exit_code if truth.exit_code is not None else (record.exit_code if record else None)
    return Ending(
        observation.run.side,
        Cause.SUCCESS if truth.work is Work.OK else truth.cause,
        code,
        record.signal if record else None,
        telling_line(log) if log else "",
        log.tail if log else (),
        _OWN_WORDS.sub("", truth.account.sentence),
        never_ran=truth.account.how is How.NEVER_RAN,
    )


def telling_line(log: LogFacts) -> str:
    """Choose the line that says most of why a run ended: toolkits and traps write more lines after the exception."""
    raised = next((line for line in reversed(log.tail) if _RAISED.match(line)), "")
    complaint = "" if log.complaint.startswith(_HEADER) else log.complaint
    return raised or complaint or next(reversed(log.tail), "")


def expected_sentence(job: str, expected: ExpectedEnding, endings: tuple[Ending, Ending], bad: tuple[Side, ...]) -> str:
    """Say how the sides ended that did not end as the job is meant to, then how the other side did."""
    both = endings[0].words == endings[1].words and len(bad) > 1
    told = [ending for ending in endings if ending.side in bad][: 1 if both else None]
    parts = [f"{'both sides' if both else ending.side.value} {ending.words}{_quoted(ending)}" for ending in told]
    parts += [f"{ending.side.value} {ending.words}" for ending in endings if ending.side not in bad]
    text = f"{job}: {'; '.join(parts)}"
    return text if expected == ExpectedEnding() else f"{text}; it is meant to end with {asked(expected)}"


def differing_sentence(endings: tuple[Ending, Ending]) -> str:
    """Say how the sides ended, where they ended otherwise than each other."""
    return "; ".join(f"{ending.side.value} {ending.words}{_quoted(ending)}" for ending in endings)


def asked(expected: ExpectedEnding) -> str:
    """Write the ending that a job is meant to have."""
    return expected.cause if expected.exit_code is None else f"{expected.cause} (exit code {expected.exit_code})"


def samples(endings: tuple[Ending, Ending]) -> tuple[Sample, ...]:
    """Set both sides beside each other: ending, exit code, the platform's words, and the last lines of the log."""
    legacy, candidate = endings
    rows = (
        ("ending", legacy.cause.value, candidate.cause.value),
        ("exit code", legacy.code.removeprefix("exit code "), candidate.code.removeprefix("exit code ")),
        ("platform's words", legacy.platform, candidate.platform),
        ("last log line", legacy.line, candidate.line),
        ("end of the log", " ⏎ ".join(legacy.tail), " ⏎ ".join(candidate.tail)),
    )
    return tuple(Sample(where, ours or "–", theirs or "–") for where, ours, theirs in rows if ours or theirs)


def _quoted(ending: Ending) -> str:
    """Quote what the run itself said of its end; a run that never started has only its platform's words."""
    if ending.cause is Cause.SUCCESS:
        return ""
    text = ending.line or ending.platform
    return f": “{text if len(text) <= QUOTE_MAX else text[: QUOTE_MAX - 1] + '…'}”" if text else ""


def _signal_name(number: int) -> str:
    """Name a signal; empty: there is none of that number."""
    try:
        return signal.Signals(number).name
    except ValueError:
        return ""
