"""Agreement from frames: a coder held against gold, and any coefficient for any table of codes."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Literal

import pandas as pd

from coder.agreement import Bootstrap
from coder.agreement import evaluate as evaluate_codings
from coder.agreement.evaluate import REPLICATES, SEED
from coder.agreement.overview import Method
from coder.cli.agreement_file import Asked, WeightsByName, look_at
from coder.documents.codes import Layout
from coder.errors import InputError
from coder.library.codebook import as_codebook
from coder.library.frames import codes_grid, codings_from
from coder.model import Codebook

Level = Literal["nominal", "ordinal", "interval", "ratio"]
Interval = Literal["bca", "percentile", "analytic"]
_SHOWN = (
    "dimension", "kind", "coefficient", "value", "low", "high", "n", "refused", "percent_agreement", "complete_case",
    "verdict", "reason",
)  # fmt: skip


def evaluate(
    codebook: Codebook | str | Path,
    codings: pd.DataFrame,
    gold: pd.DataFrame,
    *,
    min_kappa: float | None = None,
    replicates: int = REPLICATES,
    seed: int = SEED,
) -> pd.DataFrame:
    """Hold one coder's codings against reference codings: one row a dimension, over the codebook's categories.

    Both frames have a column `document` and are long (columns dimension, codes and, if any, status, as `code` gives
    them) or wide (a column a dimension); they are paired by the documents' names. Codes are ids or labels.

    The columns are dimension, kind, coefficient (what `value` is: cohen_kappa, cohen_kappa_linear, alpha_masi), value,
    low, high (95 %, by bootstrap), n, refused, percent_agreement, complete_case (without refusals), verdict (against
    `min_kappa`, where given) and reason (why there is no value or interval). The pairs that were left out stand in
    `attrs["excluded"]`, by dimension and cause. Raises InputError naming the row that cannot be read.
    """
    book = as_codebook(codebook)
    found = evaluate_codings(
        book,
        codings_from(gold, book, "gold"),
        codings_from(codings, book, "codings"),
        seed=seed,
        replicates=replicates,
        min_kappa=min_kappa,
    )
    frame = pd.DataFrame([[getattr(one, name) for name in _SHOWN] for one in found], columns=list(_SHOWN))
    frame.attrs["excluded"] = {one.dimension: one.excluded for one in found}
    return frame


def agreement(
    codes: pd.DataFrame,
    *,
    coders: Sequence[str] = (),
    categories: Sequence[str] = (),
    weights: WeightsByName = "unweighted",
    level: Level | None = None,
    multilabel: str | None = None,
    cluster: str = "",
    rotating: bool = False,
    interval: Interval = "bca",
    replicates: int = REPLICATES,
    seed: int = SEED,
) -> pd.DataFrame:
    """Every coefficient that applies to a table of codes: one row an item, one column a coder; gaps are not coded.

    `coders` names the coders' columns (default: all but one called id, item, document ...). `categories` is the scale
    in order, with categories that nobody used; without it, those of ordered categorical columns, else those that occur.
    `weights` and `level` (of alpha) are as in `intercoder agreement`. With `multilabel`, cells are sets of labels, as
    lists or with that separator between. `cluster` names the column of what items share; `rotating` says that coders
    took turns.

    One row a coefficient (percent_agreement, cohen_kappa, krippendorff_alpha ...), with the columns value, se, low,
    high, n and reason, why there is no value or interval. Raises InputError naming the cell that cannot be used.
    """
    named = tuple(categories) or _declared(codes, coders, cluster)
    layout = Layout(
        columns=tuple(coders), cluster=cluster, categories=tuple(map(str, named)), separator=multilabel or ""
    )
    method = Method(interval=interval, bootstrap=Bootstrap(seed, replicates))
    asked = Asked(
        Path("codes"), "wide", layout, "", weights, level, multilabel, multilabel, rotating=rotating, method=method
    )
    if multilabel is not None and (not multilabel or weights != "unweighted" or level or rotating):
        raise InputError(
            "multilabel goes with a separator, and without weights, level and rotating", "sets have their own distances"
        )
    if codes.empty:
        raise InputError("codes: there is no row", "give one row an item")
    found = look_at(codes_grid(codes, multilabel or ""), asked).overview.coefficients
    columns = ("value", "se", "low", "high", "n", "reason")
    rows = [[getattr(one, name) for name in columns] for one in found.values()]
    return pd.DataFrame(rows, columns=list(columns), index=pd.Index(list(found), name="coefficient"))


def _declared(codes: pd.DataFrame, coders: Sequence[str], cluster: str) -> tuple[str, ...]:
    """The categories of the columns' dtype, where all coders' columns have the same ordered one."""
    columns = [codes[name] for name in coders or codes.columns if name != cluster and name in codes.columns]
    types = [column.dtype for column in columns if isinstance(column.dtype, pd.CategoricalDtype)]
    if len(types) < len(columns) or not types or not types[0].ordered or any(one != types[0] for one in types):
        return ()
    return tuple(map(str, types[0].categories))
