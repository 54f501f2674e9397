"""Render a report as one self-contained HTML file that reads nothing from anywhere."""

import base64
import hashlib
from functools import cache
from importlib.resources import files

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from model_monitor_analyzer.report.compiled import compiled_templates
from model_monitor_analyzer.report.safe_text import finalize
from model_monitor_analyzer.report.view import page_of
from model_monitor_api.contract.report import AnalysisReport


def render_report(report: AnalysisReport) -> bytes:
    """Return `report.html`: UTF-8, the same bytes for the same report.

    The page carries its style, script and charts; a Content-Security-Policy allows these by their hashes and
    nothing else, so that even markup which slipped through could neither run nor load anything. Whatever
    comes from data is escaped, bounded, and shown with its invisible characters written out.

    Parameters
    ----------
    report
        What a run found, or a Baseline's profile.
    """
    style, script = _asset("report.css"), _asset("report.js")
    html = (
        _environment()
        .get_template("report.html")
        .render(
            page=page_of(report),
            style=style,
            script=script,
            policy=Markup(  # noqa: S704 # base64 of our own hashes
                f"default-src 'none'; style-src '{_source(style)}'; script-src '{_source(script)}'; "
                "base-uri 'none'; form-action 'none'"
            ),
        )
    )
    return html.encode()


def compile_templates() -> None:
    """Compile what pages are made of and keep that, for those who may not write it later."""
    for name in _environment().list_templates(extensions=["html"]):
        _environment().get_template(name)


@cache
def _environment() -> Environment:
    return Environment(
        loader=PackageLoader("model_monitor_analyzer.report"),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=finalize,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        bytecode_cache=compiled_templates(),
    )


@cache
def _asset(name: str) -> Markup:
    """Return a style sheet or script of this package, as it stands between its tags."""
    text = files("model_monitor_analyzer.report").joinpath("templates", name).read_text(encoding="utf-8")
    return Markup(text)  # noqa: S704 # our own file


def _source(text: str) -> str:
    """Return the source expression of Content Security Policy Level 3, section 2.3.1, that allows a text."""
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
