"""What happens to a record on its way into the store."""

import json
from pathlib import Path
from typing import Any, Final

from model_monitor_api.settings import SettingsError
from model_monitor_capture.shipper.metrics import Metrics
from model_monitor_capture.shipper.packing import Transform
from model_monitor_capture.shipper.privacy import Redaction
from model_monitor_capture.shipper.settings import ShipperSettings
from model_monitor_capture.shipper.unpacking import MARK, Unpacker

_SIDES: Final = ("endpointInput", "endpointOutput")
_LARGEST_KEY: Final = 4096


def transform(settings: ShipperSettings, metrics: Metrics) -> Transform:
    """Return what the settings ask for. A record that nothing is to be done to is not even parsed.

    Raises
    ------
    SettingsError
        The key for hashes can't be read.
    """
    unpacker = Unpacker(settings.content_types, settings.max_body_bytes)
    redactions = _redactions(settings)

    def apply(record: bytes) -> bytes:
        if not redactions and MARK not in record:
            return record
        document = json.loads(record)
        bodies: dict[str, Any] = document["captureData"]
        for name in _SIDES:
            side = bodies.get(name)
            if side is None:
                continue
            unpacker.unpack(side)
            if redactions and redactions[name].apply(side):
                metrics.withheld.inc()
        return json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode(errors="replace")

    return apply


def _redactions(settings: ShipperSettings) -> dict[str, Redaction]:
    if settings.privacy is None or not settings.privacy.rules:
        return {}
    key = _key(settings.hash_key_file) if settings.hash_key_file is not None else b""
    bodies = (settings.payload.input, settings.payload.output)
    return {
        name: Redaction(settings.privacy.rules, key, body) for name, body in zip(_SIDES, bodies, strict=True)
    }


def _key(path: str) -> bytes:
    try:
        key = Path(path).read_bytes()[:_LARGEST_KEY].strip()
    except OSError as error:
        raise SettingsError(f"the key '{path}' can't be read: {error.strerror}") from error
    if not key:
        raise SettingsError(f"the key '{path}' is empty: put a secret into it")
    return key
