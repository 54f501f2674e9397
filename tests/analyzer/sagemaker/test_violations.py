import json
import re

import pytest

from model_monitor_analyzer.sagemaker.violations import (
    ConstraintViolation,
    ConstraintViolations,
    data_type_text,
    drift_text,
    requirement_text,
)


def test_the_file_has_sagemakers_shape() -> None:
    found = ConstraintViolations(
        violations=[
            ConstraintViolation(feature_name="x", constraint_check_type="extra_column_check", description="d")
        ]
    )
    assert json.loads(found.to_json()) == {
        "violations": [
            {"feature_name": "x", "constraint_check_type": "extra_column_check", "description": "d"}
        ]
    }
    assert json.loads(ConstraintViolations(violations=[]).to_json()) == {"violations": []}


@pytest.mark.parametrize(
    ("matching", "total", "shown"), [(1970, 1977, "99.64592817400101%"), (353, 354, "99.71751412429379%")]
)
def test_sentence_of_a_type_is_the_analyzers(matching: int, total: int, shown: str) -> None:
    assert data_type_text("Integral", 1.0, matching / total) == (
        "Data type match requirement is not met. Expected data type: Integral, Expected match: 100.0%. "
        f"Observed: Only {shown} of data is Integral."
    )


def test_sagemakers_tools_can_parse_the_sentences() -> None:
    drift = re.search("distance: (.+) exceeds", drift_text(0.25, 0.1))
    share = re.search("Value: (.+) does not meet the constraint requirement!", requirement_text(0.75))
    assert drift is not None
    assert float(drift[1]) == 0.25
    assert share is not None
    assert float(share[1]) == 0.75
