import base64
import json
import tracemalloc

import pytest
from hypothesis import given
from hypothesis import strategies as st

from model_monitor_analyzer.errors import ConfigurationError
from model_monitor_analyzer.payload.body import BodyDecoder, body_decoder
from model_monitor_analyzer.payload.errors import BodyError, BodyProblem
from model_monitor_analyzer.payload.values import Row
from model_monitor_api.v1alpha1.dataset import Body

NAMES = ("a", "b")


def decoder(
    body: Body | None = None, names: tuple[str, ...] | None = NAMES, keep: list[str] | None = None
) -> BodyDecoder:
    return body_decoder(
        body or Body(),
        field="payload.input",
        default_names=names,
        keep=None if keep is None else frozenset(keep),
    )


def b64(data: str | bytes) -> str:
    return base64.b64encode(data.encode() if isinstance(data, str) else data).decode()


ONE: list[Row] = [{"a": "1", "b": "2.0"}]
TWO: list[Row] = [*ONE, {"a": "3", "b": None}]


@pytest.mark.parametrize(
    ("data", "encoding", "content_type", "rows"),
    [
        ("1,2.0", "CSV", "text/csv", ONE),
        ("1,2.0\r\n3,\r\n", "CSV", "text/csv; charset=utf-8", TWO),
        ("1,2.0", "csv", None, ONE),
        ("1,2.0", "CSV", "application/json", ONE),
        ('{"a":1,"b":2.0}', "JSON", "application/json", ONE),
        ("[1,2.0]", "JSON", "application/json", ONE),
        ("[[1,2.0],[3,null]]", "JSON", None, TWO),
        ('[{"a":1,"b":2.0},{"b":null,"a":3}]', "JSON", None, TWO),
        ('{"instances":[[1,2.0],[3,null]]}', "JSON", "application/json", TWO),
        ('{"instances":[{"features":[1,2.0]},{"features":[3,null]}]}', "JSON", None, TWO),
        ('{"predictions":[{"a":1,"b":2.0}]}', "JSON", None, ONE),
        ('{"a":1,"b":2.0}\n{"a":3,"b":null}\n', "JSON", "application/json", TWO),
        ('{"a":1,"b":2.0}\n{"a":3,"b":null}', "JSON", "application/jsonlines", TWO),
        ("[1,2.0]\n[3,null]\n", "JSON", "application/x-ndjson", TWO),
        (b64("1,2.0\n3,"), "BASE64", "text/csv", TWO),
        (b64("1,2.0"), "BASE64", "text/html; charset=utf-8", ONE),
        (b64('{"a":1,"b":2.0}'), "BASE64", "text/html", ONE),
        (b64(b"\xef\xbb\xbf[[1,2.0]]"), "BASE64", None, ONE),
        (b64('{"a":1,"b":2.0}'), "base64", "application/vnd.api+json", ONE),
        ("1,2.0", None, None, ONE),
        (" [[1,2.0]]", None, "text/plain", ONE),
        ('{"a":1,"b":2.0}', None, "application/json", ONE),
        ('{"inputs":[{"name":"x","shape":[1,2],"datatype":"FP32","data":[1,2.0]}]}', "JSON", None, ONE),
        ("\ufeff1,2.0", "CSV", None, ONE),
        ("", "CSV", None, []),
        ("[]", "JSON", None, []),
    ],
)
def test_content_types_and_encodings(
    data: str, encoding: str | None, content_type: str | None, rows: list[Row]
) -> None:
    assert decoder().rows(data, encoding, content_type) == rows


@pytest.mark.parametrize(
    ("body", "data", "rows"),
    [
        (Body(format="CSV", csv_delimiter=";"), "1;2.0\n3;", TWO),
        (Body(format="CSV"), '1,"2.0"', ONE),
        (Body(format="JSON", rows="data.rows"), '{"data":{"rows":[[1,2.0],[3,null]]}}', TWO),
        (
            Body(rows="instances[].features"),
            '{"instances":[{"features":[1,2.0]},{"features":[3,null]}]}',
            TWO,
        ),
        (Body(rows="first"), '{"first":{"a":1,"b":2.0},"second":{}}', ONE),
        (Body(columns={"a": "x[0]", "b": "y.z"}), '{"x":[1],"y":{"z":2.0}}', ONE),
        (Body(rows="items", columns={"a": "[0]", "b": "[1]"}), '{"items":[[1,2.0],[3]]}', TWO),
        (Body(format="JSONLines", rows="r"), '{"r":[[1,2.0]]}\n{"r":[[3,null]]}', TWO),
        (Body(format="TensorFlowServing"), '{"inputs":{"a":[1,3],"b":[[2.0],[null]]}}', TWO),
        (Body(format="TensorFlowServing"), '{"outputs":[[1,2.0],[3,null]]}', TWO),
        (Body(format="TensorFlowServing"), '{"instances":[[1,2.0]],"signature_name":"x"}', ONE),
        (Body(format="JSON"), '{"instances":[[1,2.0]]}', [{"instances.0.0": "1", "instances.0.1": "2.0"}]),
        (Body(names=["p", "q"]), "[[1,2.0]]", [{"p": "1", "q": "2.0"}]),
    ],
)
def test_declared_formats_and_expressions(body: Body, data: str, rows: list[Row]) -> None:
    for recorded, encoding in ((data, None), (b64(data), "BASE64")):
        assert decoder(body).rows(recorded, encoding, None) == rows


def test_scalars_in_an_array_are_rows_where_there_is_one_name_and_else_one_row() -> None:
    assert decoder(names=("p",)).rows("[0.5,0.25]", "JSON", None) == [{"p": "0.5"}, {"p": "0.25"}]
    assert decoder(names=None).rows("[0.5,0.25]", "JSON", None) == [{"_c0": "0.5", "_c1": "0.25"}]
    assert decoder(names=("p",)).rows('{"predictions":[0.5,0.25]}', "JSON", None) == [
        {"p": "0.5"},
        {"p": "0.25"},
    ]


def test_keys_that_are_not_declared_are_left_out_and_positions_are_not() -> None:
    response = decoder(names=("score",), keep=["score", "classes"])
    data = '{"score":0.5,"latency":3,"classes":[1,2],"model":{"v":1}}'
    assert response.rows(data, "JSON", None) == [{"score": "0.5", "classes.0": "1", "classes.1": "2"}]
    assert response.rows("0.5\n", "CSV", None) == [{"score": "0.5"}]


@pytest.mark.parametrize(
    ("data", "encoding", "content_type", "problem"),
    [
        ("1,2,3", "CSV", None, BodyProblem.WIDTH_MISMATCH),
        ("[[1,2],[3]]", "JSON", None, BodyProblem.WIDTH_MISMATCH),
        ("5", "JSON", None, BodyProblem.WIDTH_MISMATCH),
        ("{", "JSON", None, BodyProblem.INVALID_JSON),
        ("", "JSON", None, BodyProblem.INVALID_JSON),
        ("[1,2] [3,4]", "JSON", None, BodyProblem.INVALID_JSON),
        ('{"a":1}\n{"a"', "JSON", None, BodyProblem.INVALID_JSON),
        ('"a,1', "CSV", None, BodyProblem.INVALID_CSV),
        ("not base64!", "BASE64", None, BodyProblem.INVALID_BASE64),
        ("YWJ", "BASE64", None, BodyProblem.INVALID_BASE64),
        ("ünï", "BASE64", None, BodyProblem.INVALID_BASE64),
        (b64(b"\xff\xfe\x00"), "BASE64", "text/csv", BodyProblem.NOT_TEXT),
        (b64(b"\x89PNG\r\n\x1a\n\0\0"), "BASE64", "image/png", BodyProblem.NOT_TEXT),
        ("[[" + "[" * 100 + "]" * 100 + "]]", "JSON", None, BodyProblem.TOO_LARGE),
        ("[" * 50_000, "JSON", None, BodyProblem.TOO_LARGE),
        ("[" + "[1,2]," * 100_001 + "[1,2]]", "JSON", None, BodyProblem.TOO_LARGE),
        (json.dumps({str(index): 1 for index in range(6000)}), "JSON", None, BodyProblem.TOO_LARGE),
    ],
)
def test_bodies_that_are_no_rows(
    data: str, encoding: str, content_type: str | None, problem: BodyProblem
) -> None:
    with pytest.raises(BodyError) as caught:
        decoder().rows(data, encoding, content_type)
    assert caught.value.problem is problem
    assert str(caught.value) == problem.value


def test_a_document_of_too_many_values_is_refused_before_they_take_room() -> None:
    text = "[" + "[]," * 6_000_000 + "[]]"
    tracemalloc.start()
    try:
        with pytest.raises(BodyError) as caught:
            decoder().rows(text, "JSON", None)
        assert tracemalloc.get_traced_memory()[1] < 3 * len(text)
    finally:
        tracemalloc.stop()
    assert caught.value.problem is BodyProblem.TOO_LARGE


@pytest.mark.parametrize(
    ("body", "problem"),
    [
        (Body(rows="missing"), BodyProblem.NOT_TABULAR),
        (Body(rows="length(a)"), BodyProblem.EXPRESSION_FAILED),
        (Body(columns={"x": "abs(b)"}), BodyProblem.EXPRESSION_FAILED),
        (Body(format="TensorFlowServing"), BodyProblem.NOT_TABULAR),
        (Body(format="OpenInference"), BodyProblem.INVALID_TENSOR),
    ],
)
def test_documents_that_do_not_fit_the_settings(body: Body, problem: BodyProblem) -> None:
    with pytest.raises(BodyError) as caught:
        decoder(body).rows('{"a":1,"b":"x"}', "JSON", None)
    assert caught.value.problem is problem


@pytest.mark.parametrize(
    ("body", "says"),
    [
        (Body(rows="a["), "payload.input.rows: incomplete expression"),
        (Body(columns={"x": "nope(@)"}), "payload.input.columns.x: unknown function nope()"),
        (Body(names=["a", "b", "a"]), "payload.input.names: 'a' stands there twice"),
        (Body(csv_delimiter='"'), "payload.input.csvDelimiter"),
    ],
)
def test_wrong_settings_are_refused_with_their_field(body: Body, says: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        decoder(body)
    assert says in str(caught.value)


CELLS = st.none() | st.integers().map(str) | st.floats(allow_nan=False, allow_infinity=False).map(repr)


@given(rows=st.lists(st.tuples(CELLS, CELLS), min_size=1, max_size=6))
def test_rows_survive_every_way_to_write_them(rows: list[tuple[str | None, str | None]]) -> None:
    expected = [{"a": a, "b": b} for a, b in rows]
    arrays = ",".join(f"[{a or 'null'},{b or 'null'}]" for a, b in rows)
    objects = [f'{{"a": {a or "null"}, "b": {b or "null"}}}' for a, b in rows]
    written = {
        ("".join(f"{a or ''},{b or ''}\n" for a, b in rows), "CSV"),
        (f"[{arrays}]", "JSON"),
        (f'{{"instances": [{arrays}]}}', "JSON"),
        (f"[{','.join(objects)}]", "JSON"),
        ("\n".join(objects), "JSON"),
        (
            json.dumps({"inputs": []})[:-2]
            + f'{{"name":"t","datatype":"FP64","shape":[{len(rows)},2],"data":[{arrays}]}}]}}',
            "JSON",
        ),
    }
    for data, encoding in written:
        assert decoder().rows(data, encoding, None) == expected
        assert decoder().rows(b64(data), "BASE64", None) == expected
