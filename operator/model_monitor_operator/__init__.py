"""The Kubernetes operator of Model Monitor."""
