"""A run's figures for an OpenTelemetry collector."""
