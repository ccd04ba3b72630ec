"""Levels of agreement that the field has named, reached only where the uncertainty allows it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from scipy.special import ndtr

Convention = Literal["landis_koch", "mchugh", "krippendorff"]
SURE = 0.95


@dataclass(frozen=True)
class Levels:
    """Named levels from the lowest up, each with the value at which it begins; the first has no beginning."""

    source: str
    names: tuple[str, ...]
    bounds: tuple[float, ...]


CONVENTIONS: dict[Convention, Levels] = {
    "landis_koch": Levels(
        "Landis & Koch 1977, Biometrics 33:165, who call the divisions arbitrary",
        ("poor", "slight", "fair", "moderate", "substantial", "almost perfect"),
        (0.0, 0.21, 0.41, 0.61, 0.81),
    ),
    "mchugh": Levels(
        "McHugh 2012, Biochemia Medica 22:279",
        ("none", "minimal", "weak", "moderate", "strong", "almost perfect"),
        (0.21, 0.40, 0.60, 0.80, 0.91),
    ),
    "krippendorff": Levels(
        "Krippendorff 2018, Content Analysis, 4th edition, chapter 12, for alpha",
        ("not reliable", "tentative conclusions only", "reliable"),
        (0.667, 0.800),
    ),
}


@dataclass(frozen=True)
class Benchmark:
    """The level reached with the probability asked for, and by name the probability of at least each level."""

    convention: Convention
    source: str
    level: str
    probability: float
    at_least: dict[str, float]


def benchmark(value: float, se: float, convention: Convention, *, sure: float = SURE) -> Benchmark:
    """The highest level that the coefficient reaches with probability `sure` or more.

    The coefficient is taken as normal around its value with its standard error (Gwet 2014, chapter 6, whose
    probabilities are cut to values below 1; here what lies above 1 counts as the highest level). ValueError where the
    standard error is not above 0: then there is no probability to speak of.
    """
    if not se > 0:
        raise ValueError("a benchmark needs a standard error above 0")
    levels = CONVENTIONS[convention]
    reached = [1.0] + [float(ndtr((value - bound) / se)) for bound in levels.bounds]
    place = max(position for position, probability in enumerate(reached) if probability >= sure)
    at_least = dict(zip(levels.names, reached, strict=True))
    return Benchmark(convention, levels.source, levels.names[place], reached[place], at_least)
