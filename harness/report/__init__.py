"""Verdict and evidence → pages, JSON, JUnit, markdown and terminal lines, all from one view."""
