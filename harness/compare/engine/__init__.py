"""The comparison engine: a process of its own that reads two untrusted data sets and says how they differ."""
