"""What a script is given, what it may return, and what it may do wrong."""

import logging
import multiprocessing
import pickle
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from pathlib import Path

import polars as pl
import pytest

from model_monitor_analyzer.errors import ScriptError
from model_monitor_analyzer.scripts import process as process_module
from model_monitor_analyzer.scripts.process import ScriptProcess
from model_monitor_analyzer.scripts.protocol import RecordForm
from model_monitor_analyzer.scripts.script import Script
from tests.analyzer.capture.captures import record, side
from tests.analyzer.scripts.calling import NAME, failure, place, run, script

CAPTURE_SCRIPT = """
import json

def preprocess_handler(inference_record, logger):
    request, response = inference_record.endpoint_input, inference_record.endpoint_output
    event = inference_record.event_metadata
    logger.info("custom %s", event.custom_attribute)
    assert inference_record.as_dict() is inference_record.event_dict
    assert inference_record.ground_truth is None and inference_record.batch_transform_output is None
    return {
        "data": request.data, "encoding": request.encoding, "type": request.observedContentType,
        "mode": request.mode, "id": event.event_id, "time": event.event_time,
        "attribute": event.custom_attribute[0], "version": inference_record.event_version,
        "whole": json.dumps(inference_record.event_dict["captureData"]["endpointInput"]["data"]),
        "response": None if response is None else response.data,
    }
"""


def test_the_argument_has_sagemakers_attributes(caplog: pytest.LogCaptureFixture) -> None:
    value = record(side("1,2\n", "CSV", "text/csv"), event="e1", attributes=["bot"])
    with caplog.at_level(logging.INFO):
        rows = run(CAPTURE_SCRIPT, value, form=RecordForm.CAPTURE)
    assert rows.frame.to_dicts() == [
        {
            "attribute": "bot",
            "data": "1,2\n",
            "encoding": "CSV",
            "id": "e1",
            "mode": "INPUT",
            "response": None,
            "time": "2026-01-01T00:00:00Z",
            "type": "text/csv",
            "version": "0",
            "whole": '"1,2\\n"',
        }
    ]
    assert f"{NAME}: INFO custom ['bot']" in caplog.messages


def test_columns_are_sorted_by_name_as_text() -> None:
    source = "def preprocess_handler(line):\n    return {i: cell for i, cell in enumerate(line.split(','))}"
    assert run(source, ",".join("abcdefghijk")).frame.columns == ["0", "1", "10", *"23456789"]


def test_rows_lists_and_drops() -> None:
    source = """
def preprocess_handler(record):
    if record["n"] == 0:
        return []
    if record["n"] == 1:
        return {"n": 1, "i": None}
    return [{"n": record["n"], "i": i} for i in range(record["n"])]
"""
    rows = run(source, {"n": 0}, {"n": 2}, {"n": 1}, {"n": 0})
    assert rows.counts.to_list() == [0, 2, 1, 0]
    assert rows.frame.rows() == [("0", "2"), ("1", "2"), (None, "1")]


def test_values_in_lexical_form() -> None:
    source = """
import numpy as np

def preprocess_handler(record):
    return {"a": 1, "b": 1.0, "c": True, "d": None, "e": float("nan"), "f": float("-inf"), "g": "é\\ud800",
            "h": np.int64(7), "i": np.float32(0.5), "j": np.bool_(False), "k": 10**30, "l": "", "m": np.nan}
"""
    cells = ("1", "1.0", "true", None, None, "-Infinity", "é?", "7", "0.5", "false", str(10**30), "", None)
    assert run(source, {}).frame.rows() == [cells]


def test_globals_live_as_long_as_the_process_and_batches_do_not_show() -> None:
    source = "n = 0\ndef preprocess_handler(record):\n    global n\n    n += 1\n    return {'n': n}"
    rows = run(source, *[{}] * (2 * process_module.BATCH_RECORDS + 1))
    assert rows.frame["n"].cast(pl.Int64).to_list() == list(range(1, 2 * process_module.BATCH_RECORDS + 2))


def test_many_rows_are_fetched_in_several_answers() -> None:
    source = "def preprocess_handler(r):\n    return [{str(i): r for i in range(100)}] * 3000"
    rows = run(source, *range(5))
    assert rows.counts.to_list() == [3000] * 5
    assert rows.frame["0"].unique(maintain_order=True).to_list() == [str(number) for number in range(5)]


def test_sampling_repeats_itself_for_the_same_seed() -> None:
    source = "import random\ndef preprocess_handler(record):\n    return {'x': random.random()}"
    frames = []
    for seed in ("a", "a", "b"):
        with ScriptProcess(script(source), seed=seed) as running:
            frames.append(running.records(RecordForm.VALUE, [b"1"], place).frame["x"][0])
    assert frames[0] == frames[1] != frames[2]


@pytest.mark.parametrize(
    ("source", "says"),
    [
        ("def f(:", "line 1: it raised SyntaxError while it was loaded"),
        ("x = 1\nx / 0", "line 2: it raised ZeroDivisionError while it was loaded"),
        ("import no_such_module_at_all", "line 1: it raised ModuleNotFoundError while it was loaded"),
        ("import os\nos._exit(3)", "its process ended unexpectedly with exit status 3 while it was loaded"),
        (
            "def preprocess_handler(r):\n    return {'a': 1 / 0}",
            "line 2: it raised ZeroDivisionError in preprocess_handler at line 1 of",
        ),
        (
            "def g():\n    raise KeyError('secret')\ndef preprocess_handler(r):\n    g()",
            "line 2: it raised KeyError",
        ),
        (
            "import json\ndef preprocess_handler(r):\n    json.loads('secret')",
            "line 3: it raised JSONDecodeError",
        ),
        ("import sys\ndef preprocess_handler(r):\n    sys.exit('secret')", "line 3: it raised SystemExit"),
        ("def preprocess_handler(r):\n    return preprocess_handler(r)", "line 2: it raised RecursionError"),
        ("def preprocess_handler(a, b, c): pass", "it raised TypeError"),
        (
            "import os\ndef preprocess_handler(r):\n    os.kill(os.getpid(), 9)",
            "its process ended unexpectedly by SIGKILL",
        ),
        ("def preprocess_handler(r):\n    return 5", "it returned an object of type int; return a dict"),
        (
            "def preprocess_handler(r):\n    return None",
            "it returned an object of type NoneType; return a dict",
        ),
        ("def preprocess_handler(r):\n    return 'text'", "it returned an object of type str; return a dict"),
        ("def preprocess_handler(r):\n    return [1]", "it returned a list that holds an object of type int"),
        (
            "def preprocess_handler(r):\n    return {'a': [1]}",
            "it returned a value that is an object of type list",
        ),
        (
            "def preprocess_handler(r):\n    return {'a': b'x'}",
            "it returned a value that is an object of type bytes",
        ),
        (
            "def preprocess_handler(r):\n    return {None: 1}",
            "it returned a column whose name is an object of type NoneType",
        ),
        ("def preprocess_handler(r):\n    return {1: 1, '1': 2}", "it returned two columns of the same name"),
        (
            "def preprocess_handler(r):\n    return {str(i): 1 for i in range(5001)}",
            "it returned 5001 columns; 5000",
        ),
        (
            "def preprocess_handler(r):\n    return [{'a': 1}] * 100001",
            "it returned 100001 rows for one record",
        ),
        (
            "def preprocess_handler(r):\n    return [{str(i): 1 for i in range(500)}] * 90000",
            "it returned more than 5000000 values",
        ),
        (
            "def preprocess_handler(r):\n    return {'a': 'x' * 1000001}",
            "it returned a text of 1000001 characters",
        ),
    ],
)
def test_what_a_script_can_do_wrong(source: str, says: str) -> None:
    error = failure(source)
    assert str(error).startswith(f"script '{NAME}'")
    assert says in str(error)
    assert "secret" not in str(error)


def test_columns_that_vary_are_refused_across_batches_too() -> None:
    source = "def preprocess_handler(r):\n    return {'a': 1} if r else {'a': 1, 'b': 2}"
    values = [1] * (process_module.BATCH_RECORDS + 5) + [0]
    error = failure(source, *values)
    assert "it returned 1 columns that no row before had and left out 0" in str(error)
    assert f"line {process_module.BATCH_RECORDS + 6} of" in str(error)


def test_the_message_is_fit_for_a_status_and_the_detail_has_the_scripts_traceback() -> None:
    source = """
def inner(text):
    return int(text)

def preprocess_handler(line):
    try:
        return {"a": inner(line)}
    except ValueError as error:
        raise RuntimeError(f"bad {line}") from error
"""
    error = failure(source, "12", "secret-4711")
    assert str(error) == (
        f"script '{NAME}', line 9: it raised RuntimeError in preprocess_handler at line 2 of file:///x"
    )
    assert "ValueError: invalid literal for int() with base 10: 'secret-4711'" in error.detail
    assert "RuntimeError: bad secret-4711" in error.detail
    assert f'File "{NAME}", line 3, in inner\n    return int(text)' in error.detail
    assert "child.py" not in error.detail
    copy = pickle.loads(pickle.dumps(error))
    assert (str(copy), copy.detail) == (str(error), error.detail)


@pytest.mark.parametrize(
    ("raised", "shown"),
    [
        ("type('secret' + str(r), (Exception,), {})()", "an exception"),
        ("Mine()", "Mine"),
        ("json.JSONDecodeError('m', 'd', 0)", "JSONDecodeError"),
    ],
)
def test_the_name_of_an_exception_is_shown_only_if_somebody_wrote_it(raised: str, shown: str) -> None:
    source = f"import json\nclass Mine(Exception): ...\ndef preprocess_handler(r):\n    raise {raised}"
    assert f"line 4: it raised {shown} in preprocess_handler" in str(failure(source, 4711))


def test_the_name_of_what_was_returned_holds_no_data() -> None:
    error = failure("def preprocess_handler(r):\n    return type('secret' + str(r), (), {})()", 4711)
    assert "it returned an object of a type of its own" in str(error)


def _in_a_worker(number: int) -> list[str]:
    source = f"def preprocess_handler(r):\n    return {{'x': r + {number}}}"
    with ScriptProcess(Script("s", source, 20)) as running:
        return running.records(RecordForm.VALUE, [b"1", b"2"], str).frame["x"].to_list()


def test_scripts_run_in_threads() -> None:
    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(_in_a_worker, range(8))) == [[str(1 + n), str(2 + n)] for n in range(8)]


def test_scripts_run_in_worker_processes() -> None:
    with ProcessPoolExecutor(2, mp_context=multiprocessing.get_context("spawn")) as pool:
        assert list(pool.map(_in_a_worker, range(2))) == [["1", "2"], ["2", "3"]]


def test_output_goes_to_the_log_within_bounds(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("model_monitor_analyzer.scripts.output.LOG_CHARACTERS", 10_000)
    source = """
import sys
print("loaded")
def preprocess_handler(r):
    print("out", r)
    print("err", r, file=sys.stderr)
    sys.stdout.write("x" * 50_000)
    return {"a": 1}
"""
    with caplog.at_level(logging.INFO):
        run(source, 1, 2, 3)
    assert f"{NAME}: loaded" in caplog.messages
    assert f"{NAME}: out 1" in caplog.messages
    assert f"{NAME}: err 1" in caplog.messages
    assert caplog.messages.count(f"{NAME}: wrote more than 10000 characters; the rest is dropped") == 1
    assert sum(map(len, caplog.messages)) < 20_000


def test_the_environment_is_given_and_standard_input_is_empty() -> None:
    source = """
import os, sys
def preprocess_handler(r):
    return {"v": os.environ["output_path"], "i": sys.stdin.read()}
"""
    with ScriptProcess(script(source, environment={"output_path": "/tmp/out"})) as running:
        assert running.records(RecordForm.VALUE, [b"1"], place).frame.rows() == [("", "/tmp/out")]


def test_nothing_is_imported_from_the_working_directory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "helper_of_mine.py").write_text("x = 1")
    monkeypatch.chdir(tmp_path)
    assert "ModuleNotFoundError" in str(failure("import helper_of_mine"))


@pytest.mark.parametrize(
    ("source", "says"),
    [
        ("x = 1", "defines no handler; define preprocess_handler() or preprocess_frame()"),
        ("preprocess_handler = 1", "defines no handler"),
        (
            "def preprocess_handler(r): ...\ndef preprocess_frame(f): ...",
            "defines preprocess_handler() and preprocess_frame(); define preprocess_handler() or",
        ),
    ],
)
def test_a_script_must_define_one_handler(source: str, says: str) -> None:
    with ScriptProcess(script(source)) as running, pytest.raises(ScriptError) as caught:
        running.require("preprocess_handler", "preprocess_frame")
    assert says in str(caught.value)
    assert caught.value.next_step == "Define exactly one of the handlers that the message names."


FRAME = pl.DataFrame({"a": ["1", None, "3"], "b": ["x", "y", "z"]})


def frame_result(source: str) -> pl.DataFrame:
    with ScriptProcess(script(source)) as running:
        assert running.require("preprocess_handler", "preprocess_frame") == "preprocess_frame"
        return running.frame(FRAME)


def test_a_frame_is_changed_at_once() -> None:
    source = """
import polars as pl
def preprocess_frame(frame):
    return frame.filter(pl.col("a").is_not_null()).with_columns(c=pl.col("a").cast(pl.Int64) * 2)
"""
    assert frame_result(source).rows() == [("1", "x", 2), ("3", "z", 6)]


@pytest.mark.parametrize(
    ("body", "says"),
    [
        ("return frame.to_dicts()", "it returned an object of type list; return a polars DataFrame"),
        ("return frame.lazy()", "it returned an object of type LazyFrame"),
        ("return frame.select(n=frame.to_struct())", "it returned a column of nested values, 'n'"),
        ("return frame['nope']", "line 2: it raised ColumnNotFoundError in preprocess_frame"),
    ],
)
def test_what_a_frame_script_can_do_wrong(body: str, says: str) -> None:
    with pytest.raises(ScriptError) as caught:
        frame_result(f"def preprocess_frame(frame):\n    {body}")
    assert says in str(caught.value)


def test_postprocessing_is_called_once(tmp_path: Path) -> None:
    target = tmp_path / "seen"
    source = f"def postprocess_handler():\n    open({str(target)!r}, 'a').write('x')"
    with ScriptProcess(script(source)) as running:
        running.postprocess()
    assert target.read_text() == "x"
    with (
        ScriptProcess(script("def postprocess_handler():\n    1 / 0")) as running,
        pytest.raises(ScriptError) as caught,
    ):
        running.postprocess()
    assert "line 2: it raised ZeroDivisionError in postprocess_handler" in str(caught.value)
