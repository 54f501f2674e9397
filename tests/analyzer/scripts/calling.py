"""Scripts that a test writes, and what comes of their records."""

import json

import pytest

from model_monitor_analyzer.errors import ScriptError
from model_monitor_analyzer.scripts.process import ScriptProcess, ScriptRows
from model_monitor_analyzer.scripts.protocol import RecordForm
from model_monitor_analyzer.scripts.script import Script

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
