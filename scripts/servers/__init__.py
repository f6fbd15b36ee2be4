"""Real servers for the acceptance runs and the figures."""
