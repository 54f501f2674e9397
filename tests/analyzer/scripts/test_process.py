import json
import logging
import multiprocessing
import os
import pickle
import subprocess
import sys
import threading
import time
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

import polars as pl
import pytest

from model_monitor_analyzer.errors import ScriptError
from model_monitor_analyzer.execution.pools import ExecutorChoice, open_pool
from model_monitor_analyzer.scripts import process as process_module
from model_monitor_analyzer.scripts.process import ScriptProcess, ScriptRows
from model_monitor_analyzer.scripts.protocol import RecordForm
from model_monitor_analyzer.scripts.script import Script
from tests.analyzer.capture.captures import record, side

NAME = "configmap/scripts:preprocess.py"


def script(source: str, timeout: float = 20.0, **settings: object) -> Script:
    return Script(NAME, source, timeout_seconds=timeout, **settings)  # type: ignore[arg-type] # test settings


def place(index: int) -> str:
    return f"line {index + 1} of file:///x"


def run(
    source: str, *values: object, form: RecordForm = RecordForm.VALUE, timeout: float = 20.0
) -> ScriptRows:
    with ScriptProcess(script(source, timeout)) as running:
        return running.records(form, [json.dumps(value).encode() for value in values], place)


def failure(source: str, *values: object, timeout: float = 20.0) -> ScriptError:
    with pytest.raises(ScriptError) as caught:
        run(source, *(values or ({"a": 1},)), timeout=timeout)
    return caught.value


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
    "body",
    [
        "while True: pass",
        "import time; time.sleep(1000)",
        "import re; re.match('(a+)+$', 'a' * 50 + 'b')",
        "10 ** 10 ** 10",
        "import threading; lock = threading.Lock(); lock.acquire(); lock.acquire()",
        "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); time.sleep(1000)",
        "try:\n        while True: pass\n    except BaseException: pass",
    ],
)
@pytest.mark.timeout(20)
def test_a_call_that_does_not_end_is_stopped(body: str) -> None:
    source = f"def preprocess_handler(r):\n    if not r: return {{}}\n    {body}"
    began = time.monotonic()
    error = failure(source, 0, 0, 1, timeout=0.4)
    assert "was stopped in preprocess_handler at line 3 of file:///x: a call may take 0.4 s" in str(error)
    assert (error.reason, error.exit_code) == ("ScriptTimeout", 22)
    assert time.monotonic() - began < 5


@pytest.mark.timeout(20)
def test_a_script_that_loops_while_it_is_loaded_is_stopped() -> None:
    assert "was stopped while it was loaded" in str(failure("while True: pass", timeout=0.4))


@pytest.mark.timeout(30)
def test_many_short_calls_may_together_last_longer_than_one_may() -> None:
    source = "import time\ndef preprocess_handler(r):\n    time.sleep(0.05)\n    return {'a': 1}"
    assert len(run(source, *[1] * 30, timeout=0.8).frame) == 30


@pytest.mark.timeout(60)
def test_a_call_that_lasts_is_given_up_when_the_run_is_asked_to_end(tmp_path: Path) -> None:
    mark = tmp_path / "mark"
    source = f"""
import pathlib, time
def preprocess_handler(r):
    pathlib.Path({str(mark)!r}).touch()
    time.sleep(600)
"""

    def interrupted() -> None:
        with open_pool(ExecutorChoice("threads", 1)) as pool:
            pool.executor.submit(run, source, 1, timeout=600)
            while not mark.exists():
                time.sleep(0.05)
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()


def _descendants_of(marker: str) -> list[str]:
    found = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        with suppress(OSError):  # it may have ended meanwhile
            found.append(path.read_bytes().decode(errors="replace"))
    return [line for line in found if marker in line]


@pytest.mark.skipif(sys.platform != "linux", reason="processes are looked up as Linux shows them")
@pytest.mark.timeout(20)
def test_what_the_script_started_is_stopped_with_it() -> None:
    marker = f"marker-{os.getpid()}-{time.monotonic_ns()}"
    source = f"""
import subprocess, sys, time
def preprocess_handler(r):
    subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)", "{marker}"])
    time.sleep(600)
"""
    assert "was stopped" in str(failure(source, timeout=1.0))
    deadline = time.monotonic() + 5
    while _descendants_of(marker) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not _descendants_of(marker)


LEAVES = """
import os, subprocess, sys, time
def start():
    command = [sys.executable, "-c", "import time; time.sleep(600)", "{marker}"]
    if os.fork() == 0:
        os.setsid()
        subprocess.Popen(command, start_new_session=True, env={{}})
        os._exit(0)
    os.wait()
def preprocess_handler(r):
    start()
    {then}
    return {{"a": 1}}
"""


@pytest.mark.skipif(sys.platform != "linux", reason="orphans can be found on Linux only")
@pytest.mark.timeout(30)
@pytest.mark.parametrize(
    ("then", "says"),
    [
        ("pass", None),
        ("time.sleep(600)", "was stopped"),
        ("os._exit(7)", "its process ended unexpectedly with exit status 7"),
        ("os.abort()", "its process ended unexpectedly by SIGABRT"),
    ],
)
def test_what_left_the_session_does_not_outlive_the_script(then: str, says: str | None) -> None:
    marker = f"marker-{os.getpid()}-{time.monotonic_ns()}"
    source = LEAVES.format(marker=marker, then=then)
    if says is None:
        with ScriptProcess(script(source)) as running:
            assert running.records(RecordForm.VALUE, [b"1"], place).frame.rows() == [("1",)]
            while not _descendants_of(marker):
                time.sleep(0.01)  # a program that has just begun shows no arguments yet
    else:
        assert says in str(failure(source, timeout=1.5))
    assert not _descendants_of(marker)


@pytest.mark.timeout(30)
def test_a_script_that_closes_the_pipes_is_not_said_to_be_killed() -> None:
    error = failure("import os\ndef preprocess_handler(r):\n    os.closerange(3, 256)\n    return {'a': 1}")
    assert "its process ended unexpectedly" in str(error)
    assert "SIGKILL" not in str(error)


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


@pytest.mark.timeout(30)
def test_the_process_ends_when_its_parent_is_killed(tmp_path: Path) -> None:
    marker = f"marker-{os.getpid()}-{time.monotonic_ns()}"
    source = f"import time\nname = {marker!r}\ndef preprocess_handler(r):\n    while True: pass"
    program = tmp_path / "parent.py"
    program.write_text(
        "import os, threading\n"
        "from model_monitor_analyzer.scripts.process import ScriptProcess\n"
        "from model_monitor_analyzer.scripts.script import Script\n"
        "from model_monitor_analyzer.scripts.protocol import RecordForm\n"
        f"running = ScriptProcess(Script('s', {source!r}))\n"
        "print(running._child._process.pid, flush=True)\n"
        "running.records(RecordForm.VALUE, [b'1'], str)\n"
    )
    parent = subprocess.Popen([sys.executable, str(program)], stdout=subprocess.PIPE, text=True)
    assert parent.stdout is not None
    child = int(parent.stdout.readline())
    parent.kill()
    parent.wait()
    parent.stdout.close()
    deadline = time.monotonic() + 10
    while Path(f"/proc/{child}/stat").exists() and time.monotonic() < deadline:
        if Path(f"/proc/{child}/stat").read_text().split()[2] == "Z":
            break
        time.sleep(0.1)
    else:
        assert not Path(f"/proc/{child}").exists()


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
        ("x = 1", "defines none; define preprocess_handler() or preprocess_frame()"),
        ("preprocess_handler = 1", "defines none"),
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


def test_nothing_is_left_behind() -> None:
    threads = threading.active_count()
    descriptors = len(list(Path("/proc/self/fd").iterdir()))
    for _ in range(3):
        run("def preprocess_handler(r):\n    return {}", 1)
        failure("def preprocess_handler(r):\n    1 / 0")
    assert threading.active_count() == threads
    assert len(list(Path("/proc/self/fd").iterdir())) <= descriptors + 1
