"""Reports like those of real runs, for tests of what reads them."""

from datetime import UTC, datetime

import numpy as np
from scipy import stats

from model_monitor_api.contract.plan import Subject
from model_monitor_api.contract.report import (
    AnalysisReport,
    BadRecords,
    BadRecordSample,
    CheckOutcome,
    DataQualityReport,
    FeatureReport,
    ReportViolation,
    SuggestedConstraints,
    Verdict,
)
from model_monitor_api.v1alpha1.monitoringexecution import Counts, Window
from tests.support.report_features import (
    Drawn,
    categorical_feature,
    new_category_feature,
    numeric_feature,
    side_of,
    with_holes,
)

START = datetime(2025, 3, 4, 14, tzinfo=UTC)


END = datetime(2025, 3, 4, 15, tzinfo=UTC)


COMPLETED = datetime(2025, 3, 4, 15, 10, 41, tzinfo=UTC)


HOSTILE_NAMES = (
    "<script>document.title='ran'</script>",
    '"><img src=x onerror="document.title=\'ran\'">',
    "'><svg onload=document.title='ran'>",
    "</title><script>document.title='ran'</script>",
    "</style><script>document.title='ran'</script>",
    "</script><script>document.title='ran'</script>",
    "<!--<script>document.title='ran'</script>",
    "]]><script>document.title='ran'</script>",
    "javascript:document.title='ran'",
    "{{ 7 * 7 }}{% raw %}${7*7}",
    "&lt;script&gt;&#x3C;",
    "invoice\u202egnp.exe",
    "zero\u200bwidth\ufeff\u00ad",
    "nul\x00bell\x07escape\x1b[31mred",
    "line\nbreak\ttab\u2028separator",
    "x" * 10_000,
    "\u202e" * 10_000,
    "مبلغ الفاتورة",
    "金額" * 40,
    " ",
    "a" + "\u0301" * 200,
)


def violated_report(seed: int = 7) -> AnalysisReport:
    """Return a window of a churn model in which most went on as before, and five things did not."""
    rng = np.random.default_rng(seed)
    m, n = 2333, 1412
    calls = [
        Drawn(
            "day_minutes",
            rng.normal(180, 54, m),
            np.where(rng.random(n) < 0.45, 0.58, 1.0) * rng.normal(181, 54, n),
        ),
        Drawn("day_calls", rng.poisson(100, m) * 1.0, rng.poisson(100, n) * 1.0),
        Drawn("evening_minutes", rng.normal(200, 51, m), rng.normal(200, 51, n)),
        Drawn("night_minutes", rng.normal(201, 50, m), rng.normal(203, 50, n)),
        Drawn("international_minutes", rng.gamma(13, 0.79, m), rng.gamma(13, 0.79, n)),
        Drawn("service_calls", rng.poisson(1.56, m) * 1.0, rng.poisson(1.6, n) * 1.0),
        Drawn("data_volume_mb", rng.lognormal(6.2, 1.1, m), rng.lognormal(6.24, 1.1, n)),
        Drawn("account_age_days", rng.normal(1010, 395, m), with_holes(rng.normal(1012, 395, n), rng, 0.083)),
        Drawn("balance", rng.normal(12.5, 40, m), rng.normal(12.0, 40, n)),
        Drawn("signal_quality", rng.beta(6, 2, m), rng.beta(6, 2, n)),
    ]
    states = [
        "CA",
        "TX",
        "NY",
        "FL",
        "WA",
        "OH",
        "MI",
        "NJ",
        "VA",
        "GA",
        "NC",
        "IL",
        "PA",
        "AZ",
        "MA",
        "CO",
        "MN",
    ]
    weights = 1.0 / np.arange(2, len(states) + 2)
    features = [
        *[numeric_feature(drawn) for drawn in calls],
        categorical_feature(
            "plan", ["basic", "plus", "family", "business"], [0.46, 0.31, 0.17, 0.06], rng, m=m, n=n
        ),
        categorical_feature("state", states, (weights / weights.sum()).tolist(), rng, m=m, n=n),
        categorical_feature("voice_mail", ["false", "true"], [0.72, 0.28], rng, m=m, n=n, kind="Boolean"),
        new_category_feature(m, n, rng),
        FeatureReport(
            name="contract_months",
            kind="Numeric",
            baseline=side_of(rng.choice([12.0, 24.0, 36.0], m)),
            checks=[
                CheckOutcome(
                    check="missing_column_check",
                    violated=True,
                    violated_by_other_rule=True,
                    description="The column is in the baseline, and in no record of the window.",
                )
            ],
        ),
        numeric_feature(Drawn("churn_score", rng.beta(1.4, 6, m), rng.beta(1.7, 6, n)), role="Probability"),
    ]
    return _with_family(features, records=n)


def clean_report() -> AnalysisReport:
    """Return a window in which nothing changed."""
    rng = np.random.default_rng(3)
    features = [
        numeric_feature(Drawn(name, rng.normal(mean, 3, 2000), rng.normal(mean, 3, 900)))
        for name, mean in (("temperature", 21.0), ("humidity", 48.0), ("pressure", 1013.0))
    ]
    return _with_family(features, records=900)


def inconclusive_report(reason: str = "TooFewRecords") -> AnalysisReport:
    """Return a window that decided nothing."""
    rng = np.random.default_rng(4)
    features = [
        numeric_feature(Drawn(name, rng.normal(0, 1, 2000), rng.normal(0, 1, 31))).model_copy(
            update={"notes": ["31 records cannot show a distance of 0.1; 480 could."]}
        )
        for name in ("temperature", "humidity")
    ]
    report = _with_family(features, records=31)
    found = report.data_quality.features if report.data_quality and reason == "TooFewRecords" else []
    return report.model_copy(
        update={
            "verdict": "Inconclusive",
            "reason": reason,
            "message": "31 records are fewer than the 100 that a window without an alarm needs.",
            "data_quality": DataQualityReport(features=found, underpowered=[f.name for f in found]),
        }
    )


def baseline_report() -> AnalysisReport:
    """Return the profile that a Baseline makes."""
    report = violated_report()
    assert report.data_quality is not None
    features = [
        FeatureReport(
            name=feature.name,
            kind=feature.kind,
            role=feature.role,
            baseline=feature.baseline,
            bins=[b.model_copy(update={"current": 0.0}) for b in feature.bins if b.baseline > 0],
            constraints=SuggestedConstraints(
                completeness=1.0,
                non_negative=feature.baseline.numeric.min >= 0 if feature.baseline.numeric else None,
                domain=None if feature.baseline.numeric else int(feature.baseline.distinct),
            ),
        )
        for feature in report.data_quality.features
        if feature.baseline is not None
    ]
    return AnalysisReport(
        run_id="b1946ac92492d2347c6235b4d2611184",
        subject=Subject(kind="Baseline", namespace="telecom", name="churn-2025-02", uid="4a1c"),
        type="DataQuality",
        verdict="Completed",
        message="The baseline is ready.",
        counts=Counts(records=2333, features=len(features)),
        data_quality=DataQualityReport(features=features),
        objects=1,
        plan_digest="9f2feb0f1ef425b2",
        analyzer_version="0.1.0",
        completed_at=COMPLETED,
    )


def segmented_report() -> AnalysisReport:
    """Return a window analysed apart by region, of which one changed."""
    rng = np.random.default_rng(11)
    features = [
        numeric_feature(
            Drawn(name, rng.normal(20, 4, 3000), rng.normal(20 + shift * (name == "latency_ms"), 4, 800))
        ).model_copy(update={"segment": segment})
        for segment, shift in (("region=eu-west", 0.0), ("region=us-east", 2.4), ("region=ap-south", 0.0))
        for name in ("latency_ms", "payload_kb")
    ]
    return _with_family(features, records=2400)


def wide_report(count: int, violated: int = 0) -> AnalysisReport:
    """Return a window of very many features, of which the last `violated` are violated."""
    rng = np.random.default_rng(5)
    model = numeric_feature(Drawn("f", rng.normal(0, 1, 4000), rng.normal(0.02, 1, 1000)))
    outcome = model.checks[0]
    features = [
        model.model_copy(
            update={
                "name": f"embedding_{i:04}",
                "checks": [
                    outcome.model_copy(
                        update={"effect": 0.2, "p_value": 1e-9} if i >= count - violated else {}
                    )
                ],
            }
        )
        for i in range(count)
    ]
    return _with_family(features, records=1000)


def hostile_report() -> AnalysisReport:
    """Return a window in which every text that comes from data is an attack."""
    rng = np.random.default_rng(6)
    features = []
    for index, name in enumerate(HOSTILE_NAMES):
        drawn = Drawn(name, rng.normal(0, 1, 500), rng.normal(index % 2, 1, 500))
        feature = numeric_feature(drawn)
        if index % 3 == 0:
            size = len(HOSTILE_NAMES)
            feature = categorical_feature(name, list(HOSTILE_NAMES), [1 / size] * size, rng, m=500, n=500)
        features.append(
            feature.model_copy(
                update={
                    "kind": name[:200],
                    "segment": name if index % 2 else None,
                    "notes": [name],
                    "distances": {name: 0.5},
                    "checks": [
                        c.model_copy(update={"description": name, "check": name, "measure": name})
                        for c in feature.checks
                    ],
                }
            )
        )
    attack = HOSTILE_NAMES[0]
    report = _with_family(features, records=500)
    return report.model_copy(
        update={
            "message": attack,
            "reason": attack,
            "baseline_uri": attack,
            "run_id": attack,
            "plan_digest": attack,
            "analyzer_version": attack,
            "violations": [
                ReportViolation(feature=n, check=n, description=n, severity=1.0, segment=n)
                for n in HOSTILE_NAMES
            ],
            "bad_records": BadRecords(
                counts=dict.fromkeys(HOSTILE_NAMES, 1),
                samples=[BadRecordSample(object=n, position=i, kind=n) for i, n in enumerate(HOSTILE_NAMES)],
            ),
            "data_quality": DataQualityReport(
                features=features,
                not_assessed={n: n for n in HOSTILE_NAMES[:3]},
                underpowered=[HOSTILE_NAMES[4]],
            ),
        }
    )


def _with_family(features: list[FeatureReport], records: int) -> AnalysisReport:
    """Return a report of features whose q-values and verdicts are decided over all of them."""
    p_values = [c.p_value for f in features for c in f.checks if c.p_value is not None]
    controlled = iter(stats.false_discovery_control(p_values).tolist() if p_values else [])
    decided = []
    for feature in features:
        checks = []
        for check in feature.checks:
            if check.p_value is None:
                checks.append(check)
                continue
            q_value = next(controlled)
            violated = q_value <= 0.01 and (check.effect or 0.0) > (check.floor or 0.0)
            checks.append(check.model_copy(update={"q_value": q_value, "violated": violated}))
        decided.append(feature.model_copy(update={"checks": checks}))
    violations = sorted(
        (
            ReportViolation(
                feature=feature.name,
                check=check.check,
                description=check.description,
                severity=(check.effect or 1.0) / (check.floor or 0.01),
                segment=feature.segment,
            )
            for feature in decided
            for check in feature.checks
            if check.violated
        ),
        key=lambda v: -v.severity,
    )
    verdict: Verdict = "CompletedWithViolations" if violations else "Completed"
    return AnalysisReport(
        run_id="3f1a6e0c5b7d4c1f9a2e8d4b6c7f0e12",
        subject=Subject(
            kind="MonitoringSchedule", namespace="telecom", name="churn-data-quality", uid="7c2d"
        ),
        type="DataQuality",
        window=Window(start=START, end=END),
        verdict=verdict,
        message=f"{len(violations)} violations." if violations else "No check found a change.",
        decision="Calibrated",
        false_discovery_rate=0.01,
        counts=Counts(records=records, bad_records=9, features=len(features), violations=len(violations)),
        bad_records=BadRecords(
            counts={"InvalidJson": 7, "TruncatedObject": 2},
            samples=[
                BadRecordSample(
                    object=f"s3://captures/churn/AllTraffic/2025/03/04/14/{part:02}-17-21-118.jsonl.gz",
                    position=position,
                    kind=kind,
                )
                for part, position, kind in (
                    (3, 107, "InvalidJson"),
                    (7, 21, "InvalidJson"),
                    (9, 0, "TruncatedObject"),
                )
            ],
        ),
        filtered_records=38,
        violations=violations,
        data_quality=DataQualityReport(
            features=decided,
            underpowered=["signal_quality"] if any(f.name == "signal_quality" for f in decided) else [],
            not_assessed={"churned": "The baseline has no predictions to compare with."},
        ),
        baseline_uri="s3://monitoring/baselines/telecom/churn-2025-02/9f2feb0f1ef425b2/data-quality",
        plan_digest="5eb63bbbe01eeed0",
        analyzer_version="0.1.0",
        objects=12,
        completed_at=COMPLETED,
    )
