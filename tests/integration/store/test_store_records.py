"""What goes into the store comes out of it, in SQLite and in PostgreSQL alike."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest
from sqlalchemy import event

from coder.errors import StoreError
from coder.model import Assignment, Codebook, Coding, Document, Gold, GoldItem, Inclusion, Split, Status, Version
from coder.model.base import new_id
from coder.store import Store
from tests.integration.store.records import CODEBOOK, document, populate


def test_documents_come_back_in_the_order_of_import(store: Store) -> None:
    pairs = [document(name) for name in ("zebra", "ape", "ape")]  # names may repeat: ids are what identifies
    store.add_documents(pairs)
    assert store.documents() == [made for made, _ in pairs]
    assert store.current_versions() == pairs
    assert store.document(pairs[1][0].id) == pairs[1][0]
    assert store.version(pairs[1][1].id) == pairs[1][1]


def test_every_version_knows_its_document_the_earlier_ones_too(store: Store) -> None:
    (owner, first), (other, only) = document("ape"), document("zebra")
    store.add_documents([(owner, first), (other, only)])
    second = first.model_copy(update={"id": new_id(), "text": "Changed.", "hash": "changed"})
    store.add_version(second)
    assert store.documents_of_versions() == {first.id: owner, second.id: owner, only.id: other}


def test_the_newest_version_is_the_current_one_and_the_older_stays(store: Store) -> None:
    made, first = document()
    store.add_documents([(made, first)])
    second = Version(document_id=made.id, text="changed", hash="3" * 64)
    store.add_version(second)
    assert store.current_versions() == [(made, second)]
    assert store.documents_of_versions() == {first.id: made, second.id: made}
    assert store.version(first.id) == first


def test_characters_that_databases_refuse_survive(store: Store) -> None:
    # NUL (PostgreSQL has no such text), half a surrogate pair (no UTF-8), the escape character itself and what looks
    # like an escape; models and web pages send all of them.
    nasty = "a\x00b\ud83dc\x1a0000\x1ad é 𝔘 '; DROP TABLE documents; --"
    made = Document(name=nasty, variables={nasty: nasty}, source=nasty)
    version = Version(document_id=made.id, text=nasty, hash="h", context={nasty: nasty})
    store.add_documents([(made, version)])
    assert store.current_versions() == [(made, version)]
    assert store.coder(nasty, "person").id == store.coder(nasty, "person").id


@pytest.mark.parametrize(
    "moment",
    [
        datetime(2026, 11, 22, 14, 1, 11, 123456, tzinfo=UTC),
        datetime(2026, 11, 22, tzinfo=UTC),  # a whole second must not lose its place in the order of text
        datetime(2026, 3, 29, 2, 30, 0, 1, tzinfo=timezone(timedelta(hours=5, minutes=45))),
    ],
)
def test_moments_keep_their_microseconds(store: Store, moment: datetime) -> None:
    made, version = document()
    store.add_documents([(made.model_copy(update={"created_at": moment}), version)])
    assert store.documents()[0].created_at == moment
    assert store.documents()[0].created_at.utcoffset() == timedelta(0)


def test_a_codebook_is_kept_once_under_its_hash(store: Store) -> None:
    digest = store.save_codebook(CODEBOOK)
    assert store.save_codebook(CODEBOOK) == digest == CODEBOOK.hash()
    assert store.codebook(digest) == CODEBOOK
    assert store.codebook(digest).hash() == digest


def test_a_codebook_with_every_kind_of_dimension_keeps_its_hash(store: Store) -> None:
    codebook = Codebook.model_validate(
        {
            "name": "all",
            "version": 1,
            "dimensions": [
                {"id": "o", "kind": "ordinal", "question": "?", "categories": [{"id": 1}, {"id": 2}]},
                {"id": "m", "kind": "multilabel", "question": "?", "categories": [{"id": "a"}], "applies_if": "o == 1"},
                {"id": "q", "kind": "quantity", "question": "?", "unit": "minutes", "bins": [{"id": "x", "to": 0.1}]},
                {"id": "d", "kind": "date", "question": "?", "period": {"from": "2019-01", "to": "2020-06"}},
            ],
        }
    )
    digest = store.save_codebook(codebook)
    assert store.codebook(digest) == codebook
    assert store.codebook(digest).hash() == digest


def test_a_coder_is_one_by_name_and_kind(store: Store) -> None:
    anna = store.coder("Anna", "person")
    assert store.coder("Anna", "person") == anna
    constructed = store.coder("Anna", "constructed")
    assert constructed.id != anna.id
    assert store.coders() == [anna, constructed]


def test_codings_are_found_by_each_filter_and_by_all_together(store: Store) -> None:
    world = populate(store)
    other = document("b")
    store.add_documents([other])
    bert = store.coder("Bert", "person")
    by_run = world.coding(run_id=world.run.id)
    by_coder = world.coding(coder_id=bert.id)
    by_version = world.coding(version_id=other[1].id)
    by_dimension = world.coding(dimension_id="price")
    both = world.coding(coder_id=bert.id, dimension_id="price")
    everything = [by_run, by_coder, by_version, by_dimension, both]
    store.add_codings(everything)
    assert store.codings() == everything
    assert store.codings(run_id=world.run.id) == [by_run]
    assert store.codings(coder_id=bert.id) == [by_coder, both]
    assert store.codings(version_id=other[1].id) == [by_version]
    assert store.codings(dimension_id="price") == [by_dimension, both]
    assert store.codings(coder_id=bert.id, dimension_id="price") == [both]
    assert store.coding(both.id) == both


def test_an_empty_string_filters_and_does_not_mean_everything(store: Store) -> None:
    world = populate(store)
    store.add_codings([world.coding()])
    assert store.codings(dimension_id="") == []


def test_assignments_keep_their_order_and_their_own_evidence(store: Store) -> None:
    world = populate(store)
    assigned = (
        Assignment(category="z", evidence=((4, 9), (0, 2)), confidence=0.1 + 0.2, confidence_source="logprob"),
        Assignment(category="a"),
    )
    coding = world.coding(status=Status.CODED, assignments=assigned)
    bare = world.coding()
    store.add_codings([coding, bare])
    assert store.codings() == [coding, bare]
    assert store.coding(coding.id).codes == ("z", "a")


def test_codings_are_read_with_three_queries_however_many_there_are(store: Store) -> None:
    world = populate(store)
    assigned = (Assignment(category="online"),)
    store.add_codings([world.coding(status=Status.CODED, assignments=assigned) for _ in range(50)])
    statements: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        statements.append(statement)

    event.listen(store._engine, "before_cursor_execute", note)
    assert len(store.codings(dimension_id="mode")) == 50
    assert (
        len([statement for statement in statements if statement.startswith("SELECT")]) == 3
    )  # what is screening; codings; assignments


def test_an_answer_is_kept_with_its_codings(store: Store) -> None:
    world = populate(store)
    call = world.call(raw='{"mode": "online"}', cost_usd=0.1, prompt_tokens=2**40, dimensions=("mode", "price"))
    coding = world.coding(run_id=world.run.id, call_id=call.id)
    store.save_answer(call, [coding])
    assert store.calls(world.run.id) == [call]
    assert store.codings(run_id=world.run.id) == [coding]
    assert store.runs() == [world.run]
    assert store.run(world.run.id) == world.run


def test_an_answer_is_kept_whole_or_not_at_all(store: Store) -> None:
    world = populate(store)
    call = world.call()
    dangling = world.coding(call_id=call.id, coder_id="nobody")
    with pytest.raises(StoreError, match="refers to one that the store does not hold"):
        store.save_answer(call, [world.coding(call_id=call.id), dangling])
    assert store.calls(world.run.id) == []
    assert store.codings() == []


def test_a_failed_call_is_asked_again_and_any_other_is_not(store: Store) -> None:
    world = populate(store)
    for status in ("ok", "refused", "invalid", "failed"):
        store.save_answer(world.call(key=f"key-{status}", status=status), [])
    asked = {status: store.call_by_key(f"key-{status}") for status in ("ok", "refused", "invalid", "failed")}
    assert {status for status, call in asked.items() if call is None} == {"failed"}
    assert store.call_by_key("never asked") is None


def test_the_newest_answer_of_a_key_counts(store: Store) -> None:
    world = populate(store)
    calls = [world.call(status="invalid"), world.call(status="ok"), world.call(status="failed")]
    for call in calls:
        store.save_answer(call, [])
    assert store.call_by_key("k") == calls[1]


def test_gold_is_found_by_name_newest_version_first(store: Store) -> None:
    world = populate(store)
    codings = [world.coding(), world.coding(), world.coding()]
    store.add_codings(codings)
    first = Gold(name="team", version=1, codebook_hash=world.codebook_hash)
    tenth = Gold(name="team", version=10, codebook_hash=world.codebook_hash, rule="adjudicated")
    items = [GoldItem(coding_id=coding.id, defensible=(("online",), ("online", "offline"))) for coding in codings[:2]]
    store.add_gold(tenth, items)
    store.add_gold(first, [GoldItem(coding_id=codings[2].id)])
    assert store.gold("team") == tenth
    assert store.gold("team", 1) == first
    assert store.golds() == [first, tenth]
    assert store.gold_items(tenth.id) == items
    assert store.codings(gold_id=tenth.id) == codings[:2]
    assert store.codings(gold_id=first.id, dimension_id="mode") == codings[2:]


def test_a_missing_gold_set_names_those_there_are(store: Store) -> None:
    world = populate(store)
    store.add_gold(Gold(name="team", version=2, codebook_hash=world.codebook_hash), [])
    with pytest.raises(StoreError, match="no gold set 'team 3'") as error:
        store.gold("team", 3)
    assert error.value.hint == "there are: team 2"


def test_a_gold_version_is_made_once(store: Store) -> None:
    world = populate(store)
    gold = Gold(name="team", version=1, codebook_hash=world.codebook_hash)
    store.add_gold(gold, [])
    with pytest.raises(StoreError, match="holds such a record already"):
        store.add_gold(Gold(name="team", version=1, codebook_hash=world.codebook_hash), [])
    assert store.golds() == [gold]


def test_a_document_keeps_the_split_it_was_given_first(store: Store) -> None:
    pairs = [document("a"), document("b")]
    store.add_documents(pairs)
    a, b = (made.id for made, _ in pairs)
    first = Split(document_id=a, split="test", cluster="c1", scheme="s")
    store.add_splits([first])
    new = Split(document_id=b, split="calibration", cluster="c2", scheme="s")
    store.add_splits([Split(document_id=a, split="examples", cluster="c9", scheme="t"), new])
    assert store.splits() == {a: first, b: new}


def test_a_sample_holds_a_document_once(store: Store) -> None:
    made, version = document()
    store.add_documents([(made, version)])
    drawn = Inclusion(sample="pilot", document_id=made.id, probability=1 / 3, drawn=False, stratum="wärm", cluster="a")
    audit = Inclusion(sample="audit", document_id=made.id, dimension_id="mode", probability=0.05)
    store.add_inclusions([drawn, audit])
    with pytest.raises(StoreError, match="holds such a record already"):
        store.add_inclusions([Inclusion(sample="pilot", document_id=made.id, probability=0.5)])
    assert store.inclusions() == [drawn, audit]
    assert store.inclusions("pilot") == [drawn]


def test_decisions_come_back_in_the_order_of_time(store: Store) -> None:
    world = populate(store)
    other = world.item.model_copy(update={"id": world.item.id[:-1] + "~", "reason": "tie"})
    store.add_queue_items([other])
    coding = world.coding(memo="blind")
    answer = world.decision(coding_id=coding.id, seconds=12.5)
    undo = world.decision(action="undo", target_id=answer.id, visible="revealed")
    elsewhere = world.decision(item_id=other.id, action="skip")
    store.add_decision(answer, coding)
    store.add_decision(undo)
    store.add_decision(elsewhere)
    assert store.decisions() == [answer, undo, elsewhere]
    assert store.decisions(world.item.id) == [answer, undo]
    assert store.coding(coding.id) == coding
    assert store.queue_items() == [world.item, other]


def test_a_decision_that_cannot_be_kept_takes_its_coding_with_it(store: Store) -> None:
    world = populate(store)
    coding = world.coding()
    with pytest.raises(StoreError, match="refers to one that the store does not hold"):
        store.add_decision(world.decision(item_id="nothing", coding_id=coding.id), coding)
    assert store.codings() == []
    assert store.decisions() == []


def test_what_is_not_there_is_named(store: Store) -> None:
    for read, what in (
        (store.document, "document"),
        (store.version, "version"),
        (store.run, "run"),
        (store.coding, "coding"),
        (store.codebook, "codebook"),
    ):
        with pytest.raises(StoreError, match=f"there is no {what} 01ABC"):
            read("01ABC")


def test_adding_nothing_is_allowed(store: Store) -> None:
    store.add_documents([])
    store.add_codings(coding for coding in list[Coding]())
    store.add_splits([])
    assert store.documents() == []
    assert store.codings() == []


def add_texts(store: Store, count: int) -> list[str]:
    names = [f"t{number}" for number in range(count)]
    for name in names:
        store.add_documents([document(name)])
    return names


def test_documents_come_page_by_page_in_the_order_of_import_with_their_newest_text(store: Store) -> None:
    names = add_texts(store, 7)
    second = store.documents()[1]
    newer = Version(document_id=second.id, text="A newer text", hash="2")
    store.add_version(newer)
    store.add_documents([])
    pages = list(store.pages(size=3))
    assert [len(page) for page in pages] == [3, 3, 1]
    assert [made.name for page in pages for made, _ in page] == names
    assert [pair for page in pages for pair in page] == store.current_versions()
    assert pages[0][1][1] == newer
    assert [made.name for page in store.pages(limit=5, size=3) for made, _ in page] == names[:5]
    assert (store.count_documents(), store.last_of(5), store.last_of(99)) == (
        7,
        pages[1][1][0].id,
        pages[2][0][0].id,
    )
    # six texts of 10 characters ("Text of t0"), one of 12
    assert store.mean_length() == pytest.approx(72 / 7)


def test_what_is_imported_while_pages_are_read_is_read_too(store: Store) -> None:
    add_texts(store, 2)
    pages = store.pages(size=2)
    next(pages)
    store.add_documents([document("later")])
    assert [made.name for page in pages for made, _ in page] == ["later"]


def test_answers_are_kept_together_or_not_at_all(store: Store) -> None:
    world = populate(store)
    calls = [world.call(key=f"k{number}") for number in range(3)]
    answers = [(call, [world.coding(run_id=world.run.id, call_id=call.id)]) for call in calls]
    store.save_answers(answers[:2])
    assert store.calls(world.run.id) == calls[:2]
    with pytest.raises(StoreError, match="holds such a record already"):
        store.save_answers([answers[2], answers[0]])
    assert store.calls(world.run.id) == calls[:2]
    assert len(store.codings(run_id=world.run.id)) == 2


def test_an_answer_is_found_by_its_key_and_its_text(store: Store) -> None:
    world = populate(store)
    store.save_answers([(world.call(key="a"), []), (world.call(key="b", status="failed"), [])])
    assert store.answered(world.run.id, {"a", "b", "c"}) == {(world.version.id, "a")}
    assert store.answered("another run", {"a"}) == set()
    assert store.kept_keys(world.run.id, {"a", "b", "c"}) == {"a", "b"}
    assert store.answered(world.run.id, set()) == set()


def test_a_document_is_whole_with_all_its_usable_answers_for_its_newest_text(store: Store) -> None:
    world = populate(store)
    store.save_answers([(world.call(key="a"), []), (world.call(key="b", status="invalid"), [])])
    assert (store.whole(world.run.id, 1), store.whole(world.run.id, 2)) == (1, 0)
    store.save_answers([(world.call(key="b"), [])])
    assert store.whole(world.run.id, 2) == 1
    assert store.whole(world.run.id, 2, last=world.document.id) == 1
    store.add_version(Version(document_id=world.document.id, text="Changed", hash="3"))
    assert store.whole(world.run.id, 1) == 0


def test_a_run_is_summed_up_from_its_calls_and_the_newest_answer_to_a_question_counts(store: Store) -> None:
    world = populate(store)
    second, third = document("b"), document("c")
    store.add_documents([second, third])
    tokens = {"prompt_tokens": 100, "cached_tokens": 40, "completion_tokens": 7, "milliseconds": 1500}
    calls = [
        # the first text: failed after three attempts, then answered; asked twice (replicates)
        world.call(key="a0", status="failed", error="HTTP 500", attempts=3, cost_usd=0.0),
        world.call(key="a0", cost_usd=0.25, **tokens),
        world.call(key="a1", replicate=1, cost_usd=0.25, attempts=2, **tokens),
        # the second: one of its answers stays unreadable
        world.call(key="b0", version_id=second[1].id, cost_usd=0.5, **tokens),
        world.call(key="b1", version_id=second[1].id, replicate=1, status="invalid", error="no JSON", cost_usd=0.0),
        # the third is too long and was never sent
        world.call(key="c", version_id=third[1].id, status="failed", error="too long", attempts=0, cost_usd=0.0),
    ]
    store.save_answers([(call, []) for call in calls])
    found = store.summary(world.run.id)
    assert (found.documents, found.coded, found.failed) == (3, 1, 2)
    assert (found.calls, found.retries) == (5, 3)  # 2 + 1 attempts more than one each
    assert (found.prompt_tokens, found.cached_tokens, found.completion_tokens) == (300, 120, 21)
    assert (found.cost_usd, found.seconds) == (1.0, 4.5)
    assert store.failures(world.run.id) == {"b": "no JSON", "c": "too long"}
    store.save_answers([(world.call(key="d", replicate=2, cost_usd=None), [])])
    assert store.summary(world.run.id).cost_usd is None


def test_a_run_without_calls_came_to_nothing(store: Store) -> None:
    world = populate(store)
    found = store.summary(world.run.id)
    assert (found.documents, found.coded, found.calls, found.cost_usd, found.seconds) == (0, 0, 0, 0.0, 0.0)
    assert store.failures(world.run.id) == {}
