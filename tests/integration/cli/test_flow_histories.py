"""Whatever is imported, found, retrieved, merged, screened, overruled and taken back: every record is in one state."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import combinations
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from coder.cli.flowing import NUMBERS, flow, record, table
from coder.cli.selection import counted, left_out, merged
from coder.model import (
    Assignment,
    Capture,
    Codebook,
    Coding,
    Criterion,
    Decision,
    Document,
    Hit,
    Match,
    QueueItem,
    Run,
    Search,
    Status,
    Version,
)
from coder.screening import screening_codebook
from coder.screening.flow import Flow
from coder.screening.matching import held, undo
from coder.store import Store

CODEBOOK = Codebook(
    name="study",
    version="1",
    criteria=(
        Criterion(id="about_ai", question="Is it about AI?"),
        Criterion(id="for_doctors", question="Is it for doctors?"),
    ),
    dimensions=(),
)
SCREENING = screening_codebook(CODEBOOK)
Draw = Callable[[int], int]


@dataclass
class Review:
    """A store and what was put into it, by place."""

    store: Store
    documents: list[Document] = field(default_factory=list)
    run: Run | None = None

    def __post_init__(self) -> None:
        self.ada, self.ben = (self.store.coder(name, "person") for name in ("ada", "ben"))
        self.model = self.store.coder("model", "model")
        self.store.save_codebook(SCREENING)
        self.run = Run(coder_id=self.model.id, codebook_hash=SCREENING.hash(), prompt_hash="0" * 64, parameters={})
        self.store.add_run(self.run)

    def do(self, what: int, draw: Draw) -> None:
        acts = (
            self.take_in, self.search, self.search, self.capture, self.match, self.match, self.take_back, self.screen,
            self.screen, self.overrule,
        )  # fmt: skip
        acts[what % len(acts)](draw)

    def some(self, draw: Draw) -> Document:
        return self.documents[draw(len(self.documents))]

    def new(self, text: str) -> tuple[Document, Version | None]:
        document = Document(name=f"d{len(self.documents)}")
        self.documents.append(document)
        return document, Version(document_id=document.id, text=text, hash="0" * 64) if text else None

    def take_in(self, draw: Draw) -> None:
        document, version = self.new("A text that was imported")
        assert version is not None
        self.store.add_documents([(document, version)])

    def search(self, draw: Draw) -> None:
        """A search finds a new document, with an abstract or without, or one that is there, in one of three places."""
        fresh = [self.new(("", "Title and abstract")[draw(2)])] if draw(2) or not self.documents else []
        document = fresh[0][0] if fresh else self.some(draw)
        search = Search(name="s", coder_id=self.ada.id)
        source = ("PubMed", "LinkedIn", "Feed")[draw(3)]
        hit = Hit(search_id=search.id, document_id=document.id, source=source, query="q", rank=1)
        self.store.add_finds(search, lambda _: (fresh, [hit], []))

    def capture(self, draw: Draw) -> None:
        if not self.documents:
            return
        document, came = self.some(draw), draw(2)
        version = Version(document_id=document.id, text=f"Page {draw(3)}", hash="0" * 64) if came else None
        outcome: Any = "fetched" if came else ("gone", "refused", "failed")[draw(3)]
        self.store.add_capture(
            Capture(document_id=document.id, url="u", outcome=outcome, version_id=version.id if version else None),
            version=version,
        )

    def match(self, draw: Draw) -> None:
        if len(self.documents) < 2:
            return
        first, second = self.some(draw), self.some(draw)
        who = (None, self.ada.id, self.ben.id)[draw(3)]
        verdict: Any = ("same", "different", "doubtful")[draw(3)]
        evidence = {"address": 1.0} if draw(2) and who is None else {}
        if first.id != second.id and not (who is None and verdict == "different"):
            self.store.add_matches(
                [Match(document_id=first.id, other_id=second.id, verdict=verdict, coder_id=who, evidence=evidence)]
            )

    def take_back(self, draw: Draw) -> None:
        matches = self.store.matches()
        pairs = sorted(held(matches))
        if pairs and (match := undo(matches, pairs[draw(len(pairs))], self.ada.id)):
            self.store.add_matches([match])

    def _coding(self, version_id: str, criterion: int, answer: int, **of: Any) -> Coding:
        dimension = SCREENING.dimensions[criterion]
        code = ("yes", "no", None)[answer]
        return Coding(
            version_id=version_id,
            dimension_id=dimension.id,
            status=Status.CODED if code else Status.ABSENT,
            assignments=(Assignment(category=code),) if code else (),
            codebook_hash=SCREENING.hash(),
            dimension_hash=dimension.hash(),
            **of,
        )

    def screen(self, draw: Draw) -> None:
        """The model answers both criteria of a text."""
        newest = self.store.newest_versions()
        if newest:
            version = sorted(newest.values())[draw(len(newest))]
            assert self.run is not None
            of = {"coder_id": self.model.id, "run_id": self.run.id}
            self.store.add_codings(self._coding(version, place, draw(3), **of) for place in (0, 1))

    def overrule(self, draw: Draw) -> None:
        """A person settles one criterion, whatever the model said."""
        newest = self.store.newest_versions()
        if newest:
            version, criterion = sorted(newest.values())[draw(len(newest))], draw(2)
            item = QueueItem(
                version_id=version, dimension_id=SCREENING.dimensions[criterion].id, reason="flagged", detail="",
                probability=1.0,
            )  # fmt: skip
            self.store.add_queue_items([item])
            coding = self._coding(version, criterion, draw(3), coder_id=self.ada.id)
            decision = Decision(item_id=item.id, coder_id=self.ada.id, action="settle", coding_id=coding.id)
            self.store.add_decision(decision, coding)


def check(review: Review) -> None:
    """The identities, each counted from the store anew and not from the flow."""
    found = flow(review.store, CODEBOOK)
    hits = review.store.hits()
    pairs = {(hit.source, hit.document_id) for hit in hits}
    hit = {document for _, document in pairs}
    pairs |= {("import", one.id) for one in review.documents if one.id not in hit}
    assert sorted((one.source, one.document_id) for one in found.records) == sorted(pairs)  # each once, none lost
    _check_boxes(found)
    _check_groups(review, found)
    left = left_out(review.store, CODEBOOK)
    read = set(review.store.newest_versions())
    assert {one.id for one, _ in counted(review.store, CODEBOOK)} == read - set(left.documents)
    assert set(found.included) <= read - set(left.documents)
    ends = {one.document_id: one.outcome for one in found.records if one.outcome != "duplicate_address"}
    excluded = {one for one, outcome in ends.items() if outcome in ("record_excluded", "report_excluded")}
    assert excluded == {one for one, why in left.documents.items() if why == "excluded"}
    assert len(found.included) == len(set(found.included))


def _check_boxes(found: Flow) -> None:
    for column in (None, "databases", "other"):
        box = found.boxes(column)
        assert box.identified == box.duplicates + box.awaiting_screening + box.screened
        assert box.screened == box.screening_unclear + box.excluded + box.not_sought + box.sought
        assert box.sought == box.not_retrieved + box.assessed
        assert box.assessed == (box.awaiting_assessment + box.assessment_unclear + box.reports_excluded + box.included)
    keys = [name for name, _ in NUMBERS]
    told = record(found)
    assert {key: told["databases"][key] + told["other"][key] for key in keys} == told["total"]
    assert sum(one["records"] for one in told["sources"]) == told["total"]["identified"]
    assert sum(told["duplicates"].values()) == told["total"]["duplicates"]
    assert sum(told["excluded_by_criterion"].values()) == told["total"]["excluded"]
    assert sum(told["reports_excluded_by_criterion"].values()) == told["total"]["reports_excluded"]
    assert sum(told["not_retrieved_by_reason"].values()) == told["total"]["not_retrieved"]
    assert sum(count for box, _, detail, count in table(found) if box == "identified" and detail == "") == len(
        found.records
    )


def _check_groups(review: Review, found: Flow) -> None:
    """Groups by brute force: all pairs joined over the words that are not set aside."""
    groups = merged(review.store)
    words = [one.match for one in held(review.store.matches()).values()]
    aside = {one.match.id for one in groups.contradictions}
    near = {one.id: {one.id} for one in review.documents}
    for match in words:
        if match.verdict == "same" and match.id not in aside:
            near[match.document_id].add(match.other_id)
            near[match.other_id].add(match.document_id)
    for middle, reached in near.items():
        for others in near.values():
            if middle in others:
                others.update(reached)
    for first, second in combinations(near, 2):
        assert (second in near[first]) == (groups.stands_for(first) == groups.stands_for(second))
    for match in words:
        if match.verdict == "different" and match.id not in aside:
            assert groups.stands_for(match.document_id) != groups.stands_for(match.other_id)
    for one in groups.contradictions:  # a person's word gives way to a person's alone
        assert one.match.coder_id is None or any(match.coder_id for match in one.because)
    assert not set(groups.kept.values()) & set(groups.kept)
    assert groups.newest.keys() == groups.kept.keys()
    for document, word in groups.newest.items():  # a word that counts, of two of the group
        assert word in words
        assert word.verdict == "same"
        assert word.id not in aside
        ends = {groups.stands_for(word.document_id), groups.stands_for(word.other_id)}
        assert ends == {groups.stands_for(document)}
    away = {one.document_id for one in found.records if one.outcome in ("duplicate_program", "duplicate_person")}
    assert away <= set(groups.kept)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow], derandomize=True)
@given(st.data())
def test_every_record_is_in_one_state_and_what_goes_into_a_box_comes_out(data: st.DataObject) -> None:
    acts = data.draw(st.lists(st.integers(0, 9), min_size=1, max_size=30))
    with tempfile.TemporaryDirectory() as folder, Store.create(str(Path(folder) / "intercoder.db")) as store:
        review = Review(store)
        for act in acts:
            review.do(act, lambda size: data.draw(st.integers(0, size - 1)))
        check(review)


def test_the_flow_is_the_same_in_both_databases(store: Store) -> None:
    review, state = Review(store), 7

    def draw(size: int) -> int:
        nonlocal state
        state = (state * 1_103_515_245 + 12_345) % 2**31  # fixed: the same history in each
        return state // 65_536 % size

    for _ in range(60):
        review.do(draw(10), draw)
    check(review)
    assert len(flow(store, CODEBOOK).records) > 10


@pytest.fixture
def review(store: Store) -> Review:
    """An empty review."""
    return Review(store)


def test_a_document_found_in_three_places_is_three_records_of_which_two_are_duplicates(review: Review) -> None:
    for source in ("PubMed", "LinkedIn", "PubMed", "Feed"):  # twice in one place is one record there
        search = Search(name="s", coder_id=review.ada.id)
        fresh = [] if review.documents else [review.new("Title and abstract")]
        hit = Hit(search_id=search.id, document_id=review.documents[0].id, source=source, query="q", rank=1)
        review.store.add_finds(search, lambda _, found=(fresh, [hit], []): found)
    found = flow(review.store, CODEBOOK)
    assert [(one.source, one.column, one.outcome) for one in found.records] == [
        ("PubMed", "databases", "record_awaiting"),
        ("LinkedIn", "other", "duplicate_address"),
        ("Feed", "other", "duplicate_address"),
    ]


def test_one_with_codings_stands_for_its_group_by_a_person_before_a_model(review: Review) -> None:
    for _ in range(3):
        review.take_in(lambda size: 0)
    a, b, c = review.documents
    review.store.add_matches(
        [Match(document_id=first.id, other_id=second.id, verdict="same") for first, second in ((a, b), (b, c))]
    )
    assert merged(review.store).kept == {b.id: a.id, c.id: a.id}
    versions = review.store.newest_versions()
    assert review.run is not None
    of_model = {"coder_id": review.model.id, "run_id": review.run.id}
    review.store.add_codings([review._coding(versions[b.id], 0, 0, **of_model)])
    assert merged(review.store).kept == {a.id: b.id, c.id: b.id}
    review.store.add_codings([review._coding(versions[c.id], 0, 0, coder_id=review.ada.id)])
    assert merged(review.store).kept == {a.id: c.id, b.id: c.id}


def test_a_store_that_holds_no_match_and_no_screening_leaves_nothing_out(review: Review) -> None:
    review.take_in(lambda size: 0)
    assert not left_out(review.store, CODEBOOK)
    assert len(counted(review.store, CODEBOOK)) == 1
