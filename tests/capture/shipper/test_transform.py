"""What is done to records before they are written."""

import base64
import gzip
import hashlib
import hmac
import json
import zlib
from pathlib import Path
from typing import Any

import pytest

from model_monitor_api.settings import SettingsError
from model_monitor_capture.shipper.metrics import Metrics
from model_monitor_capture.shipper.settings import ShipperSettings
from model_monitor_capture.shipper.transform import transform
from tests.capture.shipper.examples import line

KEY = b"a secret"


def settings(**fields: Any) -> ShipperSettings:
    needed = {
        "instance": "pod",
        "capture": "churn",
        "storage": {"uri": "s3://bucket"},
        "spool": "/spool",
        "adminSocket": "/admin",
    }
    return ShipperSettings.model_validate(needed | fields)


@pytest.fixture
def key_file(tmp_path: Path) -> str:
    path = tmp_path / "key"
    path.write_bytes(KEY + b"\n")
    return str(path)


def changed(wanted: ShipperSettings, **side: Any) -> Any:
    apply = transform(wanted, Metrics())
    return json.loads(apply(line(**side)))["captureData"]["endpointInput"]


def zipped(body: bytes, **fields: Any) -> dict[str, Any]:
    return {"data": base64.b64encode(gzip.compress(body)).decode(), "encoding": "BASE64"} | fields


def test_a_record_that_nothing_is_to_be_done_to_stays_as_it_is() -> None:
    assert transform(settings(), Metrics())(b"not even JSON") == b"not even JSON"


@pytest.mark.parametrize(
    ("content_type", "body", "encoding"),
    [
        ("text/csv; charset=utf-8", b"1,\xc3\xa4\n", "CSV"),
        ("application/json", b'{"a": "\\u0000"}', "JSON"),
        ("text/csv", b"\xff", "BASE64"),
        ("image/png", b"1", "BASE64"),
    ],
)
def test_compressed_bodies_are_unpacked(content_type: str, body: bytes, encoding: str) -> None:
    side = changed(settings(), **zipped(body, contentEncoding="GZIP", observedContentType=content_type))
    data = side["data"].encode() if encoding != "BASE64" else base64.b64decode(side["data"])
    assert (data, side["encoding"]) == (body, encoding)
    assert "contentEncoding" not in side


def test_deflated_bodies_are_unpacked() -> None:
    data = base64.b64encode(zlib.compress(b"1,2")).decode()
    assert changed(settings(), data=data, encoding="BASE64", contentEncoding="deflate")["data"] == "1,2"


def test_a_body_that_unpacks_to_more_than_the_limit_is_cut() -> None:
    side = changed(settings(maxBodyBytes=1000), **zipped(b"x" * 50_000_000, contentEncoding="gzip"))
    assert (side["data"], side["truncated"]) == ("x" * 1000, True)


@pytest.mark.parametrize(
    "side",
    [
        {"data": "bm90", "encoding": "BASE64", "contentEncoding": "gzip"},
        {"data": "bm90", "encoding": "BASE64", "contentEncoding": "br"},
        {"data": "", "encoding": "BASE64", "contentEncoding": "gzip"},
    ],
)
def test_what_can_not_be_unpacked_stays(side: dict[str, str]) -> None:
    assert changed(settings(), **side).items() >= side.items()


def rules(key_file: str, **fields: Any) -> ShipperSettings:
    wanted = [
        {"field": "customer.name", "action": "Hash"},
        {"field": "note", "action": "Truncate", "length": 3},
        {"field": "email", "action": "Drop"},
    ]
    return settings(privacy={"rules": wanted}, hashKeyFile=key_file, **fields)


def digest(text: str) -> str:
    return hmac.new(KEY, text.encode(), hashlib.sha256).hexdigest()[:32]


def test_fields_of_json_are_dropped_hashed_and_cut_wherever_they_are(key_file: str) -> None:
    row = {"customer": {"name": "Ann", "age": 3}, "note": "abcdef", "email": "a@b", "x": None}
    expected = {"customer": {"name": digest("Ann"), "age": 3}, "note": "abc", "x": None}
    for body, result in (
        (row, expected),
        ([row, row], [expected, expected]),
        ({"instances": [row]}, {"instances": [expected]}),
    ):
        side = changed(rules(key_file), data=json.dumps(body), encoding="JSON")
        assert json.loads(side["data"]) == result
    lines = changed(rules(key_file), data=f"{json.dumps(row)}\n{json.dumps(row)}\n", encoding="JSON")
    assert [json.loads(text) for text in lines["data"].splitlines()] == [expected, expected]


def test_a_name_with_dots_is_found_as_a_key_too(key_file: str) -> None:
    side = changed(rules(key_file), data='{"customer.name": "Ann"}', encoding="JSON")
    assert json.loads(side["data"]) == {"customer.name": digest("Ann")}


def test_fields_of_csv_are_found_by_position(key_file: str) -> None:
    wanted = rules(key_file, payload={"input": {"names": ["email", "age", "note", "customer.name"]}})
    side = changed(wanted, data='a@b,3,"a,""b",Ann\r\n', encoding="CSV")
    assert side["data"] == f',3,"a,""",{digest("Ann")}\n'


def test_tensors_are_found_by_their_names(key_file: str) -> None:
    tensors = [
        {"name": "email", "shape": [2], "data": ["a@b", "c@d"]},
        {"name": "note", "shape": [2, 1], "data": [["abcdef"], ["x"]]},
        {"name": "age", "shape": [2], "data": [1, 2]},
    ]
    side = changed(rules(key_file), data=json.dumps({"inputs": tensors}), encoding="JSON")
    assert json.loads(side["data"]) == {"inputs": [tensors[1] | {"data": [["abc"], ["x"]]}, tensors[2]]}


def test_a_column_that_the_payload_finds_by_a_path_is_redacted_there(key_file: str) -> None:
    def wanted(expression: str) -> ShipperSettings:
        return rules(key_file, payload={"input": {"columns": {"email": expression}}})

    body = json.dumps({"user": {"mail": "a@b", "age": 3}})
    assert json.loads(changed(wanted("user.mail"), data=body, encoding="JSON")["data"]) == {
        "user": {"age": 3}
    }
    assert changed(wanted("values(user)[0]"), data=body, encoding="JSON")["withheld"] is True


@pytest.mark.parametrize(
    "side",
    [
        {"data": "a@b,3", "encoding": "CSV"},
        {"data": '{"instances": [["a@b", 3]]}', "encoding": "JSON"},
        {"data": '{"dataframe_split": {"columns": ["email"], "data": [["a@b"]]}}', "encoding": "JSON"},
        {"data": "YUBi", "encoding": "BASE64"},
        {"data": '{"email": "a@', "encoding": "JSON"},
        {"data": '["a@b"]', "encoding": "JSON"},
        {"data": "[" * 100_000, "encoding": "JSON"},
        {"data": '{"x": 1}', "encoding": "JSON", "truncated": True},
    ],
)
def test_a_body_whose_fields_can_not_be_told_apart_is_withheld(key_file: str, side: dict[str, Any]) -> None:
    metrics = Metrics()
    apply = transform(rules(key_file), metrics)
    kept = json.loads(apply(line(**side)))["captureData"]["endpointInput"]
    assert (kept["data"], kept["withheld"]) == ("", True)
    assert metrics.registry.get_sample_value("model_monitor_capture_withheld_bodies_total") == 1


@pytest.mark.parametrize("depth", [100, 900, 960, 990, 5000])
def test_a_body_of_any_depth_is_either_redacted_or_withheld(key_file: str, depth: int) -> None:
    body = '{"a":' * depth + '{"email": "a@b"}' + "}" * depth
    assert "a@b" not in changed(rules(key_file), data=body, encoding="JSON")["data"]


def test_hashing_needs_a_key(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="can't be read"):
        transform(rules(str(tmp_path / "missing")), Metrics())
    (tmp_path / "empty").touch()
    with pytest.raises(SettingsError, match="is empty"):
        transform(rules(str(tmp_path / "empty")), Metrics())
    with pytest.raises(ValueError, match="hashKeyFile must be set"):
        settings(privacy={"rules": [{"field": "a", "action": "Hash"}]})
