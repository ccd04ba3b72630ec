"""Two codebooks are compared by ids, not by position."""

from coder.codebook import changed_dimensions, compare, parse_codebook
from tests.unit.codebook.test_load import MINIMAL

OLD = parse_codebook(MINIMAL, "old")


def test_equal_codebooks_have_no_difference() -> None:
    assert compare(OLD, parse_codebook(MINIMAL, "new")) == ()


def test_a_renamed_label_is_one_change_and_asks_its_dimension_again() -> None:
    new = parse_codebook(MINIMAL.replace("label: Warm", "label: Hot"), "new")
    (difference,) = compare(OLD, new)
    assert difference.path == "dimensions.tone.categories.warm.label"
    assert (difference.before, difference.after) == ("Warm", "Hot")
    assert changed_dimensions(OLD, new) == ("tone",)


def test_an_added_category_and_a_removed_one_are_told_apart() -> None:
    new = parse_codebook(MINIMAL.replace("{id: cold, label: Cold}", "{id: dry, label: Dry}"), "new")
    assert {(item.change, item.path) for item in compare(OLD, new)} == {
        ("removed", "dimensions.tone.categories.cold"),
        ("added", "dimensions.tone.categories.dry"),
    }


def test_another_order_is_a_move() -> None:
    swapped = MINIMAL.replace("{id: warm, label: Warm}", "X").replace(
        "{id: cold, label: Cold}", "{id: warm, label: Warm}"
    )
    new = parse_codebook(swapped.replace("X", "{id: cold, label: Cold}"), "new")
    (difference,) = compare(OLD, new)
    assert (difference.change, difference.before, difference.after) == ("moved", "warm, cold", "cold, warm")
