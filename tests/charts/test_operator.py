"""The operator's own objects, as the chart makes them."""

from pathlib import Path

from model_monitor_operator.__main__ import _parser
from model_monitor_operator.settings import GatewaySettings, Settings, load_settings
from tests.charts.rendering import EVERYTHING, Values, only, render, settings
from tests.cluster.client import Manifest


def pod_of(values: Values | None = None) -> Manifest:
    found: Manifest = only(render(values), "Deployment")["spec"]["template"]
    return found


def container_of(values: Values | None = None) -> Manifest:
    found: Manifest = pod_of(values)["spec"]["containers"][0]
    return found


def test_there_is_one_operator_and_never_two_during_an_upgrade() -> None:
    spec = only(render(), "Deployment")["spec"]
    assert (spec["replicas"], spec["strategy"]) == (1, {"type": "Recreate"})
    assert not [each for each in render(EVERYTHING) if each["kind"] == "PodDisruptionBudget"]


def test_the_operator_reads_the_settings_that_the_chart_writes(tmp_path: Path) -> None:
    values: Values = {
        "operator": {"workers": 8, "resyncSeconds": 86_400},
        "analyzer": {
            "image": {"repository": "registry.example/analyzer", "tag": "1.2", "pullPolicy": "Always"},
            "podDefaults": {
                "resources": {"limits": {"memory": "4Gi"}},
                "securityContext": {"fsGroup": 10**9},
            },
            "otlpEndpoint": "http://collector:4318",
        },
        "clusterDomain": "example.internal",
        "namespaces": ["a", "b"],
        "metrics": {"port": 9090},
        "gateway": {
            "envoy": {"image": {"repository": "registry.example/envoy", "tag": "v1"}, "resources": {}},
            "shipper": {"image": {"digest": f"sha256:{'1' * 64}", "pullPolicy": "Always"}},
            "podDefaults": {"nodeSelector": {"pool": "inference"}},
        },
    }
    file = tmp_path / "settings.yaml"
    file.write_text(settings(render(values)))
    found = load_settings(file)
    assert found.model_dump(by_alias=True, exclude_unset=True) == {
        "analyzerImage": "registry.example/analyzer:1.2",
        "imagePullPolicy": "Always",
        "namespaces": ["a", "b"],
        "podDefaults": {"resources": {"limits": {"memory": "4Gi"}}, "securityContext": {"fsGroup": 10**9}},
        "clusterDomain": "example.internal",
        "otlpEndpoint": "http://collector:4318",
        "workers": 8,
        "resyncSeconds": 86_400,
        "metricsPort": 9090,
        "gateway": {
            "envoyImage": "registry.example/envoy:v1",
            "captureImage": f"model-monitor-capture@sha256:{'1' * 64}",
            "envoyPullPolicy": "IfNotPresent",
            "capturePullPolicy": "Always",
            "envoyResources": {"requests": {"cpu": "500m", "memory": "256Mi"}},
            "shipperResources": {"requests": {"cpu": "50m", "memory": "128Mi"}},
            "podDefaults": {"nodeSelector": {"pool": "inference"}},
        },
    }


def test_the_operator_takes_the_arguments_that_the_chart_gives() -> None:
    arguments = container_of({"operator": {"logLevel": "debug"}})["args"]
    taken = _parser().parse_args(arguments)
    assert (taken.log_level, str(taken.config)) == ("debug", "/etc/model-monitor/settings.yaml")


def test_every_setting_is_a_value_of_the_chart(tmp_path: Path) -> None:
    file = tmp_path / "settings.yaml"
    file.write_text(settings(render({**EVERYTHING, "namespaces": ["a"]})))
    found = load_settings(file)
    assert found.model_fields_set == set(Settings.model_fields)
    assert found.gateway.model_fields_set == set(GatewaySettings.model_fields)


def test_defaults_of_the_chart_are_those_of_the_operator(tmp_path: Path) -> None:
    file = tmp_path / "settings.yaml"
    file.write_text(settings(render()))
    found = load_settings(file)
    gateway = GatewaySettings(capture_image=found.gateway.capture_image)
    assert found == Settings(analyzer_image=found.analyzer_image, gateway=gateway)


def test_changed_settings_restart_the_operator_and_nothing_else_does() -> None:
    before = pod_of()
    changed = pod_of({"operator": {"workers": 5}})
    assert before["metadata"]["annotations"] != changed["metadata"]["annotations"]
    assert before == pod_of({"metrics": {"serviceMonitor": {"enabled": True}}, "rbac": {"userRoles": False}})


def test_the_pod_is_what_the_values_say() -> None:
    pod = pod_of(EVERYTHING)
    given = EVERYTHING["operator"]
    for name in ("priorityClassName", "nodeSelector", "tolerations", "affinity"):
        assert pod["spec"][name] == given[name]
    assert pod["spec"]["containers"][0]["env"] == given["extraEnv"]
    assert pod["spec"]["imagePullSecrets"] == EVERYTHING["imagePullSecrets"]
    labels = pod["metadata"]["labels"]
    assert labels.items() >= {"team": "ml", "tier": "platform"}.items()
    assert pod["metadata"]["annotations"].items() >= given["podAnnotations"].items()


def test_a_digest_is_taken_in_place_of_a_tag() -> None:
    digest = f"sha256:{'a' * 64}"
    image = {"repository": "registry.example/operator", "tag": "1.0", "digest": digest}
    assert container_of({"operator": {"image": image}})["image"] == f"registry.example/operator@{digest}"
    image["digest"] = ""
    assert container_of({"operator": {"image": image}})["image"] == "registry.example/operator:1.0"


def test_images_are_by_default_those_of_the_chart_s_version_and_never_the_latest() -> None:
    assert container_of()["image"] == "model-monitor-operator:0.1.0"
    assert "model-monitor-analyzer:0.1.0" in settings(render())


def test_selectors_hold_only_labels_that_no_upgrade_changes() -> None:
    deployment = only(render(EVERYTHING), "Deployment")
    stable = {"app.kubernetes.io/name", "app.kubernetes.io/instance", "app.kubernetes.io/component"}
    selector = deployment["spec"]["selector"]["matchLabels"]
    assert set(selector) == stable
    assert selector.items() <= deployment["spec"]["template"]["metadata"]["labels"].items()


def test_only_the_metrics_port_can_be_reached_and_by_default_everything_from_the_operator() -> None:
    spec = only(render(), "NetworkPolicy")["spec"]
    assert spec["policyTypes"] == ["Ingress"]
    assert spec["ingress"] == [{"ports": [{"port": "metrics"}]}]
    assert spec["podSelector"]["matchLabels"].items() <= pod_of()["metadata"]["labels"].items()


def test_a_policy_that_names_who_may_read_metrics_lets_the_chart_s_own_test_pass() -> None:
    objects = render(EVERYTHING)
    peers = only(objects, "NetworkPolicy")["spec"]["ingress"][0]["from"]
    assert EVERYTHING["networkPolicy"]["metricsFrom"][0] in peers
    allowed = peers[-1]["podSelector"]["matchLabels"]
    assert allowed.items() <= only(objects, "Pod")["metadata"]["labels"].items()


def test_egress_is_opened_to_dns_the_api_server_and_what_is_named() -> None:
    egress = only(render(EVERYTHING), "NetworkPolicy")["spec"]["egress"]
    ports = [port["port"] for rule in egress for port in rule.get("ports", ())]
    assert ports == [53, 53, 443, 6443, 9090]
    assert EVERYTHING["networkPolicy"]["egress"]["rules"][0] in egress
