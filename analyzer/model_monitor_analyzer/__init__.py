"""The analysis engine of Model Monitor and its `model-monitor` command."""
