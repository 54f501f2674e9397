"""A script's process ends when it should, whatever the script does."""

import os
import subprocess
import sys
import threading
import time
from contextlib import suppress
from pathlib import Path

import pytest

from model_monitor_analyzer.execution.pools import ExecutorChoice, open_pool
from model_monitor_analyzer.scripts.process import ScriptProcess
from model_monitor_analyzer.scripts.protocol import RecordForm
from tests.analyzer.scripts.calling import failure, place, run, script


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


def test_nothing_is_left_behind() -> None:
    threads = threading.active_count()
    descriptors = len(list(Path("/proc/self/fd").iterdir()))
    for _ in range(3):
        run("def preprocess_handler(r):\n    return {}", 1)
        failure("def preprocess_handler(r):\n    1 / 0")
    assert threading.active_count() == threads
    assert len(list(Path("/proc/self/fd").iterdir())) <= descriptors + 1
