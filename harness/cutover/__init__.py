"""What follows a verdict: sign-off, stages of the cutover, rollback, and the bundle for an auditor."""
