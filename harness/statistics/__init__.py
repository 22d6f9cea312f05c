"""Tests of equivalence and exact bounds of rates, as published; no test of equivalence decides anything here."""
