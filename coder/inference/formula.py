"""A regression formula (outcome ~ terms) read into a design matrix: main effects, factors, products, no intercept."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from coder.agreement.tables import FloatArray
from coder.errors import InputError

NAME = re.compile(r"[A-Za-z_.][\w.]*")
FACTOR = re.compile(r"(?:as\.factor|factor|C)\(\s*([A-Za-z_.][\w.]*)\s*\)")
HOW = "write it as outcome ~ a + factor(b) + a:c, with - 1 for no intercept"
Levels = Mapping[str, tuple[float | str, ...]]


@dataclass(frozen=True)
class Term:
    """A variable, or several multiplied with each other; `factors` names those that are categories."""

    variables: tuple[str, ...]
    factors: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Formula:
    """An outcome and its terms; `intercept` is False after `- 1` or `+ 0`."""

    outcome: str
    terms: tuple[Term, ...]
    intercept: bool = True

    @property
    def variables(self) -> tuple[str, ...]:
        """The outcome and every variable of a term, each once."""
        return tuple(dict.fromkeys([self.outcome, *(name for term in self.terms for name in term.variables)]))

    @property
    def factors(self) -> frozenset[str]:
        """The variables that are categories."""
        return frozenset(name for term in self.terms for name in term.factors)


def read_formula(text: str) -> Formula:
    """The formula in `text`; InputError where it holds what is not read here."""
    outcome, tilde, right = text.partition("~")
    if not tilde or not NAME.fullmatch(outcome.strip()):
        raise InputError(f"formula {text!r}: an outcome, ~ and terms are needed", HOW)
    terms: list[Term] = []
    intercept = True
    for sign, written in re.findall(r"([+-]?)([^+-]+)", right):
        piece = written.strip()
        if (sign, piece) in {("-", "1"), ("+", "0"), ("", "0")}:
            intercept = False
        elif sign == "-":
            raise InputError(f"formula {text!r}: only 1 can be taken away, not {piece!r}", HOW)
        elif piece != "1":
            terms += _terms(piece, text)
    return Formula(outcome.strip(), tuple(dict.fromkeys(terms)), intercept)


def _terms(piece: str, text: str) -> list[Term]:
    """One term; `a*b` stands for a, b and a:b."""
    parts = [_variable(part.strip(), text) for part in re.split(r"[:*]", piece)]
    product = Term(tuple(name for name, _ in parts), frozenset(name for name, is_factor in parts if is_factor))
    if "*" not in piece:
        return [product]
    if len(parts) != 2:
        raise InputError(f"formula {text!r}: {piece!r} crosses more than two variables", HOW)
    singles = [Term((name,), frozenset({name}) if is_factor else frozenset()) for name, is_factor in parts]
    return [*singles, product]


def _variable(part: str, text: str) -> tuple[str, bool]:
    if factor := FACTOR.fullmatch(part):
        return factor[1], True
    if NAME.fullmatch(part):
        return part, False
    raise InputError(f"formula {text!r}: cannot read the term {part!r}", HOW)


def factor_levels(formula: Formula, columns: Mapping[str, FloatArray | Sequence[float | str]]) -> Levels:
    """The sorted values of each factor; words count as a factor's even where the formula does not say so."""
    named = {name for name in formula.variables[1:] if name in formula.factors or _words(columns[name])}
    return {name: tuple(sorted(set(columns[name]), key=_order)) for name in named}


def _words(values: FloatArray | Sequence[float | str]) -> bool:
    return any(isinstance(value, str) for value in values)


def _order(value: float | str) -> tuple[bool, float | str]:
    """Numbers before words."""
    return isinstance(value, str), value


def design_matrix(
    formula: Formula, columns: Mapping[str, FloatArray | Sequence[float | str]], levels: Levels
) -> tuple[FloatArray, tuple[str, ...]]:
    """The matrix (N, p) and its column names, treatment contrasts against the first level (R's default).

    Without an intercept the first factor keeps all its levels.
    """
    n = len(columns[formula.outcome])
    parts: list[FloatArray] = [np.ones((n, 1))] if formula.intercept else []
    names = ["(Intercept)"] if formula.intercept else []
    full_rank_spent = formula.intercept
    for term in formula.terms:
        block, labels = np.ones((n, 1)), [""]
        for variable in term.variables:
            used = levels.get(variable) if variable in term.factors or _words(columns[variable]) else None
            keeps_all = used is not None and not full_rank_spent
            full_rank_spent = full_rank_spent or keeps_all
            other, other_labels = _block(variable, columns[variable], used, keeps_all)
            block = (block[:, :, None] * other[:, None, :]).reshape(n, -1)
            labels = [f"{left}:{right}".lstrip(":") for left in labels for right in other_labels]
        parts.append(block)
        names += labels
    return np.hstack(parts), tuple(names)


def _block(
    name: str, values: FloatArray | Sequence[float | str], levels: tuple[float | str, ...] | None, keeps_all: bool
) -> tuple[FloatArray, list[str]]:
    if levels is None:
        return np.asarray(values, dtype=np.float64)[:, None], [name]
    used = levels if keeps_all else levels[1:]
    column = np.asarray(values)
    block = np.array([column == level for level in used], dtype=np.float64).reshape(len(used), len(column)).T
    return block, [f"{name}[{level if isinstance(level, str) else f'{level:g}'}]" for level in used]
