"""A job: a platform-free description of work, and what each side adds to it. Values only."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from harness.model.document import JobDocument
from harness.model.expectation import Expectations
from harness.model.metric import FILE, LOG, Metric
from harness.model.plain import Json as Json  # noqa: PLC0414 - most of the project knows it from here
from harness.model.table_contract import STRICT, TableContract


class Side(StrEnum):
    """Which of the two runs of a pair: a position, and no platform."""

    LEGACY = "legacy"
    CANDIDATE = "candidate"

    @property
    def other(self) -> Side:
        """Give the other side of a pair."""
        return Side.CANDIDATE if self is Side.LEGACY else Side.LEGACY


DEFAULT_PLATFORMS: Mapping[Side, str] = {Side.LEGACY: "kubernetes", Side.CANDIDATE: "sagemaker"}
"""Where a side runs that names no platform, as in everything that was stored before sides named theirs."""


class Delivery(StrEnum):
    """How a job reads its parameters."""

    ARGV = "argv"
    ENV = "env"
    FILE = "file"


class FileFormat(StrEnum):
    """How a parameter file is written: typed JSON, or every value as a string (as SageMaker does)."""

    JSON = "json"
    STRINGS = "strings"


class ShimMode(StrEnum):
    """Whether the job's command starts under the shim."""

    ON = "on"
    OFF = "off"


class Layout(StrEnum):
    """Whose files, folders and variables a program finds on every side."""

    SAGEMAKER = "sagemaker"


class EffectPolicy(StrEnum):
    """What is done so that a shadow run can't harm the world (design section 2, "effect")."""

    REDIRECT = "redirect"
    BLOCK = "block"
    DUPLICATE_SAFE = "duplicate-safe"
    ONCE = "once"
    """It must not happen twice, such as a message that is taken from a queue: the harness never launches the job."""


class EffectKind(StrEnum):
    """What a job may do to the world besides its outputs."""

    TABLE = "table"
    REGISTRY = "registry"
    TOPIC = "topic"
    HTTP = "http"
    MAIL = "mail"
    BUCKET = "bucket"


@dataclass(frozen=True, slots=True)
class ParameterReading:
    """How one side's job reads its parameters."""

    delivery: Delivery
    path: str | None = None
    """Of the parameter file, inside the container; only for `file`."""
    format: FileFormat = FileFormat.JSON


@dataclass(frozen=True, slots=True)
class Tolerance:
    """How far two numbers of one column or JSON field may differ: within either bound is within."""

    absolute: float | None = None
    relative: float | None = None


@dataclass(frozen=True, slots=True)
class Predictions:
    """What a job's model says of a frozen probe set, and how far both sides may be apart; at least one bound."""

    output: str
    """Declared output of the job that scores the probe set with the model it made."""
    file: str
    """Its table of predictions, whose rows are paired by the key of the output's rule."""
    prediction: str
    """Column."""
    threshold: float | None = None
    """A score at or above it is one label, below it the other."""
    flips_max: float | None = None
    """Share of rows whose label may be another one."""
    quantiles: Mapping[str, float] = field(default_factory=dict)
    """Quantile, such as 0.99, to the largest difference of two scores that may stand there."""
    row_max: float | None = None
    """Largest difference of two scores of any row."""


@dataclass(frozen=True, slots=True)
class JudgedBy:
    """What decides about an output's files that no rule speaks of, in place of their bytes."""

    predictions: Predictions | None = None
    """None: the job's critical metrics."""


class RowOrder(StrEnum):
    """What the order of a table's rows means where no key tells which row belongs to which."""

    UNDECLARED = "undeclared"
    """Rows that are equal only in another order decide nothing."""
    KEY = "key"
    POSITION = "position"
    MULTISET = "multiset"


@dataclass(frozen=True, slots=True)
class CompareRule:
    """How one output's files are compared; a later rule of the list wins for a file that matches both."""

    files: str
    """A shell-style pattern over member names, such as `*.csv`."""
    form: str = "auto"
    """Name of a format; `auto`: that of the file's suffix."""
    key: tuple[str, ...] = ()
    """Columns that name a row; empty: rows are compared as `order` says."""
    tolerance: Mapping[str, Tolerance] = field(default_factory=dict)
    """By column or JSON path; `*` for all numbers."""
    ignore: tuple[str, ...] = ()
    """Columns or JSON paths that are not compared; shown as such."""
    order: RowOrder = RowOrder.UNDECLARED
    table: TableContract = STRICT
    """What else is said of tables; without effect on other formats, which refuse it."""
    data_set: bool | None = None
    """True: all files of the rule are one table. False: each is one. None: files that are called like parts are."""
    skip: bool = False
    """Its files are not compared, nor missed; shown as such."""
    cpu_seconds_max: int = 0
    """CPU time of one comparison; 0: by the size of the files."""
    memory_bytes_max: int = 0
    """Of the comparing process; 0: the format's own bound."""

    @property
    def asks(self) -> tuple[str, ...]:
        """Name the keys that ask for more than the same bytes."""
        said = {
            "key": bool(self.key),
            "tolerance": bool(self.tolerance),
            "ignore": bool(self.ignore),
            "order": self.order is not RowOrder.UNDECLARED,
            "table": self.table != STRICT,
        }
        return tuple(key for key, there in said.items() if there)


@dataclass(frozen=True, slots=True)
class Output:
    """A declared output: a path that the job writes, or a URI that it writes by itself."""

    name: str
    path: Mapping[Side, str]
    """Inside the container, per side."""
    uri: Mapping[Side, str] = field(default_factory=dict)
    """s3:// prefix that the job writes by itself, per side; empty where the platform or the shim carries it out."""
    rules: tuple[CompareRule, ...] = ()
    bytes_max: int = 256 * 1024 * 1024
    """Largest packed size that will be carried out; above it the output is recorded as too large, never cut."""
    expectations: Expectations | None = None
    """What its tables have to be on both sides; None: nothing beside being equal."""
    judged_by: JudgedBy | None = None
    """What decides about files that no rule speaks of; None: their content."""


@dataclass(frozen=True, slots=True)
class Input:
    """A declared input, identified by pin and never by hashing terabytes."""

    name: str
    uri: str
    """s3:// prefix or object."""
    pin: str
    """Object version, manifest digest, snapshot id or logical date; what makes two runs read the same."""
    path: Mapping[Side, str] = field(default_factory=dict)
    """Where the job finds it, per side."""
    bucket_owner: str = ""
    """Account that the bucket must belong to, or `any`; empty: whose the staging bucket is, where it is that one, else
    the candidate's."""
    state: bool = False
    """What the job reads of its own last output: a campaign reads a copy of it, made once when it is planned."""
    candidate_uri: str = ""
    """Of a state: where candidate leaves it once its output counts, for a rollback to copy; empty: nobody said."""
    kept_at: str = ""
    """Of a state in a plan: where it lies, for `uri` is the campaign's copy; empty in plans that did not keep it."""


@dataclass(frozen=True, slots=True)
class Resources:
    """What the job asks for."""

    cpu: float = 1.0
    memory_bytes: int = 1024**3
    gpu: int = 0
    disk_bytes: int = 30 * 1024**3


@dataclass(frozen=True, slots=True)
class Sidecar:
    """A container beside the main one; only Kubernetes has them."""

    name: str
    command: tuple[str, ...]
    image: str | None = None
    """None: the job's own image."""
    native: bool = False
    """An init container with restartPolicy Always: its exit code never enters the pod's phase."""


@dataclass(frozen=True, slots=True)
class Effect:
    """Something the job does to the world besides its outputs, and how a shadow run is kept harmless."""

    kind: EffectKind
    target: str
    policy: EffectPolicy
    redirect_environment: Mapping[str, str] = field(default_factory=dict)
    """For `redirect`: variables that send the candidate's effect elsewhere."""


@dataclass(frozen=True, slots=True)
class ExpectedEnding:
    """How a job is meant to end; a job may be meant to fail."""

    cause: str = "success"
    exit_code: int | None = None


class SecretStore(StrEnum):
    """Where a side keeps the value of a secret; the harness never reads it."""

    KUBERNETES = "kubernetes"
    """A Secret of the job's namespace, handed over by its kubelet."""
    SECRETS_MANAGER = "secretsmanager"
    PARAMETER_STORE = "ssm"


STORES: Mapping[str, SecretStore] = {
    "secret": SecretStore.KUBERNETES,
    "secrets_manager": SecretStore.SECRETS_MANAGER,
    "parameter": SecretStore.PARAMETER_STORE,
}
"""Key under which a source is written → its store."""


@dataclass(frozen=True, slots=True)
class SecretSource:
    """What one side's value of a secret is called in its store."""

    store: SecretStore
    name: str
    """Of the Secret; name or ARN of the secret or parameter."""
    key: str = ""
    """Of the Secret; field of a secret that is a JSON map, empty: all of it."""

    @property
    def is_fetched(self) -> bool:
        """Whether the run asks its store over the network; else it is handed over."""
        return self.store is not SecretStore.KUBERNETES


@dataclass(frozen=True, slots=True)
class SideJob:
    """What one side needs to run the job: everything is resolved, nothing is left to defaults."""

    command: tuple[str, ...]
    environment: Mapping[str, str]
    parameters: Mapping[str, Json]
    reading: ParameterReading
    instance_type: str | None = None
    """SageMaker only."""
    keep_alive_seconds: int = 0
    """SageMaker warm pool; 0 keeps nothing warm."""
    sidecars: tuple[Sidecar, ...] = ()
    scratch: Mapping[str, str] = field(default_factory=dict)
    """Kubernetes emptyDir volumes: name to mount path."""
    secrets: tuple[str, ...] = ()
    """Names of environment variables that hold secrets; values never travel through the harness."""
    secret_sources: Mapping[str, SecretSource] = field(default_factory=dict)
    """Where each is taken from inside the container; plans of earlier versions have none: jobs fetched them."""
    document: JobDocument | None = None
    """The job as its team has it: what is created is this and its mutations, and the values above are read from it."""


@dataclass(frozen=True, slots=True)
class Job:
    """One job of a repository, both sides resolved."""

    name: str
    kind: str
    """Name of a kind of job, such as `training`."""
    image: str
    """Reference as written; tags are resolved once, at plan."""
    sides: Mapping[Side, SideJob]
    inputs: tuple[Input, ...]
    outputs: tuple[Output, ...]
    outputs_discover: bool
    """Outputs were not declared: the job runs but can't be GO."""
    metrics: tuple[Metric, ...]
    resources: Resources
    time_limit_seconds: int
    retries: int
    shim: ShimMode
    effects: tuple[Effect, ...]
    expected: ExpectedEnding
    code: str | None = None
    """Revision of the code where it is not part of the image."""
    cadence_seconds: int | None = None
    libraries: tuple[str, ...] = ()
    """Distributions whose versions the shim records by name."""
    claims_lazy_image: bool = False
    """The owner counts on a SOCI index, which is documented for notebooks only."""
    not_secret: Mapping[str, str] = field(default_factory=dict)
    """Names of values that look secret and are none, with the reason: their values are shown as they are."""
    layout: Layout | None = None
    """None: a program finds what its platforms give."""
    base: str | None = None
    """Image that `image` is built on; evidence survives new layers above it. None: a new image starts anew."""

    @property
    def is_blocked(self) -> bool:
        """Whether a run of it may do nothing outside, because an effect of it has to be kept from happening."""
        return any(effect.policy is EffectPolicy.BLOCK for effect in self.effects)

    @property
    def logged_metrics(self) -> tuple[Metric, ...]:
        """List the metrics that a side reads from its log."""
        return tuple(metric for metric in self.reported_metrics if LOG in map(metric.source_on, Side))

    def logged_on(self, side: Side) -> tuple[Metric, ...]:
        """List the metrics that this side reads from its log."""
        return tuple(metric for metric in self.reported_metrics if metric.source_on(side) == LOG)

    def shown_while_running(self, side: Side) -> tuple[Metric, ...]:
        """List the metrics of this side that neither its log nor an output tells, but a service, while it runs."""
        return tuple(metric for metric in self.reported_metrics if metric.source_on(side) not in {LOG, FILE})

    @property
    def reported_metrics(self) -> tuple[Metric, ...]:
        """List the metrics that runs report themselves, wherever it is that they do."""
        return tuple(metric for metric in self.metrics if metric.examples is None)
