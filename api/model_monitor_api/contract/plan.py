"""AnalysisPlan: all that the analyzer must know to compute a baseline or to run one window.

The operator renders it into a ConfigMap and `model-monitor run` makes it from the same manifests, by the
same pure function (`model_monitor_api.planning`). What a plan holds is what changes results, and where they
go; its digest names the ConfigMap and keys the run.
"""

import hashlib
import json
from datetime import datetime
from typing import Annotated, Any, Final, Literal

from pydantic import Field

from model_monitor_api.meta import ApiModel, Expression, Name, Share
from model_monitor_api.v1alpha1.analysis import (
    BiasBaseline,
    BiasMonitor,
    DataQualityBaseline,
    DataQualityMonitor,
    Decision,
    ExplainabilityBaseline,
    ExplainabilityMonitor,
    ModelQualityBaseline,
    ModelQualityMonitor,
    MonitorType,
)
from model_monitor_api.v1alpha1.baseline import Adopt, Predictor
from model_monitor_api.v1alpha1.columns import Columns
from model_monitor_api.v1alpha1.dataset import Files, GroundTruth, Payload
from model_monitor_api.v1alpha1.monitoringexecution import Window
from model_monitor_api.v1alpha1.monitoringschedule import Metrics, Reference
from model_monitor_api.v1alpha1.storage import Output
from model_monitor_api.v1alpha1.windowing import PlannedWindowing
from model_monitor_api.v1alpha1.workload import CustomAnalyzer, Scale

PLAN_VERSION: Literal["modelmonitor.dev/plan.v1"] = "modelmonitor.dev/plan.v1"


class Subject(ApiModel):
    """The object that a plan was made from."""

    kind: Literal["Baseline", "MonitoringSchedule"]
    """Its kind."""

    namespace: str
    """Its namespace."""

    name: Name
    """Its name."""

    uid: str
    """Its identity; derived from kind, namespace and name where there is no cluster."""


class InputData(ApiModel):
    """Data to read, with all references resolved."""

    files: Files
    """Where it lies and in which format."""

    payload: Payload | None = None
    """How captured bodies become rows; for the formats `SageMakerCapture` and `KServeLog`."""

    sides: Annotated[list[Literal["Input", "Output"]], Field(min_length=1, max_length=2)] = Field(
        default_factory=lambda: ["Input", "Output"]  # type: ignore[arg-type] # literals widen in a lambda
    )
    """Sides of a captured request to read."""

    window: Window | None = None
    """Stretch of time to read, for a baseline made of traffic."""


class ScriptSource(ApiModel):
    """A script, with its source resolved."""

    name: str
    """Name for messages, such as `configmap/scripts:preprocess.py`."""

    source: str
    """Python source."""


class PlannedScripts(ApiModel):
    """The user's own code around an analysis."""

    preprocess: ScriptSource | None = None
    """Called on records or blocks before they are analysed."""

    postprocess: ScriptSource | None = None
    """Called once after a successful analysis."""

    timeout_seconds: int = 60
    """How long one call may take."""


class BaselineLocation(ApiModel):
    """Where a computed baseline lies."""

    namespace: str
    """Namespace of the Baseline."""

    name: Name
    """Name of the Baseline."""

    digest: str
    """Digest of the plan that it was computed by."""

    uri: str
    """Prefix of its artifacts, with `<digest>` as the last part."""

    output: Output
    """How its store is reached."""

    adopted: bool = False
    """Whether it was adopted from SageMaker's files."""


class BaselineTask(ApiModel):
    """Compute a baseline: any of the four analyses."""

    adopt: Adopt | None = None
    """Existing files to take over."""

    ground_truth: GroundTruth | None = None
    """Labels of captured traffic."""

    segments: list[str] = Field(default_factory=list)
    """Columns by whose values records are summarised apart too."""

    data_quality: DataQualityBaseline | None = None
    """Statistics and constraints of the data."""

    model_quality: ModelQualityBaseline | None = None
    """Quality of predictions."""

    bias: BiasBaseline | None = None
    """Bias metrics."""

    explainability: ExplainabilityBaseline | None = None
    """Feature attributions."""


class ExecutionTask(ApiModel):
    """Analyse one window against a baseline."""

    type: MonitorType
    """Which analysis."""

    baseline: BaselineLocation
    """What to compare with."""

    computed: BaselineTask = BaselineTask()
    """What the baseline holds and by which settings; a window is analysed by the same."""

    windowing: PlannedWindowing
    """From what the window follows."""

    ground_truth: GroundTruth | None = None
    """Labels."""

    decision: Decision
    """What makes a violation."""

    false_discovery_rate: float
    """Tolerated share of false alarms among alarms."""

    min_records: int
    """Records below which a window without an alarm is inconclusive."""

    min_completeness: Share = 0
    """Least share of requests that capture must have kept."""

    reference: Reference = Reference()
    """Which part of the baseline to compare with."""

    segments: list[str] = Field(default_factory=list)
    """Columns by whose values records are analysed apart."""

    data_quality: DataQualityMonitor = DataQualityMonitor()
    """Overrides."""

    model_quality: ModelQualityMonitor = ModelQualityMonitor()
    """Overrides."""

    bias: BiasMonitor = BiasMonitor()
    """Overrides."""

    explainability: ExplainabilityMonitor = ExplainabilityMonitor()
    """Overrides."""

    metrics: Metrics = Metrics()
    """Features whose figures are published."""


class AnalysisPlan(ApiModel):
    """What to do, completely resolved: exactly one of `baseline` and `execution`."""

    version: Literal["modelmonitor.dev/plan.v1"] = PLAN_VERSION
    """Version of the document."""

    subject: Subject
    """The object it was made from."""

    data: InputData | None = None
    """Data to read; absent only where a baseline is adopted."""

    columns: Columns
    """What the columns mean."""

    predictor: Predictor | None = None
    """How the model is called."""

    record_filter: Expression | None = None
    """JMESPath over a record."""

    scripts: PlannedScripts | None = None
    """The user's own code."""

    baseline: BaselineTask | None = None
    """Compute a baseline."""

    execution: ExecutionTask | None = None
    """Run a window."""

    image: str | None = None
    """Analyzer image, where it is not the installation's."""

    analyzer: CustomAnalyzer | None = None
    """An image of one's own in place of the built-in analysis."""

    output: Output
    """Where artifacts are written."""

    scale: Scale | None = None
    """More than one process."""

    def digest(self) -> str:
        """Return a SHA-256 (16 hexadecimal digits) over what changes results, given the data of a window.

        Not covered are who asks (`subject`), when (`windowing`), how a store or a model is reached, where
        results go, by how many processes, and which figures are published; a Baseline is covered by its own
        digest.
        """
        document = self.model_dump(mode="json", by_alias=True, exclude=_NO_EFFECT, exclude_defaults=True)
        text = json.dumps(document, sort_keys=True)  # an API server does not keep the order of keys
        return hashlib.sha256(text.encode()).hexdigest()[:16]


_CONNECTION: Final = {"connection": True}
_NO_EFFECT: Final[dict[str, Any]] = {
    "subject": True,
    "output": True,
    "scale": True,
    "data": {"files": _CONNECTION},
    "predictor": {
        "authorization_ref": True,
        "timeout_seconds": True,
        "container": {"resources": True, "readiness_path": True},
    },
    "baseline": {
        "adopt": _CONNECTION,
        "ground_truth": _CONNECTION,
        "explainability": {"background": _CONNECTION},
    },
    "execution": {
        "baseline": {"namespace", "name", "uri", "output"},
        "computed": True,
        "windowing": True,
        "metrics": True,
        "ground_truth": _CONNECTION,
    },
}
"""Parts of a plan that change no result."""


def run_id(subject_uid: str, window: Window | None, digest: str, revision: int) -> str:
    """Return the id of one run: the same whenever the same work is asked for again.

    Parameters
    ----------
    subject_uid
        Identity of the schedule or baseline.
    window
        Stretch of time, absent for a baseline.
    digest
        Digest of the plan.
    revision
        0 for the first run of a window, counted up for each that is asked for again.
    """
    span = f"{_utc(window.start)}/{_utc(window.end)}" if window else ""
    return hashlib.sha256("\n".join([subject_uid, span, digest, str(revision)]).encode()).hexdigest()[:32]


def _utc(moment: datetime) -> str:
    return str(int(moment.timestamp()))
