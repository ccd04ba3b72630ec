"""Tables and views for the terminal."""

from coder.report.agreement import agreement_table, beside_table, confusion_table, kind_sentence, label_table
from coder.report.codebook import codebook_view, diff_view
from coder.report.plain import plain
from coder.report.queue import queue_table
from coder.report.runs import run_view, runs_table

__all__ = [
    "agreement_table", "beside_table", "codebook_view", "confusion_table", "diff_view", "kind_sentence", "label_table",
    "plain", "queue_table", "run_view", "runs_table",
]  # fmt: skip
