"""Checked kinds of values in `repos.yaml`, and what is written of a side of a job; below config and platforms."""
