"""Samples and findings in, outcomes and verdicts out. Pure; numpy and scipy.special only."""
