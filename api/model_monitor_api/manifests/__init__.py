"""Manifests, as a person writes them for `kubectl apply`, to typed objects and problems."""

from model_monitor_api.manifests.loading import Manifests, load_bytes, load_path

__all__ = ["Manifests", "load_bytes", "load_path"]
