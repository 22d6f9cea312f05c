"""Plan pairs, drive both sides, bring observations home. Has no opinion on them."""
