"""Platforms are values of a registry; a run carries the name of its own, and what was stored before has its default."""

from __future__ import annotations

import pytest

from harness.errors import PluginUnusable
from harness.model.job import Side
from harness.model.plan import Run
from harness.model.repository import Home
from harness.platforms import platform_of, platforms
from harness.platforms.kubernetes.home import KubernetesHome
from harness.platforms.sagemaker.home import SageMakerHome
from harness.store import codec

BEFORE = '{"id": "r", "name": "n", "repository": "wine", "job": "train", "side": "%s", "attempt": 1, "shim": true}'


@pytest.mark.parametrize(("side", "platform"), [("legacy", "kubernetes"), ("candidate", "sagemaker")])
def test_a_run_that_was_stored_before_sides_named_platforms_has_the_default_of_its_side(
    side: str, platform: str
) -> None:
    """Plans and observations of earlier versions are read as what they were."""
    assert codec.decode((BEFORE % side).encode(), Run, "plan.json").platform == platform


def test_a_run_keeps_the_platform_that_it_names() -> None:
    """It is written and read back."""
    run = Run("r", "n", "wine", "train", Side.CANDIDATE, 1, platform="kubernetes")
    assert codec.decode(codec.encode(run), Run, "plan.json") == run
    assert run.platform == "kubernetes"


def test_the_built_in_platforms_are_found_by_name_and_know_disjoint_classes() -> None:
    """A class is found by its id alone, whatever platform knows it."""
    assert [platform.name for platform in platforms()] == ["kubernetes", "sagemaker"]
    ids = [rule.id for platform in platforms() for rule in platform.rules]
    assert len(ids) == len(set(ids))
    assert all(platform.swallowed in {rule.id for rule in platform.rules} for platform in platforms())


def test_a_platform_that_nobody_provides_is_an_error_that_names_it() -> None:
    """Nothing stands in for what is not installed."""
    with pytest.raises(PluginUnusable, match="nothing named 'vertex' is installed, only kubernetes, sagemaker"):
        platform_of("vertex")


HOMES_BEFORE = [
    (
        (
            '{"context": null, "namespace": "ml", "service_account": null, "staging_uri": "s3://a/b", '
            '"price_per_cpu_hour": null, "price_per_gb_hour": 0.5}'
        ),
        KubernetesHome(None, "ml", None, "s3://a/b", None, 0.5),
    ),
    (
        (
            '{"account": "123456789012", "region": "eu-west-1", "profile": null, "role": "r", '
            '"staging_uri": "s3://a/b", "endpoint_url": null, "prices_per_hour": [["ml.m5.large", 0.1]], '
            '"subnets": [], "security_groups": []}'
        ),
        SageMakerHome("123456789012", "eu-west-1", None, "r", "s3://a/b", None, (("ml.m5.large", 0.1),), (), ()),
    ),
]


@pytest.mark.parametrize(("stored", "home"), HOMES_BEFORE, ids=["kubernetes", "sagemaker"])
def test_where_a_side_ran_is_read_as_its_platform_has_it(stored: str, home: Home) -> None:
    """Without a platform, as earlier versions stored it, and with one."""
    assert codec.decode(stored.encode(), Home, "plan.json") == home
    assert codec.decode(codec.encode(home), Home, "plan.json") == home


def test_a_side_on_a_platform_that_is_not_installed_is_refused_by_its_name() -> None:
    """A plan is never read as something else."""
    with pytest.raises(PluginUnusable, match="'vertex'"):
        codec.decode(b'{"platform": "vertex", "staging_uri": "gs://a/b"}', Home, "plan.json")
