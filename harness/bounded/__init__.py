"""Work on what a job or a user wrote, in bounded time and memory: regular expressions, and processes with limits."""
