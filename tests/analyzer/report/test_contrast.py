"""Text is readable in both schemes: contrast by WCAG 2.2, success criteria 1.4.3 (4.5:1) and 1.4.11 (3:1)."""

import re
from importlib.resources import files

import pytest

STYLE = files("model_monitor_analyzer.report").joinpath("templates", "report.css").read_text(encoding="utf-8")
SURFACES = ("page", "card", "sunken")
TEXT = [(ink, paper) for ink in ("text", "quiet", "link") for paper in SURFACES]
TEXT += [(tone, paper) for tone in ("bad", "good", "unsure") for paper in SURFACES]
TEXT += [(tone, f"{tone}-pale") for tone in ("bad", "good", "unsure", "plain")]
TEXT += [("text", f"{tone}-pale") for tone in ("bad", "good", "unsure", "plain")]
DRAWN = [(ink, paper) for ink in ("current", "baseline-line", "bad") for paper in ("card", "page")]


def _colours(scheme: str) -> dict[str, str]:
    light, dark = re.findall(r":root \{([^}]*--page[^}]*)\}", STYLE)[:2]
    found = dict(re.findall(r"--([a-z-]+): (#[0-9a-f]{6});", light))
    if scheme == "dark":
        found |= dict(re.findall(r"--([a-z-]+): (#[0-9a-f]{6});", dark))
    return found


def _luminance(colour: str) -> float:
    channels = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def _contrast(one: str, other: str) -> float:
    darker, lighter = sorted((_luminance(one), _luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


def test_the_formula_gives_the_standards_own_extremes() -> None:
    assert _contrast("#000000", "#ffffff") == pytest.approx(21)
    assert _contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.005)


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize(("ink", "paper"), TEXT)
def test_text_stands_out(scheme: str, ink: str, paper: str) -> None:
    colours = _colours(scheme)
    assert _contrast(colours[ink], colours[paper]) >= 4.5


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize(("ink", "paper"), DRAWN)
def test_drawings_stand_out(scheme: str, ink: str, paper: str) -> None:
    colours = _colours(scheme)
    assert _contrast(colours[ink], colours[paper]) >= 3
