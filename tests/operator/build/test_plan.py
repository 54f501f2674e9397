"""A plan is stored as bytes that depend on nothing but the plan."""

from model_monitor_api.contract.plan import AnalysisPlan
from model_monitor_api.manifests import load_bytes
from model_monitor_api.planning import plan_baseline
from model_monitor_operator.build.plan import PLAN_KEY, build_plan_config_map, render_plan
from tests.operator.build.producing import GOLDEN, owner_of

TEXT = (GOLDEN / "minimal.in.yaml").read_text()


def _plan(text: str = TEXT) -> AnalysisPlan:
    objects = load_bytes(text.encode()).objects
    (baseline,) = objects.baselines.values()
    found = plan_baseline(baseline, objects)
    assert isinstance(found, AnalysisPlan)
    return found


def test_the_analyzer_reads_back_the_plan_that_was_rendered() -> None:
    plan = _plan()
    assert AnalysisPlan.model_validate_json(render_plan(plan).document) == plan


def test_the_order_in_which_an_api_server_gives_keys_does_not_matter() -> None:
    kinds = "columns: {kinds: {plan: Categorical, tenure: Numeric}}\n  dataQuality"
    turned = "columns: {kinds: {tenure: Numeric, plan: Categorical}}\n  dataQuality"
    first, second = (_plan(TEXT.replace("dataQuality", text, 1)) for text in (kinds, turned))
    assert render_plan(first).document == render_plan(second).document


def test_another_plan_is_another_config_map() -> None:
    other = _plan(TEXT.replace("training.csv", "training-2.csv"))
    assert render_plan(other).name != render_plan(_plan()).name
    assert other.digest() != _plan().digest()


def test_the_config_map_holds_the_document_and_never_changes() -> None:
    objects = load_bytes(TEXT.encode()).objects
    (baseline,) = objects.baselines.values()
    rendered = render_plan(_plan())
    found = build_plan_config_map(owner_of(baseline), "models", rendered)
    assert found["data"] == {PLAN_KEY: rendered.document}
    assert found["immutable"] is True
    assert found["metadata"]["name"] == rendered.name
