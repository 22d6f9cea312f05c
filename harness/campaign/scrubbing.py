"""What is scrubbed in one campaign: forms and names that everybody knows, and what this process and this plan know."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace

from harness.config.secret_strings import vouched_for
from harness.model.finding import Finding, Sample
from harness.model.repository import Repository
from harness.scrub.scrubber import Scrubber


def scrubber_of(repositories: Iterable[Repository], environment: Mapping[str, str]) -> Scrubber:
    """Scrub also the secrets of an environment, and leave what `not_secret:` of a job vouches for."""
    return Scrubber.of(environment, _harmless(repositories))


def _harmless(repositories: Iterable[Repository]) -> Iterator[str]:
    for job in (job for repository in repositories for job in repository.jobs):
        for side in job.sides.values():
            yield from vouched_for(side.environment, job.not_secret)
            yield from vouched_for(side.parameters, job.not_secret)


def findings(found: tuple[Finding, ...], scrub: Scrubber) -> tuple[Finding, ...]:
    """Scrub findings: their samples are copies of rows and values that jobs wrote."""
    return tuple(_finding(finding, scrub) for finding in found)


def _finding(finding: Finding, scrub: Scrubber) -> Finding:
    """Take what a sample may not show out of the sentence too, where it may stand cut."""
    samples = tuple(_sample(sample, scrub) for sample in finding.samples)
    sentence = finding.summary
    for came, shown in zip(finding.samples, samples, strict=True):
        for before, after in ((came.legacy, shown.legacy), (came.candidate, shown.candidate)):
            if before != after:
                short = came.cut().legacy if before == came.legacy else came.cut().candidate
                sentence = sentence.replace(before, after).replace(short, after)
    return scrub.frozen(replace(finding, samples=samples, summary=sentence), named=False)


def _sample(sample: Sample, scrub: Scrubber) -> Sample:
    """Look at both values with the column, path or variable that they stand in."""
    return replace(
        sample,
        legacy=scrub.sampled(sample.where, sample.legacy),
        candidate=scrub.sampled(sample.where, sample.candidate),
    )
