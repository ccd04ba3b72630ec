"""Codings out and in again through every format that carries them: what they said is the same afterwards."""

from __future__ import annotations

from dataclasses import replace

import pytest

from coder.export import ExportBundle, export
from coder.gold import read_codings
from coder.model import Assignment, Codebook, Coder, Coding, Document, QuantityMention, Span, Status, Version

BOOK = Codebook.model_validate(
    {
        "name": "hostile <&>",
        "version": "1",
        "dimensions": [
            {"id": "mode", "kind": "nominal", "question": "How?", "absent": {}, "instructions": "Read all.",
             "categories": [{"id": "offline", "label": "=HYPERLINK(1)"}, {"id": "online", "label": "Online"}]},
            {"id": "place", "kind": "nominal", "question": "Where?", "label": "Mode", "absent": {},
             "categories": [{"id": "online", "label": "Online"}, {"id": "hall", "label": "<script>x</script>"}]},
            {"id": "topics", "kind": "multilabel", "question": "Which?", "absent": {},
             "categories": [{"id": "a", "label": "A & B"}, {"id": "b", "label": 'B "b"'}, {"id": "c"}]},
            {"id": "hours", "kind": "quantity", "question": "How long?", "unit": "hours", "absent": {},
             "bins": [{"id": "short", "to": 5}, {"id": "long", "from": 5}]},
        ],
    }
)  # fmt: skip
TEXTS = {
    "<script>alert(1)</script>": "Say it. \U0001f600\U0001f468\u200d\U0001f469 takes 8 hours.\nSay it. The end <&>.",
    "=1+1": "Only online.\n\nNothing\telse | here.",
    "third": "Say it.",
}


def coding(version: Version, dimension: str, coder: Coder, *assignments: Assignment, **fields: object) -> Coding:
    given = {
        "version_id": version.id, "dimension_id": dimension, "coder_id": coder.id, "assignments": assignments,
        "status": Status.CODED if assignments else Status.ABSENT, "codebook_hash": BOOK.hash(),
        "dimension_hash": BOOK.dimension(dimension).hash(), **fields,
    }  # fmt: skip
    return Coding.model_validate(given)


def stretch(text: str, quote: str, nth: int = 0) -> Span:
    start = -1
    for _ in range(nth + 1):
        start = text.index(quote, start + 1)
    return Span(start=start, end=start + len(quote))


@pytest.fixture
def project() -> ExportBundle:
    pairs = []
    for name, text in TEXTS.items():
        document = Document(name=name, variables={"=title": "=1+1", "year": "2019"})
        pairs.append((document, Version(document_id=document.id, text=text, hash=name)))
    (_, first), (_, second), (_, third) = pairs
    ann, ben, model = (
        Coder(name="ann", kind="person"),
        Coder(name="=ben", kind="person"),
        Coder(name="m", kind="model"),
    )
    said, emoji = stretch(first.text, "Say it.", 1), stretch(first.text, "\U0001f600")
    hours = stretch(first.text, "8 hours")
    codings = [
        # two coders, one span, behind an emoji; the second occurrence of the sentence
        coding(first, "mode", ann, Assignment(category="online", evidence=(said,)), memo="=memo\nof <two> lines"),
        coding(first, "mode", ben, Assignment(category="online", evidence=(said,))),
        coding(first, "mode", model, Assignment(category="offline", evidence=(emoji,), confidence=0.5)),
        coding(first, "place", ann, Assignment(category="online")),  # an equal label in another dimension, no evidence
        coding(first, "topics", ann, Assignment(category="a", evidence=(emoji, said)), Assignment(category="c")),
        coding(
            first,
            "hours",
            model,
            Assignment(category="long"),
            mentions=(QuantityMention(low=8, unit="hours", evidence=(hours,)),),
        ),
        coding(second, "mode", ann, evidence=(stretch(second.text, "Nothing\telse"),)),
        coding(second, "topics", ann),
        coding(second, "place", ben, status=Status.UNDECIDABLE, memo="hard"),
        coding(second, "topics", ben, status=Status.NOT_APPLICABLE),
        coding(third, "mode", model, status=Status.REFUSED),
        coding(third, "place", model, status=Status.INVALID),
        coding(third, "topics", model, status=Status.FAILED),
        coding(third, "mode", ann, status=Status.SKIPPED),
    ]
    return ExportBundle(codebook=BOOK, documents=pairs, coders=(ann, ben, model), codings=codings)


def said(codings, names, *, places: bool = True, mentions: bool = False) -> set[tuple[object, ...]]:
    """What codings say, by document and coder's name; the evidence as places of the whole answer."""
    return {
        (
            one.version_id, one.dimension_id, names[one.coder_id], one.status, frozenset(one.codes), one.memo,
            one.all_evidence if places else None, one.mentions if mentions else None,
        )
        for one in codings
    }  # fmt: skip


def taken_back(path, project: ExportBundle, **options: object):
    documents = {document.name: (document, version) for document, version in project.documents}
    found = read_codings(path, project.codebook, documents, **options)
    assert found.problems == ()
    names = {codings[0].coder_id: name for name, codings in found.codings_by_coder.items()}
    assert {name: found.kinds[name] for name in names.values()} == {one.name: one.kind for one in project.coders}
    return [one for codings in found.codings_by_coder.values() for one in codings], names


NAMES = pytest.mark.parametrize("name", ["x.jsonl", "x.qdpx", "x.json"])


@NAMES
def test_codings_with_places_memos_statuses_and_coders_come_back_equal(project, tmp_path, name):
    export(tmp_path / name, project)
    codings, names = taken_back(tmp_path / name, project)
    own = {coder.id: coder.name for coder in project.coders}
    assert said(codings, names) == said(project.codings, own)
    assert len(codings) == len(project.codings)


def test_json_lines_carry_amounts_and_the_evidence_of_each_code(project, tmp_path):
    export(tmp_path / "x.jsonl", project)
    codings, names = taken_back(tmp_path / "x.jsonl", project)
    own = {coder.id: coder.name for coder in project.coders}
    assert said(codings, names, mentions=True) == said(project.codings, own, mentions=True)

    def per_code(one):
        return {(label.category, label.evidence) for label in one.assignments}

    before = {(one.version_id, one.dimension_id, own[one.coder_id]): per_code(one) for one in project.codings}
    assert {(one.version_id, one.dimension_id, names[one.coder_id]): per_code(one) for one in codings} == before


@pytest.mark.parametrize("name", ["x.qdpx", "x.json"])
def test_the_evidence_of_each_label_stays_with_it(project, tmp_path, name):
    export(tmp_path / name, project)
    codings, _ = taken_back(tmp_path / name, project)
    (topics,) = [one for one in codings if one.dimension_id == "topics" and one.codes]
    (before,) = [one for one in project.codings if one.dimension_id == "topics" and one.codes]
    assert {one.category: set(one.evidence) for one in topics.assignments} == {
        one.category: set(one.evidence) for one in before.assignments
    }


@pytest.mark.parametrize(("name", "options"), [("x.csv", {}), ("x.xlsx", {"sheet": "codings"})])
def test_tables_carry_all_but_places_and_amounts(project, tmp_path, name, options):
    export(tmp_path / name, project)
    codings, names = taken_back(tmp_path / name, project, **options)
    own = {coder.id: coder.name for coder in project.coders}
    assert said(codings, names, places=False) == said(project.codings, own, places=False)


def test_line_ends_of_other_programs_do_not_move_the_evidence(project, tmp_path):
    # the same project as a program on Windows would write it: a text with \r\n, places counted in it
    from zipfile import ZipFile

    export(tmp_path / "x.qdpx", project)
    first = project.documents[0][1]
    with ZipFile(tmp_path / "x.qdpx") as old, ZipFile(tmp_path / "y.qdpx", "w") as new:
        for name in old.namelist():
            raw = old.read(name)
            if raw == first.text.encode():
                raw = raw.replace(b"\n", b"\r\n")
            if name == "project.qde":  # what stands behind the first line end moves by one character
                for span in (stretch(first.text, "Say it.", 1),):
                    place = f'startPosition="{span.start}" endPosition="{span.end}"'
                    moved = f'startPosition="{span.start + 1}" endPosition="{span.end + 1}"'
                    assert place.encode() in raw
                    raw = raw.replace(place.encode(), moved.encode())
                whole = f'endPosition="{len(first.text)}"'
                raw = raw.replace(whole.encode(), f'endPosition="{len(first.text) + 1}"'.encode())
            new.writestr(name, raw)
    codings, names = taken_back(tmp_path / "y.qdpx", project)
    own = {coder.id: coder.name for coder in project.coders}
    assert said(codings, names) == said(project.codings, own)


def test_inclusive_ends_are_told_from_the_quotes(project, tmp_path):
    export(tmp_path / "x.qdpx", project, end="inclusive")
    codings, names = taken_back(tmp_path / "x.qdpx", project)
    own = {coder.id: coder.name for coder in project.coders}
    assert said(codings, names) == said(project.codings, own)


def test_the_models_codings_are_left_out_where_people_are_asked_for(project, tmp_path):
    documents = {document.name: (document, version) for document, version in project.documents}
    for name in ("x.qdpx", "x.json"):
        export(tmp_path / name, project)
        found = read_codings(tmp_path / name, BOOK, documents, kind="person")
        assert found.problems == ()
        assert set(found.codings_by_coder) == {"ann", "=ben"}
        assert any("'m'" in note for note in found.notes)


def test_a_code_that_the_codebook_has_not_is_a_problem_with_its_name(project, tmp_path):
    fewer = BOOK.model_copy(update={"dimensions": BOOK.dimensions[1:], "name": "other"})
    documents = {document.name: (document, version) for document, version in project.documents}
    export(tmp_path / "x.qdpx", project)
    found = read_codings(tmp_path / "x.qdpx", fewer, documents)
    assert any("which is no dimension" in str(problem) for problem in found.problems)


def test_an_earlier_text_that_someone_coded_is_a_source_of_its_own(project, tmp_path):
    document, _ = project.documents[0]
    earlier = Version(document_id=document.id, text="Say it. Old.", hash="old")
    ann = project.coders[0]
    old = coding(earlier, "mode", ann, Assignment(category="offline", evidence=(stretch(earlier.text, "Old."),)))
    whole = replace(project, codings=[*project.codings, old], earlier_versions=[earlier])
    export(tmp_path / "x.qdpx", whole)
    notes = export(tmp_path / "x.json", whole)
    assert "1 codings of earlier versions of a text were left out" in notes
    documents = {document.name: (document, version) for document, version in project.documents}
    found = read_codings(tmp_path / "x.qdpx", BOOK, documents)
    assert [problem.kind for problem in found.problems] == ["unknown_document"]
