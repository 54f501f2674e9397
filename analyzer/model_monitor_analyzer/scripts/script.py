"""A user's script, before it runs."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Script:
    """A user's script.

    Attributes
    ----------
    name
        Name for messages, such as `configmap/scripts:preprocess.py`.
    source
        Python source.
    timeout_seconds
        How long one call, or loading, may take.
    environment
        Variables that the script sees beside those of this process.
    """

    name: str
    source: str
    timeout_seconds: float = 60.0
    environment: Mapping[str, str] = field(default_factory=dict)
