"""Documents (JSON, JSON lines, YAML, XGBoost's models), read and compared in a process of their own."""
