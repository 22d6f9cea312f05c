"""What may be written of a job."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, ClassVar, Literal, TypeAlias

from pydantic import Discriminator, Field, StrictInt, StrictStr, Tag, model_validator

from harness.config import forms
from harness.config.registered import metric_source_names
from harness.config.sections import section
from harness.config.written_rules import Margins, Paths, Rule, SideUris
from harness.fields import words
from harness.fields.frameworks import FRAMEWORKS
from harness.fields.job import BothJob, PodJob, Written
from harness.fields.words import Checked, Guarded, Short, refuse
from harness.model.job import Side
from harness.model.target import PATTERN
from harness.platforms.kinds import KINDS

if TYPE_CHECKING:
    LegacyJob: TypeAlias = BothJob
    CandidateJob: TypeAlias = BothJob
else:
    LegacyJob = section("job", Side.LEGACY)
    CandidateJob = section("job", Side.CANDIDATE)


class Expectations(Written):
    """What an output has to be on both sides: a suite of great-expectations, the job's own result, or both."""

    suite: words.Line | None = None
    """A suite of great-expectations, beside `repos.yaml`."""
    files: words.Line | None = None
    """A pattern of the tables in the output that the suite is about."""
    result: words.Line | None = None
    """The job's own result of its suite, a file of the output."""

    @model_validator(mode="after")
    def _any(self) -> Expectations:
        if self.suite is None and self.result is None:
            raise refuse("suite: or result:, or both", "such as expectations: suite.json")
        return self


class JudgedBy(Written):
    """What decides about an output's files in place of their bytes: predictions on a frozen probe set."""

    output: words.Part
    """The output that holds the predictions."""
    file: words.Line
    """Their table in that output."""
    prediction: words.Line
    """The column of predictions."""
    threshold: words.Number | None = None
    """A label is a prediction at or above it."""
    flips_max: words.NotNegative | None = None
    """The largest share of rows whose label may differ."""
    quantiles: dict[words.Line, words.NotNegative] | None = None
    """Quantile of the absolute differences, such as `"0.99"` → its largest value."""
    row_max: words.NotNegative | None = None
    """The largest absolute difference of any row."""


class Output(Written):
    """A path the job writes, or an S3 place that it writes by itself."""

    path: Paths | None = None
    """Where the job writes it inside the container; the shim or the platform carries it out."""
    uri: SideUris | None = None
    """An S3 prefix that the job writes by itself."""
    rules: list[Rule] | None = None
    """How its files are compared; bytes decide unless written."""
    bytes_max: words.Size | None = None
    """The largest size that is carried out; 256Mi unless written."""
    expectations: Annotated[Expectations, Short(forms.suite, {"type": "string"})] | None = None
    """What its tables have to be on both sides."""
    judged_by: (
        Annotated[
            Annotated[JudgedBy, Tag("map")] | Annotated[Literal["metrics"], Tag("word")], Discriminator(forms.is_word)
        ]
        | None
    ) = None
    """What decides about files that no rule speaks of: `metrics`, or predictions on a frozen probe set."""


class Input(Written):
    """What the job reads, identified by its pin."""

    uri: words.Uri | None = None
    """An S3 place such as `s3://bucket/prefix`."""
    pin: words.Line | None = None
    """What makes two runs read the same: an object version, digest, snapshot id or logical date."""
    path: Paths | None = None
    """Where the job finds it; its platform's own place unless written."""
    bucket_owner: words.BucketOwner | None = None
    """The account that the bucket must belong to, or `any` for public data."""


class State(Written):
    """What the job reads of its own last output; a campaign copies it once, and both sides read the copy."""

    uri: words.Uri | None = None
    """The S3 place of what the job left last."""
    candidate_uri: words.Uri | None = None
    """Where candidate leaves it once its output counts, `uri` where both sides share it; a rollback copies it back."""
    path: Paths | None = None
    """Where the job finds it."""
    bucket_owner: words.BucketOwner | None = None
    """The account that the bucket must belong to, or `any` for public data."""


class Examples(Written):
    """A table of test examples that a metric is computed from."""

    output: words.Part
    """The output that holds the table."""
    file: words.Line
    """Its name in the output."""
    label: words.Line
    """The column of true values."""
    prediction: words.Line
    """The column of predictions."""
    score: Literal["auc", "accuracy", "absolute-error", "squared-error"]
    """What is computed: `auc`, `accuracy`, `absolute-error` or `squared-error`."""


class MetricFile(Written):
    """A number in a file of an output."""

    output: words.Part
    """The output that holds the file."""
    name: words.Line
    """A pattern that exactly one file fits."""
    value: words.Line | None = None
    """A path in JSON, a column of CSV, or a tag; a metric of an MLflow run needs none."""


class Mlflow(Written):
    """A number in an MLflow tracking server, of the run that is tagged with ours."""

    uri: Annotated[StrictStr, Checked(forms.tracking_uri, {"type": "string", "pattern": "^https?://"})]
    """The server's address; credentials are those of MLflow's own variables."""
    experiment: words.Line
    """Name of the experiment that the job logs to."""
    key: words.Line | None = None
    """The metric's name there, where it is another one."""


SOURCE_NAMES = list(metric_source_names())
Source: TypeAlias = Annotated[StrictStr, Checked(forms.metric_source, {"enum": SOURCE_NAMES})]


class MetricSources(Written):
    """Where a metric is read from, per side."""

    legacy: Source | None = None
    """On the legacy side: `log`, `file`, `final_metrics`, `cloudwatch`, `mlflow`, or a plug-in's name."""
    candidate: Source | None = None
    """On the candidate side, in the same words."""


Sources: TypeAlias = Annotated[MetricSources, Short(forms.both_sides, {"type": "string", "enum": SOURCE_NAMES})]


class Metric(Written):
    """A number in the log, in a file or from test examples, with the largest difference that its owner accepts."""

    regex: words.Regex | None = None
    """Finds it in the log: the first group is the number, and the last match of a line counts."""
    framework: Annotated[StrictStr, Checked(forms.framework_name, {"enum": sorted(FRAMEWORKS)})] | None = None
    """A framework whose form of log lines is known, in place of a `regex`."""
    number: Literal["point", "comma", "thousands", "percent"] | None = None
    """How the number is written: `point`, `comma`, `thousands` or `percent`."""
    take: Literal["last", "best", "min", "max", "step"] | None = None
    """Which report counts: `last`, `best`, `min`, `max` or `step`."""
    step: words.Whole | None = None
    """The training step that `take: step` asks for."""
    target: Annotated[StrictStr, Checked(forms.target, {"pattern": PATTERN})] | None = None
    """`">= 0.93"` or `"<= 0.25"`: the metric is how many epochs or steps it takes until a report reaches this value."""
    rank: words.Whole | None = None
    """The process whose reports count, of several."""
    better: Literal["lower", "higher", "neither"] | None = None
    """Which direction is better: `lower`, `higher` or `neither`."""
    margin: Margins | None = None
    """The largest difference that the owner accepts, fixed before any data is seen."""
    margin_reason: words.Line | None = None
    """Why a relative margin is above 100 %."""
    critical: words.Flag | None = None
    """`false`: it is shown, and holds no gate."""
    examples: Examples | None = None
    """Computes it from a table of test examples."""
    file: MetricFile | None = None
    """Where it stands in a file of an output; without a `source` both sides read it from there."""
    mlflow: Mlflow | None = None
    """Where it stands in MLflow; without a `source` both sides read it from there."""
    source: Sources | None = None
    """Where it is read from, on both sides or per side: the name of a source."""


class Resources(Written):
    """What the job asks for."""

    in_model: ClassVar[Mapping[str, str]] = {"memory": "memory_bytes", "disk": "disk_bytes"}
    cpu: words.Positive | None = None
    """Cores."""
    memory: words.Size | None = None
    """Of the whole job."""
    gpu: words.Whole | None = None
    """Number of GPUs."""
    disk: words.Size | None = None
    """Scratch space."""


class Effect(Written):
    """Something the job does to the world, and how a shadow run is kept harmless."""

    kind: Literal["table", "registry", "topic", "http", "mail", "bucket"]
    """What is touched: `table`, `registry`, `topic`, `http`, `mail` or `bucket`."""
    target: words.Line
    """Its name or address."""
    policy: Literal["redirect", "block", "duplicate-safe", "once"]
    """`redirect`; `block`: the job's network is closed, and what it tried is written down; `duplicate-safe`; or `once`:
    it must not happen twice, and the job is refused."""
    redirect_environment: dict[words.VariableName, words.VariableValue] | None = None
    """Variables that send the effect of a shadow run elsewhere."""


class Expected(Written):
    """How the job is meant to end."""

    cause: Annotated[StrictStr, Checked(forms.cause_name, {"enum": forms.CAUSES})]
    """The canonical cause of the ending."""
    exit_code: Annotated[StrictInt, Field(ge=0, le=255)] | None = None
    """The process's exit code."""


class ClusterSecret(Written):
    """A key of a Secret that is there already in the job's namespace."""

    secret: words.ObjectName
    """The name of the Secret."""
    key: words.DataKey
    """Its key."""


class CloudSecret(Written):
    """A secret of Secrets Manager, whole or one field of its JSON map, or a parameter of Systems Manager."""

    secrets_manager: words.SecretId | None = None
    """Name or ARN of a secret."""
    parameter: words.SecretId | None = None
    """Name or ARN of a parameter."""
    key: words.DataKey | None = None
    """One field of a secret that is a JSON map."""

    @model_validator(mode="after")
    def _one(self) -> CloudSecret:
        if (self.secrets_manager is None) == (self.parameter is None):
            raise refuse("secrets_manager: or parameter:, one of them", "a name or an ARN, never the value")
        if self.parameter is not None and self.key is not None:
            raise refuse("no key beside parameter:", "a parameter is taken whole")
        return self


_Secret: TypeAlias = Annotated[ClusterSecret, Tag("cluster")] | Annotated[CloudSecret, Tag("cloud")]


class SecretSides(Written):
    """Where each side keeps the value of a secret."""

    legacy: Annotated[_Secret, Discriminator(forms.store_of("cluster"))] | None = None
    """Where the legacy side keeps the value."""
    candidate: Annotated[_Secret, Discriminator(forms.store_of("cloud"))] | None = None
    """Where the candidate side keeps the value."""

    @model_validator(mode="after")
    def _any(self) -> SecretSides:
        if self.legacy is None and self.candidate is None:
            raise refuse(forms.KEPT, forms.KEPT_HINT)
        return self


class Job(PodJob):
    """One job of a repository, or what its jobs have in common."""

    in_model: ClassVar[Mapping[str, str]] = {"time_limit": "time_limit_seconds", "cadence": "cadence_seconds"}
    kind: Annotated[StrictStr, Checked(forms.kind_name, {"enum": list(KINDS.plugins)})] | None = None
    """`training`, `processing`, or the kind of a plug-in."""
    image: words.Image | None = None
    """One image for both sides; its tag is resolved once, when the campaign is planned."""
    base: words.Image | None = None
    """The image that `image` is built on; evidence outlives new layers above it."""
    inputs: dict[words.Part, Input | None] | None = None
    """What the job reads, by name."""
    state: dict[words.Part, State | None] | None = None
    """What the job reads of its own last output, by name; both sides read one copy."""
    outputs: (
        Annotated[
            Annotated[dict[words.Part, Output | None], Tag("map")] | Annotated[Literal["discover"], Tag("word")],
            Discriminator(forms.is_word),
        ]
        | None
    ) = None
    """What the job writes, by name; or `discover`, which runs and can't be GO."""
    metrics: dict[words.MetricName, Metric | None] | None = None
    """Numbers that are compared, by name."""
    resources: Resources | None = None
    """What the job asks for."""
    time_limit: words.Duration | None = None
    """The longest that a run may take."""
    retries: Annotated[StrictInt, Field(ge=0, le=30)] | None = None
    """The job's own retries."""
    shim: Literal["on", "off"] | None = None
    """`off` starts the command without the shim."""
    layout: Annotated[StrictStr, Checked(forms.layout_name, {"enum": forms.LAYOUTS})] | None = None
    """Whose files, folders and variables the program of a training job finds on both sides; none unless written."""
    expected: Annotated[Expected, Short(forms.cause, {"enum": forms.CAUSES})] | None = None
    """How the job is meant to end."""
    code: words.Line | None = None
    """Revision of the code."""
    cadence: words.Duration | None = None
    """How often the job runs: the slot that every cycle must fit."""
    libraries: list[words.Distribution] | None = None
    """Distributions whose versions are shown."""
    secrets: Annotated[dict[words.VariableName, SecretSides | None], Guarded(forms.secrets)] | None = None
    """Where each side keeps the value of a secret, by the name of its variable."""
    not_secret: dict[words.Line, words.Line | None] | None = None
    """Name of a value that looks like a secret and is none → why."""
    origin: Annotated[Literal["launched"], Checked(forms.launched, {"enum": ["launched"]})] | None = None
    """Only `launched`."""
    replicas: Annotated[StrictInt, Field(ge=1), Checked(forms.one_replica, {"enum": [1]})] | None = None
    """Only 1."""
    legacy: LegacyJob | None = None
    """What the legacy side has otherwise."""
    candidate: CandidateJob | None = None
    """What the candidate side has otherwise."""
    effects: list[Effect] | None = None
    """What the job does to the world besides its outputs; `[]`: nothing."""
