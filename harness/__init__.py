"""Prove that jobs moved from Kubernetes to SageMaker still do the same work."""
