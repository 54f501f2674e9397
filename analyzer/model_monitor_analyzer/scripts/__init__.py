"""The user's own code around an analysis: scripts, run apart and under a watchdog, and record filters."""
