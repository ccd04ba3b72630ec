"""Codebooks are read whole or refused with the line of every fault."""

from pathlib import Path

import pytest

from coder.codebook import load_codebook, parse_codebook
from coder.errors import InputError
from coder.model import DateDimension, QuantityDimension

MINIMAL = """\
name: small
version: 1
unit: page
dimensions:
  - id: tone
    kind: nominal
    question: How does it sound?
    categories:
      - {id: warm, label: Warm}
      - {id: cold, label: Cold}
"""


def refused(text: str) -> str:
    with pytest.raises(InputError) as caught:
        parse_codebook(text, "book.yaml")
    return caught.value.message


def test_a_minimal_codebook_is_read() -> None:
    codebook = parse_codebook(MINIMAL, "book.yaml")
    assert codebook.version == "1"
    assert [category.id for category in codebook.dimension("tone").codes] == ["warm", "cold"]


def test_a_category_listed_twice_is_refused_with_the_line_of_its_dimension() -> None:
    message = refused(MINIMAL.replace("id: cold", "id: warm"))
    assert message == "book.yaml, line 5: dimensions.0: category 'warm' is listed twice"


def test_an_unknown_field_is_named_with_its_line() -> None:
    assert "line 7" in refused(MINIMAL.replace("question:", "queston:"))
    assert "queston: this field is not known here" in refused(MINIMAL.replace("question:", "queston:"))


def test_every_fault_is_listed_at_once() -> None:
    message = refused(MINIMAL.replace("question:", "queston:").replace("unit: page", "unit: [1]"))
    assert "unit" in message
    assert "queston" in message


def test_broken_yaml_names_the_line() -> None:
    assert refused("name: [1\nversion: 2\n").startswith("book.yaml, line ")


def test_an_unknown_kind_lists_the_kinds_there_are() -> None:
    assert "date, multilabel, nominal, ordinal, quantity" in refused(MINIMAL.replace("nominal", "colour"))


def test_a_category_may_not_take_the_name_of_a_status() -> None:
    assert "'absent' names a status" in refused(MINIMAL.replace("id: cold", "id: absent"))


def test_a_missing_file_says_how_to_get_one(tmp_path: Path) -> None:
    with pytest.raises(InputError) as caught:
        load_codebook(tmp_path / "none.yaml")
    assert "no such file" in caught.value.message
    assert "intercoder init" in caught.value.hint


@pytest.mark.parametrize("content", [b"", b"\xff\xfe\x00", b"- 1\n", b"a: b: c"])
def test_files_that_hold_no_codebook_are_refused_by_name(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "odd.yaml"
    path.write_bytes(content)
    with pytest.raises(InputError, match=r"odd\.yaml"):
        load_codebook(path)


def test_bins_that_do_not_meet_are_refused() -> None:
    text = MINIMAL.replace("kind: nominal", "kind: quantity\n    unit: minutes")
    text = text[: text.index("    categories")] + "    bins:\n      - {id: a, to: 60}\n      - {id: b, from: 61}\n"
    assert "bins 'a' and 'b' must meet" in refused(text)


def test_time_units_have_a_default_worth() -> None:
    text = MINIMAL.replace("kind: nominal", "kind: quantity\n    unit: minutes")
    text = text[: text.index("    categories")] + "    bins:\n      - {id: a, to: 60}\n      - {id: b, from: 60}\n"
    dimension = parse_codebook(text, "book.yaml").dimensions[0]
    assert isinstance(dimension, QuantityDimension)
    assert dimension.units["days"] == 480  # eight hours
    assert dimension.elapsed == ("weeks", "months")


def test_half_years_are_generated_with_a_bin_for_all_else() -> None:
    dimension = DateDimension.model_validate(
        {"id": "date", "kind": "date", "question": "When?", "period": {"from": "2019-01", "to": "2020-06"}}
    )
    assert [category.id for category in dimension.codes] == ["2019-H1", "2019-H2", "2020-H1", "outside"]
    assert dimension.bin_of(2019, 6) == "2019-H1"
    assert dimension.bin_of(2020, 7) == "outside"


def test_a_condition_must_name_an_earlier_dimension_and_its_category() -> None:
    later = (
        MINIMAL
        + "  - {id: heat, kind: nominal, question: How warm?, applies_if: 'tone == hot', categories: [{id: x}]}\n"
    )
    assert "'tone' is 'hot', which it has not" in refused(later)
    assert "must be listed before it" in refused(later.replace("tone == hot", "mood == hot"))


def test_the_hash_follows_content_and_not_layout() -> None:
    one = parse_codebook(MINIMAL, "a")
    same = parse_codebook(
        "# a comment\n" + MINIMAL.replace("{id: warm, label: Warm}", "id: warm\n        label: Warm"), "b"
    )
    other = parse_codebook(MINIMAL.replace("label: Warm", "label: Hot"), "c")
    assert one.hash() == same.hash()
    assert one.hash() != other.hash()
