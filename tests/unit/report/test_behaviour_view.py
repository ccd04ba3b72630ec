"""A test of a codebook as a terminal of 80 columns shows it."""

from __future__ import annotations

import io

from rich.console import Console

from coder.report.behaviour import behaviour_view
from coder.run.behaviour import Behaviour, Halo, Miss, Order, Recovery, Share, advise


def shown(found: Behaviour) -> str:
    console = Console(file=io.StringIO(), width=80, color_system=None)
    console.print(behaviour_view(found))
    return console.file.getvalue()


def found(text: str = "Come in.") -> Behaviour:
    miss = Miss(asked="borderline", category="warm", text=text, taken_for=("cold",))
    recovery = Recovery(dimension="a_dimension_of_some_length", definitions=Share.of(5, 6), borderline=Share.of(0, 1),
                        masked=("warm",), undefined=(), misses=(miss,), unread=2)  # fmt: skip
    order = Order(
        dimension="tone", changed=Share.of(4, 10), answers=20, first_listed=9, last_listed=8, moves=(), unread=0
    )
    halo = Halo(dimension="tone", moved=Share.of(0, 0), moves=(), unread=10)
    return Behaviour(recovery=(recovery,), order=(order,), halo=(halo,), notes=("a note",),
                     weak=advise((recovery,), (order,), (halo,)))  # fmt: skip


def test_each_part_is_a_table_with_n_and_its_exact_interval() -> None:
    text = shown(found())
    row = next(line for line in text.splitlines() if line.startswith("tone")).split()
    assert row == ["tone", "4", "of", "10", "12%", "to", "74%", "20", "9", "8", "–"]
    assert "5 of 6" in text
    assert "the definition of 'warm' says its own name, which was blanked" in " ".join(text.split())
    assert max(map(len, text.splitlines())) <= 80


def test_a_dimension_without_any_answer_shows_dashes() -> None:
    rows = [line.split() for line in shown(found()).splitlines() if line.startswith("tone ")]
    assert rows[1] == ["tone", "–", "–", "10"]


def test_text_from_a_codebook_is_neither_markup_nor_control_characters() -> None:
    text = shown(found("[red]Come\x1b[31m in[/red]"))
    assert "[red]Come" in text
    assert "\x1b" not in text


def test_a_sound_codebook_is_said_to_be_so() -> None:
    text = shown(Behaviour(recovery=(), order=(), halo=(), weak=(), notes=()))
    assert "nothing by these rules" in text
