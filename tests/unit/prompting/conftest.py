"""A codebook with one dimension of each kind, and a text of three segments."""

import pytest

from coder.codebook import parse_codebook
from coder.model import Codebook, Segment

BOOK = """\
name: all-kinds
version: 1
unit: page
dimensions:
  - id: mode
    kind: nominal
    question: How is it held?
    absent: {label: Not specified, definition: No channel is named.}
    categories:
      - {id: online, label: Online, definition: Over the internet., exclude: [a venue's own web page]}
      - {id: on_site, label: On site}
  - id: level
    kind: ordinal
    question: How hard is it?
    evidence: optional
    categories: [{id: low}, {id: high}]
  - id: topics
    kind: multilabel
    question: What is it about?
    absent: {}
    categories: [{id: medical}, {id: technical}]
  - id: length
    kind: quantity
    question: How long is it?
    unit: minutes
    absent: {}
    bins: [{id: short, to: 60}, {id: long, from: 60}]
  - id: start
    kind: date
    question: When does it start?
    absent: {}
    period: {from: 2019-01, to: 2020-06}
  - id: platform
    kind: nominal
    question: On which platform?
    evidence: none
    applies_if: mode == online
    categories: [{id: zoom}, {id: other}]
"""


@pytest.fixture(scope="session")
def codebook() -> Codebook:
    return parse_codebook(BOOK, "book.yaml")


@pytest.fixture(scope="session")
def segments() -> tuple[Segment, ...]:
    texts = ("A web course.", "It lasts 45 minutes.", "Start: May 2019.")
    found, start = [], 0
    for number, text in enumerate(texts, 1):
        found.append(Segment(number=number, start=start, end=start + len(text), text=text))
        start += len(text) + 1
    return tuple(found)
