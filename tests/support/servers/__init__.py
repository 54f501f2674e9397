"""Servers that stand for cloud stores in tests, and where they come from."""


class ServerMissingError(Exception):
    """A server is not here and can't be made; the message says how to provide it."""
