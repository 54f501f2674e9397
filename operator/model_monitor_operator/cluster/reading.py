"""The cluster as observing sees it: the cache for what is watched, the API server for the rest."""

from model_monitor_operator.cluster.asking import Ask
from model_monitor_operator.cluster.cache import Cache
from model_monitor_operator.cluster.client import Client
from model_monitor_operator.objects import Object, uid_of


class ClusterReader:
    """A `decision.Reader`."""

    def __init__(self, cache: Cache, client: Client, ask: Ask) -> None:
        self._client = client
        self.get = cache.get
        self.items = cache.items
        self.owned = cache.owned
        self.executions_of = cache.executions_of
        self.fetch = client.get
        self.reports_of = ask

    def events_about(self, thing: Object) -> tuple[Object, ...]:
        """Return the Events that tell of an object, oldest first, by asking the API server now."""
        fields = f"involvedObject.uid={uid_of(thing)}"
        found = self._client.list("Event", thing["metadata"]["namespace"], fields=fields).items
        return tuple(sorted(found, key=_last_seen))


def _last_seen(event: Object) -> str:
    # Text of one form and zone sorts as the moments do.
    return str(
        event.get("lastTimestamp")
        or event.get("eventTime")
        or event["metadata"].get("creationTimestamp")
        or ""
    )
