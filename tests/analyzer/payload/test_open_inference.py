import base64
import json
import math
import struct
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from model_monitor_analyzer.payload.body import body_decoder
from model_monitor_analyzer.payload.errors import BodyError, BodyProblem
from model_monitor_analyzer.payload.open_inference import open_inference_rows
from model_monitor_analyzer.payload.shape import Shape
from model_monitor_analyzer.payload.tensors import decode_raw
from model_monitor_api.v1alpha1.dataset import Body

PLAIN = Shape()


def binary_body(entries: Sequence[Mapping[str, Any]], raw: bytes) -> tuple[str, int]:
    header = json.dumps({"id": "1", "inputs": entries}).encode()
    return base64.b64encode(header + raw).decode(), len(header)


@pytest.mark.parametrize(
    ("datatype", "raw", "cells"),
    [
        ("BOOL", b"\x00\x01\x02", ["false", "true", "true"]),
        ("UINT8", struct.pack("<3B", 0, 7, 255), ["0", "7", "255"]),
        ("UINT16", struct.pack("<2H", 1, 65535), ["1", "65535"]),
        ("UINT32", struct.pack("<2I", 1, 4294967295), ["1", "4294967295"]),
        ("UINT64", struct.pack("<2Q", 1, 18446744073709551615), ["1", "18446744073709551615"]),
        ("INT8", struct.pack("<2b", -128, 127), ["-128", "127"]),
        ("INT16", struct.pack("<2h", -32768, 5), ["-32768", "5"]),
        ("INT32", struct.pack("<2i", -2147483648, 5), ["-2147483648", "5"]),
        ("INT64", struct.pack("<2q", -9223372036854775808, 5), ["-9223372036854775808", "5"]),
        ("FP16", struct.pack("<4e", 0.1, 1.0, -2.5, math.inf), ["0.1", "1.0", "-2.5", "Infinity"]),
        ("FP32", struct.pack("<4f", 0.1, 1.0, math.nan, -math.inf), ["0.1", "1.0", None, "-Infinity"]),
        ("FP64", struct.pack("<3d", 0.1, 1e300, math.nan), ["0.1", "1e+300", None]),
        # bfloat16: sign, eight bits of exponent, seven of mantissa; 1.5 is 0 01111111 1000000.
        (
            "BF16",
            struct.pack("<3H", 0b0_01111111_1000000, 0b1_10000000_0000000, 0x7FC0),
            ["1.5", "-2.0", None],
        ),
        ("BYTES", b"\x02\0\0\0hi\x00\0\0\0\x02\0\0\0\xc3\xa9", ["hi", "", "é"]),
    ],
)
def test_raw_tensors_of_every_data_type(datatype: str, raw: bytes, cells: list[str | None]) -> None:
    assert decode_raw(datatype, raw) == cells


@given(st.lists(st.floats(width=32, allow_nan=False, allow_infinity=False), max_size=20))
def test_fp32_text_reads_back_to_the_same_number(values: list[float]) -> None:
    cells = decode_raw("FP32", struct.pack(f"<{len(values)}f", *values))
    assert [np.float32(cell) for cell in cells if cell is not None] == [np.float32(value) for value in values]


@pytest.mark.parametrize("length_in_content_type", [True, False])
def test_a_binary_request_with_tensors_of_several_kinds(length_in_content_type: bool) -> None:
    entries: list[dict[str, Any]] = [
        {"name": "age", "shape": [2, 1], "datatype": "INT64", "parameters": {"binary_data_size": 16}},
        {"name": "city", "shape": [2], "datatype": "BYTES", "data": ["Bonn", "Ulm"]},
        {"name": "x", "shape": [2, 2], "datatype": "FP32", "parameters": {"binary_data_size": 16}},
    ]
    data, length = binary_body(entries, struct.pack("<2q4f", 41, 33, 0.5, 1, 2, -3))
    content_type = "application/octet-stream"
    if length_in_content_type:
        content_type = f"application/vnd.sagemaker-triton.binary+json;json-header-size={length}"
    decoder = body_decoder(Body(), field="f", default_names=None, keep=None)
    assert decoder.rows(data, "BASE64", content_type) == [
        {"age": "41", "city": "Bonn", "x.0": "0.5", "x.1": "1.0"},
        {"age": "33", "city": "Ulm", "x.0": "2.0", "x.1": "-3.0"},
    ]


def test_a_lone_tensor_takes_the_names_by_position() -> None:
    document = {
        "inputs": [{"name": "input-0", "shape": [2, 2], "datatype": "FP32", "data": [[1.0, 2], [3, 4]]}]
    }
    shape = Shape(names=("a", "b"))
    assert open_inference_rows(document, shape) == [{"a": "1.0", "b": "2"}, {"a": "3", "b": "4"}]
    assert open_inference_rows(document, PLAIN)[0] == {"input-0.0": "1.0", "input-0.1": "2"}


def test_flat_and_nested_data_are_the_same_tensor() -> None:
    flat = {"name": "x", "shape": [2, 3], "datatype": "INT32", "data": [1, 2, 3, 4, 5, 6]}
    nested = flat | {"data": [[1, 2, 3], [4, 5, 6]]}
    rows = [open_inference_rows({"outputs": [entry]}, PLAIN) for entry in (flat, nested)]
    assert rows[0] == rows[1] == [{"x.0": "1", "x.1": "2", "x.2": "3"}, {"x.0": "4", "x.1": "5", "x.2": "6"}]


def test_only_declared_tensors_of_a_response_are_kept() -> None:
    entries = [
        {"name": "label", "shape": [1], "datatype": "INT32", "data": [1]},
        {"name": "debug", "shape": [1], "datatype": "FP32", "data": [0.1]},
    ]
    assert open_inference_rows({"outputs": entries}, Shape(keep=frozenset(["label"]))) == [{"label": "1"}]


GOOD: dict[str, Any] = {"name": "x", "shape": [1, 2], "datatype": "FP32", "data": [1, 2]}


@pytest.mark.parametrize(
    "entries",
    [
        [],
        [1],
        [GOOD | {"shape": [2, 2]}],
        [GOOD | {"shape": [-1, -2]}],
        [GOOD | {"shape": [True, 2]}],
        [GOOD | {"shape": ["1", 2]}],
        [GOOD | {"shape": [1] * 33}],
        [GOOD | {"shape": 2}],
        [GOOD | {"datatype": "FP8"}],
        [GOOD | {"datatype": ["FP32"]}],
        [GOOD | {"name": None}],
        [GOOD | {"data": None}],
        [GOOD, GOOD],
        [GOOD, {"name": "y", "shape": [2], "datatype": "FP32", "data": [1, 2]}],
        [GOOD | {"parameters": {"binary_data_size": 8}}],
        [GOOD | {"parameters": {"binary_data_size": -1}}],
        [GOOD | {"parameters": {"binary_data_size": "8"}}],
    ],
)
def test_contradictions_are_refused(entries: list[object]) -> None:
    with pytest.raises(BodyError) as caught:
        open_inference_rows({"inputs": entries}, PLAIN)
    assert caught.value.problem is BodyProblem.INVALID_TENSOR


@pytest.mark.parametrize("shape", [[2_000_000, 1], [1, 6000]])
def test_a_shape_beyond_the_bounds_is_refused_before_anything_is_made(shape: list[int]) -> None:
    with pytest.raises(BodyError) as caught:
        open_inference_rows({"inputs": [GOOD | {"shape": shape}]}, PLAIN)
    assert caught.value.problem is BodyProblem.TOO_LARGE


@pytest.mark.parametrize(("raw", "size"), [(b"\0" * 7, 7), (b"\0" * 12, 8), (b"\0" * 4, 8), (b"", 8)])
def test_raw_data_of_another_size_than_said_is_refused(raw: bytes, size: int) -> None:
    data, _ = binary_body(
        [{"name": "x", "shape": [1, 2], "datatype": "FP32", "parameters": {"binary_data_size": size}}], raw
    )
    decoder = body_decoder(Body(format="OpenInference"), field="f", default_names=None, keep=None)
    with pytest.raises(BodyError) as caught:
        decoder.rows(data, "BASE64", None)
    assert caught.value.problem is BodyProblem.INVALID_TENSOR


@pytest.mark.parametrize("raw", [b"\x05\0\0\0hi", b"\x01\0", b"\xff\xff\xff\xff"])
def test_texts_that_run_over_the_end_are_refused(raw: bytes) -> None:
    with pytest.raises(BodyError):
        decode_raw("BYTES", raw)


@pytest.mark.parametrize("length", [0, 3, 10**9])
def test_a_wrong_header_length_is_refused(length: int) -> None:
    data, _ = binary_body([GOOD], b"")
    decoder = body_decoder(Body(), field="f", default_names=None, keep=None)
    with pytest.raises(BodyError):
        decoder.rows(data, "BASE64", f"application/octet-stream; inference-header-content-length={length}")
