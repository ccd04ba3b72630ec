"""What a test of a codebook asks, and what it makes of the answers."""

import json

import pytest

from coder.codebook import parse_codebook
from coder.model import Call, Category, Coding, Document, Status, Version
from coder.prompting import build_prompts
from coder.run.behaviour import (
    Answers,
    Plan,
    Share,
    Wordings,
    advise,
    draw,
    failures,
    halo_effects,
    last_first,
    make_plan,
    order_effects,
    recoveries,
    without_examples,
)
from coder.run.behaviour.definitions import definition_prompt, nameless
from coder.run.behaviour.results import Halo, Order, Recovery
from coder.run.plan import Parameters, Task

BOOK = parse_codebook(
    """\
name: n
version: 1
dimensions:
  - id: mode
    kind: nominal
    question: How is it held?
    absent: {}
    categories:
      - {id: web, label: On the web, definition: Taught over the internet., include: [streams],
         examples: [{text: A stream from a hall., borderline: true}, A webinar.]}
      - {id: hall, label: In a hall, definition: Taught in a hall or room.}
      - {id: both, label: Mixed}
  - id: topics
    kind: multilabel
    question: What is it about?
    absent: {}
    categories:
      - {id: medical, definition: Use on patients., examples: [{text: Scans and code., borderline: true}]}
      - {id: technical, definition: How models are built.}
  - id: stage
    kind: nominal
    question: Which hall?
    applies_if: mode == hall
    categories: [{id: small, definition: Up to 50 seats.}, {id: large, definition: More seats.}]
  - id: length
    kind: quantity
    question: How long?
    unit: minutes
    absent: {}
    bins: [{id: short, to: 60}, {id: long, from: 60}]
""",
    "book.yaml",
)
PARAMETERS = Parameters("openai", "m", "object", 0.0, 100, 1, 1)
EVERY = [dimension.id for dimension in BOOK.dimensions]


def documents(count: int) -> list[tuple[Document, Version]]:
    found = [Document(name=f"d{number}") for number in range(count)]
    return [(item, Version(document_id=item.id, text=f"Page {item.name}.", hash=item.name)) for item in found]


def planned(count: int = 2, wanted: list[str] = EVERY) -> Plan:
    wordings = Wordings(
        build_prompts(BOOK, "object", calls="each"),
        build_prompts(last_first(BOOK), "object", calls="each"),
        build_prompts(without_examples(BOOK), "object", calls="each"),
        build_prompts(BOOK, "object"),
    )
    named = tuple((document.name, version) for document, version in documents(count))
    return make_plan(BOOK, wanted, named, wordings, PARAMETERS)


def answer(answers: Answers, task: Task, **codes: list[str] | Status) -> None:
    """Answer a task by hand: category ids, or a status without any."""
    call = Call(run_id="r", version_id=task.version.id, key=task.key, dimensions=task.prompt.asked, status="ok",
                requested_model="m")  # fmt: skip
    codings = []
    for dimension, said in codes.items():
        status = said if isinstance(said, Status) else Status.CODED
        given = [] if isinstance(said, Status) else [{"category": code} for code in said]
        codings.append(
            Coding.model_validate(
                {
                    "version_id": task.version.id,
                    "dimension_id": dimension,
                    "coder_id": "c",
                    "status": status,
                    "assignments": given,
                    "codebook_hash": "b",
                    "dimension_hash": "d",
                }
            )
        )
    answers.save_answers([(call, codings)])


def by_key(plan: Plan) -> dict[str, Task]:
    return {task.key: task for task in plan.tasks}


# what is asked


def test_every_call_is_made_once_and_the_single_calls_serve_both_order_and_halo() -> None:
    plan = planned(2)
    # definitions: mode 2 (both has none), topics 2, stage 2; borderline examples: 2. For each of 2 documents: alone 3
    # calls (mode with stage, topics, length), last first 1 (mode with stage), together 1.
    assert len(plan.tasks) == 6 + 2 + 2 * (3 + 1 + 1)
    assert {pair.before for pair in plan.order} <= {pair.after for pair in plan.halo}
    assert {pair.dimension for pair in plan.order} == {"mode", "stage"}
    assert {pair.dimension for pair in plan.halo} == set(EVERY)


def test_one_dimension_asks_its_own_calls_and_the_one_of_all() -> None:
    plan = planned(1, ["length"])
    assert [task.prompt.asked for task in plan.tasks] == [("length",), ("mode", "topics", "stage", "length")]


def test_without_documents_definitions_are_asked_alone() -> None:
    plan = planned(0)
    assert (len(plan.tasks), plan.order, plan.halo) == (8, (), ())


def test_a_definition_is_asked_without_its_name_examples_or_the_other_definitions() -> None:
    plan = planned(0)
    check = next(check for check in plan.checks if (check.dimension, check.category) == ("mode", "web"))
    system, user = (message["content"] for message in by_key(plan)[check.key].question.messages)
    assert "[1] Taught over the internet.\n[2] Also: streams.\n" in user
    assert all(label in system for label in ("On the web", "In a hall", "Mixed"))
    assert "Taught" not in system
    assert "webinar" not in system + user


def test_the_order_of_the_labels_is_shuffled_and_always_the_same() -> None:
    many = BOOK.dimension("mode").model_copy(
        update={"categories": tuple(Category(id=f"c{number}", label=f"L{number}") for number in range(9))}
    )
    once, again = (definition_prompt(BOOK, many, "object") for _ in range(2))
    assert once.system == again.system
    codes = once.schema["properties"]["mode"]["properties"]["code"]["enum"]
    assert sorted(codes) == [f"c{number}" for number in range(9)] != codes


@pytest.mark.parametrize("form", ["object", "compact"])
def test_the_skeleton_shows_the_form_that_the_schema_demands(form: str) -> None:
    prompt = definition_prompt(BOOK, BOOK.dimension("mode"), form)  # type: ignore[arg-type]
    shown = json.loads(prompt.system.splitlines()[-1])
    assert shown == ({"mode": ["code"]} if form == "compact" else {"mode": {"code": "..."}})


@pytest.mark.parametrize(
    ("definition", "shown", "masked"),
    [
        ("All teaching is Online, not onlinearly.", "All teaching is ___, not onlinearly.", True),
        ("Over the internet", "Over the internet.", False),
        ("Online.", "", False),  # nothing but its name: there is no definition to recognise
        ("", "", False),
    ],
)
def test_a_name_in_its_own_definition_is_blanked_and_said(definition: str, shown: str, masked: bool) -> None:
    assert nameless(Category(id="o1", label="online", definition=definition)) == (shown, masked)


def test_a_name_of_one_letter_is_not_blanked() -> None:
    assert nameless(Category(id="a", label="A", definition="A course at a place."))[0] == "A course at a place."


def test_last_first_turns_single_choices_alone() -> None:
    turned = last_first(BOOK)
    assert [category.id for category in turned.dimension("mode").codes] == ["both", "hall", "web"]
    assert turned.dimension("topics") == BOOK.dimension("topics")
    assert turned.dimension("length") == BOOK.dimension("length")


def test_a_borderline_example_is_coded_alone_and_out_of_sight_of_itself() -> None:
    plan = planned(0)
    check = next(check for check in plan.checks if check.kind == "borderline")
    task = by_key(plan)[check.key]
    assert task.prompt.asked == ("mode",)
    shown = "".join(message["content"] for message in task.question.messages)
    assert "Taught over the internet." in shown
    assert shown.count("A stream from a hall.") == 1


def test_the_same_documents_are_drawn_whatever_their_order_and_no_worked_example() -> None:
    pairs = documents(9)
    shown = pairs[0][1].id
    drawn = draw(pairs, 4, {shown})
    assert [name for name, _ in drawn] == [name for name, _ in draw(pairs[::-1], 4, {shown})]
    assert "d0" not in {name for name, _ in draw(pairs, 9, {shown})}


# what is read


def test_a_missed_definition_is_named_with_what_it_was_taken_for() -> None:
    plan, answers = planned(0), Answers()
    for check in plan.checks:
        task = by_key(plan)[check.key]
        taken = ["hall"] if (check.category, check.kind) == ("web", "definition") else [check.category]
        answer(answers, task, **{check.dimension: taken})
    mode, topics, _ = recoveries(plan, answers)
    assert (mode.definitions.count, mode.definitions.n) == (1, 2)
    assert (mode.borderline.count, mode.borderline.n) == (1, 1)
    assert [(miss.asked, miss.category, miss.taken_for) for miss in mode.misses] == [("definition", "web", ("hall",))]
    assert mode.undefined == ("both",)
    assert mode.masked == ("hall",)
    assert not topics.misses
    words = [weakness.text for weakness in advise((mode, topics), (), ())]
    assert words == [
        "mode: 'both' has no definition beyond its name: write one",
        "mode: the definition of 'web' was taken for 'hall': say what tells them apart in `exclude`",
    ]


def test_a_label_among_several_is_found_and_an_answer_that_is_none_is_unread() -> None:
    plan, answers = planned(0, ["topics"]), Answers()
    medical, technical, borderline = plan.checks
    answer(answers, by_key(plan)[medical.key], topics=["medical"])
    answer(answers, by_key(plan)[technical.key], topics=Status.INVALID)
    answer(answers, by_key(plan)[borderline.key], topics=["medical", "technical"])
    (found,) = recoveries(plan, answers)
    assert (found.definitions.n, found.borderline.count, found.unread) == (1, 1, 1)


def test_an_order_effect_counts_changes_and_the_place_that_was_chosen() -> None:
    plan, answers = planned(4, ["mode"]), Answers()
    given, turned = ["web", "web", "hall", "both"], ["both", "web", "hall", "both"]
    for pair, before, after in zip(plan.order, given, turned, strict=True):
        answer(answers, by_key(plan)[pair.before], mode=[before])
        answer(answers, by_key(plan)[pair.after], mode=[after])
    (found,) = order_effects(plan, answers)
    assert (found.changed.count, found.changed.n, found.answers) == (1, 4, 8)
    assert found.first_listed == 4  # as given: web twice; last first: both twice
    assert found.last_listed == 2  # as given: both once; last first: web once
    assert [(move.document, move.before, move.after) for move in found.moves] == [("d0", ("web",), ("both",))]


def test_a_pair_without_both_answers_is_unread_and_one_that_never_applies_is_out() -> None:
    plan, answers = planned(3, ["stage"]), Answers()
    said = [(["small"], Status.NOT_APPLICABLE), (Status.NOT_APPLICABLE, Status.NOT_APPLICABLE)]
    for pair, (before, after) in zip(plan.order[:2], said, strict=True):
        answer(answers, by_key(plan)[pair.before], stage=before)
        answer(answers, by_key(plan)[pair.after], stage=after)
    (found,) = order_effects(plan, answers)
    assert (found.changed.count, found.changed.n, found.unread) == (1, 1, 1)
    assert found.moves[0].after == ("not_applicable",)


def test_halo_compares_sets_of_labels() -> None:
    plan, answers = planned(2, ["topics"]), Answers()
    first, second = plan.halo
    answer(answers, by_key(plan)[first.before], topics=["medical", "technical"])
    answer(answers, by_key(plan)[first.after], topics=["technical", "medical"])
    answer(answers, by_key(plan)[second.before], topics=["medical"])
    answer(answers, by_key(plan)[second.after], topics=Status.ABSENT)
    (found,) = halo_effects(plan, answers)
    assert (found.moved.count, found.moved.n) == (1, 2)
    assert (found.moves[0].before, found.moves[0].after) == (("medical",), ("absent",))


def test_a_call_without_an_answer_is_named_with_its_reason() -> None:
    plan, answers = planned(0, ["topics"]), Answers()
    first, second, third = plan.tasks
    answer(answers, first, topics=["medical"])
    lost = failures(plan.tasks, answers, {second.key: "too long"}, "the budget is reached")
    assert [(item.asked, item.reason) for item in lost] == [
        ("definition of technical, topics", "too long"),
        ("borderline of medical, topics", "the budget is reached"),
    ]
    assert third.name == "borderline of medical"


# what is said


def test_the_interval_is_the_exact_one() -> None:
    # Clopper & Pearson for 4 of 10 at 95%: 0.1216 to 0.7376; for 0 of n the upper end is 1 - 0.025 ** (1 / n).
    assert (Share.of(4, 10).low, Share.of(4, 10).high) == (
        pytest.approx(0.1216, abs=5e-5),
        pytest.approx(0.7376, abs=5e-5),
    )
    assert (Share.of(0, 10).low, Share.of(0, 10).high) == (0.0, pytest.approx(1 - 0.025**0.1))
    assert Share.of(10, 10).high == 1.0
    assert Share.of(0, 0).share is Share.of(0, 0).low is Share.of(0, 0).high is None


def order(count: int, n: int, first: int = 0, last: int = 0) -> Order:
    return Order(dimension="audience", changed=Share.of(count, n), answers=2 * n, first_listed=first, last_listed=last,
                 moves=(), unread=0)  # fmt: skip


@pytest.mark.parametrize(
    ("count", "n", "weak"), [(2, 10, True), (1, 5, False), (1, 10, False), (2, 11, False), (0, 0, False)]
)
def test_an_order_effect_is_weak_from_a_fifth_and_two_documents_on(count: int, n: int, weak: bool) -> None:
    assert bool(advise((), (order(count, n),), ())) is weak


def test_an_order_effect_says_what_to_do_and_where_the_model_leans() -> None:
    (weakness,) = advise((), (order(4, 10, first=12, last=3),), ())
    assert weakness.text == (
        "audience: 4 of 10 codes change when the categories are listed last first: the model guesses; shorten the "
        "definitions or use a stronger model (it leans to what is listed first: of 20 answers 12 chose the first, 3 the last)"
    )
    assert "leans" not in advise((), (order(4, 10, first=5, last=4),), ())[0].text


@pytest.mark.parametrize(("count", "n", "said"), [(1, 4, True), (2, 4, False), (1, 3, False)])
def test_when_most_definitions_are_lost_the_model_is_named_before_the_codebook(count: int, n: int, said: bool) -> None:
    lost = Recovery(dimension="topic", definitions=Share.of(count, n), borderline=Share.of(0, 0), masked=(),
                    undefined=(), misses=(), unread=0)  # fmt: skip
    words = f"topic: only {count} of {n} definitions found again: try a stronger model before rewriting"
    assert [weakness.text for weakness in advise((lost,), (), ())] == ([words] if said else [])


def test_a_halo_effect_says_what_to_do() -> None:
    (weakness,) = advise((), (), (Halo(dimension="tone", moved=Share.of(3, 10), moves=(), unread=0),))
    assert (weakness.rule, weakness.dimension) == ("halo", "tone")
    assert weakness.text.startswith("tone: 3 of 10 answers move when the other dimensions are left out: ask each in a ")
