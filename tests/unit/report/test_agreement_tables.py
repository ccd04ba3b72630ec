"""The agreement tables, as a terminal of 80 columns shows them."""

from __future__ import annotations

import io

import pytest
from rich.console import Console, RenderableType

from coder.report import agreement_table, confusion_table, label_table, queue_table


def shown(renderable: RenderableType, width: int = 80) -> str:
    console = Console(file=io.StringIO(), width=width, color_system=None)
    console.print(renderable)
    return console.file.getvalue()


def line_of(text: str, start: str) -> list[str]:
    return next(line for line in text.splitlines() if line.strip().startswith(start)).split()


def test_a_dimension_is_one_line_with_everything_needed_to_judge_it(nominal):
    text = shown(agreement_table([nominal], "person"))
    assert line_of(text, "mode") == [
        "mode", "kappa", "0.71", "0.60", "to", "0.81", "120", "85%", "2", "3", "compatible",
    ]  # fmt: skip
    assert "95% interval" in text
    assert "compatible, only the value does" in " ".join(text.split())


def test_a_missing_interval_is_explained_once_in_words(multilabel):
    text = shown(agreement_table([multilabel, multilabel.model_copy(update={"dimension": "audience"})], "person"))
    assert line_of(text, "topics")[-1] == line_of(text, "audience")[-1] == "a"
    assert text.count("not estimable: fewer than 50 items") == 1


def test_a_value_just_below_zero_has_no_sign(multilabel):
    assert line_of(shown(agreement_table([multilabel], "person")), "topics")[3] == "0.00"


def test_an_undefined_coefficient_shows_a_dash(multilabel):
    undefined = multilabel.model_copy(update={"value": None})
    assert line_of(shown(agreement_table([undefined], "person")), "topics")[3] == "–"


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        (
            "constructed",
            "constructed: codes fixed before the texts were written; not evidence of agreement with people",
        ),
        ("person", "Gold is person: codes by people."),
        ("person, constructed", "constructed: codes fixed before the texts were written"),
        ("", "Gold is of unknown kind."),
    ],
)
def test_the_kind_of_the_gold_is_named(nominal, kind, words):
    assert words in " ".join(shown(agreement_table([nominal], kind)).split())


def test_refusals_and_exclusions_are_told_beneath(nominal):
    text = " ".join(shown(agreement_table([nominal, nominal], "person")).split())
    assert "refused: no usable answer, counted as a disagreement" in text
    assert "out: left out of n, in all 6 undecidable" in text
    assert "not coded" not in text


def test_where_nothing_was_refused_or_left_out_nothing_is_said_of_it(multilabel):
    text = shown(agreement_table([multilabel], "person"))
    assert "refused:" not in text
    assert "out" not in text


def test_what_people_reach_among_themselves_stands_beside_it(nominal, multilabel):
    text = shown(agreement_table([nominal, multilabel], "person", {"mode": 0.8, "topics": None}))
    assert "0.80" in line_of(text, "mode")
    assert "the ceiling" in text
    assert "people" not in shown(agreement_table([nominal], "constructed", {"mode": None})).split("Gold")[0]


def test_a_verdict_takes_the_place_of_what_was_left_out_where_there_is_little_room(nominal):
    narrow = shown(agreement_table([nominal], "person", {"mode": 0.8}, wide=False))
    assert line_of(narrow, "mode")[-2:] == ["2", "compatible"]
    assert "in all 3 undecidable" in narrow
    assert max(len(line.rstrip()) for line in narrow.splitlines()) <= 80


def test_without_an_interval_there_is_no_verdict(nominal):
    few = nominal.model_copy(update={"low": None, "high": None, "reason": "too few", "verdict": "not estimable"})
    assert line_of(shown(agreement_table([few], "person")), "mode")[-1] == "a"
    assert "none without an interval" in shown(agreement_table([few], "person"))


def test_an_evaluation_without_results_says_so():
    assert "no dimension was coded by both" in shown(agreement_table([], "person"))


def test_the_confusion_table_counts_gold_in_rows_and_the_coder_in_columns(nominal):
    text = shown(confusion_table(nominal))
    assert line_of(text, "1 offline") == ["1", "offline", "30", "8", "·", "·", "38"]
    assert line_of(text, "2 online") == ["2", "online", "8", "72", "·", "2", "82"]
    assert line_of(text, "all") == ["all", "38", "80", "0", "2", "120"]


def test_a_category_that_nobody_gave_is_shown(nominal):
    assert "3 hybrid" in shown(confusion_table(nominal))


def test_a_long_list_leaves_out_what_neither_gave_and_says_so(nominal):
    many = tuple(f"c{number}" for number in range(20))
    rows = tuple(tuple(5 if row == column == 19 else 0 for column in range(20)) for row in range(20))
    margins = (*[0] * 19, 5)
    result = nominal.model_copy(
        update={"categories": many, "table": rows, "gold_margins": margins, "coder_margins": margins, "n": 5}
    )
    text = shown(confusion_table(result))
    assert line_of(text, "20 c19") == ["20", "c19", "5", "5"]
    assert "19 that neither gave are left out" in " ".join(text.split())


def test_a_multilabel_dimension_shows_its_labels_instead(multilabel):
    text = shown(confusion_table(multilabel))
    assert text == shown(label_table(multilabel))
    assert line_of(text, "medical") == ["medical", "0.60", "–", "40", "20", "18", "0.90", "0.81", "a"]
    assert line_of(text, "technical")[1] == "–"


def test_ten_dimensions_with_long_names_fit_80_columns(nominal, multilabel):
    names = ["legitimization_of_the_program", "content", "duration"]
    results = [
        part.model_copy(update={"dimension": name, "coefficient": "cohen_kappa_quadratic"})
        for name in names
        for part in (nominal, multilabel)
    ]
    for table in (agreement_table(results, "constructed"), label_table(multilabel), confusion_table(nominal)):
        text = shown(table)
        assert max(len(line.rstrip()) for line in text.splitlines()) <= 80
        assert "…" not in text
    assert "0.60 to 0.81" in shown(agreement_table(results, "constructed"))


def test_hostile_text_is_neither_markup_nor_terminal_control(nominal, multilabel):
    hostile = "[red]x[/red]\x1b[2J\x9b\u202e"
    result = nominal.model_copy(
        update={"dimension": hostile, "reason": hostile, "categories": (hostile, "b", "c", "d")}
    )
    labels = tuple(label.model_copy(update={"label": hostile, "reason": hostile}) for label in multilabel.labels)
    tables = [
        agreement_table([result], hostile),
        confusion_table(result),
        label_table(multilabel.model_copy(update={"labels": labels})),
        queue_table([{"document": hostile, "dimension": "d", "reason": "tie", "probability": 1.0, "detail": hostile}]),
    ]
    for table in tables:
        text = shown(table, width=200)
        assert "[red]x[/red]" in text
        assert not set(text) & {"\x1b", "\x9b", "\u202e"}


def test_the_queue_lists_what_waits_and_counts_it_by_reason():
    items = [
        {"document": "alpha", "dimension": "mode", "reason": "disagreement", "probability": 1.0, "detail": "a or b"},
        {"document": "beta", "dimension": "mode", "reason": "audit", "probability": 0.1, "detail": ""},
        {"document": "7", "dimension": "mode", "reason": "tie", "probability": 1.0, "detail": "", "settled": True},
    ]
    text = shown(queue_table(items))
    assert line_of(text, "alpha") == ["alpha", "mode", "disagreement", "a", "or", "b"]
    assert line_of(text, "beta") == ["beta", "mode", "audit", "10%"]
    assert "2 waiting: 1 disagreement, 1 audit; 1 settled" in text


def test_an_empty_queue_says_so():
    assert "nothing waits" in shown(queue_table([]))


def test_a_long_detail_in_the_queue_fits_80_columns():
    item = {
        "document": "d" * 60,
        "dimension": "mode",
        "reason": "disagreement",
        "probability": 1.0,
        "detail": "x " * 90,
    }
    assert max(len(line.rstrip()) for line in shown(queue_table([item])).splitlines()) <= 80
