"""What is told of a run as soon as it was brought home: how it ended, where that is not as it was meant."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from harness.compare import crash, endings
from harness.errors import HarnessError
from harness.model.job import Job
from harness.model.observation import Observation
from harness.model.plan import Plan, Run
from harness.model.truth import Platform, Work
from harness.model.verdict import Verdict
from harness.report import brief
from harness.report.first_screen import headline
from harness.report.wording import shown
from harness.runner.context import Listener, Notice, Progress

FETCHED = "fetched"


@dataclass(frozen=True, slots=True)
class Telling:
    """A listener that says beside each run which was brought home how it ended."""

    jobs: Mapping[tuple[str, str], Job]
    load: Callable[[str], Observation | None]
    listener: Listener

    def __call__(self, step: Progress | Notice) -> None:
        """Hand a step on, and tell of an ending that is not the one that was meant."""
        self.listener(step)
        if isinstance(step, Progress) and step.state == FETCHED and (said := self._ending(step.run)):
            self.listener(Notice(said))

    def _ending(self, run: Run) -> str:
        try:
            observation = self.load(run.id)
        except HarnessError:
            return ""  # the judgement names what can't be read
        job = self.jobs[run.repository, run.job]
        return "" if observation is None else ending(job, observation)


def telling_verdicts(listener: Listener) -> Callable[[Verdict], None]:
    """Make what tells of each repository's verdict as soon as it is known, while others run; the same one only once."""
    told: dict[str, str] = {}

    def tell(verdict: Verdict) -> None:
        words, name = headline(verdict), shown(verdict.repository)
        why = brief.cut_words(brief.first_sentence(verdict.reasons[0].sentence)) if verdict.reasons else ""
        text = f"{name}: {words}: {why}" if why else f"{name}: {words}"
        if told.get(verdict.repository) != text:
            told[verdict.repository] = text
            listener(Notice(text, verdict.repository, words))

    return tell


def telling(plan: Plan, load: Callable[[str], Observation | None], listener: Listener) -> Telling:
    """Make the listener of a campaign."""
    jobs = {(repository.name, job.name): job for repository in plan.repositories for job in repository.jobs}
    return Telling(jobs, load, listener)


def ending(job: Job, observation: Observation) -> str:
    """Say how a run ended, and what its log says last; empty: as it was meant to."""
    if observation.not_submitted:
        return f"{observation.run.id} never ran: {observation.not_submitted}"
    truth = endings.truth_of(job, observation)
    found = crash.ending_of(observation, truth)
    as_meant = truth.cause.value == job.expected.cause
    if as_meant and (truth.work, truth.platform) == (Work.OK, Platform.OK):
        return ""
    if as_meant and truth.work is Work.FAILED and job.expected.exit_code in {None, found.exit_code}:
        return ""
    marked = "" if truth.work.value == truth.platform.value else f"; the job is marked {truth.platform.value}"
    named = f" ({truth.klass})" if truth.klass else ""
    line = f": {found.line}" if found.line else ""
    return f"{observation.run.id} {found.words}{marked}{named}{line}"
