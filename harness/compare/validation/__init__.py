"""Validation of untrusted tables by a suite of expectations, in a process of its own."""
