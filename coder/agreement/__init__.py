"""Agreement coefficients and their intervals. Pure: codings or tables in, results out."""

from coder.agreement.evaluate import evaluate, evaluate_dimension

__all__ = ["evaluate", "evaluate_dimension"]
