"""Whether an account is ready for a campaign: one question a check, each with its own answer and the way to mend it.

Nothing is submitted and nothing is kept: the queues that are made to see whether they can be made are removed again.
"""

from __future__ import annotations

import difflib
import secrets
from collections.abc import Iterator, Mapping
from contextlib import suppress

from harness.backends.aws import Clients, failed_with, mapped
from harness.backends.base import Health, Symptom
from harness.backends.sagemaker.bus import Bus
from harness.backends.staging import owned_by
from harness.errors import BackendError, NotSetUp, Unreachable
from harness.model import strict_json
from harness.model.order import S3Place
from harness.platforms.sagemaker.home import SageMakerHome

_BAD_CREDENTIALS = frozenset(
    {
        "InvalidClientTokenId", "SignatureDoesNotMatch", "ExpiredToken", "ExpiredTokenException", "AccessDenied",
        "AccessDeniedException", "UnrecognizedClientException", "InvalidAccessKeyId", "AuthFailure",
    }
)  # fmt: skip
_SERVICE = "sagemaker.amazonaws.com"
_SENDER = "events.amazonaws.com"


def check(clients: Clients, home: SageMakerHome, queue: str | None) -> Iterator[Symptom]:
    """Ask everything about one account; an answer on which all others rest ends the questions when it is bad."""
    first = _identity(clients)
    yield first
    if first.health is Health.BAD:
        return
    yield from (_role(clients, home.role), _staging(clients, home), _jobs(clients))
    yield _standing_queue(clients, queue) if queue else _own_queue(clients)


def _identity(clients: Clients) -> Symptom:
    name = "credentials"
    try:
        account = clients.identity()
    except NotSetUp as error:
        return Symptom(error.subject, Health.BAD, error.text, error.fix)
    except Unreachable as error:
        if clients.own_address and clients.account.region not in clients.regions():
            return _unknown_region(clients, error)
        fix = f"check the network and the region; is AWS_ENDPOINT_URL or candidate.endpoint_url meant? ({error})"
        return Symptom("endpoint", Health.BAD, f"{clients.endpoint} does not answer", fix)
    except BackendError as error:
        code = failed_with(error)
        if code in _BAD_CREDENTIALS:
            return Symptom(name, Health.BAD, f"they were not accepted: {code}", "renew them, or choose another profile")
        fix = "choose the profile of the account in candidate.account" if not code else "see the message"
        return Symptom(name, Health.BAD, str(error), fix)
    return Symptom(name, Health.GOOD, f"account {account} at {clients.endpoint}")


def _unknown_region(clients: Clients, error: Unreachable) -> Symptom:
    """Suspect the region's name only where nobody answers: one that is newer than botocore answers all the same."""
    region = clients.account.region
    near = difflib.get_close_matches(region, sorted(clients.regions()), 1)
    guess = f"did you mean {near[0]}? " if near else ""
    text = f"{clients.endpoint} does not answer, and no region {region} is known here"
    return Symptom("region", Health.BAD, text, f"{guess}correct candidate.region, or check the network ({error})")


def _role(clients: Clients, role: str) -> Symptom:
    name = role.rpartition("/")[2]
    try:
        with mapped(f"iam get-role {name}"):
            found = clients("iam").get_role(RoleName=name)["Role"]
    except BackendError as error:
        if failed_with(error) == "NoSuchEntity":
            return absent_role(role, synthetic=clients.synthetic)
        return Symptom("role", Health.UNKNOWN, f"it could not be looked at: {error}", "iam:GetRole lets doctor see it")
    if not _trusts(found.get("AssumeRolePolicyDocument"), _SERVICE):
        fix = f"let {_SERVICE} assume it: sts:AssumeRole in the trust policy"
        return Symptom("role", Health.BAD, f"{role} does not trust {_SERVICE}", fix)
    return Symptom("role", Health.GOOD, f"{role} may be taken by the service")


def absent_role(role: str, *, synthetic: bool) -> Symptom:
    """Say what a role is worth that is not there: a sandbox runs its jobs all the same."""
    if synthetic:
        return Symptom("role", Health.GOOD, f"{role} is not there, and a sandbox runs jobs without it")
    fix = f"create it with a trust policy for {_SERVICE}, or correct candidate.role"
    return Symptom("role", Health.BAD, f"there is no role {role}", fix)


def _staging(clients: Clients, home: SageMakerHome) -> Symptom:
    place, owner = S3Place.of(home.staging_uri), home.staging_owner or home.account
    if clients.synthetic:
        return Symptom("staging", Health.GOOD, f"{place.bucket}: a sandbox makes its bucket when a campaign starts")
    try:
        with mapped(f"s3 head-bucket {place.bucket}"):
            clients("s3").head_bucket(Bucket=place.bucket, **owned_by(owner))
    except BackendError as error:
        missing = failed_with(error) in {"404", "NoSuchBucket"}
        if missing:
            text, fix = f"there is no bucket {place.bucket}", "create it, or correct candidate.staging"
        else:
            text = f"{place.bucket} may not be used: {error}"
            fix = f"s3:ListBucket, and the prefix's own rights; is the bucket of {owner} (candidate.staging_owner)?"
        return Symptom("staging", Health.BAD, text, fix)
    return Symptom("staging", Health.GOOD, f"{place.bucket} is there")


def _jobs(clients: Clients) -> Symptom:
    """Ask for a list of at most one job: the cheapest call of the service itself."""
    try:
        with mapped("list training jobs"):
            clients("sagemaker").list_training_jobs(MaxResults=1)
    except BackendError as error:
        return Symptom("jobs", Health.BAD, str(error), "the rights of `parity infra`'s RunnerPolicy")
    return Symptom("jobs", Health.GOOD, "training jobs may be listed")


# -- queues -----------------------------------------------------------------------------------------------------------


def _own_queue(clients: Clients) -> Symptom:
    """Make what a campaign makes, and take it away."""
    name = f"p{secrets.token_hex(4)}"
    bus = Bus(clients, name, f"{name}-")
    try:
        bus.prepare()
        found = _queue_fault(clients, name)
        bus.remove()
    except BackendError as error:
        with suppress(BackendError):  # the first fault is told
            bus.remove()
        return Symptom(
            "queue", Health.BAD, str(error), "the rights of `parity infra`'s RunnerPolicy on queues and rules"
        )
    return found or Symptom("queue", Health.GOOD, "rule and queues can be made, and the rule may send")


def _standing_queue(clients: Clients, name: str) -> Symptom:
    try:
        found = _queue_fault(clients, name)
    except BackendError as error:
        if failed_with(error) in {"AWS.SimpleQueueService.NonExistentQueue", "QueueDoesNotExist"}:
            return Symptom("queue", Health.BAD, f"there is no queue {name}", "deploy the template of `parity infra`")
        return Symptom("queue", Health.BAD, str(error), "sqs:GetQueueUrl and sqs:GetQueueAttributes")
    return found or Symptom("queue", Health.GOOD, f"{name} may be sent to, and has a dead-letter queue")


def _queue_fault(clients: Clients, name: str) -> Symptom | None:
    with mapped(f"queue {name}"):
        sqs = clients("sqs")
        url = sqs.get_queue_url(QueueName=name)["QueueUrl"]
        given = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]
    return queue_fault(name, given)


def queue_fault(name: str, attributes: Mapping[str, str]) -> Symptom | None:
    """Find what would make events vanish: no policy for the bus, or no dead-letter queue."""
    if not _allows(attributes.get("Policy", ""), _SENDER, "sqs:SendMessage"):
        fix = f"allow sqs:SendMessage to {_SENDER} for the rule's ARN, as `parity infra` prints"
        text = f"{name} has no queue policy for the bus: events would vanish without a word"
        return Symptom("queue policy", Health.BAD, text, fix)
    if "deadLetterTargetArn" not in attributes.get("RedrivePolicy", ""):
        text = f"{name} has no dead-letter queue: a message that cannot be read would come again for days"
        return Symptom("dead-letter queue", Health.BAD, text, "a RedrivePolicy, as `parity infra` prints")
    return None


def _trusts(document: object, service: str) -> bool:
    return any(_is_allowed(statement, service, "sts:AssumeRole") for statement in _statements(document))


def _allows(policy: str, service: str, action: str) -> bool:
    if not policy:
        return False
    with suppress(strict_json.StrictError):
        return any(
            _is_allowed(statement, service, action) for statement in _statements(strict_json.read(policy.encode()))
        )
    return False


def _statements(document: object) -> list[Mapping[str, object]]:
    found = document.get("Statement") if isinstance(document, Mapping) else None
    listed = found if isinstance(found, list) else [found]
    return [item for item in listed if isinstance(item, Mapping)]


def _is_allowed(statement: Mapping[str, object], service: str, action: str) -> bool:
    principal = statement.get("Principal")
    who = principal.get("Service") if isinstance(principal, Mapping) else principal
    names, actions = _listed(who), {str(name).lower() for name in _listed(statement.get("Action"))}
    wanted = {action.lower(), f"{action.partition(':')[0]}:*", "*"}
    return statement.get("Effect") == "Allow" and bool({service, "*"} & set(names)) and bool(wanted & actions)


def _listed(value: object) -> list[str]:
    return [str(item) for item in value] if isinstance(value, list) else [str(value)] if value else []
