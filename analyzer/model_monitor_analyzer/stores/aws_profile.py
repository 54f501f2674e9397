"""Static keys from the shared credentials file, which people have on their own machines."""

import configparser
from collections.abc import Mapping
from pathlib import Path

from model_monitor_analyzer.errors import ConfigurationError

_NAMES = {
    "aws_access_key_id": "AWS_ACCESS_KEY_ID",
    "aws_secret_access_key": "AWS_SECRET_ACCESS_KEY",
    "aws_session_token": "AWS_SESSION_TOKEN",
    "region": "AWS_REGION",
}


def with_profile(environment: Mapping[str, str]) -> Mapping[str, str]:
    """Return an environment completed by the profile that it names, or by the one called `default`.

    Keys in the environment come first, and so does the identity of a workload. Profiles that take their keys
    from somewhere else (single sign-on, an assumed role) are not followed.

    Raises
    ------
    ConfigurationError
        `AWS_PROFILE` names a profile that is not there or has no keys, or the file can't be read.
    """
    if any(
        environment.get(name)
        for name in (
            "AWS_ACCESS_KEY_ID",
            "AWS_WEB_IDENTITY_TOKEN_FILE",
            "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
            "AWS_CONTAINER_CREDENTIALS_FULL_URI",
        )
    ):
        return environment
    named = environment.get("AWS_PROFILE")
    found = _profile(_file(environment), named or "default")
    if "AWS_ACCESS_KEY_ID" in found and "AWS_SECRET_ACCESS_KEY" in found:
        return {**found, **{name: value for name, value in environment.items() if value}}
    if named:
        raise ConfigurationError(
            f"AWS_PROFILE is '{named}', which has no keys in the shared credentials file: set them, or "
            "export the profile's keys by `aws configure export-credentials --format env`"
        )
    return environment


def _file(environment: Mapping[str, str]) -> Path | None:
    if path := environment.get("AWS_SHARED_CREDENTIALS_FILE"):
        return Path(path)
    return Path(home) / ".aws" / "credentials" if (home := environment.get("HOME")) else None


def _profile(path: Path | None, name: str) -> dict[str, str]:
    if path is None:
        return {}
    parser = configparser.RawConfigParser(default_section="")  # `default` is a profile like others
    try:
        parser.read_string(path.read_text())
    except FileNotFoundError:
        return {}
    except (OSError, UnicodeDecodeError, configparser.Error):
        raise ConfigurationError(f"the shared credentials file '{path}' can't be read: correct it") from None
    if not parser.has_section(name):
        return {}
    return {_NAMES[key]: value for key, value in parser.items(name) if key in _NAMES and value}
