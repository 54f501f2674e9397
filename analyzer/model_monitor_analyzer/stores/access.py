"""Opening the store of a URI with the credentials and mounts that a process has."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from model_monitor_analyzer.errors import ConfigurationError
from model_monitor_analyzer.stores.local import LocalStore
from model_monitor_analyzer.stores.location import Location, parse_uri
from model_monitor_analyzer.stores.remote import RemoteStore
from model_monitor_analyzer.stores.secrets import with_secret
from model_monitor_analyzer.stores.store import Store
from model_monitor_api.v1alpha1.storage import Connection, Encryption


@dataclass(frozen=True)
class Access:
    """What a process may use to reach data.

    Attributes
    ----------
    environment
        Environment variables with credentials; never shown.
    mounts
        Directory of each mounted volume claim, by claim name.
    secrets
        Directory with a folder for each Secret that a connection may name. Without one, as outside a
        cluster, the environment holds the credentials of all connections.
    """

    environment: Mapping[str, str] = field(default_factory=dict, repr=False)
    mounts: Mapping[str, Path] = field(default_factory=dict)
    secrets: Path | None = None


def open_store(
    uri: str, connection: Connection, access: Access, *, encryption: Encryption | None = None
) -> Store:
    """Return the store that a URI belongs to.

    Parameters
    ----------
    uri
        Any URI in the store.
    connection
        How the store is reached.
    access
        Credentials and mounts.
    encryption
        Server-side encryption of what is written.

    Raises
    ------
    ConfigurationError
        The URI or a setting is wrong, the claim is not mounted, or the store can't encrypt as asked.
    AccessRefusedError
        The connection's Secret is not there, or lacks a key.
    """
    location = parse_uri(uri)
    if location.scheme in ("file", "pvc"):
        if encryption is not None and encryption.mode == "KMS":
            raise ConfigurationError(f"encryption.mode KMS does not apply to the files of '{uri}'")
        return LocalStore(_directory(location, access), confined=location.scheme == "pvc")
    return RemoteStore(location, connection, _environment(access, location, connection), encryption)


def carried(access: Access, uri: str, connection: Connection) -> Access:
    """Return what a process without this one's mounted Secrets may use to read from one store.

    Its environment has the credentials of the connection's Secret as they are now.

    Raises
    ------
    AccessRefusedError
        The Secret is not there, or lacks a key.
    """
    return Access(_environment(access, parse_uri(uri), connection), access.mounts)


def _environment(access: Access, location: Location, connection: Connection) -> Mapping[str, str]:
    local = location.scheme in ("file", "pvc")
    if local or access.secrets is None or connection.secret_ref is None:
        return access.environment
    return with_secret(access.environment, access.secrets, connection.secret_ref.name, location.scheme)


def _directory(location: Location, access: Access) -> Path:
    if location.scheme == "file":
        return Path("/")
    try:
        return access.mounts[location.bucket]
    except KeyError:
        raise ConfigurationError(
            f"the volume claim of '{location.root}' is not mounted here; outside a cluster "
            "copy the data and name them by file:///…"
        ) from None
