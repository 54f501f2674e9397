"""URIs of objects: `scheme://bucket/key`, taken literally (nothing is percent-decoded)."""

import re
from typing import Final, NamedTuple

from model_monitor_analyzer.errors import ConfigurationError
from model_monitor_api.printable import has_credentials, without_credentials

SCHEMES: Final = ("file", "s3", "gs", "az", "pvc")

_BUCKET: Final = re.compile(r"[A-Za-z0-9_$-][A-Za-z0-9._$-]*")
"""Names that a remote store may give; any other would end or change the path of its URLs."""


class Location(NamedTuple):
    """A URI taken apart.

    Attributes
    ----------
    scheme
        One of `SCHEMES`.
    bucket
        Bucket, container or claim; empty for `file`.
    key
        What follows, without leading slash but otherwise as it was written.
    """

    scheme: str
    bucket: str
    key: str

    @property
    def root(self) -> str:
        """The URI up to the key, ended by a slash."""
        return f"{self.scheme}://{self.bucket}/"

    @property
    def segments(self) -> tuple[str, ...]:
        """The parts of the key between slashes, empty ones left out."""
        return tuple(part for part in self.key.split("/") if part)

    def child(self, key: str) -> str:
        """Return the URI of an object in the same bucket."""
        return self.root + key


def parse_uri(uri: str) -> Location:
    """Take a URI apart.

    Raises
    ------
    ConfigurationError
        There are credentials or a NUL, the scheme is unknown, the bucket is missing or has a name that none
        can have, a `file` path is relative, or a part of the path is `.` or `..`.
    """
    scheme, separator, rest = uri.partition("://")
    if has_credentials(uri):
        raise ConfigurationError(
            f"'{without_credentials(uri)}' holds credentials: leave them out, give them as a Secret"
        )
    if not separator or scheme not in SCHEMES:
        known = ", ".join(f"{name}://" for name in SCHEMES)
        raise ConfigurationError(f"'{uri}' is no URI of an object: it must begin with one of {known}")
    bucket, _, key = rest.partition("/")
    if "\0" in uri:
        raise ConfigurationError(f"{uri!r} has a NUL character: write it without")
    if scheme == "file" and bucket:
        raise ConfigurationError(f"'{uri}' is relative: write file:/// and the absolute path")
    if scheme != "file" and not bucket:
        raise ConfigurationError(f"'{uri}' names no bucket: write {scheme}://bucket/prefix")
    if scheme in ("s3", "gs", "az") and not _BUCKET.fullmatch(bucket):
        raise ConfigurationError(
            f"{uri!r} names no bucket that can be: write it with letters, digits, '-', '_' and '.'"
        )
    location = Location(scheme, bucket, key)
    if {".", ".."} & set(location.segments):
        raise ConfigurationError(f"'{uri}' has a part '.' or '..': write the path without it")
    return location


def join_uri(uri: str, *parts: str) -> str:
    """Return the URI of something below `uri`, with single slashes between and none at the end."""
    location = parse_uri(uri)
    segments = [*location.segments, *(segment for part in parts for segment in part.split("/") if segment)]
    return location.child("/".join(segments))
