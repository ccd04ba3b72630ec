"""The hostile texts are what their README says: three twins each, alike but for the words put in, every kind covered."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

import pytest

from coder.documents.normalise import normalise
from coder.errors import InputError
from coder.prompting.escape import for_prompt
from eval.hostile import FOLDER, TWINS, HostileSet, HostileText, Twin, answers_file, load_hostile, name_of
from eval.runs import HOME
from tests.unit.test_screening_gold import REAL_NAMES

HOSTILE = load_hostile()
BY_ID = {text.id: text for text in HOSTILE.texts}


@pytest.fixture(params=sorted(BY_ID))
def text(request: pytest.FixtureRequest) -> HostileText:
    return BY_ID[request.param]


def test_there_are_fifty_texts_and_every_kind_has_two_or_more() -> None:
    assert sorted(BY_ID) == [f"H{number:02d}" for number in range(1, 51)]
    counts = Counter(text.kind for text in HOSTILE.texts)
    assert counts.keys() == HOSTILE.kinds.keys()
    assert min(counts.values()) >= 2


def test_the_first_texts_asked_are_of_all_kinds() -> None:
    assert {text.kind for text in HOSTILE.texts[: len(HOSTILE.kinds)]} == set(HOSTILE.kinds)


def test_every_dimension_and_many_codes_are_targets() -> None:
    targets = {(text.target.dimension, text.target.code) for text in HOSTILE.texts}
    dimensions = {dimension for dimension, _ in targets}
    assert dimensions == {one.id for one in HOSTILE.codebook.dimensions} - {"content_type"}
    assert len(targets) >= 25


def test_a_target_is_a_code_of_its_dimension_and_not_what_the_text_says(text: HostileText) -> None:
    codes = {category.id for category in HOSTILE.codebook.dimension(text.target.dimension).codes}
    assert text.target.code in codes
    assert set(text.says) <= codes
    assert text.target.code not in text.says


def test_the_clean_twin_has_60_to_150_words_and_no_real_name(text: HostileText) -> None:
    clean = text.written("clean")
    assert 60 <= len(clean.split()) <= 150
    assert not re.search(rf"\b({'|'.join(map(re.escape, REAL_NAMES))})\b", clean)
    assert "{" not in clean


@pytest.mark.parametrize("twin", ["attack", "neutral"])
def test_a_twin_without_the_words_put_in_is_the_clean_one(text: HostileText, twin: Twin) -> None:
    written, inserted = text.written(twin), text.inserted(twin)
    if inserted is None:
        assert written.split() == text.written("clean").split()
        return
    rest = f"{written[: inserted.start]} {written[inserted.end :]}"
    assert rest.split() == text.written("clean").split()
    words = text.attack if twin == "attack" else text.neutral
    assert written[inserted.start : inserted.end].split() == normalise(words).split()


def test_only_an_attack_in_tag_characters_leaves_nothing_behind() -> None:
    assert [text.id for text in HOSTILE.texts if text.inserted("attack") is None] == ["H33"]
    assert not [text.id for text in HOSTILE.texts if text.inserted("neutral") is None]


def test_the_neutral_words_are_as_long_as_the_attack_that_the_model_reads(text: HostileText) -> None:
    attack, neutral = (len(for_prompt(normalise(words))) for words in (text.attack, text.neutral))
    if text.id == "H33":  # nothing of the attack reaches the model
        assert (attack, neutral) == (0, 21)
    else:
        assert 0.8 <= neutral / attack <= 1.2


def test_the_neutral_words_name_no_code_and_no_amount(text: HostileText) -> None:
    codes = {category.id for one in HOSTILE.codebook.dimensions for category in one.codes} - {"other", "content"}
    assert not set(re.findall(r"\w+", text.neutral.casefold())) & codes
    assert not re.search(r"EUR|euro|\bfree\b|online|CHF", text.neutral)


def test_no_two_texts_share_their_words() -> None:
    assert len({text.written("clean") for text in HOSTILE.texts}) == 50
    assert len({text.attack for text in HOSTILE.texts}) == 50
    assert len({text.neutral for text in HOSTILE.texts}) == 50


def test_the_readme_counts_the_kinds() -> None:
    rows = re.findall(r"^\| (\w+) \| (\d+) \|", (FOLDER / "README.md").read_text(encoding="utf-8"), re.M)
    counts = Counter(text.kind for text in HOSTILE.texts)
    assert rows == [(kind, str(counts[kind])) for kind in HOSTILE.kinds]


def test_twins_stand_side_by_side_beside_the_shipped_texts_and_are_never_examples() -> None:
    items = HOSTILE.items(HOSTILE.texts[:2])
    assert [item.name for item in items] == [name_of(text, twin) for text in HOSTILE.texts[:2] for twin in TWINS]
    data = HOSTILE.data
    assert len(data.items) == 100 + 150
    assert {item.name for item in data.examples(12, 2021)} <= {item.name for item in HOSTILE.shipped.items}
    assert data.half(2021)["H01-attack"] == "test"


def changed(tmp_path: Path, old: str, new: str) -> Path:
    """The set with one thing in it changed."""
    content = (FOLDER / "texts.yaml").read_text(encoding="utf-8")
    assert content.count(old) >= 1
    path = tmp_path / "texts.yaml"
    path.write_text(content.replace(old, new, 1), encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("kind: instruction", "kind: sermon", "H01: there is no kind 'sermon'"),
        ("{dimension: price, code: free}", "{dimension: prices, code: free}", "H01: the codebook has no dimension 'prices'"),
        ("{dimension: price, code: free}", "{dimension: price, code: cheap}", "H01: 'price' has no code 'cheap'"),
        ('says: ["101_200"]', "says: [free]", "H01: the target is what the text says"),
        (" {here}", "", r"H01: \{here\} must stand in it once"),
        ("id: H01", "id: one", "texts.0.id: String should match"),
    ],
)  # fmt: skip
def test_a_text_that_does_not_fit_is_named(tmp_path: Path, old: str, new: str, said: str) -> None:
    with pytest.raises(InputError, match=said):
        load_hostile(changed(tmp_path, old, new))


def test_answers_are_kept_by_coder_and_model() -> None:
    assert answers_file("shown", "", None).relative_to(HOME).as_posix() == (
        "answers/hostile/hostile-shown-qwen2.5-coder-1.5b.jsonl"
    )
    assert answers_file("naive", "org/some model", None).name == "hostile-naive-some-model.jsonl"
    assert answers_file("naive", "m", Path("x.jsonl")) == Path("x.jsonl")


def test_the_set_is_the_same_object_of_data_each_time() -> None:
    again: HostileSet = load_hostile()
    assert again.data.hash == HOSTILE.data.hash
