"""CPU time of reading capture files, against a bare Polars scan that decodes the same bodies.

    .venv/bin/python benchmarks/capture/measure.py

"Bare" is the least that any Polars reader does: `scan_ndjson` with a schema, the bodies of both sides split
or parsed by Polars' own functions and cast to numbers. It checks nothing, joins nothing, and trusts bodies to
be alike. "Decode" is what the analyzer reads, blocks of rows of both sides joined, numbers parsed; "profile"
summarises them too (types, moments, sketches, distinct counts). Each figure is the least CPU time per row,
user and system over all threads, of several rounds in which the candidates take turns.
"""

import argparse
import tempfile
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

from model_monitor_analyzer.startup import prepare

prepare()

import polars as pl  # noqa: E402
from generate import FEATURES, FORMS, PREDICTION, write  # noqa: E402

from model_monitor_analyzer.sources.listing import list_objects  # noqa: E402
from model_monitor_analyzer.sources.partitions import plan_partitions  # noqa: E402
from model_monitor_analyzer.sources.reading import read  # noqa: E402
from model_monitor_analyzer.sources.source import Source  # noqa: E402
from model_monitor_analyzer.stores import Access  # noqa: E402
from model_monitor_analyzer.summaries import SummarySettings, merge_tree, summarise  # noqa: E402
from model_monitor_api.v1alpha1.columns import Columns  # noqa: E402

SIDE = pl.Struct({"data": pl.String, "encoding": pl.String, "observedContentType": pl.String})
SCHEMA = {
    "captureData": pl.Struct({"endpointInput": SIDE, "endpointOutput": SIDE}),
    "eventMetadata": pl.Struct({"eventId": pl.String, "inferenceId": pl.String, "inferenceTime": pl.String}),
}
REAL = pl.Float64


def bare(path: Path, name: str) -> pl.DataFrame:
    captured = pl.col("captureData").struct
    bodies = pl.scan_ndjson(path, schema=SCHEMA).select(
        pl.col("eventMetadata"),
        captured.field("endpointInput").struct.field("data").alias("request"),
        captured.field("endpointOutput").struct.field("data").alias("response"),
    )
    request, response = pl.col("request").str, pl.col("response").str
    if name == "csv-1":
        decoded = bodies.with_columns(
            request.strip_chars_end("\n").str.split(",").list.to_struct(fields=FEATURES),
            response.strip_chars_end("\n").alias(PREDICTION),
        ).unnest("request")
    elif name == "csv-20":
        lines = bodies.with_columns(
            request.strip_chars_end("\n").str.split("\n"),
            response.strip_chars_end("\n").str.split("\n").alias(PREDICTION),
        ).explode("request", PREDICTION)
        decoded = lines.with_columns(request.split(",").list.to_struct(fields=FEATURES)).unnest("request")
    elif name == "json-object":
        decoded = bodies.with_columns(
            request.json_decode(pl.Struct(dict.fromkeys(FEATURES, REAL))),
            response.json_decode(pl.Struct({PREDICTION: REAL})),
        ).unnest("request", "response")
    else:
        matrix = pl.List(pl.List(REAL))
        decoded = (
            bodies.with_columns(
                request.json_decode(pl.Struct({"instances": matrix})),
                response.json_decode(pl.Struct({"predictions": matrix})),
            )
            .unnest("request", "response")
            .explode("instances", "predictions")
            .with_columns(
                pl.col("instances").list.to_struct(fields=FEATURES),
                pl.col("predictions").list.first().alias(PREDICTION),
            )
            .unnest("instances")
        )
    return decoded.with_columns(pl.col([*FEATURES, PREDICTION]).cast(REAL)).collect()


def blocks(path: Path) -> Iterator[pl.DataFrame]:
    columns = Columns(features=FEATURES, probability=PREDICTION)
    source = Source(path.as_uri(), "SageMakerCapture", columns)
    access = Access({})
    for partition in plan_partitions(source, None, list_objects(source, None, access), access):
        for block in read(partition, access):
            if block.problems.counts:
                raise RuntimeError("the files are sound, yet problems were found")
            yield block.frame


def decode(path: Path) -> int:
    return sum(len(frame) for frame in blocks(path))


def profile(path: Path) -> int:
    settings = SummarySettings()
    return merge_tree(summarise(frame, settings) for frame in blocks(path)).rows


def cpu_seconds(work: Callable[[], object]) -> float:
    began = time.process_time()
    work()
    return time.process_time() - began


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rows", type=int, default=500_000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--forms", nargs="*", default=list(FORMS), choices=list(FORMS))
    arguments = parser.parse_args()
    print(f"{'bodies':<20}{'bare':>10}{'decode':>10}{'+ profile':>11}{'decode/bare':>13}{'all/bare':>10}")
    with tempfile.TemporaryDirectory() as folder:
        for name in arguments.forms:
            path = Path(folder) / f"{name}.jsonl"
            write(path, FORMS[name], arguments.rows, seed=1)
            candidates = [partial(bare, path, name), partial(decode, path), partial(profile, path)]
            rounds = [[cpu_seconds(work) for work in candidates] for _ in range(arguments.rounds)]
            least = [min(times) * 1e6 / arguments.rows for times in zip(*rounds, strict=True)]
            scan, ours, all_of_it = least
            print(
                f"{name:<20}{scan:>7.2f} us{ours:>7.2f} us{all_of_it:>8.2f} us"
                f"{ours / scan:>13.2f}{all_of_it / scan:>10.2f}",
                flush=True,
            )
            path.unlink()


if __name__ == "__main__":
    main()
