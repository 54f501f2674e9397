"""The drawings hold the numbers: areas and widths, measured on the SVG, give the shares back."""

import re
from itertools import pairwise

import numpy as np
import pytest
from markupsafe import Markup

from model_monitor_analyzer.report import charts
from model_monitor_analyzer.report.intervals import Intervals, intervals
from model_monitor_api.contract.report import Bin
from tests.support.markup import Element, parse


def _bins(edges: list[float], baseline: list[float], current: list[float]) -> list[Bin]:
    return [
        Bin(label=f"{a}..{b}", lower=a, upper=b, baseline=p, current=q)
        for (a, b), p, q in zip(pairwise(edges), baseline, current, strict=True)
    ]


def _shown(bins: list[Bin]) -> Intervals:
    shown = intervals(bins)
    assert shown is not None
    return shown


def _svg(markup: Markup) -> Element:
    return parse(str(markup).encode()).one("svg")


def _areas(path: str) -> list[float]:
    """Return the area of every step of an outline `M x y V top H x V top H x … V y`."""
    start = re.match(r"M([\d.]+) ([\d.]+)", path)
    assert start
    x, ground = float(start[1]), float(start[2])
    areas = []
    for top, right in re.findall(r"V([\d.]+)H([\d.]+)", path):
        areas.append((float(right) - x) * (ground - float(top)))
        x = float(right)
    return areas


@pytest.mark.parametrize("edges", [[0, 1, 2, 3, 4], [-5, -1, 0, 10, 12], [1e-9, 2e-9, 5e-9, 6e-9, 7e-9]])
def test_areas_of_a_histogram_are_shares(edges: list[float]) -> None:
    baseline, current = [0.1, 0.4, 0.3, 0.2], [0.25, 0.25, 0.05, 0.45]
    svg = _svg(charts.histogram(_shown(_bins(edges, baseline, current)), "x", "…", both=True))
    for side, shares in (("b", baseline), ("c", current)):
        areas = np.array(_areas(svg.one("path", class_=side).attributes["d"]))
        assert areas / areas.sum() == pytest.approx(np.array(shares), abs=0.005)


def test_the_axis_says_the_heights() -> None:
    svg = _svg(charts.histogram(_shown(_bins([0, 1, 2], [0.4, 0.6], [0.5, 0.5])), "x", "…", both=True))
    lines = {
        text.words: float(text.attributes["y"]) - 4 for text in svg.all("text", class_="y")
    }  # label baselines stand 4 below their line
    ground, line = lines["0%"], lines["40%"]
    top = float(re.findall(r"V([\d.]+)H", svg.one("path", class_="b").attributes["d"])[0])
    assert top == pytest.approx(line, abs=0.11)
    assert ground == charts.BOTTOM
    assert "share of values" in [t.words for t in svg.all("text", class_="t")]


def test_ticks_stand_where_their_values_are() -> None:
    svg = _svg(charts.histogram(_shown(_bins([0, 50, 100], [0.4, 0.6], [0.5, 0.5])), "x", "…", both=True))
    ticks = {t.words: float(t.attributes["x"]) for t in svg.all("text", class_="x")}
    for value in (0, 20, 40, 60, 80, 100):
        expected = charts.LEFT + (charts.RIGHT - charts.LEFT) * value / 100
        assert ticks[str(value)] == pytest.approx(expected, abs=0.06)


def test_words_under_the_axis_do_not_overlap() -> None:
    bins = [
        *_bins([0, 40_000, 81_000], [0.5, 0.3], [0.5, 0.3]),
        Bin(label="", lower=81e3, baseline=0.2, current=0.2),
    ]
    svg = _svg(charts.histogram(_shown(bins), "x", "…", both=True))
    ends = sorted(
        (float(t.attributes["x"]) - 3.5 * len(t.words), float(t.attributes["x"]) + 3.5 * len(t.words))
        for t in svg.all("text", class_="x")
    )
    assert len(ends) == 5
    assert all(before[1] < after[0] for before, after in pairwise(ends))


def test_open_tails_stand_apart_and_are_named() -> None:
    bins = [
        Bin(label="", upper=0.0, baseline=0.1, current=0.3),
        *_bins([0, 1, 2], [0.3, 0.4], [0.3, 0.3]),
        Bin(label="", lower=2.0, baseline=0.2, current=0.1),
    ]
    svg = _svg(charts.histogram(_shown(bins), "x", "…", both=True))
    assert len(svg.all("path", class_="b")) == len(svg.all("path", class_="c")) == 3
    assert {"lower", "higher"} <= {t.words for t in svg.all("text", class_="x")}
    hovers = [r.one("title").words for r in svg.all("rect", class_="h")]
    assert hovers == [
        "below 0: baseline 10.0%, current 30.0%",
        "0 to 1: baseline 30.0%, current 30.0%",
        "1 to 2: baseline 40.0%, current 30.0%",
        "2 and above: baseline 20.0%, current 10.0%",
    ]


def test_bars_of_unequal_width_name_the_unit_of_their_height() -> None:
    svg = _svg(charts.histogram(_shown(_bins([0, 1, 3, 5], [0.2, 0.4, 0.4], [0, 0, 1])), "x", "…", both=True))
    assert "share of values per 2" in [t.words for t in svg.all("text", class_="t")]


def test_single_values_stand_apart_at_their_place_and_are_named() -> None:
    bins = [
        Bin(label=str(v), lower=v, upper=v, baseline=p, current=q)
        for v, p, q in ((12.0, 0.5, 0.2), (24.0, 0.3, 0.3), (36.0, 0.2, 0.5))
    ]
    svg = _svg(charts.histogram(_shown(bins), "x", "…", both=True))
    bars = [_areas(p.attributes["d"]) for p in svg.all("path", class_="b")]
    assert [len(areas) for areas in bars] == [1, 1, 1]
    areas = np.array(bars).ravel()
    assert areas / areas.sum() == pytest.approx([0.5, 0.3, 0.2], abs=0.005)
    ticks = [(t.words, float(t.attributes["x"])) for t in svg.all("text", class_="x")]
    assert [name for name, _ in ticks] == ["12", "24", "36"]
    starts = [float(re.findall(r"M([\d.]+)", p.attributes["d"])[0]) for p in svg.all("path", class_="b")]
    ends = [float(re.findall(r"H([\d.]+)", p.attributes["d"])[0]) for p in svg.all("path", class_="b")]
    assert [(a + b) / 2 for a, b in zip(starts, ends, strict=True)] == pytest.approx(
        [x for _, x in ticks], abs=0.11
    )
    assert svg.all("rect", class_="h")[1].one("title").words == "24: baseline 30.0%, current 30.0%"
    assert len(_svg(charts.sparkline(bins, both=True)).all("path")) == 2


def test_a_baseline_alone_has_one_side() -> None:
    svg = _svg(charts.histogram(_shown(_bins([0, 1, 2], [0.4, 0.6], [0, 0])), "x", "…", both=False))
    assert svg.all("path", class_="b")
    assert not svg.all("path", class_="c")
    assert svg.all("rect", class_="h")[0].one("title").words == "0 to 1: baseline 40.0%"


@pytest.mark.parametrize(
    "edges", [[-1.7e308, 0, 1.7e308], [0, 5e-320, 1e-319], [1e15, 1e15 + 0.125, 1e15 + 0.25]]
)
def test_extreme_edges_stay_on_the_paper(edges: list[float]) -> None:
    bars = _shown(_bins(edges, [0.5, 0.5], [0.1, 0.9]))
    text = str(charts.histogram(bars, "x", "…", both=True)) + str(charts.sparkline(bars.closed, both=True))
    assert "nan" not in text
    assert "inf" not in text
    numbers = [float(n) for n in re.findall(r"[MVH ](-?[\d.]+)", " ".join(re.findall(r'd="([^"]+)"', text)))]
    assert min(numbers) >= 0
    assert max(numbers) <= charts.WIDTH


@pytest.mark.parametrize(
    "bins",
    [
        [],
        [Bin(label="a", baseline=1.0, current=0.0)],
        [Bin(label="", lower=1e17, upper=1e17, baseline=1.0, current=1.0)],
        [Bin(label="", lower=v, upper=v, baseline=0.5, current=0.5) for v in (0.0, 1.0, 999.0)],
        [Bin(label="", lower=3.0, upper=3.0, baseline=1.0, current=1.0)] * 2,
        [
            Bin(label="", lower=0.0, upper=1.0, baseline=1.0, current=1.0),
            Bin(label="a", baseline=0.0, current=0.0),
        ],
        [Bin(label="", lower=0.0, baseline=1.0, current=1.0)],
    ],
)
def test_what_has_no_width_is_no_histogram_but_has_a_sparkline(bins: list[Bin]) -> None:
    assert intervals(bins) is None
    assert _svg(charts.sparkline(bins, both=True)).attributes["class"] == "spark"


def test_a_sparkline_of_many_bars_keeps_the_distribution() -> None:
    rng = np.random.default_rng(1)
    values = rng.normal(0, 1, 5000)
    shares, edges = np.histogram(values, 200)
    shares = shares / shares.sum()
    bins = _bins(edges.tolist(), shares.tolist(), shares[::-1].tolist())
    svg = _svg(charts.sparkline(bins, both=True))
    areas = np.array(_areas(svg.one("path", class_="b").attributes["d"]))
    assert areas.size <= charts.SPARK_BARS
    expected = shares.reshape(-1, 200 // areas.size).sum(axis=1)
    assert areas / areas.sum() == pytest.approx(expected, abs=0.01)
    assert len(str(charts.sparkline(bins, both=True))) < 1000


@pytest.mark.parametrize(
    ("effect", "floor", "end"),
    [
        (0.0, 0.1, 0.0),
        (0.05, 0.1, 20.0),
        (0.1, 0.1, 40.0),
        (0.25, 0.1, 100.0),
        (0.9, 0.1, 96.0),
        (0.1, 0.0, 100.0),
    ],
)
def test_a_meter_reaches_its_mark_at_the_floor(effect: float, floor: float, end: float) -> None:
    svg = _svg(charts.meter(effect, floor, violated=effect > floor))
    path = svg.one("path", class_="v" if effect > floor else "e").attributes["d"]
    assert float(re.findall(r"H([\d.]+)", path)[0]) == pytest.approx(end)
    assert ("L100 5" in path) == (floor > 0 and effect > 2.5 * floor)
    assert svg.one("path", class_="m").attributes["d"] == ("M40 0V10" if floor else "M1 0V10")
