"""Run the cases of a file, print expected, got, tolerance and verdict of each value, and say whether all agree."""

from __future__ import annotations

import json
import math
import pkgutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any

import click

import eval.conformance
from coder.cli import printable
from coder.errors import InputError

Case = Mapping[str, Any]
Kind = Callable[[Case], dict[str, Any]]
SETS = ("public", "holdout", "cases")
UNREADABLE = 2
DEFAULT_TOLERANCE = 1e-9
"""For a case that names none."""


@dataclass(frozen=True)
class Verdict:
    """One value of one case; `failure` is empty where it agrees, else says what is wrong."""

    case: str
    kind: str
    key: str
    expected: Any
    got: Any
    tolerance: float
    failure: str = ""


def report(path: Path) -> int:
    """Print every value of every case; 0 where all agree, 1 where one does not. InputError (2): not such a file."""
    cases, kinds = read_cases(path), find_kinds()
    verdicts = [verdict for case in cases for verdict in check(case, kinds)]
    for verdict in verdicts:
        click.echo(printable(_line(verdict)))
    failed = [verdict for verdict in verdicts if verdict.failure]
    click.echo(f"{len(verdicts) - len(failed)} of {len(verdicts)} values agree, in {len(cases)} cases")
    names = dict.fromkeys(verdict.case for verdict in failed)
    if names:
        click.echo(printable(f"failed: {', '.join(names)}"))
    return 1 if failed else 0


def read_cases(path: Path) -> list[Case]:
    """The cases of a file: a list of them, or an object with such lists under `public`, `holdout` or `cases`."""
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, json.JSONDecodeError, RecursionError) as error:
        raise InputError(f"{path}: {error}", "Name a JSON file of cases.", exit_code=UNREADABLE) from error
    if isinstance(content, dict):
        lists = [content[name] for name in SETS if isinstance(content.get(name), list)]
        content = [case for cases in lists for case in cases] if lists else None
    if not isinstance(content, list) or not content or not all(isinstance(case, dict) for case in content):
        raise InputError(
            f"{path}: holds no cases",
            f"Cases are a list of objects, or such lists under {', '.join(SETS)}.",
            exit_code=UNREADABLE,
        )
    return content


def find_kinds() -> dict[str, Kind]:
    """The kinds of every module beside this one that has some."""
    kinds: dict[str, Kind] = {}
    for module in pkgutil.iter_modules(eval.conformance.__path__):
        kinds |= getattr(import_module(f"{eval.conformance.__name__}.{module.name}"), "KINDS", {})
    return kinds


def check(case: Case, kinds: Mapping[str, Kind]) -> Iterator[Verdict]:
    """One verdict a value that the case expects; one for the whole case where it cannot be run."""
    name, kind, expected = str(case.get("id", "?")), str(case.get("kind", "?")), case.get("expected")
    if not isinstance(expected, Mapping) or not expected or not isinstance(case.get("data"), Mapping):
        yield Verdict(name, kind, "*", None, None, 0.0, "the case lacks data or expected values")
        return
    if kind not in kinds:
        yield Verdict(name, kind, "*", None, None, 0.0, f"no such kind here; there are {', '.join(sorted(kinds))}")
        return
    try:
        found = with_ends(kinds[kind](case))
    except Exception as error:  # whatever one case does, the others still run
        yield Verdict(name, kind, "*", None, None, 0.0, f"{type(error).__name__}: {error}")
        return
    for key, value in expected.items():
        limit = tolerance(case, key)
        failure = difference(value, found[key], limit) if key in found else "not computed"
        yield Verdict(name, kind, key, value, found.get(key), limit, failure)


def with_ends(found: Mapping[str, Any]) -> dict[str, Any]:
    """The figures, with the two ends of each interval under keys of their own: of `ci`, `ci_low` and `ci_high`."""
    ends: dict[str, Any] = {}
    for key, value in found.items():
        if key.endswith("ci") and (value is None or _listed(value)):
            low, high = value or (None, None)
            ends |= {f"{key}_low": low, f"{key}_high": high}
    return {**ends, **found}


def tolerance(case: Case, key: str) -> float:
    """The largest absolute difference: the case's, or that of the key, or that of `*`."""
    given = case.get("tolerance")
    if isinstance(given, Mapping):
        given = given.get(key, given.get("*"))
    return DEFAULT_TOLERANCE if given is None else float(given)


def difference(expected: Any, got: Any, limit: float) -> str:
    """What is wrong with a value, empty where it agrees; null agrees only with null, lists and objects by part."""
    if isinstance(expected, Mapping):
        parts = [(value, got.get(key) if isinstance(got, Mapping) else None) for key, value in expected.items()]
        return next((wrong for value, part in parts if (wrong := difference(value, part, limit))), "")
    if _listed(expected):
        if not _listed(got) or len(got) != len(expected):
            return "not a list of this length"
        return next((wrong for pair in zip(expected, got, strict=True) if (wrong := difference(*pair, limit))), "")
    if isinstance(expected, bool) or expected is None or isinstance(expected, str):
        return "" if type(got) is type(expected) and got == expected else "differs"
    if got is None or isinstance(got, str | bool) or _listed(got) or math.isnan(got):
        return "no number"
    apart = abs(got - expected)
    return "" if apart <= limit * (1 + 1e-9) else f"off by {apart:.3g}"


def _listed(value: Any) -> bool:
    return isinstance(value, Sequence) and not isinstance(value, str)


def _line(verdict: Verdict) -> str:
    start = f"{'FAIL' if verdict.failure else 'ok':4}  {verdict.case}  {verdict.kind}  {verdict.key}"
    if verdict.key == "*":
        return f"{start}  {verdict.failure}"
    values = f"expected {_shown(verdict.expected)}  got {_shown(verdict.got)}  tolerance {verdict.tolerance:g}"
    return f"{start}  {values}{'  ' + verdict.failure if verdict.failure else ''}"


def _shown(value: Any) -> str:
    if isinstance(value, float):
        return f"{value:.10g}"
    if _listed(value):
        return f"[{', '.join(_shown(part) for part in value)}]"
    return "null" if value is None else str(value)
