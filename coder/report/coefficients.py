"""Every coefficient of a table of codes for the terminal: a line a coefficient, then what it is read with."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from rich.console import Group, RenderableType
from rich.markup import escape
from rich.table import Table
from rich.text import Text

from coder.agreement.estimates import Estimate
from coder.agreement.homogeneity import ChiSquare
from coder.agreement.overview import Key, Overview, TwoCoders, margins, missing
from coder.report.figures import NONE, Footnotes, count, figure, figures_table, interval, p_value
from coder.report.plain import plain

NAMES: dict[Key, str] = {
    "percent_agreement": "percent agreement",
    "cohen_kappa": "Cohen's kappa",
    "scott_pi": "Scott's pi",
    "gwet_ac": "Gwet's AC1",
    "brennan_prediger": "Brennan-Prediger",
    "krippendorff_alpha": "Krippendorff's alpha",
    "fleiss_kappa": "Fleiss' kappa",
    "conger_kappa": "Conger's kappa",
    "alpha_masi": "alpha, MASI",
    "alpha_jaccard": "alpha, Jaccard",
}
_SAME = "without gaps, Fleiss' kappa of two coders is Scott's pi, and Conger's is Cohen's"
_MOST = 12
"""Categories of which each has a line, and coders of whom each two have one."""
_LINES = 30
"""Most categories of a long list that are shown, the common ones."""
_ROOM = 4
"""Coders who have a column of their own."""
_WIDE = 24
_COLUMNS = 80


def coefficients_view(
    found: Overview, said: Sequence[str], notes: Sequence[str], *, reference: bool = False
) -> RenderableType:
    """The overview; `said` tells what it is computed with, `notes` how the file was read.

    With `reference` the categories of two coders have the precision and recall of the second.
    """
    parts: list[RenderableType] = [plain(_heading(found), "bold", 400), Text(), *_coefficients(found, said)]
    lines = list(_lines(found))
    if lines:
        grid = Table.grid(padding=(0, 2, 0, 0))
        for name, words in lines:
            grid.add_row(Text(name, "dim"), plain(words))
        parts += [Text(), grid]
    for table in _tables(found, reference):
        parts += [Text(), *table]
    return Group(*parts, Text(), plain("\n".join(notes), "dim", 20_000))


def _heading(found: Overview) -> str:
    coders = f"{len(found.coders)} coders"
    if len(found.coders) <= _ROOM and found.whose:
        coders = f"coders {', '.join(found.coders)}"
    kind = "label" if found.labels else "category"
    kind = kind if len(found.categories) == 1 else {"label": "labels", "category": "categories"}[kind]
    names = "" if len(found.categories) > _MOST else f" ({', '.join(found.categories)})"
    return f"n = {found.n:,} items; {coders}; {len(found.categories)} {kind}{names}"


def _noted(table: Table, lines: Sequence[str]) -> list[RenderableType]:
    """A table and the lines beneath it, which may be longer than the table is wide."""
    return [table, plain("\n".join(lines), "dim", 20_000)] if lines else [table]


def _coefficients(found: Overview, said: Sequence[str]) -> list[RenderableType]:
    level = next(iter(found.coefficients.values())).level
    threshold = next((f"p\n> {test.threshold:g}" for test in found.tests.values()), None)
    table = figures_table(
        "coefficient", "value", f"{level:.0%} interval", "se", *([threshold] if threshold else []), ""
    )
    notes = Footnotes()
    twice = found.two is not None and found.ratings.complete
    for key, one in found.coefficients.items():
        if twice and key in ("fleiss_kappa", "conger_kappa"):
            continue
        tested = [p_value(found.tests[key].p)] if threshold else []
        remark = notes.mark(one.reason) if one.reason else ""
        name = _name(key, weighted=found.method.weights is not None)
        table.add_row(name, figure(one.value), interval(one.low, one.high), _se(one), *tested, remark)
    return _noted(table, [*notes.lines(), *_intervals(found), *said, *([_SAME] if twice else [])])


def _name(key: Key, *, weighted: bool) -> str:
    if weighted and key == "gwet_ac":
        return "Gwet's AC2"
    return "weighted agreement" if weighted and key == "percent_agreement" else NAMES[key]


def _se(one: Estimate) -> str:
    return NONE if one.se is None else f"{one.se:.3f}"


def _intervals(found: Overview) -> list[str]:
    method, some = found.method, [one for one in found.coefficients.values() if one.low is not None]
    if not some:
        return []
    of = "items" if some[0].clusters is None else f"{some[0].clusters} clusters of items"
    if method.interval == "analytic":
        return [f"intervals: value -/+ t se, over {of}"]
    name = "BCa" if method.interval == "bca" else "percentile"
    return [f"intervals: {name}, {method.bootstrap.replicates:,} resamples of {of}, seed {method.bootstrap.seed}"]


def _lines(found: Overview) -> Iterator[tuple[str, str]]:
    if found.two is not None and found.n:
        yield from _of_two(found.two, weighted=found.method.weights is not None)
    for key, level in found.benchmarks().items():
        if key in ("cohen_kappa", "krippendorff_alpha") or (key == "fleiss_kappa" and not found.two):
            name, source = NAMES[key].split()[-1], level.source.partition(",")[0]
            yield f"level of {name}", f"{level.level}, with probability {level.probability:.2f} ({source})"
    if found.fleiss is not None and found.fleiss.z is not None and found.fleiss.se_null is not None:
        yield "Fleiss' kappa > 0?", f"se under 0 {found.fleiss.se_null:.3f}, z {found.fleiss.z:.1f}"
    if left := found.ratings.units - found.n:
        yield "left out", f"{left:,} of {found.ratings.units:,} items, which have fewer than two codes"
    gaps = missing(found.ratings)
    if any(gaps) and found.whose:
        each = [f"{name} {gap:,}" for name, gap in zip(found.coders, gaps, strict=True) if gap]
        yield "not coded", ", ".join(each) if len(each) <= _MOST else f"{min(gaps):,} to {max(gaps):,} items a coder"


def _of_two(two: TwoCoders, *, weighted: bool) -> Iterator[tuple[str, str]]:
    same = two.identical
    exact = "exact" if two.table.clusters is None else "exact, on the effective number of items"
    yield "same code", f"{same.count:,} of {same.n:,}: {figure(same.share)} ({interval(same.low, same.high)}, {exact})"
    companions = (
        ("kappa max", two.kappa_max),
        ("PABAK, unweighted" if weighted else "PABAK", two.pabak),
        ("prevalence index", two.prevalence_index),
        ("bias index", two.bias_index),
    )
    if known := [f"{name} {figure(value)}" for name, value in companions if value is not None]:
        yield "beside kappa", "   ".join(known)
    yield "same margins?", _margins_test(two)


def _margins_test(two: TwoCoders) -> str:
    if two.table.scale == 2:
        test = two.mcnemar
        return test.reason or f"McNemar chi2(1) = {figure(test.statistic)}, exact p {p_value(test.exact)}"
    if two.stuart_maxwell.reason is not None:
        return two.stuart_maxwell.reason
    tests = (("Stuart-Maxwell", two.stuart_maxwell), ("Bhapkar", two.bhapkar))
    return "; ".join(f"{name} {_chi_square(test)}" for name, test in tests)


def _chi_square(test: ChiSquare) -> str:
    return test.reason or f"chi2({test.df}) = {figure(test.statistic)}, p {p_value(test.p)}"


def _tables(found: Overview, reference: bool) -> Iterator[list[RenderableType]]:
    if found.two is not None and found.n:
        yield _categories_of_two(found, found.two, reference)
        if len(found.categories) > 2 and _fits(found.two):
            yield [_confusion(found, found.two)]
    elif found.by_category:
        yield _categories(found)
    if 0 < len(found.pairs) <= _MOST * (_MOST - 1) / 2:
        yield _pairs(found)
    if found.labels:
        yield _labels(found)


def _categories_of_two(found: Overview, two: TwoCoders, reference: bool) -> list[RenderableType]:
    """A line a category: how often each coder gave it, and how far they agree on it."""
    first, second = (_short(name) for name in found.coders)
    table = figures_table("category", first, second, "both", "specific\nagreement", *(_AGAINST if reference else ()))
    for k, name in _used(found, (two.table.reference + two.table.coder).tolist()):
        cells = [count(int(number)) for number in (two.table.reference[k], two.table.coder[k], two.table.counts[k, k])]
        against = [figure(two.precision[k]), figure(two.recall[k])] if reference else []
        table.add_row(_cut(name), *cells, figure(two.specific_agreement[k]), *against)
    return _noted(table, _hidden(found, table.row_count))


_AGAINST = ("precision", "recall")


def _used(found: Overview, given: Sequence[int]) -> list[tuple[int, str]]:
    """The categories in order; of a long list those that were given most."""
    every = list(enumerate(found.categories))
    if len(every) <= _MOST:
        return every
    most = sorted(range(len(every)), key=lambda k: -given[k])[:_LINES]
    return [(k, name) for k, name in every if k in most and given[k]]


def _hidden(found: Overview, shown: int) -> list[str]:
    hidden = len(found.categories) - shown
    return [f"{hidden} that were given less, or never, are left out here; --json has all"] if hidden else []


def _short(name: str) -> str:
    """A coder's name as a heading: short, on one line, its brackets no markup."""
    return escape(_cut(name, 8).plain)


def _cut(name: str, limit: int = _WIDE) -> Text:
    """A name on one line, cut in its middle: names that differ at their end alone stay apart."""
    line = " ".join(name.split())
    head = (limit - 1) // 2
    return plain(line if len(line) <= limit else f"{line[:head]}…{line[head + 1 - limit :]}")


def _fits(two: TwoCoders) -> bool:
    """Whether the counts have room in 80 columns beside the categories' names."""
    digits = max(len(f"{int(two.table.counts.max()):,}"), 2)
    return two.table.scale <= _MOST and _WIDE + 4 + two.table.scale * (digits + 2) <= _COLUMNS


def _confusion(found: Overview, two: TwoCoders) -> Table:
    who = f"{_short(found.coders[0])} \\ {_short(found.coders[1])}"
    table = figures_table(who, *(str(k + 1) for k in range(len(found.categories))))
    for k, name in enumerate(found.categories):
        cells = [
            Text(f"{number:,}" if number else "·", "bold" if column == k and number else "")
            for column, number in enumerate(two.table.counts[k].tolist())
        ]
        table.add_row(_cut(f"{k + 1} {name}"), *cells)
    return table


def _categories(found: Overview) -> list[RenderableType]:
    """A line a category: how often it was given, by each coder where there is room, and its kappa against the rest."""
    counts = margins(found.ratings)
    each = found.whose and len(found.coders) <= _ROOM
    kappas = any(test.kappa is not None for test in found.by_category)
    headings = (*(map(_short, found.coders) if each else ()), "all", *(("Fleiss'\nkappa", "") if kappas else ()))
    table = figures_table("category", *headings)
    notes = Footnotes()
    for k, name in _used(found, counts.sum(axis=0).tolist()):
        test = found.by_category[k]
        own = [count(int(number)) for number in counts[:, k]] if each else []
        kappa = (
            [figure(test.kappa), notes.mark(test.reason) if test.reason and test.kappa is None else ""]
            if kappas
            else []
        )
        table.add_row(_cut(name), *own, count(int(counts[:, k].sum())), *kappa)
    return _noted(table, [*_hidden(found, table.row_count), *notes.lines()])


def _pairs(found: Overview) -> list[RenderableType]:
    table = figures_table("coders", "Cohen's\nkappa", "n", "")
    notes = Footnotes()
    for pair in found.pairs:
        who = _cut(found.coders[pair.first]) + " – " + _cut(found.coders[pair.second])
        table.add_row(who, figure(pair.value), f"{pair.n:,}", notes.mark(pair.reason) if pair.reason else "")
    return _noted(table, notes.lines())


def _labels(found: Overview) -> list[RenderableType]:
    name = "kappa" if len(found.coders) == 2 else "alpha"
    each = found.coders if len(found.coders) <= 3 else ()
    table = figures_table("label", name, "95% interval", *map(_short, each), "")
    notes = Footnotes()
    for one in found.labels:
        values = figure(one.estimate.value), interval(one.estimate.low, one.estimate.high)
        remark = notes.mark(one.estimate.reason) if one.estimate.reason else ""
        given = [count(number) for number in one.given] if each else []
        table.add_row(_cut(one.label), *values, *given, remark)
    return _noted(table, notes.lines())
