"""The folder of a run: taken as it is where the same run left its result there, else written anew."""

from collections.abc import Mapping
from typing import NamedTuple

from model_monitor_analyzer.artifacts.manifest import Manifest, ManifestFile
from model_monitor_analyzer.artifacts.result_store import (
    DamagedResultError,
    ResultFolder,
    refuse_other_subject,
)
from model_monitor_analyzer.errors import ConfigurationError, OutputConflictError
from model_monitor_analyzer.pipeline.outcome import Finished
from model_monitor_analyzer.report import render_report
from model_monitor_analyzer.stores.access import Access, open_store
from model_monitor_api.contract.plan import AnalysisPlan, ExecutionTask, run_id
from model_monitor_api.contract.report import AnalysisReport
from model_monitor_api.layout import REPORT_DOCUMENT, REPORT_PAGE, baseline_prefix, execution_prefix, join
from model_monitor_api.v1alpha1.monitoringexecution import Window


def execution_task(plan: AnalysisPlan) -> ExecutionTask:
    """Return what a plan does with a window.

    Raises
    ------
    ConfigurationError
        If it is a baseline's.
    """
    if plan.execution is None:
        raise ConfigurationError(f"{plan.subject.kind} {plan.subject.name}: the plan runs no window")
    return plan.execution


class Run(NamedTuple):
    """One run of a plan, and where its result belongs."""

    plan: AnalysisPlan
    """What is run."""

    window: Window | None
    """Stretch of time; absent for a baseline."""

    id: str
    """Id of the run."""

    folder: ResultFolder
    """Where its files belong."""

    @classmethod
    def of_baseline(cls, plan: AnalysisPlan, access: Access) -> "Run":
        """Return the run that computes a baseline.

        Raises
        ------
        ConfigurationError
            If the plan computes none.
        """
        subject = plan.subject
        if plan.baseline is None:
            raise ConfigurationError(f"{subject.kind} {subject.name}: the plan computes no baseline")
        uri = baseline_prefix(plan.output.uri, subject.namespace, subject.name, plan.digest())
        return cls._of(plan, plan.data.window if plan.data else None, 0, uri, access)

    @classmethod
    def of_window(
        cls, plan: AnalysisPlan, window: Window, access: Access, *, revision: int, name: str | None
    ) -> "Run":
        """Return the run of one window.

        Parameters
        ----------
        plan
            Plan of a schedule.
        window
            Stretch of time.
        access
            Credentials and mounts.
        revision
            Counts the runs of one window that were asked for.
        name
            Name of an execution that is not the first of its window.

        Raises
        ------
        ConfigurationError
            If the plan runs no window.
        """
        execution_task(plan)
        subject = plan.subject
        uri = execution_prefix(plan.output.uri, subject.namespace, subject.name, window.end, name)
        return cls._of(plan, window, revision, uri, access)

    @classmethod
    def _of(cls, plan: AnalysisPlan, window: Window | None, revision: int, uri: str, access: Access) -> "Run":
        output = plan.output
        store = open_store(uri, output.connection, access, encryption=output.encryption)
        identity = run_id(plan.subject.uid, window, plan.digest(), revision)
        return cls(plan, window, identity, ResultFolder(store, uri))

    def _finished(self, report: AnalysisReport, manifest: Manifest, *, reused: bool) -> Finished:
        page = join(self.folder.uri, REPORT_PAGE)
        return Finished(report, self.folder.uri, page, reused, manifest.artifacts)

    def existing(self, inputs: str | None) -> Finished | None:
        """Return the result that this run left here before; None if there is none, or it is not whole.

        Parameters
        ----------
        inputs
            Digest that the run's input objects must have had; None where they do not matter.

        Raises
        ------
        OutputConflictError
            If the folder holds what this run must not replace.
        """
        try:
            manifest = self.folder.manifest()
        except DamagedResultError as error:
            raise OutputConflictError(str(error)) from error
        if manifest is None:
            return None
        refuse_other_subject(manifest, self.plan.subject, self.folder.uri)
        if manifest.run_id != self.id or (inputs is not None and manifest.inputs != inputs):
            return None
        try:
            files = {entry.name: self.folder.read(entry) for entry in manifest.files}
        except DamagedResultError:
            return None
        report = AnalysisReport.model_validate_json(files[REPORT_DOCUMENT])
        return self._finished(report, manifest, reused=True)

    def publish(self, files: Mapping[str, bytes], report: AnalysisReport, inputs: str) -> Finished:
        """Write a result: its files, the report as document and as page, and the manifest last."""
        document = report.model_dump_json(by_alias=True, exclude_none=True, indent=2).encode()
        whole = {**files, REPORT_DOCUMENT: document, REPORT_PAGE: render_report(report)}
        manifest = Manifest(
            run_id=self.id,
            subject=self.plan.subject,
            plan_digest=self.plan.digest(),
            window=self.window,
            inputs=inputs,
            files=[ManifestFile.of(name, whole[name]) for name in sorted(whole)],
        )
        self.folder.write(whole, manifest)
        return self._finished(report, manifest, reused=False)
