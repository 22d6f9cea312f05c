"""Evidence on disk: layout, journal, archive, ledger. Knows no platform and has no opinion."""
