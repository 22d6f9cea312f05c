"""The candidate side of the sandbox: a local AWS whose SageMaker runs jobs as real processes."""
