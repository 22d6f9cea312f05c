"""The sandbox's SageMaker keeps a team's request as it was sent, mutations included."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from botocore.exceptions import ClientError
from documents.creates import REQUESTS
from documents.test_requests import sent

from harness.backends.same import differences
from harness.platforms.sagemaker.request import comparable

if TYPE_CHECKING:
    from conftest import Cloud


NOT_IN_THE_SANDBOX = frozenset({"a channel's details", "a file system", "outputs"})
"""It refuses by name what it would not do: records, file systems, and uploads while a job runs."""


@pytest.mark.parametrize("name", REQUESTS)
def test_a_request_is_taken_and_described_as_it_was_sent(cloud: Cloud, tmp_path: Path, name: str) -> None:
    """Nothing that a team wrote gets lost on the way, and nothing is adopted that is another job."""
    order, made = sent(tmp_path, REQUESTS[name])
    training = "TrainingJobName" in made
    key = "TrainingJobName" if training else "ProcessingJobName"
    made[key] = cloud.name(f"stands-{list(REQUESTS).index(name)}")
    assert order.mutations
    if name in NOT_IN_THE_SANDBOX:
        with pytest.raises(
            ClientError,
            match=r"not supported by this sandbox|Not supported by this sandbox|supported in Pipe mode only",
        ):
            (cloud.sagemaker.create_training_job if training else cloud.sagemaker.create_processing_job)(**made)
        return
    if training:
        cloud.sagemaker.create_training_job(**made)
        kept = cloud.sagemaker.describe_training_job(TrainingJobName=made[key])
    else:
        cloud.sagemaker.create_processing_job(**made)
        kept = cloud.sagemaker.describe_processing_job(ProcessingJobName=made[key])
    assert differences(kept, comparable(made)) == ()
