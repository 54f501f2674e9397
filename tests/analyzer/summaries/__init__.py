"""Tests of the mergeable summaries."""
