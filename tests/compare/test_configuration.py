"""What both processes saw: parameters with their types, environment, libraries, process."""

from __future__ import annotations

from dataclasses import replace

import pytest
from observed import CANDIDATE, LEGACY, declared, observed, record, typed

from harness.compare.configuration import check_configuration
from harness.compare.configuration_finding import SAMPLES_MAX
from harness.model.document import JobDocument
from harness.model.finding import Dimension, Finding, Outcome, Sample
from harness.model.job import Delivery, Input, Job, ShimMode, Side
from harness.model.observation import Record

MATCH, MISMATCH, INCONCLUSIVE = Outcome.MATCH, Outcome.MISMATCH, Outcome.INCONCLUSIVE


def compare(one: Record | None, other: Record | None, job: Job | None = None, damage: str = "") -> dict[str, Finding]:
    """Compare two records; findings by check."""
    sides = observed(LEGACY, record=one, record_damage=damage), observed(CANDIDATE, record=other)
    found = check_configuration(job or declared(), "p1", *sides)
    assert all((finding.dimension, finding.pair) == (Dimension.CONFIGURATION, "p1") for finding in found)
    assert all(bool(finding.remedy) == (finding.outcome is not MATCH) for finding in found)
    return {finding.check.removeprefix("configuration."): finding for finding in found}


def test_equal_records_match_in_every_part() -> None:
    """Parameters, environment, libraries and process, each with what was compared."""
    seen = record(parameters=typed(lr=0.1, depth=3))
    found = compare(seen, seen)
    assert {name: (each.outcome, each.summary) for name, each in found.items()} == {
        "parameters": (MATCH, "2 parameters agree in value and type"),
        "environment": (MATCH, "0 declared variables arrived as declared, 1 other is alike on both sides"),
        "libraries": (MATCH, "the same 1 library: numpy 2.2"),
        "process": (MATCH, "python 3.11.7 on x86_64 on both sides"),
    }


@pytest.mark.parametrize(
    ("one", "other", "why"),
    [
        (None, record(), "no record from legacy (cut off)"),
        (record(), None, "no record from candidate (cut off)"),
        (None, None, "no record from legacy (cut off) and candidate (cut off)"),
    ],
)
def test_without_a_record_nobody_knows_what_the_process_saw(one: Record | None, other: Record | None, why: str) -> None:
    """Missing testimony is INCONCLUSIVE, whichever side lacks it."""
    legacy, candidate = (
        observed(side, record=each, record_damage="cut off") for side, each in zip(Side, (one, other), strict=True)
    )
    (found,) = check_configuration(declared(), "p1", legacy, candidate)
    assert (found.check, found.outcome) == ("configuration.seen", INCONCLUSIVE)
    assert found.summary == f"what the process saw is not known: {why}"


def test_a_job_without_the_shim_says_so() -> None:
    """The price of `shim: off`."""
    found = compare(None, None, declared(shim=ShimMode.OFF))["seen"]
    assert found.summary == "what the process saw is not known: the job runs without the shim"
    assert found.remedy == "run it with the shim"


@pytest.mark.parametrize(
    ("one", "other", "sample"),
    [
        (typed(lr=0.1), typed(lr=0.2), Sample("lr", "0.1 (float)", "0.2 (float)", "changed on the way")),
        (typed(depth=3), typed(depth="3"), Sample("depth", "3 (int)", '"3" (str)', "same value, other type")),
        (typed(depth=3), typed(), Sample("depth", "3 (int)", "absent", "missing on one side")),
        (typed(), typed(depth=3), Sample("depth", "absent", "3 (int)", "missing on one side")),
        (typed(flag=True), typed(flag="true"), Sample("flag", "true (bool)", '"true" (str)', "same value, other type")),
    ],
)
def test_a_parameter_that_arrives_otherwise_is_a_mismatch(
    one: dict[str, object], other: dict[str, object], sample: Sample
) -> None:
    """Value, type, presence: what the process read, not what was sent."""
    found = compare(record(parameters=one), record(parameters=other))["parameters"]
    assert (found.outcome, found.samples) == (MISMATCH, (sample,))
    assert found.summary == (
        f"Parameter {sample.where} is {sample.legacy} on legacy and {sample.candidate} on candidate ({sample.note})"
    )


def test_parameters_read_from_the_command_line_have_no_types() -> None:
    """The control: argv gives text on both sides, so only the value counts."""
    job = declared(reading=Delivery.ARGV)
    found = compare(record(parameters=typed(depth=3)), record(parameters=typed(depth="3")), job)["parameters"]
    assert (found.outcome, found.summary) == (MATCH, "1 parameters agree in value")


def test_a_parameter_that_the_owner_set_apart_is_no_difference() -> None:
    """What the plan gives each side otherwise was meant so; what it gives alike must arrive alike."""
    apart = declared(parameters={LEGACY: {"workers": 2}, CANDIDATE: {"workers": 4}})
    seen = record(parameters=typed(workers=2)), record(parameters=typed(workers=4))
    assert compare(*seen, apart)["parameters"].outcome is MATCH
    alike = declared(parameters={LEGACY: {"workers": 2}, CANDIDATE: {"workers": 2}})
    assert compare(*seen, alike)["parameters"].outcome is MISMATCH
    astray = compare(seen[0], record(parameters=typed(workers=5)), apart)["parameters"]
    assert astray.samples == (Sample("workers", "2 (int)", "5 (int)", "changed on the way"),)


def test_a_parameter_that_was_given_and_that_nobody_read_is_a_mismatch() -> None:
    """Two empty records agree in nothing."""
    job = declared(parameters={LEGACY: {"lr": 0.1}, CANDIDATE: {"lr": 0.1}})
    found = compare(record(), record(), job)["parameters"]
    assert (found.outcome, found.samples) == (
        MISMATCH, (Sample("lr", "absent", "absent", "given, and read by nobody"),)
    )  # fmt: skip


def test_a_variable_that_did_not_arrive_as_declared_is_a_mismatch_of_that_side() -> None:
    """Each side is held against what it was given."""
    job = declared(environment={"MODE": "full"})
    found = compare(record(environment={"MODE": "full"}), record(environment={}), job)["environment"]
    assert found.outcome is MISMATCH
    assert found.samples == (Sample("MODE", "", "absent", "candidate was given full"),)
    both = record(environment={"MODE": "full"})
    assert compare(both, both, job)["environment"].summary == (
        "1 declared variable arrived as declared, 0 others are alike on both sides"
    )


@pytest.mark.parametrize(
    ("given", "hashes", "outcome"),
    [
        (("512", "512"), ("1", "1"), MATCH),
        (("512", "512"), ("1", "2"), MISMATCH),
        (("512", "64"), ("1", "2"), INCONCLUSIVE),
        (("512", "64"), ("1", "1"), INCONCLUSIVE),
    ],
    ids=["told alike", "changed on one side", "given apart", "given apart, told alike"],
)
def test_a_declared_variable_that_is_told_as_a_hash_is_compared_as_far_as_that_goes(
    given: tuple[str, str], hashes: tuple[str, str], outcome: Outcome
) -> None:
    """An older shim hashed all that looks secret, such as MAX_TOKENS; today's tells in clear what arrived as given."""
    job = declared()
    sides = {
        side: replace(job.sides[side], environment={"MAX_TOKENS": value})
        for side, value in zip(Side, given, strict=True)
    }
    seen = (record(environment={"MAX_TOKENS": f"hmac-sha256:{name * 8}"}) for name in hashes)
    assert compare(*seen, replace(job, sides=sides))["environment"].outcome is outcome


def test_secrets_are_compared_by_their_keyed_hashes() -> None:
    """Equal hashes are one secret; the value never travels."""
    job = declared(secrets=("TOKEN",), environment={})
    one, other = ({"TOKEN": f"hmac-sha256:{digit * 8}"} for digit in "12")
    found = compare(record(environment=one), record(environment=other), job)["environment"]
    assert found.samples == (Sample("TOKEN", "a secret", "a secret", "their keyed hashes differ"),)
    assert compare(record(environment=one), record(environment=one), job)["environment"].outcome is MATCH


def test_two_secrets_that_differ_are_told_apart_by_their_shapes() -> None:
    """A line feed at the end is found without a character of either."""
    job = declared(secrets=("TOKEN",), environment={})
    one, other = ({"TOKEN": f"hmac-sha256:{digit * 8}"} for digit in "12")
    plain, ended = "under 32 characters: letters", "under 32 characters: letters, white space at an end, others"
    legacy = record(environment=one, secrets={"TOKEN": plain})
    candidate = record(environment=other, secrets={"TOKEN": ended})
    (sample,) = compare(legacy, candidate, job)["environment"].samples
    assert (sample.legacy, sample.candidate) == (f"a secret of {plain}", f"a secret of {ended}")


def test_a_secret_that_arrived_on_neither_side_is_inconclusive_and_never_a_match() -> None:
    """Two jobs that both lack it are alike; on one side only it is a difference."""
    job = declared(secrets=("TOKEN",), environment={})
    found = compare(record(environment={}), record(environment={}), job)["environment"]
    assert found.outcome is Outcome.INCONCLUSIVE
    assert found.summary == ("Secrets arrived on neither side: TOKEN; two jobs that lack them alike prove nothing")
    found = compare(record(environment={"TOKEN": "hmac-sha256:1"}), record(environment={}), job)["environment"]
    assert found.samples == (Sample("TOKEN", "a secret", "absent", "their keyed hashes differ"),)


def test_other_versions_of_a_library_are_a_mismatch() -> None:
    """One image must give one set."""
    one, other = record(libraries={"numpy": "2.2"}), record(libraries={"numpy": "1.26", "scipy": "1.15"})
    found = compare(one, other)["libraries"]
    assert found.outcome is MISMATCH
    assert found.samples == (Sample("numpy", "2.2", "1.26"), Sample("scipy", "not looked up", "1.15"))
    assert found.summary == "numpy is 2.2 on legacy and 1.26 on candidate"


@pytest.mark.parametrize(
    ("fact", "one", "other"),
    [
        ("python", "3.11.7", "3.12.1"),
        ("machine", "x86_64", "aarch64"),
        ("locale", "UTF-8", "ANSI_X3.4-1968"),
        ("time zone", "UTC/UTC", "CET/CEST"),
    ],
)
def test_another_interpreter_encoding_or_time_zone_decides(fact: str, one: str, other: str) -> None:
    """They change what a program computes, wherever it runs."""
    whole = {"python": "3.11.7", "machine": "x86_64", "implementation": "CPython"}
    found = compare(record(process={**whole, fact: one}), record(process={**whole, fact: other}))["process"]
    assert (found.outcome, found.samples) == (MISMATCH, (Sample(fact, one, other),))


def test_one_encoding_in_two_spellings_is_one() -> None:
    """The control: an interpreter in UTF-8 mode writes utf-8."""
    whole = {"python": "3.11.7", "machine": "x86_64"}
    found = compare(record(process={**whole, "locale": "UTF-8"}), record(process={**whole, "locale": "utf-8"}))
    assert (found["process"].outcome, set(found)) == (MATCH, {"parameters", "environment", "libraries", "process"})


def test_hardware_driver_and_kernel_are_told_and_are_no_mismatch() -> None:
    """By themselves they are no difference of the job; of long lists only what differs is told."""
    whole = {"python": "3.11.7", "machine": "x86_64"}
    one = {**whole, "kernel": "5.10", "gpu driver": "535.1", "gpu": "T4", "cpu features": "avx avx2 sse"}
    other = {**whole, "kernel": "6.1", "gpu driver": "550.2", "gpu": "A10G", "cpu features": "avx avx2 avx512f sse"}
    found = compare(record(process=one), record(process=other))
    assert (found["process"].outcome, found["hardware"].outcome) == (MATCH, Outcome.EXPLAINED)
    assert found["hardware"].required is False
    assert found["hardware"].samples == (
        Sample("cpu features", "none more", "avx512f"),
        Sample("gpu", "T4", "A10G"),
        Sample("gpu driver", "535.1", "550.2"),
        Sample("kernel", "5.10", "6.1"),
    )


def test_limits_user_and_name_servers_are_told_by_name() -> None:
    """A platform chooses them; what one shim did not look for is no difference."""
    whole = {"python": "3.11.7", "machine": "x86_64"}
    one = {**whole, "uid": "0", "open files": "1048576", "shared memory": "64 MiB", "name servers": "10.0.0.10"}
    other = {**whole, "uid": "1000", "open files": "1024", "shared memory": "15000 MiB", "stack": "8388608"}
    found = compare(record(process=one), record(process=other))["surroundings"]
    assert (found.outcome, found.required) == (MISMATCH, False)
    assert [sample.where for sample in found.samples] == ["open files", "shared memory", "uid"]


def test_of_many_differences_the_first_are_shown_and_the_rest_are_counted() -> None:
    """A page stays small whatever a job does."""
    many = {f"library-{number:02}": "1" for number in range(SAMPLES_MAX + 5)}
    found = compare(record(libraries=many), record(libraries={}))["libraries"]
    assert (len(found.samples), found.samples_left_out) == (SAMPLES_MAX, 5)


# -- what nobody declared ---------------------------------------------------------------------------------------------


PLATFORM_ONLY = (
    {
        "PATH": "/bin",
        "HOSTNAME": "train-1",
        "HOME": "/root",
        "KUBERNETES_SERVICE_HOST": "10.0.0.1",
        "DB_PORT": "tcp://10.0.0.9:5432",
    },
    {"PATH": "/bin", "HOSTNAME": "algo-1", "TRAINING_JOB_NAME": "p1", "AWS_REGION": "eu-west-1"},
)


def test_what_a_platform_always_sets_is_shown_and_is_no_difference() -> None:
    """Equal jobs on two platforms are equal; the list that says so is named."""
    found = compare(*(record(environment=environment) for environment in PLATFORM_ONLY))["environment"]
    assert found.outcome is MATCH
    shown = {sample.where: sample for sample in found.samples}
    assert set(shown) == {"HOSTNAME", "HOME", "KUBERNETES_SERVICE_HOST", "DB_PORT", "TRAINING_JOB_NAME", "AWS_REGION"}
    assert shown["TRAINING_JOB_NAME"] == Sample("TRAINING_JOB_NAME", "absent", "p1", "always set by SageMaker (list 2)")


@pytest.mark.parametrize("side", list(Side))
def test_what_a_container_engine_leaves_is_no_difference_of_either_platform(side: Side) -> None:
    """A podman below one platform and a containerd below the other run one job; another terminal is a choice."""

    def with_engine(terminal: str) -> list[Record]:
        left = {"container": "podman", "TERM": terminal}, {"/run/.containerenv": "rw ext4", "/.dockerenv": "rw ext4"}
        return [record(environment=left[0] if at is side else {}, mounts=left[1] if at is side else {}) for at in Side]

    found = compare(*with_engine("xterm"))
    assert (found["environment"].outcome, found["mounts"].outcome) == (MATCH, MATCH)
    assert {sample.where for sample in found["environment"].samples} == {"container", "TERM"}
    chosen = compare(*with_engine("vt100"))["environment"]
    assert (chosen.outcome, [sample.where for sample in chosen.samples]) == (MISMATCH, ["TERM"])


@pytest.mark.parametrize("side", list(Side))
@pytest.mark.parametrize(
    ("name", "value", "note"),
    [
        ("FEATURE_FLAG", "on", "unknown on {side}"),
        ("DB_PORT_NUMBER", "5432", "unknown on {side}"),
        ("OMP_NUM_THREADS", "8", "unknown on {side}, it decides what is computed"),
        ("NVIDIA_TF32_OVERRIDE", "1", "unknown on {side}, it decides what is computed"),
        ("NCCL_ALGO", "Ring", "unknown on {side}, it decides what is computed"),
        ("TORCH_SEED", "7", "unknown on {side}, it decides what is computed"),
    ],
)
def test_a_variable_that_nobody_declared_is_found_by_name(side: Side, name: str, value: str, note: str) -> None:
    """On one side only, whichever; among all that the platforms set."""
    planted = [
        {**environment, **({name: value} if at is side else {})}
        for at, environment in zip(Side, PLATFORM_ONLY, strict=True)
    ]
    found = compare(*(record(environment=environment) for environment in planted))["environment"]
    (sample,) = found.samples
    assert (found.outcome, sample.where, sample.note) == (MISMATCH, name, note.format(side=side.value))
    assert {sample.legacy, sample.candidate} == {value, "absent"}


@pytest.mark.parametrize(
    ("one", "other", "note"),
    [
        ("1", "1.0", "one number in two spellings"),
        ("1", "true", "a number on legacy and a switch on candidate"),
        ("", "x", "empty on legacy and text on candidate"),
        ("a", "b", ""),
    ],
)
def test_values_that_differ_say_how_they_would_be_read(one: str, other: str, note: str) -> None:
    """A spelling is a difference too: a program may compare texts."""
    found = compare(record(environment={"MODE": one}), record(environment={"MODE": other}))["environment"]
    said = ", ".join(filter(None, ("unknown on legacy, unknown on candidate", note)))
    assert (found.outcome, [sample.note for sample in found.samples]) == (MISMATCH, [said])


def test_a_secret_that_nobody_declared_is_found_without_its_value() -> None:
    """Two keyed hashes differ."""
    one, other = (record(environment={"API_KEY": f"hmac-sha256:{digit * 8}"}) for digit in "12")
    (sample,) = compare(one, other)["environment"].samples
    assert (sample.where, sample.legacy, sample.candidate) == ("API_KEY", *["a value recorded as a hash"] * 2)
    assert compare(one, one)["environment"].outcome is MATCH


def with_documents(legacy: dict[str, str], candidate: dict[str, str], *named: str) -> Job:
    """Make a job of which both sides stand on documents that give these variables, and others by reference."""
    given = [{"name": name, "value": value} for name, value in legacy.items()]
    given += [{"name": name, "valueFrom": {"fieldRef": {"fieldPath": "status.podIP"}}} for name in named]
    manifest = {"spec": {"template": {"spec": {"containers": [{"name": "main", "env": given}]}}}}
    contents = {LEGACY: manifest, CANDIDATE: {"Environment": candidate}}
    job = declared()
    sides = {
        side: replace(job.sides[side], environment=environment, document=JobDocument("f", "f", "", contents[side]))
        for side, environment in zip(Side, (legacy, candidate), strict=True)
    }
    return replace(job, sides=sides)


@pytest.mark.parametrize(
    ("legacy", "candidate", "apart"),
    [
        ({"EPOCHS": "10"}, {"EPOCHS": "10"}, []),
        ({"EPOCHS": "10"}, {"EPOCHS": "5"}, ["EPOCHS"]),
        ({"EPOCHS": "10"}, {}, ["EPOCHS"]),
        ({"OUT": "/work/out"}, {"OUT": "/opt/ml/model"}, []),
        ({"OUT": "s3://a/b"}, {"OUT": "s3://c/d"}, []),
    ],
)
def test_what_two_documents_say_otherwise_is_a_difference_but_for_places(
    legacy: dict[str, str], candidate: dict[str, str], apart: list[str]
) -> None:
    """Nobody wrote it into the entry on purpose; each side has its own folders and prefixes."""
    seen = record(environment={"PATH": "/bin", **legacy}), record(environment={"PATH": "/bin", **candidate})
    found = compare(*seen, with_documents(legacy, candidate))["environment"]
    assert [sample.where for sample in found.samples if found.outcome is MISMATCH] == apart


def test_a_variable_of_a_manifest_that_only_the_cluster_knows_is_missed_on_the_other_side() -> None:
    """The program reads POD_IP where the manifest gives it."""
    seen = record(environment={"PATH": "/bin", "POD_IP": "10.1.2.3"}), record(environment={"PATH": "/bin"})
    found = compare(*seen, with_documents({}, {}, "POD_IP"))["environment"]
    assert (found.outcome, found.samples) == (
        MISMATCH, (Sample("POD_IP", "10.1.2.3", "absent", "document on legacy"),)
    )  # fmt: skip


def test_what_an_entry_gives_one_side_on_purpose_is_shown() -> None:
    """The control of the two above."""
    job = declared()
    sides = {**job.sides, CANDIDATE: replace(job.sides[CANDIDATE], environment={"VOLUME_BYTES": "7"})}
    seen = record(environment={"PATH": "/bin"}), record(environment={"PATH": "/bin", "VOLUME_BYTES": "7"})
    found = compare(*seen, replace(job, sides=sides))["environment"]
    assert (found.outcome, found.samples) == (
        MATCH, (Sample("VOLUME_BYTES", "absent", "7", "entry on candidate"),)
    )  # fmt: skip


def test_nothing_seen_on_both_sides_is_inconclusive() -> None:
    """Two empty records agree in nothing."""
    nothing = record(environment={}, libraries={}, process={}, distributions={}, mounts={})
    found = compare(nothing, nothing)
    parts = ("environment", "libraries", "process", "mounts")
    assert [found[part].outcome for part in parts] == [INCONCLUSIVE] * len(parts)
    older = record(libraries={})
    assert compare(older, older)["libraries"].summary == "nobody looked for libraries, on either side"


# -- libraries that nobody named --------------------------------------------------------------------------------------


def test_every_library_is_compared_whoever_named_it() -> None:
    """One other version among all that are installed."""
    one = {"numpy": "2.2", "scikit-learn": "1.5.0", "joblib": "1.4.2"}
    legacy = record(libraries={"scikit_learn": "1.5.0"}, distributions=one)
    alike = compare(legacy, legacy)["libraries"]
    assert (alike.outcome, alike.summary) == (MATCH, "the same 3 libraries")
    other = record(libraries={"scikit_learn": "1.5.0"}, distributions={**one, "joblib": "1.3.0"})
    found = compare(legacy, other)["libraries"]
    assert (found.outcome, found.samples) == (MISMATCH, (Sample("joblib", "1.4.2", "1.3.0"),))
    without = record(libraries={"scikit_learn": "1.5.0"}, distributions={"numpy": "2.2", "scikit-learn": "1.5.0"})
    assert compare(legacy, without)["libraries"].samples == (Sample("joblib", "1.4.2", "absent"),)


# -- mounts -----------------------------------------------------------------------------------------------------------


KUBELET = {"/etc/hosts": "rw ext4", "/run/secrets/kubernetes.io/serviceaccount": "ro tmpfs", "/parity": "ro ext4"}
SERVICE = {"/opt/ml": "rw ext4", "/etc/hosts": "rw ext4"}


def mounted(legacy: dict[str, str], candidate: dict[str, str], job: Job | None = None) -> Finding:
    """Compare what is mounted besides what the platforms mount."""
    return compare(record(mounts={**KUBELET, **legacy}), record(mounts={**SERVICE, **candidate}), job)["mounts"]


def test_a_mount_that_one_side_lacks_is_found_by_name() -> None:
    """The rest is declared or the platform's own."""
    assert mounted({"/out": "rw ext4"}, {}).outcome is MATCH
    found = mounted({"/out": "rw ext4", "/reference": "ro nfs4"}, {})
    assert (found.outcome, found.samples) == (
        MISMATCH, (Sample("/reference", "mounted", "not mounted", "nothing declares it: ro nfs4"),)
    )  # fmt: skip
    assert mounted({"/reference": "ro nfs4"}, {"/reference": "ro ext4"}).outcome is MATCH


def test_a_folder_that_only_one_side_can_write_is_a_difference() -> None:
    """Other kinds of file systems are none."""
    found = mounted({"/cache": "rw ext4"}, {"/cache": "ro xfs"})
    assert (found.outcome, found.samples) == (
        MISMATCH, (Sample("/cache", "rw ext4", "ro xfs", "writable on one side only"),)
    )  # fmt: skip
    assert mounted({"/cache": "rw ext4"}, {"/cache": "rw xfs"}).outcome is MATCH


def test_an_input_brings_what_a_claim_brings_on_the_other_side() -> None:
    """Declared places are compared by what lies there."""
    given = Input("data", "s3://b/data/", "v1", {LEGACY: "/data", CANDIDATE: "/opt/ml/input/data/data"})
    assert mounted({"/data": "rw nfs4"}, {}, declared(inputs=(given,))).outcome is MATCH
    assert mounted({"/data": "rw nfs4"}, {}).outcome is MISMATCH


def test_an_empty_folder_of_a_manifest_holds_no_data() -> None:
    """An emptyDir is scratch; a claim at the same place is not."""
    for volume, outcome in (({"emptyDir": {}}, MATCH), ({"persistentVolumeClaim": {"claimName": "c"}}, MISMATCH)):
        mounts = [{"name": "v", "mountPath": "/scratch/"}]
        pod = {"containers": [{"name": "main", "volumeMounts": mounts}], "volumes": [{"name": "v", **volume}]}
        job = declared()
        document = JobDocument("f", "f", "", {"spec": {"template": {"spec": pod}}}, "main")
        sides = {**job.sides, LEGACY: replace(job.sides[LEGACY], document=document)}
        assert mounted({"/scratch": "rw ext4"}, {}, replace(job, sides=sides)).outcome is outcome


def test_records_of_shims_that_did_not_look_for_mounts_are_compared_without() -> None:
    """Evidence of an earlier version stays readable."""
    assert "mounts" not in compare(record(), record(mounts={}))


# -- endpoints --------------------------------------------------------------------------------------------------------


def test_endpoints_that_the_process_is_told_of_are_named_as_not_checked() -> None:
    """StatsD, proxies, configuration and secrets services; the platform's own are none."""
    told = {
        "STATSD_HOST": "statsd.monitoring", "HTTPS_PROXY": "http://proxy:3128", "CONFIG_URL": "https://config/",
        "VAULT_ADDR": "https://vault:8200", "PATH": "/bin", "DEPTH": "3",
    }  # fmt: skip
    seen = record(environment={**told, "AWS_ENDPOINT_URL": "http://127.0.0.1:4566"}), record(environment=told)
    found = check_configuration(
        declared(), "p1", *(observed(side, record=each) for side, each in zip(Side, seen, strict=True))
    )
    (endpoints,) = [finding for finding in found if finding.check == "configuration.endpoints"]
    assert (endpoints.outcome, endpoints.required) == (Outcome.NOT_RUN, False)
    names = ("STATSD_HOST", "HTTPS_PROXY", "CONFIG_URL", "VAULT_ADDR")
    assert all(name in endpoints.summary for name in names)
    assert endpoints.summary.endswith(" was not checked")
    assert "endpoints" not in compare(record(), record())
