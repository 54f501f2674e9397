"""The report page: an `AnalysisReport` as one self-contained HTML file."""

from model_monitor_analyzer.report.page import render_report

__all__ = ["render_report"]
