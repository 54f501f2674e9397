"""How one run ended, for whoever asked for it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from model_monitor_analyzer.errors import AnalyzerError
from model_monitor_api.contract.plan import Subject
from model_monitor_api.contract.report import AnalysisReport
from model_monitor_api.v1alpha1.analysis import MonitorType
from model_monitor_api.v1alpha1.monitoringexecution import Window

State = Literal["Completed", "CompletedWithViolations", "Inconclusive", "Failed"]


@dataclass(frozen=True)
class Finished:
    """A run that has a result.

    Attributes
    ----------
    report
        All that it found.
    folder
        URI of its files.
    report_uri
        URI of its report page.
    reused
        Whether the result was there before and nothing was computed.
    artifacts
        Of a baseline: digest of each analysis's files, as the manifest has them.
    """

    report: AnalysisReport
    folder: str
    report_uri: str
    reused: bool
    artifacts: Mapping[MonitorType, str] = field(default_factory=dict)

    @property
    def subject(self) -> Subject:
        """The object that was run."""
        return self.report.subject

    @property
    def window(self) -> Window | None:
        """Its window; absent for a baseline."""
        return self.report.window

    @property
    def state(self) -> State:
        """How it ended."""
        return self.report.verdict


@dataclass(frozen=True)
class Failed:
    """A run that has none.

    Attributes
    ----------
    error
        Why.
    """

    subject: Subject
    window: Window | None
    error: AnalyzerError

    @property
    def state(self) -> State:
        """How it ended."""
        return "Failed"


Outcome = Finished | Failed
