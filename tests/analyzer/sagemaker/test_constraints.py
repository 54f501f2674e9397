import json
from typing import Any

import pytest

from model_monitor_analyzer.sagemaker.constraints import DEFAULT_CONFIG, Constraints, MonitoringConfig
from model_monitor_analyzer.sagemaker.document import DocumentError

OVERRIDES = {"evaluate_constraints": "Disabled"}


def document(*features: dict[str, Any], **config: Any) -> dict[str, Any]:
    return {"version": 0.0, "features": list(features), **config}


def feature(**fields: Any) -> dict[str, Any]:
    return {"name": "state", "inferred_type": "String", "completeness": 1.0, **fields}


def parse(raw: object) -> Constraints:
    return Constraints.from_json(json.dumps(raw), "constraints.json")


def test_defaults_are_those_that_sagemaker_writes() -> None:
    assert DEFAULT_CONFIG.model_dump() == {
        "evaluate_constraints": "Enabled",
        "emit_metrics": "Enabled",
        "datatype_check_threshold": 1.0,
        "domain_content_threshold": 1.0,
        "distribution_constraints": {
            "perform_comparison": "Enabled",
            "comparison_threshold": 0.1,
            "comparison_method": "Robust",
            "categorical_comparison_threshold": 0.1,
            "categorical_drift_method": "LInfinity",
        },
    }
    assert parse(document()).monitoring_config == DEFAULT_CONFIG


@pytest.mark.parametrize(
    "fields",
    [
        {"monitoringConfigOverrides": OVERRIDES},
        {"monitoring_config_overrides": OVERRIDES},
        {"string_constraints": {"domains": ["a"], "monitoring_config_overrides": OVERRIDES}},
        {"monitoringConfigOverrides": OVERRIDES, "monitoring_config_overrides": OVERRIDES},
    ],
    ids=["documentation", "newer SDK", "older SDK", "the same twice"],
)
def test_overrides_are_read_under_every_name(fields: dict[str, Any]) -> None:
    constraints = parse(document(feature(**fields)))
    assert constraints.features[0].overrides == MonitoringConfig(evaluate_constraints="Disabled")
    written = json.loads(constraints.to_json())["features"][0]
    assert written["monitoringConfigOverrides"] == OVERRIDES
    assert "monitoring_config_overrides" not in json.dumps(written)
    if "string_constraints" in fields:
        assert written["string_constraints"] == {"domains": ["a"]}


def test_overrides_that_contradict_are_refused() -> None:
    other = {"evaluate_constraints": "Enabled"}
    with pytest.raises(DocumentError, match=r"\$.features\[0\]: .*overrides are given twice and differ"):
        parse(document(feature(monitoringConfigOverrides=OVERRIDES, monitoring_config_overrides=other)))


@pytest.mark.parametrize(
    ("spelling", "method"),
    [("linf_simple", "Simple"), ("Simple", "Simple"), ("linf_robust", "Robust"), ("Robust", "Robust")],
)
def test_both_spellings_of_methods(spelling: str, method: str) -> None:
    raw = document(monitoring_config={"distribution_constraints": {"comparison_method": spelling}})
    distribution = parse(raw).monitoring_config.distribution_constraints
    assert distribution is not None
    assert distribution.comparison_method == method


def test_what_is_read_is_written_again() -> None:
    raw = document(
        feature(string_constraints={"domains": ["b", "a"]}, note="kept"),
        {
            "name": "age",
            "inferred_type": "Integral",
            "completeness": 0.5,
            "num_constraints": {"is_non_negative": True},
        },
        monitoring_config={"datatype_check_threshold": 0.95, "own": {"kept": 1}},
        data_sha256="kept",
    )
    assert json.loads(parse(raw).to_json()) == raw


@pytest.mark.parametrize(
    ("raw", "message"),
    [
        (
            document(feature(completeness=1.5)),
            r"\$.features\[0\].completeness: .*less than or equal to 1, got 1.5",
        ),
        (
            document(feature(completeness="NaN")),
            r"\$.features\[0\].completeness: .*valid number, got \"NaN\"",
        ),
        (document({"name": "x"}), r"\$.features\[0\].inferred_type: the field is missing"),
        (document(feature(), feature()), r"two features have the same name"),
        (
            document(monitoring_config={"evaluate_constraints": "On"}),
            r"\$.monitoring_config.evaluate_constraints: .*'Enabled' or 'Disabled', got \"On\"",
        ),
        (
            document(feature(monitoringConfigOverrides={"datatype_check_threshold": 2})),
            r"\$.features\[0\].monitoringConfigOverrides.datatype_check_threshold",
        ),
        (
            document(feature(string_constraints={"domains": [1]})),
            r"string_constraints.domains\[0\]: .*valid string",
        ),
        ([], r"constraints.json: \$: .*got an array"),
    ],
)
def test_errors_name_file_place_value_and_remedy(raw: object, message: str) -> None:
    with pytest.raises(DocumentError, match=message):
        parse(raw)
