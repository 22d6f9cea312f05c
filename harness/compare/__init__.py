"""Pure checks over stored evidence: observations in, findings out."""
