"""Generate the quickstart's data: a small credit-risk model, its training data, and two days of its traffic.

    python examples/quickstart/generate.py --output demo-output

Loan applications are drawn from a made-up population, a gradient-boosting model learns which of them
default, and two days of requests to that model are written as capture files. Two things go wrong in the
traffic, at the hours that the README tells: a fault in the data, and a change of the population.

Everything follows from the seed and the end of the traffic: the same arguments give the same bytes.
"""

import argparse
import json
import shutil
import uuid
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray
from population import CATEGORIES, Applicants, as_csv, draw_applicants, draw_defaults
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.model_selection import StratifiedKFold, cross_val_predict
from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

SEED: Final = 7
END: Final = datetime(2026, 11, 2, tzinfo=UTC)
HOURS: Final = 48
HOUR: Final = timedelta(hours=1)
TRAINING_ROWS: Final = 12_000
ROWS_PER_HOUR: Final = 1_000
FILES_PER_HOUR: Final = 4
THRESHOLD: Final = 0.5

FAULT: Final = range(HOURS - 16, HOURS - 13)
"""Hours of the traffic, from 0, in which the app sends yearly incomes and no utilisation."""
CAMPAIGN: Final = range(HOURS - 8, HOURS)
"""Hours of the traffic in which a campaign brings other applicants."""
CAMPAIGN_SHARE: Final = 0.6

ENDPOINT: Final = "credit-risk"
VARIANT: Final = "AllTraffic"


class Generated(NamedTuple):
    """What was written.

    Attributes
    ----------
    training
        CSV with a header: features, `default`, `prediction`, `probability`.
    capture
        Prefix of the capture files.
    training_rows, captured_rows, captured_requests
        How much.
    """

    training: Path
    capture: Path
    training_rows: int
    captured_rows: int
    captured_requests: int


def generate(output: Path, seed: int = SEED, end: datetime = END) -> Generated:
    """Write training data and traffic below a folder, replacing what an earlier call wrote there."""
    training, capture = output / "training.csv", output / "capture"
    shutil.rmtree(capture, ignore_errors=True)
    output.mkdir(parents=True, exist_ok=True)
    rng = np.random.default_rng(seed)

    applicants = draw_applicants(rng, TRAINING_ROWS)
    defaults = draw_defaults(rng, applicants)
    model = _classifier(applicants, seed)
    probabilities = _probabilities_of_unseen(model, applicants, defaults, seed)
    _write_training(training, applicants, defaults, probabilities)

    model.fit(_matrix(applicants), defaults)
    rows = requests = 0
    for hour in range(HOURS):
        sent = _sent(rng, hour)
        scores = model.predict_proba(_matrix(sent))[:, 1]
        records = list(_records(rng, end - (HOURS - hour) * HOUR, as_csv(sent), scores))
        _write_hour(rng, capture, records)
        rows, requests = rows + scores.size, requests + len(records)
    return Generated(training, capture, TRAINING_ROWS, rows, requests)


def _classifier(applicants: Applicants, seed: int) -> HistGradientBoostingClassifier:
    categorical = [name in CATEGORIES for name in applicants]
    return HistGradientBoostingClassifier(
        max_iter=60, max_leaf_nodes=12, categorical_features=categorical, random_state=seed
    )


def _matrix(applicants: Applicants) -> NDArray[np.float64]:
    return np.column_stack([values.astype(np.float64) for values in applicants.values()])


def _probabilities_of_unseen(
    model: HistGradientBoostingClassifier, applicants: Applicants, defaults: NDArray[np.int64], seed: int
) -> NDArray[np.float64]:
    """Return for each row the probability that a model gives it which has not been trained on it.

    A model is surer of the rows it was trained on than of any traffic, so their own scores would make a
    baseline from which all traffic drifts.
    """
    folds = StratifiedKFold(5, shuffle=True, random_state=seed)
    found = cross_val_predict(model, _matrix(applicants), defaults, cv=folds, method="predict_proba")
    return np.asarray(found[:, 1])


def _write_training(
    path: Path, applicants: Applicants, defaults: NDArray[np.int64], probabilities: NDArray[np.float64]
) -> None:
    with path.open("w", encoding="utf-8", newline="\n") as file:
        file.write(",".join([*applicants, "default", "prediction", "probability"]) + "\n")
        for line, label, score in zip(as_csv(applicants), defaults, probabilities, strict=True):
            file.write(f"{line},{label},{int(score > THRESHOLD)},{score:.6f}\n")


def _sent(rng: np.random.Generator, hour: int) -> Applicants:
    """Draw the rows that are sent to the model in one hour of the traffic: few at night, many by day."""
    busy = 1 - 0.6 * np.cos(2 * np.pi * (hour % 24 - 2) / 24)
    count = int(rng.poisson(ROWS_PER_HOUR * busy))
    sent = draw_applicants(rng, count, CAMPAIGN_SHARE if hour in CAMPAIGN else 0.0)
    if hour in FAULT:
        app = sent["channel"] == CATEGORIES["channel"].index("app")
        sent["income"] = np.where(app, 12 * sent["income"], sent["income"]).round(2)
        sent["utilisation"] = np.where(app, np.nan, sent["utilisation"])
    return sent


def _records(
    rng: np.random.Generator, start: datetime, lines: list[str], scores: NDArray[np.float64]
) -> Iterator[tuple[datetime, dict[str, Any]]]:
    """Yield the capture records of one hour with their times: mostly a row a request, sometimes more."""
    sizes = rng.choice([1, 2, 3, 5, 20], size=len(lines), p=[0.85, 0.06, 0.04, 0.03, 0.02])
    starts = np.cumsum(sizes) - sizes
    starts = starts[starts < len(lines)]
    seconds = np.sort(rng.random(starts.size)) * HOUR.total_seconds()
    for number, first in enumerate(starts):
        rows = slice(first, first + sizes[number])
        time = start + timedelta(milliseconds=int(seconds[number] * 1000))
        yield time, _record(rng, time, lines[rows], scores[rows])


def _record(
    rng: np.random.Generator, time: datetime, lines: list[str], scores: NDArray[np.float64]
) -> dict[str, Any]:
    answers = [
        {"score": round(float(score), 6), "predicted_label": int(score > THRESHOLD)} for score in scores
    ]
    return {
        "captureData": {
            "endpointInput": {
                "observedContentType": "text/csv",
                "mode": "INPUT",
                "data": "\n".join(lines) + "\n",
                "encoding": "CSV",
            },
            "endpointOutput": {
                "observedContentType": "application/json",
                "mode": "OUTPUT",
                "data": json.dumps({"predictions": answers}),
                "encoding": "JSON",
            },
        },
        "eventMetadata": {
            "eventId": _uuid(rng),
            "inferenceId": f"application-{_uuid(rng)}",
            "inferenceTime": f"{time:%Y-%m-%dT%H:%M:%SZ}",
        },
        "eventVersion": "0",
    }


def _write_hour(
    rng: np.random.Generator, capture: Path, records: list[tuple[datetime, dict[str, Any]]]
) -> None:
    """Write one hour's records, cut into files as a capture that is flushed now and then leaves them."""
    for part in range(FILES_PER_HOUR):
        minutes = range(60 * part // FILES_PER_HOUR, 60 * (part + 1) // FILES_PER_HOUR)
        chunk = [(time, record) for time, record in records if time.minute in minutes]
        if not chunk:
            continue
        time = chunk[0][0]
        folder = capture / ENDPOINT / VARIANT / f"{time:%Y/%m/%d/%H}"
        folder.mkdir(parents=True, exist_ok=True)
        name = f"{time:%M-%S}-{time.microsecond // 1000:03d}-{_uuid(rng)}.jsonl"
        text = "".join(json.dumps(record, separators=(",", ":")) + "\n" for _, record in chunk)
        (folder / name).write_text(text, encoding="utf-8", newline="\n")


def _uuid(rng: np.random.Generator) -> str:
    return str(uuid.UUID(bytes=rng.bytes(16), version=4))


def _moment(text: str) -> datetime:
    moment = datetime.fromisoformat(text)
    moment = moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    if moment != moment.replace(minute=0, second=0, microsecond=0):
        raise argparse.ArgumentTypeError(f"'{text}' is not a full hour")
    return moment


def main() -> None:
    """Read the arguments, generate, and say what was written."""
    parser = argparse.ArgumentParser(description="Generate the quickstart's training data and traffic.")
    parser.add_argument("--output", type=Path, default=Path("demo-output"), help="default: %(default)s")
    parser.add_argument("--seed", type=int, default=SEED, help="default: %(default)s")
    parser.add_argument(
        "--end",
        type=_moment,
        default=END,
        metavar="TIME",
        help="end of the traffic, a full hour; default: %(default)s",
    )
    options = parser.parse_args()
    with threadpool_limits(1):  # so small a model is slower on several threads, by far on a busy machine
        done = generate(options.output, options.seed, options.end)
    print(f"{done.training}: {done.training_rows:,} rows")
    requests = f"{done.captured_requests:,} requests over {HOURS} hours"
    print(f"{done.capture}: {done.captured_rows:,} rows in {requests}")


if __name__ == "__main__":
    main()
