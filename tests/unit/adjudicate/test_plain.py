"""The desk line by line, and the words it uses."""

from __future__ import annotations

import io
import unicodedata

import pytest

from coder.adjudicate import run_plain
from coder.adjudicate.choices import CANNOT_TELL
from coder.adjudicate.wording import stripped, visible
from coder.model import Status
from tests.unit.adjudicate.scene import Memory, Said, World, coding, fill

HOSTILE = "Plain \x1b[31mred\x1b[0m [red]markup[/red]\n• bell \x07 back\x08space \u202eoverride\u202c lone \ud800 end."


def work(world: World, *lines: str, open_: bool = False, encoding: str = "utf-8") -> str:
    raw = io.BytesIO()
    sink = io.TextIOWrapper(raw, encoding=encoding, newline="\n")
    run_plain(world.desk(open_=open_), io.StringIO("\n".join(lines)), sink)
    sink.flush()
    return raw.getvalue().decode(encoding)


def test_an_item_is_answered_revealed_and_settled() -> None:
    world = fill(Memory())
    said = work(world, "2", "a", "a", "q")
    assert world.saved() == [("answer", ("online",), "blind"), ("settle", ("online",), "revealed")]
    assert "Marked: Online. Not saved yet" in said
    assert "some-model (model): Hybrid" in said
    assert "evidence, segment 2: The course is held online." in said
    assert "1 of 8 done" in said


def test_nothing_of_the_others_is_said_before_the_answer_is_saved() -> None:
    said = Said("LEAKMODEL", "LEAKGOLD", "audit", "LEAKDETAIL", "LEAKNAME", "LEAKGOLDER", because="LEAKWHY")
    heard = work(
        fill(Memory(), said),
        "m",
        "g",
        "2",
        "0",
        "x",
        "f",
        "c LEAK-not",
        "t",
        "d",
        "p",
        "?",
        "/online",
        "u",
        "j",
        "k",
        "s",
    )
    assert "LEAK" not in heard.replace("LEAK-not", "")
    assert "Queued for" not in heard
    assert "no answer of yours yet" in heard


def test_several_keys_on_a_line_mark_and_save_several_labels() -> None:
    world = fill(Memory())
    work(world, "j", "1 3 a", "q")
    assert world.saved() == [("answer", ("basics", "ethics"), "blind")]


def test_numbers_beyond_nine_are_typed_whole() -> None:
    world = fill(Memory())
    work(world, "j", "j", "j", "12 a", "q")
    assert world.saved() == [("answer", ("city12",), "blind")]


def test_the_end_of_input_ends_the_session_and_keeps_what_was_saved() -> None:
    world = fill(Memory())
    assert work(world, "x a").endswith("Goodbye. 0 of 8 done. Left: Delivery mode 2, Topic 2, Duration 2, City 2.\n")
    assert world.saved() == [("answer", ("undecidable",), "blind")]


def test_undo_redo_skip_flag_and_memo_are_acts() -> None:
    world = fill(Memory())
    work(world, "f", "c note", "s", "u", "U", "q")
    assert [action for action, _, _ in world.saved()] == ["flag", "memo", "skip", "undo", "redo"]


def test_an_unknown_key_is_named() -> None:
    assert "'z' is no key here" in work(fill(Memory()), "z")


def test_an_empty_queue_is_said_and_ends() -> None:
    world = fill(Memory())
    assert isinstance(world.store, Memory)
    world.store.queue.clear()
    assert work(world) == "Nothing is queued.\n"


def test_a_hostile_document_is_read_without_its_control_characters() -> None:
    said = work(fill(Memory(), text=HOSTILE, name="A\x1b]0;title\x07"), "q")
    assert "[red]markup[/red]" in said
    assert "[31mred" in said
    assert {letter for letter in said if unicodedata.category(letter) in ("Cc", "Cs")} == {"\n"}
    assert "\u202e" not in said


def test_a_terminal_that_lacks_a_letter_shows_a_question_mark() -> None:
    assert "caf?" in work(fill(Memory(), text="caf\u0113."), "q", encoding="latin-1")


def test_evidence_outside_any_item_of_the_model_is_no_trouble() -> None:
    world = fill(Memory())
    assert isinstance(world.store, Memory)
    failed = coding(world.model, world.items[0].version_id, "mode", status=Status.FAILED, run_id="r2", reason="timeout")
    world.store.add_codings([failed])
    item = world.items[0].model_copy(update={"id": "0", "run_id": "r2", "gold_id": None, "reason": "failed"})
    world.store.queue[:] = [item]
    said = work(world, "2 a", "m", "q")
    assert "some-model (model): failed" in said
    assert "m takes" not in said
    assert "gave no usable answer" in said


@pytest.mark.parametrize(
    ("raw", "shown"),
    [("a\tb", "a b"), ("\x1b[1m", "\u241b[1m"), ("\x7f", "\u2421"), ("\x9b1m", "\ufffd1m"), ("e\u0301", "e\u0301")],
)
def test_control_characters_become_visible_one_for_one(raw: str, shown: str) -> None:
    assert visible(raw) == shown
    assert len(visible(raw)) == len(raw)


def test_stripping_removes_what_has_no_sound() -> None:
    assert stripped("a\x1bb\u202ec\nd\u2028e") == "abc\nd e"


def test_the_history_and_how_like_texts_were_decided_are_told() -> None:
    world = fill(Memory())
    said = work(world, "2 a", "h", "w", "a", "j", "j", "j", "1 a", "w", "q")
    assert "Ann  answer: Online, blind" in said
    assert "Nothing like it was settled yet." in said
    assert "Program A: Online" in said


def test_what_everyone_answered_alike_is_accepted_at_once_and_undone_at_once() -> None:
    world = fill(Memory(), Said(model="online", gold="online"))
    said = work(world, "A", "2 a", "A", "u", "q")
    assert "No shown answer of yours is everyone's and still open." in said
    assert "1 answers saved as final, in one act." in said
    assert [action for action, _, _ in world.saved()] == ["answer", "settle", "undo"]


def test_with_others_at_work_on_the_rest_the_end_is_not_called_done() -> None:
    world = fill(Memory())
    assert isinstance(world.store, Memory)
    world.store.held = dict.fromkeys((item.id for item in world.items[4:]), world.ben.id)
    said = work(world, *["x a", "a"] * 4, "q")
    assert "Nothing is left for you now: 4 wait for other people" in said


def test_a_decision_that_contradicts_another_persons_is_kept_beside_it_and_said() -> None:
    world = fill(Memory())
    ben = world.desk(world.ben)
    ben.answer(world.item("mode"), CANNOT_TELL)
    ben.keep(world.item("mode"))
    ben.leave()
    said = work(world, "k", "k", "k", "k", "k", "2 a", "a", "q")
    assert "Saved as final. Settled differently by Ben (person): cannot tell. Both stay" in said
    assert [action for action, _, _ in world.saved()] == ["answer", "settle", "answer", "settle"]
