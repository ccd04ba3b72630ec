"""Tables and views for the terminal, each loaded when it is used: some bring SciPy with them, a progress bar none."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from coder.report.agreement import agreement_table, confusion_table, kind_sentence, label_table
    from coder.report.codebook import codebook_view, diff_view
    from coder.report.comparison import comparison_table
    from coder.report.details import details_view
    from coder.report.evaluation import evaluation_notes
    from coder.report.people import people_table, stability_table
    from coder.report.queue import queue_table
    from coder.report.runs import run_view, runs_table
    from coder.report.second import alternative_view, audit_view

_PLACES = {
    "agreement_table": "agreement",
    "confusion_table": "agreement",
    "kind_sentence": "agreement",
    "label_table": "agreement",
    "codebook_view": "codebook",
    "diff_view": "codebook",
    "comparison_table": "comparison",
    "details_view": "details",
    "evaluation_notes": "evaluation",
    "people_table": "people",
    "stability_table": "people",
    "queue_table": "queue",
    "run_view": "runs",
    "runs_table": "runs",
    "alternative_view": "second",
    "audit_view": "second",
}
"""The module of each name; a name that is its module's too would give the module once that is loaded."""


def __getattr__(name: str) -> Any:
    if name not in _PLACES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_PLACES[name]}"), name)


__all__ = [
    "agreement_table", "alternative_view", "audit_view", "codebook_view", "comparison_table", "confusion_table",
    "details_view", "diff_view", "evaluation_notes", "kind_sentence", "label_table", "people_table",
    "queue_table", "run_view", "runs_table", "stability_table",
]  # fmt: skip
