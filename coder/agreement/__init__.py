"""Agreement coefficients and their intervals. Pure: codings, ratings or tables in, results out.

The package can be called: `coder.agreement(frame)` gives every coefficient of a table of codes (docs/library.md).
"""

import sys
from importlib import import_module
from types import ModuleType
from typing import Any

from coder.agreement.benchmarks import benchmark
from coder.agreement.estimates import Estimate, estimate
from coder.agreement.evaluate import evaluate, evaluate_dimension
from coder.agreement.homogeneity import bhapkar, mcnemar, stuart_maxwell
from coder.agreement.hypotheses import holm, threshold_test
from coder.agreement.intervals import Bootstrap
from coder.agreement.measures import measure
from coder.agreement.paired import paired_kappas, triples
from coder.agreement.proportions import proportion
from coder.agreement.ratings import Ratings, from_columns, from_distribution, from_long, from_rows, from_table

__all__ = [
    "Bootstrap",
    "Estimate",
    "Ratings",
    "benchmark",
    "bhapkar",
    "estimate",
    "evaluate",
    "evaluate_dimension",
    "from_columns",
    "from_distribution",
    "from_long",
    "from_rows",
    "from_table",
    "holm",
    "mcnemar",
    "measure",
    "paired_kappas",
    "proportion",
    "stuart_maxwell",
    "threshold_test",
    "triples",
]


class _Callable(ModuleType):
    """The package as the function of its name: Python gives `coder.agreement` to whichever was loaded last."""

    def __call__(self, *codes: Any, **options: Any) -> Any:
        """Every coefficient that applies to a table of codes: see `coder.library.agreement`."""
        return import_module("coder.library").agreement(*codes, **options)


sys.modules[__name__].__class__ = _Callable
