"""Settings of a process, from a YAML file that the chart or the operator writes."""

from pathlib import Path
from typing import Final, TypeVar

import yaml
from pydantic import ValidationError

from model_monitor_api.meta import ApiModel

_LARGEST_FILE: Final = 1 << 20

SettingsModel = TypeVar("SettingsModel", bound=ApiModel)


class SettingsError(Exception):
    """The file cannot be used; the message says why."""


def read_settings(path: Path, model: type[SettingsModel]) -> SettingsModel:
    """Return the settings of a YAML file.

    Raises
    ------
    SettingsError
        If it can't be read, or holds what is no setting.
    """
    try:
        text = path.read_bytes()[:_LARGEST_FILE].decode()
        return model.model_validate(yaml.safe_load(text), extra="forbid")
    except OSError as error:
        raise SettingsError(f"'{path}' can't be read: {error.strerror}") from error
    except (UnicodeDecodeError, yaml.YAMLError) as error:
        raise SettingsError(f"'{path}' is no YAML: {' '.join(str(error).split())}") from error
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        field = ".".join(str(part) for part in first["loc"])
        raise SettingsError(f"'{path}': {field}: {first['msg']}") from error
