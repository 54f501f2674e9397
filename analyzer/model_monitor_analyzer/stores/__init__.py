"""One door to objects on disks and in object stores."""

from model_monitor_analyzer.stores.access import Access, open_store
from model_monitor_analyzer.stores.location import join_uri, parse_uri
from model_monitor_analyzer.stores.store import ObjectRef, Store

__all__ = ["Access", "ObjectRef", "Store", "join_uri", "open_store", "parse_uri"]
