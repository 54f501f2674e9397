"""General two-sample statistics on summaries: distances, tests, and control of false discoveries."""
