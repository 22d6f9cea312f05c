"""The judge proves itself: seeded defects through the whole path from stored observations to verdicts."""
