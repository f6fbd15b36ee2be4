"""The cases of scripts/accept."""
