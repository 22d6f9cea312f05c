"""What models and arrays hold, read in a process of its own; nothing is ever unpickled."""
