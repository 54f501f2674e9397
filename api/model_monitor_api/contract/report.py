"""AnalysisReport: all that one run found, as `report.json` holds it."""

from typing import Literal

from pydantic import Field

from model_monitor_api.contract.plan import Subject
from model_monitor_api.meta import ApiModel, Count, Moment
from model_monitor_api.v1alpha1.analysis import Decision, MonitorType
from model_monitor_api.v1alpha1.monitoringexecution import Counts, Window

REPORT_VERSION: Literal["modelmonitor.dev/report.v1"] = "modelmonitor.dev/report.v1"

Verdict = Literal["Completed", "CompletedWithViolations", "Inconclusive"]


class BadRecordSample(ApiModel):
    """Place of one record that could not be read. Never holds data values."""

    object: str
    """URI of the object."""

    position: int
    """Line or record number within it, from 1; 0 where the whole object is meant."""

    kind: str
    """What was wrong, as a constant."""


class BadRecords(ApiModel):
    """Records that could not be read, or not fully."""

    counts: dict[str, int] = Field(default_factory=dict)
    """How many, by what was wrong."""

    samples: list[BadRecordSample] = Field(default_factory=list)
    """The first of them."""


class CheckOutcome(ApiModel):
    """One check of one feature."""

    check: str
    """Name of the check, in SageMaker's words."""

    violated: bool
    """Whether it is a violation, by the rule that decided."""

    violated_by_other_rule: bool
    """Whether the other rule would have called it one."""

    effect: float | None = None
    """What was measured: a distance, or a difference of shares."""

    measure: str = ""
    """What `effect` is, such as `KolmogorovSmirnov`, `TotalVariation` or `ShareDifference`."""

    floor: float | None = None
    """What it had to exceed."""

    p_value: float | None = None
    """Probability of as much without a change; absent where the check is deterministic."""

    q_value: float | None = None
    """The same, controlled for false discoveries over the run."""

    description: str = ""
    """What was seen, in a sentence."""


class Bin(ApiModel):
    """One bar of a chart: a numeric interval or a category, baseline beside current."""

    label: str
    """Category, or the interval as text."""

    lower: float | None = None
    """Lower edge of an interval; absent for a category, and for the first interval where it is open."""

    upper: float | None = None
    """Upper edge of an interval; absent for a category, and for the last interval where it is open."""

    rest: Literal["Other", "Unseen"] | None = None
    """Set where the bar stands for all categories that are not named: others of the baseline, or such as the
    baseline does not have."""

    baseline: float
    """Share of the baseline."""

    current: float
    """Share of the window."""


class NumericSummary(ApiModel):
    """Moments of one side."""

    mean: float
    """Arithmetic mean."""

    std_dev: float
    """Population standard deviation."""

    min: float
    """Smallest value."""

    max: float
    """Largest value."""

    quantile_05: float | None = None
    """Value that 5 % of the values do not exceed."""

    median: float | None = None
    """Value that half of the values do not exceed."""

    quantile_95: float | None = None
    """Value that 95 % of the values do not exceed."""


class Side(ApiModel):
    """One feature on one side, baseline or window."""

    present: int
    """Values that are there."""

    missing: int
    """Values that are missing."""

    inferred_type: str
    """Type found in the data."""

    distinct: float
    """Distinct values, exactly or estimated."""

    infinite: int = 0
    """Values that are infinite: present, but in no moment, quantile or bar."""

    numeric: NumericSummary | None = None
    """Moments and quantiles, for numbers."""


class SuggestedConstraints(ApiModel):
    """What a baseline suggests to require of one feature, as `constraints.json` holds it."""

    completeness: float
    """Least share of values that are there."""

    non_negative: bool | None = None
    """Whether no value may be negative; absent where the values are not numbers."""

    domain: int | None = None
    """How many categories are allowed; absent where any is."""


class FeatureReport(ApiModel):
    """One feature: baseline against current."""

    name: str
    """Name of the column."""

    role: Literal["Feature", "Prediction", "Probability"] = "Feature"
    """What the column is to the model."""

    kind: str
    """Kind of its values."""

    segment: str | None = None
    """Segment, where records were analysed apart."""

    checks: list[CheckOutcome] = Field(default_factory=list)
    """Checks that were made."""

    distances: dict[str, float] = Field(default_factory=dict)
    """Distances by name, published without deciding."""

    baseline: Side | None = None
    """The baseline's side; absent for an extra column."""

    current: Side | None = None
    """The window's side; absent for a missing column."""

    bins: list[Bin] = Field(default_factory=list)
    """Chart of the two distributions; of a Baseline's report, `current` is 0 throughout."""

    constraints: SuggestedConstraints | None = None
    """What is suggested to require of it, in a Baseline's report."""

    notes: list[str] = Field(default_factory=list)
    """What a reader should know, such as why it was not compared."""


class ReportViolation(ApiModel):
    """One violation, worst first."""

    feature: str
    """Feature, facet or metric."""

    check: str
    """Check that failed."""

    description: str
    """What was seen, in a sentence."""

    severity: float
    """Size of the effect, for ordering; larger is worse."""

    segment: str | None = None
    """Segment, where records were analysed apart."""


class DataQualityReport(ApiModel):
    """Findings of a data-quality run."""

    features: list[FeatureReport]
    """Every feature."""

    underpowered: list[str] = Field(default_factory=list)
    """Features of which the window was too small to show the floor."""

    not_assessed: dict[str, str] = Field(default_factory=dict)
    """Columns that were not compared, and why."""


class Coverage(ApiModel):
    """How much of a window's traffic was captured, by the accounts beside its objects."""

    accounts: Count = 0
    """Accounts of an hour by an instance that were found."""

    seen: Count = 0
    """Requests that were to be captured."""

    captured: Count = 0
    """How many of them were."""

    dropped: Count = 0
    """How many were given up."""

    incomplete: Count = 0
    """Accounts that say that more may be missing."""

    unaccounted: Count = 0
    """Folders of objects without any account."""


class AnalysisReport(ApiModel):
    """All that one run found."""

    version: Literal["modelmonitor.dev/report.v1"] = REPORT_VERSION
    """Version of the document."""

    run_id: str
    """Id of the run."""

    subject: Subject
    """The object that was run."""

    type: MonitorType
    """Which analysis."""

    window: Window | None = None
    """Stretch of time, absent for a baseline."""

    verdict: Verdict
    """How it ended."""

    reason: str | None = None
    """Why it is inconclusive, as a constant."""

    message: str
    """How it ended, in a sentence."""

    decision: Decision | None = None
    """Rule that decided."""

    false_discovery_rate: float | None = None
    """Tolerated share of false alarms among alarms, where the rule is `Calibrated`."""

    counts: Counts
    """What the run went through."""

    bad_records: BadRecords = BadRecords()
    """Records that could not be read."""

    filtered_records: Count = 0
    """Records that the filter or the script left out."""

    failed_requests: Count = 0
    """Captured records of requests that failed (status 400 and above, or a gRPC status other than 0): no
    predictions, and left out."""

    coverage: Coverage | None = None
    """How much was captured, where `minCompleteness` asks for it."""

    violations: list[ReportViolation] = Field(default_factory=list)
    """Violations, worst first."""

    data_quality: DataQualityReport | None = None
    """Findings, for data quality."""

    baseline_uri: str | None = None
    """Baseline that was compared with."""

    reference: Literal["All", "HourOfDay", "HourOfWeek"] = "All"
    """Which part of the baseline was compared with."""

    plan_digest: str | None = None
    """Digest of the plan that was run: settings, scripts and baseline."""

    analyzer_version: str | None = None
    """Version of the software that ran it."""

    objects: int = 0
    """Objects that were read."""

    completed_at: Moment
    """When the run ended."""
