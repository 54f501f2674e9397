"""The shell around the pure reconciles: the only part that talks to the API server."""
