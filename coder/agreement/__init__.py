"""Agreement coefficients and their intervals. Pure: codings, ratings or tables in, results out."""

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
