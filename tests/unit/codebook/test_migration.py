"""What becomes of each code when a codebook is revised: renamed, merged, split, dropped, by an explicit map."""

from __future__ import annotations

from pathlib import Path

import pytest

from coder.codebook import parse_codebook
from coder.codebook.map_file import read_map
from coder.codebook.migration import Drop, Migration, Requeued, carry, plan_migration
from coder.errors import InputError
from coder.model import Assignment, Coding, Span, Status

OLD = """\
name: small
version: 1
dimensions:
  - {id: tone, kind: nominal, question: How does it sound?, absent: {}, categories: [{id: warm}, {id: hot}, {id: cold}, {id: mixed}]}
  - {id: parts, kind: multilabel, question: What is in it?, categories: [{id: x}, {id: y}, {id: z}]}
  - {id: size, kind: ordinal, question: How large?, categories: [{id: small}, {id: large}]}
"""
NEW = """\
name: small
version: 2
dimensions:
  - {id: mood, kind: nominal, question: How does it feel?, absent: {}, categories: [{id: warm}, {id: cool}, {id: sweet}, {id: sour}]}
  - {id: parts, kind: multilabel, question: What is in it?, categories: [{id: xy}, {id: z}]}
"""
MAP = """\
from: 1
dimensions:
  tone:
    to: mood
    categories: {hot: warm, cold: cool, mixed: {split: [sweet, sour]}}
  parts: {categories: {x: xy, y: xy}}
  size: {drop: nobody needs it}
"""
BEFORE, AFTER = parse_codebook(OLD, "old"), parse_codebook(NEW, "new")


def migration(tmp_path: Path, text: str = MAP) -> Migration:
    path = tmp_path / "map.yaml"
    path.write_text(text, encoding="utf-8")
    return plan_migration(BEFORE, AFTER, read_map(path).lines, "map.yaml")


def coding(dimension: str, *codes: str, status: Status = Status.CODED) -> Coding:
    given = tuple(
        Assignment(category=code, evidence=(Span(start=place, end=place + 1),), confidence=0.5 + place / 10)
        for place, code in enumerate(codes)
    )
    return Coding(
        version_id="v", dimension_id=dimension, coder_id="ada", status=status, assignments=given, memo="as it was",
        codebook_hash=BEFORE.hash(), dimension_hash=BEFORE.dimension(dimension).hash(), call_id="call", run_id="run",
    )  # fmt: skip


def test_a_renamed_category_keeps_its_code_with_lineage(tmp_path: Path) -> None:
    before = coding("tone", "cold")
    after = carry(before, migration(tmp_path))
    assert isinstance(after, Coding)
    assert (after.dimension_id, after.codes, after.derived_from) == ("mood", ("cool",), before.id)
    assert (after.codebook_hash, after.dimension_hash) == (AFTER.hash(), AFTER.dimension("mood").hash())
    assert (after.coder_id, after.memo, after.all_evidence) == ("ada", "as it was", before.all_evidence)
    assert after.call_id is None  # no call brought it
    assert after.id != before.id


def test_a_category_that_reads_the_same_needs_no_line(tmp_path: Path) -> None:
    after = carry(coding("tone", "warm"), migration(tmp_path))
    assert isinstance(after, Coding)
    assert after.codes == ("warm",)


def test_merged_labels_keep_all_evidence_and_the_higher_confidence(tmp_path: Path) -> None:
    after = carry(coding("parts", "x", "y", "z"), migration(tmp_path))
    assert isinstance(after, Coding)
    assert after.codes == ("xy", "z")
    assert after.assignments[0].evidence == (Span(start=0, end=1), Span(start=1, end=2))
    assert after.assignments[0].confidence == 0.6


def test_a_split_is_asked_again(tmp_path: Path) -> None:
    assert carry(coding("tone", "mixed"), migration(tmp_path)) == Requeued(
        "mood", "'mixed' was split into sweet and sour"
    )


def test_a_dropped_dimension_is_not_carried(tmp_path: Path) -> None:
    assert carry(coding("size", "large"), migration(tmp_path)) == Drop("nobody needs it")


def test_silence_and_failures_stay_what_they_are(tmp_path: Path) -> None:
    for status in (Status.ABSENT, Status.FAILED, Status.UNDECIDABLE):
        after = carry(coding("tone", status=status), migration(tmp_path))
        assert isinstance(after, Coding)
        assert after.status is status


def test_silence_may_become_a_category_and_a_category_silence(tmp_path: Path) -> None:
    text = MAP.replace("cold: cool", "cold: absent, absent: sour")
    made = migration(tmp_path, text)
    silent, named = carry(coding("tone", status=Status.ABSENT), made), carry(coding("tone", "cold"), made)
    assert isinstance(silent, Coding)
    assert isinstance(named, Coding)
    assert (silent.status, silent.codes) == (Status.CODED, ("sour",))
    assert (named.status, named.codes) == (Status.ABSENT, ())
    assert named.all_evidence == (Span(start=0, end=1),)


def test_a_dropped_label_leaves_the_others_and_alone_it_is_asked_again(tmp_path: Path) -> None:
    made = migration(tmp_path, MAP.replace("y: xy", "y: {drop: too rare}"))
    kept = carry(coding("parts", "y", "z"), made)
    assert isinstance(kept, Coding)
    assert kept.codes == ("z",)
    assert carry(coding("parts", "y"), made) == Requeued("parts", "'y' is no more")


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("hot: warm, ", "", "map.yaml, line 3: category 'hot' of 'tone' is no more"),
        ("  size: {drop: nobody needs it}\n", "", "map.yaml: dimension 'size': the codebook now has no 'size'"),
        ("cold: cool", "cold: cold", "map.yaml, line 5: 'mood' has no category 'cold'"),
        ("cold: cool", "cold: cool, tepid: cool", "'tone' had no category 'tepid'"),
        ("  size:", "  shape:", "line 7: the codebook before has no dimension 'shape'"),
        (
            "size: {drop: nobody needs it}",
            "size: {to: parts, categories: {small: xy, large: z}}",
            "'parts' and 'size' both become 'parts'",
        ),
        ("  parts: {categories: {x: xy, y: xy}}\n", "", "dimension 'parts' reads differently now"),
        ("hot: warm", "hot: warm, hot: cool", "line 5"),
        ("[sweet, sour]", "[sweet]", "a split names two categories or more"),
        ("drop: nobody needs it", "drop: ", "'drop' does not say why"),
        ("from: 1\n", "", "does not say from which codebook"),
        ("to: mood", "too: mood", "line 4: 'too' is not known here"),
        ("cold: cool", "cold: [cool]", "neither a category"),
    ],
)
def test_a_map_with_a_gap_or_a_fault_is_refused_with_its_place(tmp_path: Path, old: str, new: str, words: str) -> None:
    assert old in MAP
    with pytest.raises(InputError) as refused:
        migration(tmp_path, MAP.replace(old, new))
    assert words in refused.value.message.replace(f"{tmp_path}/", "")
    assert refused.value.hint
