"""The made-up people who apply for a loan: who they are, and who of them defaults."""

import math
from collections.abc import Mapping, Sequence
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

CATEGORIES: Final[Mapping[str, Sequence[str]]] = {
    "employment": ("salaried", "self_employed", "public", "retired", "unemployed"),
    "region": ("north", "south", "east", "west", "capital"),
    "channel": ("web", "app", "branch"),
}

DECIMALS: Final[Mapping[str, int]] = {"income": 2, "utilisation": 3}
"""Digits after the point of the features that are no whole numbers."""

Applicants = dict[str, NDArray[Any]]
"""Feature name to values, in the order of a request body; categories stand as positions in `CATEGORIES`."""


def draw_applicants(rng: np.random.Generator, count: int, campaign_share: float = 0.0) -> Applicants:
    """Draw applications; `campaign_share` of them come from the people whom a campaign attracts."""
    campaign = rng.random(count) < campaign_share
    age = np.where(campaign, rng.normal(27, 5, count), rng.normal(43, 12, count)).clip(18, 85)
    income = np.exp(rng.normal(np.where(campaign, 7.5, 7.9), 0.45)).clip(400, 30_000).round(2)
    loan = (income * rng.gamma(np.where(campaign, 2.2, 3.0), 1.6) / 100).round().clip(5, 800) * 100
    utilisation = rng.beta(2.0, np.where(campaign, 2.0, 4.0)).round(3)
    utilisation[rng.random(count) < 0.03] = np.nan  # people without a card
    return {
        "age": age.astype(np.int64),
        "income": income,
        "loan_amount": loan.astype(np.int64),
        "term_months": 12 * (1 + rng.binomial(5, np.where(campaign, 0.25, 0.5))),
        "open_credits": rng.poisson(np.where(campaign, 0.7, 1.6)),
        "utilisation": utilisation,
        "employment": _draw(rng, campaign, (0.58, 0.13, 0.14, 0.10, 0.05), (0.48, 0.34, 0.06, 0.00, 0.12)),
        "region": _draw(rng, campaign, (0.18, 0.24, 0.15, 0.23, 0.20), (0.14, 0.18, 0.13, 0.20, 0.35)),
        "channel": _draw(rng, campaign, (0.42, 0.36, 0.22), (0.14, 0.84, 0.02)),
        "home_owner": rng.random(count) < np.where(campaign, 0.08, 0.46),
    }


def draw_defaults(rng: np.random.Generator, applicants: Applicants) -> NDArray[np.int64]:
    """Draw who defaults. A campaign changes who applies, not how a given applicant behaves."""
    monthly_burden = applicants["loan_amount"] / (applicants["income"] * applicants["term_months"])
    logit: NDArray[np.float64] = (
        -2.4
        + 5.0 * monthly_burden.clip(0, 0.6)
        + 2.2 * np.nan_to_num(applicants["utilisation"], nan=0.2)
        - 0.02 * (applicants["age"] - 40)
        + 0.15 * applicants["open_credits"]
        + np.array([-0.3, 0.5, -0.7, -0.4, 1.6])[applicants["employment"]]
        - 0.6 * applicants["home_owner"]
    )
    return (rng.random(logit.size) < 1 / (1 + np.exp(-logit))).astype(np.int64)


def as_csv(applicants: Applicants) -> list[str]:
    """Return each application as a line of CSV without its end; a missing value is an empty field."""
    texts = [_texts(name, values) for name, values in applicants.items()]
    return [",".join(fields) for fields in zip(*texts, strict=True)]


def _texts(name: str, values: NDArray[Any]) -> list[str]:
    if name in CATEGORIES:
        return [CATEGORIES[name][position] for position in values]
    if values.dtype == np.bool_:
        return ["true" if value else "false" for value in values]
    decimals = DECIMALS.get(name, 0)
    return ["" if math.isnan(value) else f"{value:.{decimals}f}" for value in values.tolist()]


def _draw(
    rng: np.random.Generator,
    campaign: NDArray[np.bool_],
    usual: Sequence[float],
    attracted: Sequence[float],
) -> NDArray[np.int64]:
    """Draw positions of categories, with probabilities of their own for those whom a campaign attracts."""
    uniform = rng.random(campaign.size)
    usual_at = np.searchsorted(np.cumsum(usual)[:-1], uniform, side="right")
    attracted_at = np.searchsorted(np.cumsum(attracted)[:-1], uniform, side="right")
    positions: NDArray[np.int64] = np.where(campaign, attracted_at, usual_at)
    return positions
