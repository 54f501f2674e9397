"""One table, written as captured traffic in several ways, gives the cells of the table."""

import csv
import json
from collections.abc import Callable

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from model_monitor_analyzer.sources.capture.bookkeeping import SCHEMA
from model_monitor_analyzer.sources.capture.decoder import CaptureDecoder
from model_monitor_analyzer.sources.problems import ProblemLog
from model_monitor_api.v1alpha1.columns import Columns
from model_monitor_api.v1alpha1.dataset import Payload
from tests.analyzer.capture.captures import chunk, record, side
from tests.support.data import data_file

Rows = list[list[str]]


def table() -> tuple[list[str], Rows]:
    with data_file("churn-training.csv").open(newline="") as file:
        header, *rows = csv.reader(file)
    return header, rows


def as_objects(names: list[str], rows: Rows) -> str:
    objects = [
        "{" + ", ".join(f"{json.dumps(name)}: {cell}" for name, cell in zip(names, row, strict=True)) + "}"
        for row in rows
    ]
    return objects[0] if len(objects) == 1 else f"[{', '.join(objects)}]"


def as_tensor(_: list[str], rows: Rows) -> str:
    cells = ",".join(",".join(row) for row in rows)
    tensor = f'"name":"x","datatype":"FP64","shape":[{len(rows)},{len(rows[0])}],"data":[{cells}]'
    return '{"inputs":[{' + tensor + "}]}"


WRITERS: dict[str, tuple[str, Callable[[list[str], Rows], str]]] = {
    "csv": ("CSV", lambda _, rows: "\n".join(map(",".join, rows)) + "\n"),
    "quoted csv": ("CSV", lambda _, rows: "\r\n".join(",".join(f'"{cell}"' for cell in row) for row in rows)),
    "instances": (
        "JSON",
        lambda _, rows: '{"instances": [' + ", ".join(f"[{', '.join(r)}]" for r in rows) + "]}",
    ),
    "objects": ("JSON", as_objects),
    "tensor": ("JSON", as_tensor),
}


@pytest.mark.parametrize("rows_per_request", [1, 7])
@pytest.mark.parametrize("writer", WRITERS)
def test_captured_churn_data_is_the_churn_data(writer: str, rows_per_request: int) -> None:
    names, rows = table()
    encoding, write = WRITERS[writer]
    requests = [rows[first : first + rows_per_request] for first in range(0, len(rows), rows_per_request)]
    data = chunk(*(record(side(write(names, some), encoding)) for some in requests))
    log = ProblemLog("x")
    block = CaptureDecoder(Payload(), Columns(names=names)).decode(data, log)
    assert not log.take()
    expected = pl.DataFrame(rows, schema=dict.fromkeys(names, pl.String), orient="row")
    assert_frame_equal(block.frame.drop(*SCHEMA), expected)
