"""Cells that hold several labels, as sets."""

from __future__ import annotations

from collections.abc import Sequence

from coder.documents.codes.answers import Codes
from coder.documents.codes.grid import cut, listed
from coder.errors import InputError

Sets = list[list[frozenset[str] | None]]


def label_sets(codes: Codes, separator: str, declared: Sequence[str], no_label: str | None) -> tuple[Sets, list[str]]:
    """The sets of each coder, units in order and None for a gap; and the labels, declared or those that occur.

    A cell that is `no_label`, or nothing but separators, is the empty set. InputError for a label that is not declared.
    """
    columns: Sets = [[None] * codes.units for _ in codes.coders]
    for answer in codes.answers:
        labels = frozenset(part for piece in answer.text.split(separator) if (part := piece.strip()))
        given = frozenset[str]() if answer.text == no_label else labels
        if declared and (unknown := sorted(given - set(declared))):
            raise InputError(
                f"{codes.place(answer)}: {cut(unknown[0])} is not one of the labels {listed(declared)}",
                f"correct the cell, add it to --categories, or check --multilabel {separator!r}",
            )
        columns[answer.coder][answer.unit] = given
    occurring = {label for column in columns for given in column if given for label in given}
    return columns, list(declared) or sorted(occurring)
