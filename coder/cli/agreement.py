"""intercoder agreement: every coefficient that applies to a table of codes, without a project."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from coder.cli import emit
from coder.errors import InputError

if TYPE_CHECKING:
    from coder.agreement.overview import LabelOfSets, Overview, TwoCoders
    from coder.cli.agreement_file import Asked, Shape, Told


@click.command()
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--long", is_flag=True, help="One row a code: columns item, coder, code.")
@click.option("--table", is_flag=True, help="A square table of counts, one coder in rows, the other in columns.")
@click.option("--distribution", is_flag=True, help="One row an item, one column a category, cells count coders.")
@click.option("--columns", metavar="A,B", help="The coders' columns (default: all but the items' and clusters').")
@click.option("--item", metavar="COLUMN", help="The items' column (default: one called id, item, document ...).")
@click.option("--coder", metavar="COLUMN", help="With --long: the coders' column.")
@click.option("--code", metavar="COLUMN", help="With --long: the codes' column.")
@click.option("--sheet", metavar="NAME", default="", help="Of a workbook (default: the first).")
@click.option("--missing", metavar="A,B", help="Cells that mean not coded, beside empty ones (default: NA,NaN,nan).")
@click.option("--categories", metavar="A,B", help="The scale in order, with categories that nobody used.")
@click.option("--weights", default="unweighted", show_default=True, metavar="NAME|FILE",
              help="unweighted, linear, quadratic, ordinal, or a CSV matrix of agreement weights.")  # fmt: skip
@click.option("--level", type=click.Choice(["nominal", "ordinal", "interval", "ratio"]),
              help="Of alpha (default: nominal, with weights 1 - weights).")  # fmt: skip
@click.option("--multilabel", metavar="SEPARATOR", help="Cells are sets of labels with this between them.")
@click.option("--no-label", metavar="CELL", help="With --multilabel: the cell that means that no label applies.")
@click.option("--reference", metavar="CODER", help="Whom the others are held against: precision and recall.")
@click.option("--rotating", is_flag=True, help="Coders took turns: do not tell them apart.")
@click.option("--cluster", metavar="COLUMN", help="Items that share a source: resample those together.")
@click.option("--interval", type=click.Choice(["bca", "percentile", "analytic"]), default="bca", show_default=True)
@click.option("--replicates", type=click.IntRange(min=100, max=1_000_000), default=10_000, show_default=True)
@click.option("--seed", type=click.IntRange(min=0), default=20210215, show_default=True)
@click.option("--threshold", type=click.FloatRange(-1, 1), help="Test each coefficient against this, one-sided.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON to standard output.")
def command(as_json: bool, **given: Any) -> None:
    """Every coefficient of agreement for a table of codes: CSV, TSV or XLSX, a row an item, a column a coder.

    Needs no project. Categories are those that occur, unless --categories or a matrix of weights names the scale.
    """
    from coder.cli.agreement_file import look_over

    told = look_over(_asked(given))
    if as_json:
        emit(record(told))
        return
    from rich.console import Console

    from coder.report.coefficients import coefficients_view

    view = coefficients_view(told.overview, _said(told), told.notes, reference=told.reference)
    Console(highlight=False).print(view)


_ONLY = {
    "columns": ("wide",),
    "item": ("wide", "long", "distribution"),
    "coder": ("long",),
    "code": ("long",),
    "missing": ("wide", "long"),
    "multilabel": ("wide", "long"),
    "reference": ("wide", "long"),
    "rotating": ("wide", "long"),
    "cluster": ("wide", "long"),
}
"""The shapes that an option goes with."""


def _asked(given: dict[str, Any]) -> Asked:
    from coder.agreement.intervals import Bootstrap
    from coder.agreement.overview import Method
    from coder.cli.agreement_file import Asked
    from coder.documents.codes import Layout, split_categories

    def names(option: str) -> tuple[str, ...]:
        return () if given[option] is None else split_categories(given[option], f"--{option}")

    shape = _shape(given)
    layout = Layout(
        columns=names("columns"), item=given["item"] or "", coder=given["coder"] or "", code=given["code"] or "",
        cluster=given["cluster"] or "", reference=given["reference"] or "",
        missing=names("missing") if given["missing"] else None if given["missing"] is None else (),
        categories=names("categories"), separator=given["multilabel"] or "",
    )  # fmt: skip
    method = Method(interval=given["interval"], bootstrap=Bootstrap(given["seed"], given["replicates"]))
    return Asked(
        given["file"], shape, layout, given["sheet"], given["weights"], given["level"], given["multilabel"],
        given["no_label"], given["rotating"], method, given["threshold"],
    )  # fmt: skip


def _shape(given: dict[str, Any]) -> Shape:
    """The shape of the table; InputError where options do not go together."""
    known: tuple[Shape, ...] = ("long", "table", "distribution")
    shapes = [name for name in known if given[name]]
    if len(shapes) > 1:
        raise InputError(f"--{shapes[0]} and --{shapes[1]} do not go together", "a table has one shape")
    shape: Shape = shapes[0] if shapes else "wide"
    for option, fitting in _ONLY.items():
        if given[option] and shape not in fitting:
            raise InputError(
                f"--{option} does not go with {f'--{shape}' if shapes else 'a column a coder'}",
                f"it is for {', '.join('a column a coder' if name == 'wide' else f'--{name}' for name in fitting)}",
            )
    _check_sets(given)
    return shape


def _check_sets(given: dict[str, Any]) -> None:
    if given["multilabel"] is None:
        if given["no_label"] is not None:
            raise InputError("--no-label goes with --multilabel", "give --multilabel too")
        return
    if not given["multilabel"]:
        raise InputError("--multilabel: the separator is empty", "name it: --multilabel ';'")
    for option, unset in (("weights", "unweighted"), ("level", None), ("rotating", False), ("reference", None)):
        if given[option] != unset:
            raise InputError(f"--{option} does not go with --multilabel", "sets have distances of their own")


def _said(told: Told) -> list[str]:
    """What the coefficients are computed with, where it is not the plain default."""
    lines = []
    if told.weights != "unweighted":
        lines.append(f"weights: {told.weights}{', by place in the scale' if told.by_place else ''}")
        lines += ["alpha: distances 1 - weights"] if told.level is None else []
    if told.level not in (None, "nominal"):
        lines.append(f"alpha: {told.level} level")
    if not told.overview.whose:
        lines.append("coders are not told apart: no coefficient that asks who gave which code")
    if not told.declared and not told.overview.labels:
        lines.append("categories are those that occur; name unused ones with --categories")
    return lines


def record(told: Told) -> dict[str, Any]:
    """The keys of `agreement --json`."""
    found = told.overview
    return {
        "n": found.n,
        "coders": list(found.coders),
        "coefficients": {key: _fields(one, _COEFFICIENT) for key, one in found.coefficients.items()},
        "diagnostics": {
            **_two(found, told.reference),
            "items": found.ratings.units,
            "left_out": found.ratings.units - found.n,
            "categories": list(found.categories),
            "categories_declared": told.declared,
            **_by_coder(found),
            **_several(found),
            **({"labels": [_label(found, one) for one in found.labels]} if found.labels else {}),
            **({"threshold_tests": {key: asdict(one) for key, one in found.tests.items()}} if found.tests else {}),
            "benchmarks": {key: asdict(one) for key, one in found.benchmarks().items()},
            "weights": told.weights,
            "level": told.level,
            **_intervals(found),
            "read": list(told.notes),
        },
    }


_COEFFICIENT = ("value", "se", "low", "high", "n", "reason")
_INDICES = ("prevalence_index", "bias_index", "pabak", "kappa_max")


def _fields(thing: object, names: tuple[str, ...]) -> dict[str, Any]:
    return {name: getattr(thing, name) for name in names}


def _two(found: Overview, reference: bool) -> dict[str, Any]:
    """The keys of two coders; an index that the table has not is left out, as are precision and recall of nobody."""
    two = found.two
    if two is None:
        return {}
    indices = {name: value for name, value in _fields(two, _INDICES).items() if value is not None}
    names = ("specific_agreement", "precision", "recall") if reference else ("specific_agreement",)
    tests = {"stuart_maxwell": two.stuart_maxwell, "bhapkar": two.bhapkar}
    tests |= {"mcnemar": two.mcnemar} if len(found.categories) == 2 else {}
    return {
        **indices,
        "observed_agreement": two.kappa.observed,
        "expected_agreement": two.kappa.expected,
        "identical": asdict(two.identical),
        "kappa_null": {"se": two.kappa.se_null, "z": two.kappa.z},
        "table": two.table.counts.tolist(),
        "marginal_homogeneity": {name: asdict(test) for name, test in tests.items()},
        **{name: _by_category(found, two, name) for name in names},
    }


def _by_category(found: Overview, two: TwoCoders, name: str) -> dict[str, float | None]:
    return dict(zip(found.categories, getattr(two, name), strict=True))


def _by_coder(found: Overview) -> dict[str, Any]:
    """Codes that are missing, and how often each category was given; by coder where it is known whose a code is."""
    from coder.agreement.overview import margins, missing

    if found.labels:
        return {"missing": dict(zip(found.coders, missing(found.ratings), strict=True))}
    counts = margins(found.ratings)
    if not found.whose:
        return {"margins": dict(zip(found.categories, counts.sum(axis=0).tolist(), strict=True))}
    each = [dict(zip(found.categories, row, strict=True)) for row in counts.tolist()]
    return {
        "missing": dict(zip(found.coders, missing(found.ratings), strict=True)),
        "margins": dict(zip(found.coders, each, strict=True)),
    }


def _several(found: Overview) -> dict[str, Any]:
    if found.fleiss is None:
        return {}
    pairs = [
        {"coders": [found.coders[one.first], found.coders[one.second]], "cohen_kappa": one.value, "n": one.n,
         "reason": one.reason}
        for one in found.pairs
    ]  # fmt: skip
    each = [asdict(test) for test in found.by_category]
    return {
        "pairs": pairs,
        "fleiss_null": asdict(found.fleiss),
        "fleiss_by_category": dict(zip(found.categories, each, strict=True)),
    }


def _label(found: Overview, one: LabelOfSets) -> dict[str, Any]:
    name = "cohen_kappa" if len(found.coders) == 2 else "krippendorff_alpha"
    given = dict(zip(found.coders, one.given, strict=True))
    return {"label": one.label, "coefficient": name, **_fields(one.estimate, _COEFFICIENT), "given": given}


def _intervals(found: Overview) -> dict[str, Any]:
    method = found.method
    resampled = {} if method.interval == "analytic" else asdict(method.bootstrap)
    clusters = next((one.clusters for one in found.coefficients.values()), None)
    return {"interval": method.interval, **resampled, **({} if clusters is None else {"clusters": clusters})}
