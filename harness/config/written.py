"""The written form of `repos.yaml`: what may stand where. Every key may be left out or `null`, since layers are merged.

Units and short forms are translated while reading, so that merging sees one form only. The same models
give the JSON Schema for editors.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Literal, TypeAlias, Union

from pydantic import (
    Discriminator,
    Field,
    StrictFloat,
    StrictInt,
    StrictStr,
    Tag,
    model_validator,
)

from harness.config import forms
from harness.config.registered import format_names
from harness.config.sections import platform_of_section
from harness.fields import units, words
from harness.fields.frameworks import FRAMEWORKS
from harness.fields.job import BothJob, PodJob, Written
from harness.fields.words import Checked, Guarded, Short, refuse
from harness.model.job import DEFAULT_PLATFORMS, Side
from harness.model.policy import PRESETS
from harness.platforms import platforms
from harness.platforms.kinds import KINDS

Margins: TypeAlias = Annotated["Margin", Short(forms.margin, {"type": "string", "pattern": units.SHARE_PATTERN})]
Paths: TypeAlias = Annotated["SidePaths", Short(forms.both_sides, {"type": "string", "pattern": "^/"})]
if TYPE_CHECKING:
    LegacySettings: TypeAlias = Written
    CandidateSettings: TypeAlias = Written
    LegacyJob: TypeAlias = BothJob
    CandidateJob: TypeAlias = BothJob
else:

    def _section(part: str, side: Side) -> object:
        """Make the form of a side's section: that of the platform which the section is about."""
        usual = DEFAULT_PLATFORMS[side]
        ordered = sorted(platforms(), key=lambda platform: platform.name != usual)
        members = [Annotated[getattr(platform.form, part), Tag(platform.name)] for platform in ordered]
        form = members[0] if len(members) == 1 else Union[tuple(members)]  # noqa: UP007 - made of a list
        return Annotated[form, Discriminator(platform_of_section(usual))]

    LegacySettings = _section("settings", Side.LEGACY)
    CandidateSettings = _section("settings", Side.CANDIDATE)
    LegacyJob = _section("job", Side.LEGACY)
    CandidateJob = _section("job", Side.CANDIDATE)
Survives: TypeAlias = Literal["state", "nothing"]


class Margin(Written):
    """The largest accepted difference; within either bound is within."""

    absolute: words.NotNegative | None = None
    relative: Annotated[words.NotNegative, Checked(forms.relative, {"type": ["number", "string"]})] | None = None

    @model_validator(mode="after")
    def _any(self) -> Margin:
        if self.absolute is None and self.relative is None:
            raise refuse(units.MARGIN_EXPECTED)
        return self


class SidePaths(Written):
    """A path inside the container, per side."""

    legacy: words.ContainerPath | None = None
    candidate: words.ContainerPath | None = None


class SideUris(Written):
    """An S3 place that the job writes by itself, per side."""

    legacy: words.Uri | None = None
    candidate: words.Uri | None = None


class Csv(Written):
    """How CSV files are written."""

    delimiter: Annotated[StrictStr, Field(min_length=1, max_length=1)] | None = None
    quote: Annotated[StrictStr, Field(max_length=1)] | None = None
    header: words.Flag | None = None
    encoding: words.Line | None = None
    decimal: Literal[".", ","] | None = None
    nulls: list[words.Line] | None = None


class Table(Written):
    """What else is said of tables; the defaults are the strict ones."""

    types: Literal["strict", "value", "coerce"] | None = None
    columns: dict[str, Literal["decimal", "double", "integer", "text", "boolean", "date", "timestamp"]] | None = None
    duplicates: Literal["error", "ordinal", "multiset"] | None = None
    null_keys: Literal["error", "value"] | None = None
    trim: words.Flag | None = None
    case: Literal["exact", "fold"] | None = None
    unicode: Literal["exact", "nfc"] | None = None
    nan: Literal["value", "null"] | None = None
    names: Literal["exact", "caseless"] | None = None
    rename: dict[str, words.Line] | None = None
    round: dict[str, Annotated[int, Field(ge=0, le=15)]] | None = None
    column_order: words.Flag | None = None
    csv: Csv | None = None


class Rule(Written):
    """How one output's files are compared; a later rule wins."""

    files: Annotated[StrictStr, Field(min_length=1, max_length=1024)]
    form: Annotated[StrictStr, Checked(forms.format_name, {"enum": list(format_names())})] | None = None
    key: list[words.Line] | None = None
    tolerance: dict[str, Margins] | None = None
    ignore: list[words.Line] | None = None
    order: Literal["key", "position", "multiset"] | None = None
    table: Table | None = None
    data_set: words.Flag | None = None
    skip: words.Flag | None = None
    cpu_max: words.Duration | None = None
    memory_max: words.Size | None = None


class RuleFile(Written):
    """Rules outside of `repos.yaml`."""

    rules: list[Rule]


class Expectations(Written):
    """What an output has to be on both sides: a suite of great-expectations, the job's own result, or both."""

    suite: words.Line | None = None
    files: words.Line | None = None
    result: words.Line | None = None

    @model_validator(mode="after")
    def _any(self) -> Expectations:
        if self.suite is None and self.result is None:
            raise refuse("suite: or result:, or both", "such as expectations: suite.json")
        return self


class JudgedBy(Written):
    """What decides about an output's files in place of their bytes: predictions on a frozen probe set."""

    output: words.Part
    file: words.Line
    prediction: words.Line
    threshold: words.Number | None = None
    flips_max: words.NotNegative | None = None
    quantiles: dict[words.Line, words.NotNegative] | None = None
    row_max: words.NotNegative | None = None


class Output(Written):
    """A path the job writes, or an S3 place that it writes by itself."""

    path: Paths | None = None
    uri: SideUris | None = None
    rules: list[Rule] | None = None
    bytes_max: words.Size | None = None
    expectations: Annotated[Expectations, Short(forms.suite, {"type": "string"})] | None = None
    judged_by: (
        Annotated[
            Annotated[JudgedBy, Tag("map")] | Annotated[Literal["metrics"], Tag("word")], Discriminator(forms.is_word)
        ]
        | None
    ) = None


class Input(Written):
    """What the job reads, identified by its pin."""

    uri: words.Uri | None = None
    pin: words.Line | None = None
    path: Paths | None = None
    bucket_owner: words.BucketOwner | None = None


class State(Written):
    """What the job reads of its own last output; a campaign copies it once, and both sides read the copy."""

    uri: words.Uri | None = None
    path: Paths | None = None
    bucket_owner: words.BucketOwner | None = None


class Examples(Written):
    """A table of test examples that a metric is computed from."""

    output: words.Part
    file: words.Line
    label: words.Line
    prediction: words.Line
    score: Literal["auc", "accuracy", "absolute-error", "squared-error"]


class MetricFile(Written):
    """A number in a file of an output."""

    output: words.Part
    name: words.Line
    value: words.Line | None = None


class Metric(Written):
    """A number in the log, in a file or from test examples, with the largest difference that its owner accepts."""

    regex: words.Regex | None = None
    framework: Annotated[StrictStr, Checked(forms.framework_name, {"enum": sorted(FRAMEWORKS)})] | None = None
    number: Literal["point", "comma", "thousands", "percent"] | None = None
    take: Literal["last", "best", "min", "max", "step"] | None = None
    step: words.Whole | None = None
    rank: words.Whole | None = None
    better: Literal["lower", "higher", "neither"] | None = None
    margin: Margins | None = None
    margin_reason: words.Line | None = None
    critical: words.Flag | None = None
    examples: Examples | None = None
    file: MetricFile | None = None


class Resources(Written):
    """What the job asks for."""

    cpu: words.Positive | None = None
    memory: words.Size | None = None
    gpu: words.Whole | None = None
    disk: words.Size | None = None


class Effect(Written):
    """Something the job does to the world, and how a shadow run is kept harmless."""

    kind: Literal["table", "registry", "topic", "http", "mail", "bucket"]
    target: words.Line
    policy: Annotated[Literal["redirect", "duplicate-safe", "once"], Short(forms.no_block, {"enum": ["redirect"]})]
    redirect_environment: dict[words.VariableName, words.VariableValue] | None = None


class Expected(Written):
    """How the job is meant to end."""

    cause: Annotated[StrictStr, Checked(forms.cause_name, {"enum": forms.CAUSES})]
    exit_code: Annotated[StrictInt, Field(ge=0, le=255)] | None = None


class ClusterSecret(Written):
    """A key of a Secret that is there already in the job's namespace."""

    secret: words.ObjectName
    key: words.DataKey


class CloudSecret(Written):
    """A secret of Secrets Manager, whole or one field of its JSON map, or a parameter of Systems Manager."""

    secrets_manager: words.SecretId | None = None
    parameter: words.SecretId | None = None
    key: words.DataKey | None = None

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
    candidate: Annotated[_Secret, Discriminator(forms.store_of("cloud"))] | None = None

    @model_validator(mode="after")
    def _any(self) -> SecretSides:
        if self.legacy is None and self.candidate is None:
            raise refuse(forms.KEPT, forms.KEPT_HINT)
        return self


class Job(PodJob):
    """One job of a repository, or what its jobs have in common."""

    kind: Annotated[StrictStr, Checked(forms.kind_name, {"enum": list(KINDS.plugins)})] | None = None
    image: words.Image | None = None
    base: words.Image | None = None
    inputs: dict[words.Part, Input | None] | None = None
    state: dict[words.Part, State | None] | None = None
    outputs: (
        Annotated[
            Annotated[dict[words.Part, Output | None], Tag("map")] | Annotated[Literal["discover"], Tag("word")],
            Discriminator(forms.is_word),
        ]
        | None
    ) = None
    metrics: dict[words.MetricName, Metric | None] | None = None
    resources: Resources | None = None
    time_limit: words.Duration | None = None
    retries: Annotated[StrictInt, Field(ge=0, le=30)] | None = None
    shim: Literal["on", "off"] | None = None
    expected: Annotated[Expected, Short(forms.cause, {"enum": forms.CAUSES})] | None = None
    code: words.Line | None = None
    cadence: words.Duration | None = None
    libraries: list[words.Distribution] | None = None
    secrets: Annotated[dict[words.VariableName, SecretSides | None], Guarded(forms.secrets)] | None = None
    not_secret: dict[words.Line, words.Line | None] | None = None
    origin: Annotated[Literal["launched"], Checked(forms.launched, {"enum": ["launched"]})] | None = None
    replicas: Annotated[StrictInt, Field(ge=1), Checked(forms.one_replica, {"enum": [1]})] | None = None
    legacy: LegacyJob | None = None
    candidate: CandidateJob | None = None
    effects: list[Effect] | None = None


class Limits(Written):
    """Hard caps of one campaign."""

    price_max: words.NotNegative | None = None
    price_month: words.NotNegative | None = None
    owner_price_month: words.NotNegative | None = None
    runs_max: words.Count | None = None
    pairs_in_flight: words.Count | None = None
    campaign_time_max: words.Duration | None = None


class Retention(Written):
    """How long payloads are kept after the first verdict; what is not named is kept for good."""

    logs: words.Duration | None = None
    outputs: words.Duration | None = None


class Carry(Written):
    """What of earlier campaigns survives which change: state facts, or nothing."""

    code: Survives | None = None
    parameters: Survives | None = None
    inputs: Survives | None = None
    instance: Survives | None = None
    resources: Survives | None = None
    family: Survives | None = None
    kind: Survives | None = None
    base: Survives | None = None


class Approver(Written):
    """Who may sign, and the key that proves it."""

    name: words.Person
    key: words.PublicKey


class Policy(Written):
    """A preset with what this repository asks for instead."""

    preset: Annotated[StrictStr, Checked(forms.preset_name, {"enum": list(PRESETS)})] | None = None
    alpha: Annotated[StrictFloat, Field(gt=0, le=0.2)] | None = None
    pairs: words.Count | None = None
    repeats: words.Count | None = None
    days: Annotated[StrictInt, Field(ge=1, le=100)] | None = None
    bad_runs_max: Annotated[StrictFloat, Field(gt=0, lt=1)] | None = None
    void_share_max: words.Share | None = None
    startup_ratio_max: Annotated[StrictFloat, Field(ge=1, le=100)] | None = None
    startup_floor: words.Duration | None = None
    startup_required: words.Flag | None = None
    waivers_max: words.Whole | None = None
    evidence_age_max: words.Duration | None = None
    soak: words.Duration | None = None
    carry: Carry | None = None
    state_pairs_own: words.Count | None = None
    loss_margin: Annotated[StrictFloat, Field(gt=0, le=1)] | None = None
    approvals: Annotated[StrictInt, Field(ge=1, le=10)] | None = None
    approvers: list[Approver] | None = None
    shim_off_pairs: words.Whole | None = None
    waiver_days_max: words.Whole | None = None
    margin_reason: words.Line | None = None


class Waiver(Written):
    """A dated acceptance of differences."""

    id: words.Part
    owner: words.Line
    reason: words.Line
    scope: words.Line
    last_day: words.Day


class Real(Written):
    """Which accounts and clusters are real: evidence of any other is synthetic."""

    accounts: list[words.Account] | None = None
    clusters: list[words.Cluster] | None = None
    ca: words.Line | None = None


class Anchor(Written):
    """Where the ledger's head is kept besides the ledger."""

    git: words.Place | None = None
    ref: words.Ref | None = None
    s3: words.Uri | None = None
    retain: words.Duration | None = None
    region: words.Region | None = None
    profile: words.Line | None = None
    bucket_owner: words.Account | None = None

    @model_validator(mode="after")
    def _one(self) -> Anchor:
        if (self.git is None) is (self.s3 is None):
            raise refuse("either git or s3", "such as {git: git@example.org:team/ledger.git}")
        of_bucket = (self.retain, self.region, self.profile, self.bucket_owner)
        if self.git is not None and any(of_bucket):
            raise refuse("git, and ref at most", "retain, region, profile and bucket_owner are about a bucket")
        if self.s3 is not None and (self.region is None or self.ref is not None):
            raise refuse("s3 with its region, and retain and profile at most")
        return self


class Defaults(Written):
    """What holds for every repository of the file."""

    owner: words.Line | None = None
    tier: words.Line | None = None
    policy: Annotated[Policy, Short(forms.preset, {"enum": list(PRESETS)})] | None = None
    legacy: LegacySettings | None = None
    candidate: CandidateSettings | None = None
    limits: Limits | None = None
    real: Real | None = None
    anchor: Anchor | None = None
    retention: Retention | None = None
    every_job: Job | None = None


class Entry(Defaults):
    """One repository."""

    expected_verdict: words.Verdict | None = None
    waivers: list[Waiver] | None = None
    jobs: dict[words.Name, Job | None] | None = None


class Top(Written):
    """The whole file."""

    defaults: Defaults | None = None
    repositories: Annotated[dict[words.Name, Entry], Field(min_length=1)]


DIALECT = "http://json-schema.org/draft-07/schema#"
"""Only keywords that draft-07 knows: editors lag behind (ux.md section 2)."""
IDENTIFIER = "urn:parity-harness:repos.yaml:1"


def schema() -> dict[str, Any]:
    """Build the JSON Schema of the written form, for editors; `parity check-config` checks more than it can say."""
    made = Top.model_json_schema(by_alias=True, ref_template="#/definitions/{model}")
    definitions = made.pop("$defs", {})
    head = {"$schema": DIALECT, "$id": IDENTIFIER, "title": "repos.yaml of parity-harness"}
    body = {**made, **head, "definitions": definitions}
    return {key: _plain(value) for key, value in body.items()}


def _plain(node: Any) -> Any:  # noqa: ANN401 - any JSON Schema
    """Drop what only describes the reader: null defaults, generated titles, and `discriminator`."""
    if isinstance(node, list):
        return [_plain(item) for item in node]
    if not isinstance(node, dict):
        return node
    if all("$ref" in form for form in node.get("oneOf", [{}])):  # a section without `platform` may fit several
        node = {("anyOf" if key == "oneOf" else key): value for key, value in node.items()}
    if "patternProperties" in node:  # names that no pattern fits are not allowed
        node = {**node, "additionalProperties": False}
    drop = {"discriminator"}
    if node.get("default", 0) is None:
        drop |= {"default"}
    if isinstance(node.get("title"), str):
        drop |= {"title"}
    return {key: _plain(value) for key, value in node.items() if key not in drop}
