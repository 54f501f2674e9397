"""Capture files: JSON lines, each of which records one request with its response."""
