"""Tables of codes: their square matrices with and without headings, scales, and gaps."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from coder.documents.codes import Layout, place_codes, read_counts, read_grid, read_weights, read_wide, split_categories

CELLS = [[5, 1], [2, 7]]
"""Rows a, b by columns a, b."""


def written(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "table.csv"
    path.write_text(text, encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("5,1\n2,7\n", ("1", "2")),
        ("a,b\n5,1\n2,7\n", ("a", "b")),
        ("a,5,1\nb,2,7\n", ("a", "b")),
        (",a,b\na,5,1\nb,2,7\n", ("a", "b")),
        ("a,b\na,5,1\nb,2,7\n", ("a", "b")),
        ("ada\\bo,a,b\na,5,1\nb,2,7\n", ("a", "b")),
        (",b,a\na,1,5\nb,7,2\n", ("a", "b")),
        (",1,2\n1,5,1\n2,2,7\n", ("1", "2")),
        ("5.0;1.0\n2;7\n", ("1", "2")),
    ],
)
def test_a_table_of_counts_is_read_with_and_without_headings(tmp_path: Path, text: str, names: tuple[str, ...]) -> None:
    scale, ratings, _ = read_counts(read_grid(written(tmp_path, text)), ())
    assert scale.categories == names
    counts = np.zeros((2, 2), dtype=int)
    counts[tuple(ratings.codes.T)] = ratings.counts
    assert counts.tolist() == CELLS


def test_declared_categories_that_a_table_lacks_are_unused(tmp_path: Path) -> None:
    scale, ratings, _ = read_counts(read_grid(written(tmp_path, "c,a\n5,1\n2,7\n")), ("a", "b", "c"))
    assert scale.categories == ("a", "b", "c")
    assert ratings.codes.tolist() == [[2, 2], [2, 0], [0, 2], [0, 0]]
    assert ratings.counts.tolist() == [5, 1, 2, 7]


def test_weights_are_put_in_the_order_of_the_scale(tmp_path: Path) -> None:
    weights = read_weights(written(tmp_path, "low,mid,high\n1,0.5,0\n0.5,1,0.2\n0,0.2,1\n"))
    assert weights.on(("high", "low", "mid")).tolist() == [[1, 0, 0.2], [0, 1, 0.5], [0.2, 0.5, 1]]


def test_numbers_are_ordered_as_numbers_and_words_by_letter(tmp_path: Path) -> None:
    codes = read_wide(read_grid(written(tmp_path, "ada,bo\n10,9\n2,10\n")), Layout())
    scale, _ = place_codes(codes, ())
    assert scale.categories == ("2", "9", "10")
    codes = read_wide(read_grid(written(tmp_path, "ada,bo\nx,10\n9,x\n")), Layout())
    scale, _ = place_codes(codes, ())
    assert (scale.categories, scale.values) == (("10", "9", "x"), None)


def test_numbers_of_one_value_are_one_category_where_numbers_are_needed(tmp_path: Path) -> None:
    codes = read_wide(read_grid(written(tmp_path, "ada,bo\n0.50,.5\n1e0,1\n")), Layout())
    scale, ratings = place_codes(codes, (), numbers="--level interval")
    assert scale.categories == ("0.50", "1e0")
    assert ratings.codes.tolist() == [[0, 0], [1, 1]]


def test_codes_that_look_alike_stay_apart_unless_all_are_numbers(tmp_path: Path) -> None:
    codes = read_wide(read_grid(written(tmp_path, "ada,bo\n1,1.0\nx,x\n")), Layout())
    scale, _ = place_codes(codes, ())
    assert scale.categories == ("1", "1.0", "x")
    scale, _ = place_codes(codes, ("1", "x"))
    assert scale.categories == ("1", "x")


def test_leading_zeros_are_kept(tmp_path: Path) -> None:
    codes = read_wide(read_grid(written(tmp_path, "ada,bo\n01,1\n01,01\n")), Layout())
    assert place_codes(codes, ())[0].categories == ("01", "1")


def test_a_category_with_a_comma_stands_in_quotes() -> None:
    assert split_categories('"x, y", z') == ("x, y", "z")


def test_named_gaps_replace_the_usual_marks(tmp_path: Path) -> None:
    grid = read_grid(written(tmp_path, "ada,bo\nNA,99\nx,x\n"))
    assert [answer.text for answer in read_wide(grid, Layout()).answers] == ["99", "x", "x"]
    assert [answer.text for answer in read_wide(grid, Layout(missing=("99",))).answers] == ["NA", "x", "x"]


def test_the_reference_is_the_first_coder(tmp_path: Path) -> None:
    codes = read_wide(read_grid(written(tmp_path, "ada,bo,cy\nx,y,x\n")), Layout(reference="cy"))
    assert codes.coders == ("cy", "ada", "bo")
    assert [(answer.coder, answer.text) for answer in codes.answers] == [(1, "x"), (2, "y"), (0, "x")]
