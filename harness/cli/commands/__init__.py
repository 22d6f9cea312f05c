"""One function a command: its options, and which steps it takes. Steps are imported when a command runs."""
