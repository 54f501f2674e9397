import json
import math
from typing import Any

import pytest

from model_monitor_analyzer.sagemaker.document import DocumentError
from model_monitor_analyzer.sagemaker.statistics import Statistics

DOCUMENT: dict[str, Any] = {
    "version": 0.0,
    "dataset": {"item_count": 4},
    "features": [
        {
            "name": "age",
            "inferred_type": "Integral",
            "numerical_statistics": {
                "common": {"num_present": 4, "num_missing": 0},
                "mean": 2.5,
                "sum": 10.0,
                "std_dev": 1.118033988749895,
                "min": 1.0,
                "max": 4.0,
                "approximate_num_distinct_values": 4,
                "completeness": 1.0,
                "distribution": {
                    "kll": {
                        "buckets": [{"lower_bound": 1.0, "upper_bound": 4.0, "count": 4.0}],
                        "sketch": {
                            "parameters": {"c": 0.64, "k": 2048.0},
                            "data": [[1.0, 2.0, 3.0, 4.0]],
                        },
                    }
                },
            },
        },
        {
            "name": "state",
            "inferred_type": "String",
            "string_statistics": {
                "common": {"num_present": 3, "num_missing": 1},
                "distinct_count": 2.0,
                "completeness": 0.75,
                "distribution": {
                    "categorical": {"buckets": [{"value": "NY", "count": 2}, {"value": "<b>é", "count": 1}]}
                },
            },
        },
        {"name": "empty", "inferred_type": "Unknown"},
    ],
}


def parse(document: object) -> Statistics:
    return Statistics.from_json(json.dumps(document), "statistics.json")


def changed(path: list[str | int], value: object) -> dict[str, Any]:
    document = json.loads(json.dumps(DOCUMENT))
    place = document
    for part in path[:-1]:
        place = place[part]
    place[path[-1]] = value
    return dict(document)


def test_what_is_read_is_written_again() -> None:
    statistics = parse(DOCUMENT)
    assert json.loads(statistics.to_json()) == DOCUMENT
    assert Statistics.from_json(statistics.to_json(), "again") == statistics


def test_unknown_fields_are_kept() -> None:
    document = changed(["features", 0, "numerical_statistics", "skewness"], 0.25)
    document["producer"] = {"name": "someone"}
    assert json.loads(parse(document).to_json()) == document


@pytest.mark.parametrize("spelling", ['"NaN"', "NaN"])
def test_nan_has_two_spellings_and_is_written_as_text(spelling: str) -> None:
    text = json.dumps(changed(["features", 0, "numerical_statistics", "mean"], 0.125)).replace(
        "0.125", spelling
    )
    statistics = Statistics.from_json(text, "statistics.json")
    numbers = statistics.features[0].numerical_statistics
    assert numbers is not None
    assert numbers.mean is not None
    assert math.isnan(numbers.mean)
    assert '"mean": "NaN"' in statistics.to_json()


def test_infinity_survives() -> None:
    text = json.dumps(changed(["features", 0, "numerical_statistics", "max"], math.inf))
    written = Statistics.from_json(text, "statistics.json").to_json()
    assert '"max": "Infinity"' in written
    again = Statistics.from_json(written, "again").features[0].numerical_statistics
    assert again is not None
    assert again.max == math.inf


@pytest.mark.parametrize(
    ("path", "value", "message"),
    [
        (["dataset", "item_count"], -1, r"statistics.json: \$.dataset.item_count: .*got -1; correct"),
        (["dataset", "item_count"], "4", r"\$.dataset.item_count: .*valid integer, got \"4\""),
        (
            ["features", 0, "inferred_type"],
            "Float",
            r"\$.features\[0\].inferred_type: .*'Integral'.*got \"Float\"",
        ),
        (
            ["features", 1, "string_statistics", "common"],
            {},
            r"common.num_present: the field is missing; add it",
        ),
        (
            ["features", 0, "numerical_statistics", "distribution", "kll", "sketch", "data"],
            [[math.nan]],
            r"sketch.data\[0\]\[0\]: .*finite",
        ),
        (["features", 1, "name"], "age", r"\$: .*two features have the same name"),
        (["features"], {}, r"\$.features: .*valid list, got an object"),
    ],
)
def test_errors_name_file_place_value_and_remedy(path: list[str | int], value: object, message: str) -> None:
    with pytest.raises(DocumentError, match=message):
        parse(changed(path, value))


@pytest.mark.parametrize("text", ["", "{", "[1,", '{"version": 0.0,}', b"\xff\xfe\xfa"])
def test_what_is_no_json_is_refused(text: str | bytes) -> None:
    with pytest.raises(DocumentError, match=r"broken.json: \$: not valid JSON .*; write the file anew"):
        Statistics.from_json(text, "broken.json")


def test_deep_nesting_is_refused() -> None:
    with pytest.raises(DocumentError):
        Statistics.from_json("[" * 200_000, "deep.json")
