"""Guesses at what was meant."""

import pytest

from model_monitor_api.spelling import did_you_mean, nearest

TYPES = ("Regression", "BinaryClassification", "MulticlassClassification")
FORMATS = ("CSV", "JSONLines", "JSON", "Parquet", "SageMakerCapture", "KServeLog")


@pytest.mark.parametrize(
    ("word", "known", "meant"),
    [
        ("Binary", TYPES, "BinaryClassification"),
        ("multiclass", TYPES, "MulticlassClassification"),
        ("binary_classification", TYPES, "BinaryClassification"),
        ("Regresion", TYPES, "Regression"),
        ("JSONL", FORMATS, "JSONLines"),
        ("json", FORMATS, "JSON"),
        ("kserve", FORMATS, "KServeLog"),
        ("Re", TYPES, None),
        ("", ("only",), None),
        ("Model", ("ModelQuality", "ModelExplainability"), None),
        ("Ranking", TYPES, None),
    ],
)
def test_the_nearest_word(word: str, known: tuple[str, ...], meant: str | None) -> None:
    assert nearest(word, known) == meant


def test_without_a_guess_a_few_words_are_named() -> None:
    assert did_you_mean("Ranking", TYPES) == (
        "known are `BinaryClassification`, `MulticlassClassification`, `Regression`"
    )
    assert did_you_mean("Ranking", map(str, range(13))) == ""
