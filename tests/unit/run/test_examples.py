"""Worked examples come from their split alone, need a whole gold answer, and leave every n."""

from coder.codebook import parse_codebook
from coder.model import Coding, Document, Run, Split, Status, Version
from coder.model.document import SplitName
from coder.run.codings import comparable
from coder.run.examples import choose_examples, most_varied

BOOK = parse_codebook(
    "name: n\nversion: 1\ndimensions:\n"
    "  - {id: tone, kind: nominal, question: How?, absent: {}, categories: [{id: a}, {id: b}]}\n"
    "  - {id: mood, kind: nominal, question: How?, categories: [{id: a}, {id: b}]}",
    "b",
)
Pair = tuple[Document, Version]


def pair(name: str, text: str) -> Pair:
    document = Document(name=name)
    return document, Version(document_id=document.id, text=text, hash=text)


def placed(pairs: list[Pair], split: SplitName = "examples") -> dict[str, Split]:
    return {doc.id: Split(document_id=doc.id, split=split, cluster=doc.name, scheme="t") for doc, _ in pairs}


def coding(version: Version, dimension: str, status: Status = Status.CODED, **more: object) -> Coding:
    assignments = [{"category": "a"}] if status is Status.CODED else []
    values = {
        "version_id": version.id,
        "dimension_id": dimension,
        "coder_id": "c",
        "status": status,
        "assignments": assignments,
        "codebook_hash": BOOK.hash(),
        "dimension_hash": BOOK.dimension(dimension).hash(),
    }
    return Coding.model_validate(values | more)


def whole(*pairs: Pair) -> list[Coding]:
    return [coding(version, dimension) for _, version in pairs for dimension in ("tone", "mood")]


SHORT, LONG = pair("short", "One."), pair("long", "One sentence. Another sentence.")


def names(pairs: list[Pair], gold: list[Coding], count: int = 5, split: SplitName = "examples") -> list[str]:
    found = choose_examples(BOOK, pairs, placed(pairs, split), gold, count)
    by_version = {version.id: document.name for document, version in pairs}
    return [by_version[example.version.id] for example in found]


def test_the_shortest_come_first_and_no_more_than_asked() -> None:
    assert names([LONG, SHORT], whole(LONG, SHORT)) == ["short", "long"]
    assert names([LONG, SHORT], whole(LONG, SHORT), count=1) == ["short"]


def test_a_document_of_another_split_is_never_shown() -> None:
    assert names([SHORT], whole(SHORT), split="test") == []
    assert names([SHORT], whole(SHORT), split="calibration") == []


def test_a_gold_answer_with_a_gap_is_no_example() -> None:
    assert names([SHORT], [coding(SHORT[1], "tone")]) == []
    unsure = [coding(SHORT[1], "tone"), coding(SHORT[1], "mood", Status.UNDECIDABLE)]
    assert names([SHORT], unsure) == []


def test_gold_of_another_codebook_is_no_example() -> None:
    old = [coding(SHORT[1], "tone"), coding(SHORT[1], "mood", dimension_hash="earlier")]
    assert names([SHORT], old) == []


def test_versions_shown_as_examples_are_left_out_of_what_is_compared() -> None:
    run = Run(coder_id="c", codebook_hash="b", prompt_hash="p", parameters={"examples": [SHORT[1].id]})
    kept = comparable(run, whole(SHORT, LONG))
    assert {item.version_id for item in kept} == {LONG[1].id}


def test_the_newest_answer_of_a_cell_counts() -> None:
    run = Run(coder_id="c", codebook_hash="b", prompt_hash="p")
    failed, later = coding(LONG[1], "tone", Status.FAILED), coding(LONG[1], "tone")
    assert comparable(run, [failed, later]) == [later]


def test_what_was_shown_least_is_shown_next() -> None:
    codes = {name: [("tone", code)] for name, code in {"one": "a", "two": "a", "three": "b", "four": "c"}.items()}
    sizes = dict.fromkeys(codes, 10)
    assert most_varied(codes, sizes, 4) == ["one", "three", "four", "two"]


def test_a_document_that_shows_more_that_is_new_comes_first() -> None:
    codes = {
        "plain": [("tone", "a"), ("mood", "a")],
        "new": [("tone", "b"), ("mood", "b")],
        "first": [("tone", "a"), ("mood", "c")],
    }
    # behind "plain" tone a was shown once: "new" brings 1 + 1, "first" 1/2 + 1
    assert most_varied(codes, dict.fromkeys(codes, 1), 2) == ["plain", "new"]


def test_texts_that_no_longer_fit_are_passed_over_and_one_is_always_shown() -> None:
    codes = {name: [("tone", name)] for name in ("long", "short", "middle")}
    assert most_varied(codes, {"long": 90, "short": 10, "middle": 30}, 3, room=105) == ["long", "short"]
    assert most_varied(codes, {"long": 900, "short": 10, "middle": 30}, 3, room=105) == ["long"]
