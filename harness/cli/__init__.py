"""The command line. Every command imports what it needs when it runs, so that `--help` answers at once.

`commands` holds the options, the modules beside it the steps.
"""
