"""What a person at a terminal sees, and what Ctrl-C leaves."""

import fcntl
import os
import pty
import re
import select
import shutil
import signal
import struct
import subprocess
import sys
import termios
import time
from pathlib import Path

import pytest

from model_monitor_analyzer.cli.command import main
from tests.analyzer.cli.test_run import AT_DRIFTED
from tests.support.project import COMMAND, Project, baseline, capture, schedule

CONTROL = re.compile(r"\x1b\[[0-9;?]*[a-zA-Z]")
LONG = "a-schedule-with-a-name-that-nobody-would-type"


def at_terminal(project: Project, *arguments: str, columns: int = 80, **environment: str) -> str:
    """Run the command with a terminal of so many columns for both of its outputs; return what it showed."""
    leader, follower = pty.openpty()
    fcntl.ioctl(follower, termios.TIOCSWINSZ, struct.pack("HHHH", 40, columns, 0, 0))
    inherited = {
        name: value for name, value in os.environ.items() if name not in {"NO_COLOR", "COLUMNS", "TERM"}
    }
    process = subprocess.Popen(
        [*COMMAND, *arguments],
        cwd=project.folder,
        stdin=follower,
        stdout=follower,
        stderr=follower,
        env=inherited | {"TERM": "xterm-256color"} | environment,
        start_new_session=True,
    )
    os.close(follower)
    shown = bytearray()
    end = time.monotonic() + 120
    while time.monotonic() < end:
        if not select.select([leader], [], [], 1)[0]:
            continue
        try:
            piece = os.read(leader, 65_536)
        except OSError:  # the terminal is closed with its last user
            break
        if not piece:
            break
        shown += piece
    os.close(leader)
    assert process.wait(timeout=60) == 0
    return shown.decode()


@pytest.fixture
def wide_names(project: Project) -> Project:
    """The project with names that do not fit."""
    project.write_manifests(baseline("file://./train.csv"), capture("file://./capture/"), schedule(name=LONG))
    return project


@pytest.mark.parametrize(("columns", "name"), [(80, "a-schedule-wit…ody-would-type"), (120, LONG)])
def test_tables_keep_within_the_terminal(wide_names: Project, columns: int, name: str) -> None:
    arguments = ("run", "-f", "manifests.yaml", "--at", AT_DRIFTED, "--quiet")
    shown = at_terminal(wide_names, *arguments, columns=columns)
    plain = CONTROL.sub("", shown).replace("\r", "")
    tables, _, reports = plain.partition("Reports")
    assert max(len(line.rstrip()) for line in tables.splitlines()) <= columns
    assert f" {name}  2026-03-01 11:00 +1h " in tables
    assert f"out/default/{LONG}/2026/03/01/1200/report.html" in reports.replace("\n", "")


def test_the_table_of_a_run_reads_as_it_should(project: Project) -> None:
    shown = at_terminal(project, "run", "-f", "manifests.yaml", "--at", AT_DRIFTED, NO_COLOR="1")
    lines = [line.rstrip() for line in CONTROL.sub("", shown).replace("\r", "").splitlines()]
    heading = next(line for line in lines if "SCHEDULE" in line)
    row = lines[lines.index(heading) + 1]
    assert heading.split() == ["SCHEDULE", "WINDOW", "(UTC)", "RECORDS", "BAD", "RESULT"]
    assert row.split() == ["hourly", "2026-03-01", "11:00", "+1h", "400", "0", "1", "violation"]
    assert row.index("400") + 3 == heading.index("RECORDS") + len("RECORDS")
    assert any(line.split()[:2] == ["income", "baseline_drift_check"] for line in lines)


def test_colours_are_for_terminals_only_and_can_be_declined(project: Project) -> None:
    arguments = ("run", "-f", "manifests.yaml", "--at", AT_DRIFTED)
    assert "\x1b[33m" in at_terminal(project, *arguments)
    assert not re.search(r"\x1b\[[0-9;]*3[0-7]m", at_terminal(project, *arguments, NO_COLOR="1"))
    piped = project.run(*arguments)
    assert "\x1b" not in piped.stdout + piped.stderr


def test_quiet_shows_no_progress(project: Project) -> None:
    arguments = ("run", "-f", "manifests.yaml", "--at", AT_DRIFTED, "--quiet")
    assert "rows" not in at_terminal(project, *arguments)


def test_a_long_error_is_broken_between_words(project: Project) -> None:
    project.write_manifests(schedule(baselineRef={"name": "another-baseline-that-is-not-there"}))
    leader, follower = pty.openpty()
    fcntl.ioctl(follower, termios.TIOCSWINSZ, struct.pack("HHHH", 40, 80, 0, 0))
    process = subprocess.Popen(
        [*COMMAND, "validate", "-f", "manifests.yaml"],
        cwd=project.folder,
        stdout=follower,
        stderr=follower,
        env=os.environ | {"TERM": "xterm", "NO_COLOR": "1"},
    )
    os.close(follower)
    assert process.wait(timeout=60) == 2
    shown = CONTROL.sub("", os.read(leader, 65_536).decode()).replace("\r", "")
    os.close(leader)
    assert max(len(line) for line in shown.splitlines()) <= 80
    assert 'got "another-baseline-that-is-not-there"' in shown


def test_help_answers_at_once_and_says_what_there_is(project: Project) -> None:
    found = project.run("--help")
    assert found.returncode == 0
    assert all(command in found.stdout for command in ("run", "validate", "analyze"))
    assert project.run("--version").stdout.startswith("model-monitor ")


@pytest.mark.parametrize("command", ["run", "validate", "analyze", "fetch", "collect"])
def test_help_keeps_within_80_columns(
    command: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    with pytest.raises(SystemExit):
        main([command, "--help"])
    assert max(len(line) for line in capsys.readouterr().out.splitlines()) <= 80


SLOW = """\
import pathlib, time
def postprocess_handler():
    pathlib.Path({mark!r}).write_text("begun")
    time.sleep(600)
"""


def wait_for(path: Path) -> None:
    end = time.monotonic() + 90
    while not path.exists():
        assert time.monotonic() < end
        time.sleep(0.05)


@pytest.mark.parametrize(
    ("executor", "number", "times", "status"),
    [
        ("threads", signal.SIGINT, 1, 130),
        ("threads", signal.SIGINT, 5, 130),
        ("processes", signal.SIGINT, 1, 130),
        ("threads", signal.SIGTERM, 1, 143),
    ],
)
def test_an_interruption_has_its_status_and_leaves_nothing_half_written(
    project: Project, executor: str, number: signal.Signals, times: int, status: int
) -> None:
    mark = project.folder / "mark"
    source = SLOW.format(mark=str(mark))
    script = {"configMapRef": {"name": "scripts", "key": "script.py"}}
    project.write_manifests(
        baseline("file://./train.csv"),
        capture("file://./capture/"),
        schedule(scripts={"postprocess": script, "timeoutSeconds": 600}),
        {
            "apiVersion": "v1",
            "kind": "ConfigMap",
            "metadata": {"name": "scripts"},
            "data": {"script.py": source},
        },
    )
    arguments = ["run", "-f", "manifests.yaml", "--at", AT_DRIFTED, "--executor", executor, "--workers", "2"]
    process = subprocess.Popen(
        [*COMMAND, *arguments],
        cwd=project.folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    wait_for(mark)
    for _ in range(times):
        process.send_signal(number) if number == signal.SIGTERM else os.killpg(process.pid, number)
        time.sleep(0.1)
    out, err = process.communicate(timeout=60)
    assert process.returncode == status
    assert out == ""
    assert "interrupted" in err
    assert "Traceback" not in err
    # The baseline was complete before; of the window there is nothing.
    names = project.files()
    assert not any("hourly" in name for name in names)
    assert sum(name.endswith("manifest.json") for name in names) == 1


BEGIN = """\
import os, runpy, signal, sys
class Interrupting:
    def find_spec(self, name, path=None, target=None):
        if name == {module!r}:
            os.kill(os.getpid(), signal.SIGINT)
signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell ignores it for what runs behind it
sys.meta_path.insert(0, Interrupting())
sys.argv = ["model-monitor", *{arguments!r}]
runpy.run_module("model_monitor_analyzer", run_name="__main__")
"""


@pytest.mark.parametrize(
    "module",
    ["model_monitor_analyzer.cli.command", "argparse", "model_monitor_analyzer.cli.run", "polars"],
)
def test_ctrl_c_while_the_program_is_loaded_shows_no_traceback(project: Project, module: str) -> None:
    source = BEGIN.format(module=module, arguments=["run", "-f", "manifests.yaml", "--at", AT_DRIFTED])
    found = subprocess.run(
        [sys.executable, "-c", source],
        cwd=project.folder,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert found.returncode == 130
    assert "Traceback" not in found.stderr
    assert found.stdout == ""
    assert project.files() == {}


@pytest.mark.parametrize("executor", ["threads", "processes"])
def test_ctrl_c_while_data_are_read(project: Project, executor: str) -> None:
    rows = [[number % 70, f"{number}.5", "de"] for number in range(300_000)]
    project.write_csv("big/0.csv", ("age", "income", "country"), rows)
    for part in range(1, 40):
        shutil.copy(project.folder / "big/0.csv", project.folder / f"big/{part}.csv")
    project.write_manifests(baseline("file://./big/"))
    process = subprocess.Popen(
        [*COMMAND, "run", "-f", "manifests.yaml", "--executor", executor, "--workers", "2"],
        cwd=project.folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    time.sleep(3)
    if process.poll() is None:
        os.killpg(process.pid, signal.SIGINT)
    _, err = process.communicate(timeout=60)
    # A fast machine may have been done; whichever came first, there is all or nothing. An interpreter that is
    # interrupted within `exec` of a text ends by the signal itself, which a shell reports as 130 too.
    assert process.returncode in {0, 130, -signal.SIGINT}
    assert "Traceback" not in err
    written = project.files()
    assert bool(written) == (process.returncode == 0)
