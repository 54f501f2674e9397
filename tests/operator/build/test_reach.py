"""Whatever a plan names is mounted, wherever in the plan it is named."""

from typing import Any

import pytest

from model_monitor_api.contract.plan import AnalysisPlan, BaselineLocation
from model_monitor_api.introspection import fields_of, models_within
from model_monitor_api.meta import LOCATION
from model_monitor_api.v1alpha1.baseline import Adopt
from model_monitor_api.v1alpha1.dataset import Files, GroundTruth
from model_monitor_api.v1alpha1.storage import Output
from model_monitor_operator.build.reach import Claim, reach_of

PLACES = {Files, GroundTruth, Output, Adopt, BaselineLocation}


def _plan(**parts: Any) -> AnalysisPlan:
    document = {
        "subject": {"kind": "Baseline", "namespace": "models", "name": "churn", "uid": "u"},
        "data": {"files": {"uri": "s3://data/a.csv", "format": "CSV"}},
        "columns": {},
        "baseline": {},
        "output": {"uri": "s3://results"},
    }
    return AnalysisPlan.model_validate({**document, **parts})


def test_every_model_with_a_location_is_known() -> None:
    patterned = {
        model
        for model in models_within(AnalysisPlan)
        for info in fields_of(model).values()
        if LOCATION.partition("[")[0] in str(info)  # the rest is escaped
    }
    assert patterned | {BaselineLocation} == PLACES


@pytest.mark.parametrize("part", ["statistics", "constraints", "analysis"])
def test_claims_of_adopted_files_are_mounted(part: str) -> None:
    plan = _plan(baseline={"adopt": {part: "pvc://old/files.json"}})
    assert reach_of(plan).claims == (Claim("old", written=False),)


def test_only_the_claim_that_results_go_to_is_written() -> None:
    files = {"uri": "pvc://data/{yyyy}/", "format": "CSV"}
    plan = _plan(data={"files": files}, output={"uri": "pvc://results"})
    assert reach_of(plan).claims == (Claim("data", written=False), Claim("results", written=True))


def test_a_claim_for_data_and_results_is_mounted_once() -> None:
    files = {"uri": "pvc://all/data", "format": "CSV"}
    plan = _plan(data={"files": files}, output={"uri": "pvc://all/results"})
    assert reach_of(plan).claims == (Claim("all", written=True),)


def test_secrets_are_named_once_and_in_a_stable_order() -> None:
    def connection(name: str) -> dict[str, Any]:
        return {"secretRef": {"name": name}}

    labels = {"uri": "s3://labels", "format": "CSV", "connection": connection("b")}
    background = {"uri": "s3://rows", "format": "CSV", "connection": connection("c")}
    plan = _plan(
        baseline={"groundTruth": labels, "explainability": {"background": background}},
        output={"uri": "s3://results", "connection": connection("b")},
        data={"files": {"uri": "s3://data", "format": "CSV", "connection": connection("a")}},
    )
    assert reach_of(plan).secrets == ("a", "b", "c")


def test_a_custom_analyzer_has_no_workers() -> None:
    assert reach_of(_plan(scale={"workers": 3})).workers == 3
    assert reach_of(_plan(scale={"workers": 3}, analyzer={"image": "a"})).workers == 0
