"""The `model-monitor` command: arguments, manifests, tables, progress. What it computes is elsewhere."""
