"""Secrets in texts: known forms of tokens, names that promise one, URLs that carry one; found, and replaced by a word.

One detection for all places (docs/adr/0107): what `repos.yaml` may not hold is what is scrubbed from logs, messages,
records and samples when they are captured.
"""
