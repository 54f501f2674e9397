"""Prometheus metrics, rebuilt from the resources at every scrape: a restart loses nothing."""
