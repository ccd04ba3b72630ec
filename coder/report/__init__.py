"""Tables and views for the terminal."""

from coder.report.agreement import agreement_table, confusion_table, kind_sentence, label_table
from coder.report.codebook import codebook_view, diff_view
from coder.report.comparison import comparison_table
from coder.report.details import details_view
from coder.report.evaluation import evaluation_notes
from coder.report.people import people_table, stability_table
from coder.report.plain import plain
from coder.report.queue import queue_table
from coder.report.runs import run_view, runs_table
from coder.report.second import alternative_view, audit_view

__all__ = [
    "agreement_table", "alternative_view", "audit_view", "codebook_view", "comparison_table", "confusion_table",
    "details_view", "diff_view", "evaluation_notes", "kind_sentence", "label_table", "people_table", "plain",
    "queue_table", "run_view", "runs_table", "stability_table",
]  # fmt: skip
