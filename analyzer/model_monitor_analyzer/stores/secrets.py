"""Credentials of a connection's Secret: one folder a Secret, one file a key, as kubelet mounts them."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

from model_monitor_analyzer.errors import AccessRefusedError

MAX_VALUE_BYTES: Final = 64 << 10
"""Bytes that one key may hold; a service account's document has about 2,400."""

_KEYS: Final[dict[str, tuple[str, ...]]] = {
    "s3": ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"),
    "gs": ("GOOGLE_APPLICATION_CREDENTIALS_JSON",),
    "az": ("AZURE_STORAGE_ACCOUNT_NAME", "AZURE_STORAGE_ACCOUNT_KEY", "AZURE_STORAGE_SAS_TOKEN"),
}
"""Keys that are read, by scheme."""

_NEEDED: Final[dict[str, tuple[tuple[str, ...], ...]]] = {
    "s3": (("AWS_ACCESS_KEY_ID",), ("AWS_SECRET_ACCESS_KEY",)),
    "gs": (("GOOGLE_APPLICATION_CREDENTIALS_JSON",),),
    "az": (("AZURE_STORAGE_ACCOUNT_NAME",), ("AZURE_STORAGE_ACCOUNT_KEY", "AZURE_STORAGE_SAS_TOKEN")),
}
"""What a Secret must have: of each group one key."""

_IDENTITY: Final = frozenset(
    {
        "AWS_PROFILE",
        "AWS_SHARED_CREDENTIALS_FILE",
        "AWS_WEB_IDENTITY_TOKEN_FILE",
        "AWS_ROLE_ARN",
        "AWS_ROLE_SESSION_NAME",
        "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
        "AWS_CONTAINER_CREDENTIALS_FULL_URI",
        "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE",
        "GOOGLE_APPLICATION_CREDENTIALS",
        "AZURE_CLIENT_ID",
        "AZURE_CLIENT_SECRET",
        "AZURE_TENANT_ID",
        "AZURE_FEDERATED_TOKEN_FILE",
        *(key for keys in _KEYS.values() for key in keys),
    }
)
"""Names by which a process itself signs in; they do not count where a Secret is named."""


def with_secret(environment: Mapping[str, str], folder: Path, name: str, scheme: str) -> Mapping[str, str]:
    """Return an environment whose credentials are those of a Secret and no others.

    The files are read at every call, so that a Secret that was replaced meanwhile counts.

    Parameters
    ----------
    environment
        The process's own; regions and endpoints are kept.
    folder
        Where Secrets are mounted, each in a folder of its name.
    name
        Name of the Secret.
    scheme
        Scheme of the store: `s3`, `gs` or `az`.

    Raises
    ------
    AccessRefusedError
        If the Secret is not mounted, lacks a key, or holds what can be no credential.
    """
    place = folder / name
    if not place.is_dir():
        raise AccessRefusedError(f"Secret '{name}' is not there: create it in the namespace of the run")
    found = dict(_values(place, name, scheme))
    for group in _NEEDED[scheme]:
        if not any(key in found for key in group):
            raise AccessRefusedError(f"Secret '{name}' has no key {' or '.join(group)}: add it")
    return {key: value for key, value in environment.items() if key not in _IDENTITY} | found


def _values(place: Path, name: str, scheme: str) -> Iterator[tuple[str, str]]:
    """Yield the keys that are there and their values, without the line end that editors leave."""
    for key in _KEYS[scheme]:
        try:
            with (place / key).open("rb") as file:
                content = file.read(MAX_VALUE_BYTES + 1)
            value = content.decode().strip()
        except FileNotFoundError:
            continue
        except (OSError, UnicodeDecodeError):
            raise AccessRefusedError(f"Secret '{name}': its key {key} can't be read as text") from None
        if len(content) > MAX_VALUE_BYTES:
            raise AccessRefusedError(
                f"Secret '{name}': its key {key} has more than {MAX_VALUE_BYTES:,} bytes"
            )
        if value:
            yield key, value
