"""Compare a coder with a reference, dimension by dimension, over the codebook's categories."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from coder.agreement import coefficients
from coder.agreement.coefficients import Weighting, agreement_weights, cohen_kappa
from coder.agreement.intervals import Bootstrap, clopper_pearson_low
from coder.agreement.kappa import kappa_coefficient
from coder.agreement.multilabel import alpha_value, label_agreement, label_table, mean_label_kappa, set_alpha
from coder.agreement.pairing import ABSENT, Answer, Mark, Pairs, pair_answers
from coder.agreement.proportions import effective_items
from coder.agreement.tables import IntArray, Table, contingency_table
from coder.model.agreement import Coefficient, DimensionAgreement, Verdict
from coder.model.codebook import Codebook, Dimension
from coder.model.coding import Coding

BoolArray = NDArray[np.bool_]
SEED = 20210215
REPLICATES = 10_000


def evaluate(
    codebook: Codebook,
    reference: Sequence[Coding],
    coder: Sequence[Coding],
    *,
    seed: int = SEED,
    replicates: int = REPLICATES,
    min_kappa: float | None = None,
    clusters: Mapping[str, Hashable] | None = None,
) -> tuple[DimensionAgreement, ...]:
    """Agreement on every dimension of the codebook, in its order; codings of other dimensions are left aside."""
    gold, other = _by_dimension(reference), _by_dimension(coder)
    return tuple(
        evaluate_dimension(
            dimension,
            gold.get(dimension.id, []),
            other.get(dimension.id, []),
            seed=seed,
            replicates=replicates,
            min_kappa=min_kappa,
            clusters=clusters,
        )
        for dimension in codebook.dimensions
    )


def evaluate_dimension(
    dimension: Dimension,
    reference: Sequence[Coding],
    coder: Sequence[Coding],
    *,
    seed: int = SEED,
    replicates: int = REPLICATES,
    min_kappa: float | None = None,
    clusters: Mapping[str, Hashable] | None = None,
) -> DimensionAgreement:
    """Agreement on one dimension; the codings are paired by version, of several replicates the first counts.

    The headline is Cohen's kappa over all categories, `absent` among them; with linear weights where the categories
    are ordered and `absent`, which has no place in that order, is not offered; for sets of labels Krippendorff's
    alpha with MASI distance. Where items share a source, `clusters` names that of each version: whole clusters are
    then resampled, a version not named being one of its own. Raises InputError where a coding does not fit the
    dimension: another wording of it, an unknown category, two codings of one version.
    """
    pairs = pair_answers(dimension, reference, coder, clusters)
    bootstrap = Bootstrap(seed, replicates)
    compare = _compare_categories if dimension.single else _compare_sets
    result = compare(dimension, pairs, bootstrap)
    return result.model_copy(update={"min_kappa": min_kappa, "verdict": verdict(result, min_kappa)})


def verdict(coefficient: Coefficient, min_kappa: float | None) -> Verdict | None:
    """`meets` where the lower limit reaches the threshold, `compatible` where only the value does, else `below`.

    The limit is the one printed: of the two-sided interval, hence a one-sided test at half of 1 - level.
    """
    if min_kappa is None:
        return None
    if coefficient.low is None or coefficient.value is None:
        return "not estimable"
    if coefficient.low >= min_kappa:
        return "meets"
    return "compatible" if coefficient.value >= min_kappa else "below"


@dataclass(frozen=True, eq=False)
class _Scale:
    """The table of a single-code dimension with its categories; the first `places` have a place in its order."""

    categories: tuple[str, ...]
    table: Table
    places: int

    @property
    def complete(self) -> Table:
        """The table without the items that lack an answer."""
        if Mark.REFUSED.value not in self.categories:
            return self.table
        return self.table.without(self.categories.index(Mark.REFUSED.value))

    @property
    def specified(self) -> Table:
        """Given a category or `absent`, the two merged groups; what never agrees stays apart."""
        rest = range(2, 2 + len(self.categories) - self.table.scale)
        return self.table.merged([0] * self.places + [1, *rest], 2)


def _scale(dimension: Dimension, pairs: Pairs) -> _Scale:
    codes = tuple(category.id for category in dimension.codes)
    declared = codes if dimension.absent is None else (*codes, ABSENT)
    occurring = set(pairs.answers)
    marks = tuple(mark.value for mark in Mark if mark in occurring)
    position = {name: index for index, name in enumerate((*declared, *marks))}
    place = np.array([position[_name(answer)] for answer in pairs.answers], dtype=np.int64)
    table = contingency_table(
        place[pairs.reference],
        place[pairs.coder],
        len(declared),
        never_agree=len(marks),
        counts=pairs.counts,
        clusters=pairs.clusters,
    )
    return _Scale(tuple(position), table, len(codes))


def _name(answer: Answer) -> str:
    return answer.value if isinstance(answer, Mark) else next(iter(answer), ABSENT)


def _compare_categories(dimension: Dimension, pairs: Pairs, bootstrap: Bootstrap) -> DimensionAgreement:
    scale = _scale(dimension, pairs)
    table, complete = scale.table, scale.complete
    headline: Weighting = "linear" if dimension.ordered and dimension.absent is None else "unweighted"
    weights = agreement_weights(headline, table.scale)
    return DimensionAgreement(
        **dict(kappa_coefficient(table, headline, bootstrap)),
        dimension=dimension.id,
        kind=dimension.kind,
        percent_agreement=coefficients.percent_agreement(table),
        percent_agreement_low=_identical_low(pairs),
        refused=table.n - complete.n,
        refused_effective=_effective(pairs, _refused(pairs)),
        complete_case=cohen_kappa(complete, weights).value,
        excluded=pairs.excluded,
        categories=scale.categories,
        table=tuple(tuple(int(count) for count in row) for row in table.counts),
        gold_margins=_integers(table.reference),
        coder_margins=_integers(table.coder),
        prevalence_index=coefficients.prevalence_index(table),
        bias_index=coefficients.bias_index(table),
        pabak=coefficients.pabak(table),
        kappa_max=coefficients.kappa_max(table, weights if headline == "linear" else None),
        **_beside(dimension, scale, headline, bootstrap),
    )


def _beside(
    dimension: Dimension, scale: _Scale, headline: Weighting, bootstrap: Bootstrap
) -> dict[str, Coefficient | None]:
    """The kappas beside the headline: specified or absent, and on the order of the items both coders specified."""
    ordered = scale.table.leading(scale.places) if dimension.ordered else None

    def on_order(weighting: Weighting) -> Coefficient | None:
        return None if ordered is None else kappa_coefficient(ordered, weighting, bootstrap)

    return {
        "specified": kappa_coefficient(scale.specified, "unweighted", bootstrap) if dimension.absent else None,
        "unweighted": kappa_coefficient(scale.table, "unweighted", bootstrap) if headline == "linear" else None,
        "weighted": on_order("linear") if headline == "unweighted" else None,
        "quadratic": on_order("quadratic"),
    }


def _compare_sets(dimension: Dimension, pairs: Pairs, bootstrap: Bootstrap) -> DimensionAgreement:
    complete = pairs.complete
    tables = {category.id: label_table(pairs, category.id) for category in dimension.codes}
    labels = tuple(label_agreement(label, table, bootstrap) for label, table in tables.items())
    categories, gold_margins, coder_margins = _label_margins(tuple(tables), pairs)
    same = int(pairs.counts[_identical(pairs)].sum())
    return DimensionAgreement(
        **dict(set_alpha(pairs, bootstrap)),
        dimension=dimension.id,
        kind=dimension.kind,
        percent_agreement=same / pairs.n if pairs.n else None,
        percent_agreement_low=_identical_low(pairs),
        refused=pairs.n - complete.n,
        refused_effective=_effective(pairs, _refused(pairs)),
        complete_case=alpha_value(complete),
        excluded=pairs.excluded,
        categories=categories,
        gold_margins=gold_margins,
        coder_margins=coder_margins,
        jaccard=set_alpha(pairs, bootstrap, "jaccard"),
        labels=labels,
        mean_label_kappa=mean_label_kappa(tuple(tables.values()), labels),
    )


def _identical(pairs: Pairs) -> BoolArray:
    """Whether the two answers are the same, shape (pairs,); a mark is not even the same as its like."""
    sets = np.array([not isinstance(answer, Mark) for answer in pairs.answers], dtype=bool)
    return np.asarray((pairs.reference == pairs.coder) & sets[pairs.reference], dtype=np.bool_)


def _refused(pairs: Pairs) -> BoolArray:
    """Whether one of the two answers is missing, shape (pairs,)."""
    given = np.array([answer is not Mark.REFUSED for answer in pairs.answers], dtype=bool)
    return np.asarray(~(given[pairs.reference] & given[pairs.coder]), dtype=np.bool_)


def _identical_low(pairs: Pairs) -> float | None:
    """The exact lower limit of the share of identical answers, of as many items as tell independently of it."""
    same = _identical(pairs)
    if pairs.clusters is None:
        return clopper_pearson_low(int(pairs.counts[same].sum()), pairs.n)
    n = _effective(pairs, same)
    return clopper_pearson_low(n * float(pairs.counts @ same) / pairs.n, n) if n else None


def _effective(pairs: Pairs, holds: BoolArray) -> float | None:
    if pairs.clusters is None:
        return None
    return effective_items(holds.astype(np.float64), pairs.counts, pairs.clusters)


def _label_margins(labels: tuple[str, ...], pairs: Pairs) -> tuple[tuple[str, ...], tuple[int, ...], tuple[int, ...]]:
    """Items per label, per empty set and per mark that occurs, for the reference and for the coder."""
    marks = tuple(mark.value for mark in Mark if mark in pairs.answers)
    categories = (*labels, ABSENT, *marks)
    member = np.zeros((len(pairs.answers), len(categories)), dtype=np.int64)
    for row, answer in enumerate(pairs.answers):
        names = {_name(answer)} if isinstance(answer, Mark) or not answer else answer
        member[row, [categories.index(name) for name in names]] = 1
    reference, coder = (pairs.counts @ member[side] for side in (pairs.reference, pairs.coder))
    return categories, _integers(reference), _integers(coder)


def _integers(values: IntArray) -> tuple[int, ...]:
    return tuple(int(value) for value in values)


def _by_dimension(codings: Sequence[Coding]) -> dict[str, list[Coding]]:
    found: dict[str, list[Coding]] = {}
    for coding in codings:
        found.setdefault(coding.dimension_id, []).append(coding)
    return found
