"""`parity doctor`: every platform that the repositories name, asked once."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial

from harness.backends import images
from harness.backends.aws import Account, Clients
from harness.backends.base import Health, Symptom
from harness.backends.kubernetes import doctor as cluster_doctor
from harness.backends.kubernetes.backend import KubernetesBackend
from harness.backends.sagemaker import doctor
from harness.backends.sagemaker.backend import SageMakerBackend
from harness.backends.sagemaker.recording import Recorder
from harness.campaign.wiring import account_of
from harness.errors import HarnessError, Refused
from harness.model.clock import SystemClock
from harness.model.job import Side
from harness.model.reality import reality_of
from harness.model.repository import Repository
from harness.platforms import training_layout
from harness.platforms.kubernetes import checks as kubernetes
from harness.platforms.kubernetes.home import KubernetesHome
from harness.platforms.sagemaker import checks as sagemaker
from harness.platforms.sagemaker.home import SageMakerHome

ATTEMPTS_MAX = 2
"""A doctor's patience: one more try, no back-off for minutes."""
PLATFORMS = ("aws", "k8s")


@dataclass(frozen=True, slots=True)
class Examined:
    """One answer, with the place that it is about."""

    platform: str
    place: str
    symptom: Symptom


def examine(repositories: tuple[Repository, ...], only: tuple[str, ...], queue: str | None) -> Iterator[Examined]:
    """Ask every account and every cluster of the repositories, each once."""
    if "aws" in only:
        yield from _accounts(repositories, queue)
    if "k8s" in only:
        homes = (home for repository in repositories for home in kubernetes.homes_of(repository))
        for home in {(home.context, home.namespace): home for home in homes}.values():
            where = f"{home.context or 'current context'}/{home.namespace}"
            yield from (Examined("k8s", where, symptom) for symptom in cluster_doctor.check(home))
    if only:
        for repository in repositories:
            yield from layouts_of(repository)
        yield from _evidence(repositories, only)


def layouts_of(repository: Repository) -> Iterator[Examined]:
    """Say of each job what its program finds on one side only; whether it reads any of it nobody but its team knows."""
    platforms = {side: repository.home(side).platform for side in Side}
    for job in repository.jobs:
        if missed := tuple(training_layout.missed(job, platforms)):
            symptom = Symptom("layout", Health.UNKNOWN, "; ".join(missed), training_layout.REMEDY)
            yield Examined("both", f"{repository.name}/{job.name}", symptom)


def _evidence(repositories: tuple[Repository, ...], only: tuple[str, ...]) -> Iterator[Examined]:
    """Say of each repository whether its evidence would be real: by the facts that a plan would record today."""
    asked: dict[object, Mapping[str, str] | HarnessError] = {}
    for repository in repositories:
        name, said = repository.name, dict[str, Mapping[str, str] | HarnessError]()
        for platform, side, subject, ask in _sources(repository):
            if platform in only:
                if subject not in asked:
                    asked[subject] = _answered(ask)
                said[f"{name}/{side.value}"] = asked[subject]
        if said:
            yield Examined("both" if len(said) > 1 else only[0], name, evidence_of(repository, said))


_Ask = Callable[[], Mapping[str, str]]


def _sources(repository: Repository) -> Iterator[tuple[str, Side, object, _Ask]]:
    """Name who is to be asked for each side, and how; a platform of a plug-in proves its own."""
    for side in Side:
        home, ca = repository.home(side), repository.real.ca
        if isinstance(home, SageMakerHome):
            account = account_of(repository, home.cloud)
            yield "aws", side, account, partial(_account_facts, account)
        elif isinstance(home, KubernetesHome):
            yield "k8s", side, (home.context, home.namespace, ca), partial(_cluster_facts, home, ca)


def _account_facts(account: Account) -> Mapping[str, str]:
    return SageMakerBackend("doctor", "doctor-", Clients(account, ATTEMPTS_MAX), "", clock=SystemClock()).describe()


def _cluster_facts(home: KubernetesHome, ca: str | None) -> Mapping[str, str]:
    return KubernetesBackend(home.context, home.namespace, "doctor", "", clock=SystemClock(), ca=ca).describe()


def _answered(ask: _Ask) -> Mapping[str, str] | HarnessError:
    try:
        return ask()
    except HarnessError as error:
        return error


def evidence_of(repository: Repository, said: Mapping[str, Mapping[str, str] | HarnessError]) -> Symptom:
    """Decide from what each side answered; where nothing is named as real, synthetic evidence is what is asked for."""
    silent = [f"{place}: {error}" for place, error in said.items() if isinstance(error, HarnessError)]
    facts = {place: answer for place, answer in said.items() if not isinstance(answer, HarnessError)}
    reasons = (*silent, *(reality_of(facts, {repository.name: repository.real}).reasons if facts else ()))
    if not reasons:
        halves = "its evidence" if len(said) > 1 else f"evidence of {next(iter(said))}"
        return Symptom("evidence", Health.GOOD, f"{halves} would be real")
    named = repository.real.accounts or repository.real.clusters
    health = Health.BAD if named or silent else Health.UNKNOWN
    fix = "" if named or silent else "nothing: no account and no cluster is named as real (real: in repos.yaml)"
    return Symptom("evidence", health, f"it would be synthetic: {'; '.join(reasons)}", fix)


def _accounts(repositories: tuple[Repository, ...], queue: str | None) -> Iterator[Examined]:
    seen: set[object] = set()
    homes = ((repository, home) for repository in repositories for home in sagemaker.homes_of(repository))
    for repository, home in homes:
        account = account_of(repository, home.cloud)
        subject = (account, home.role, home.staging_uri.split("/")[2])
        if subject in seen:
            continue
        seen.add(subject)
        for symptom in doctor.check(Clients(account, ATTEMPTS_MAX), home, queue):
            yield Examined("aws", f"{home.account}/{home.region}", symptom)


def recorder_for(repository: Repository) -> Recorder:
    """Make the recorder of a repository's account, with the image of its first job.

    Raises:
        Refused: no side of it runs on SageMaker.
    """
    home = next(iter(sagemaker.homes_of(repository)), None)
    if home is None:
        message = f"{repository.name}: no side runs on SageMaker, whose answers are recorded"
        raise Refused(message)
    clients = Clients(account_of(repository, home.cloud))
    clients.identity()
    image = images.resolve(clients, repository.jobs[0].image).reference
    return Recorder(clients, home, image, SystemClock())
