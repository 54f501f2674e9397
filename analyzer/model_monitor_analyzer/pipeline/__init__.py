"""From a plan to its artifacts: partitions, summaries, results, report; pure but for both ends."""
