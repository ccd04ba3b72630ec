"""The file of recorded answers: it goes on where it was, and a torn end costs one answer."""

from __future__ import annotations

from pathlib import Path

import pytest

from coder.errors import InputError
from eval.answers import AnswerFile, AnswerLine, Header, read_answers
from eval.datasets import load
from tests.unit.eval.scene import header, headlines


@pytest.fixture
def head(tmp_path: Path) -> Header:
    return header(load(headlines(tmp_path / "set", "bg")))


def record(path: Path, head: Header, *items: str) -> None:
    with AnswerFile.open(path, head) as file:
        for item in items:
            file.record(AnswerLine(item=item, raw='{"tone": "bad"}\n', milliseconds=7))


def test_a_run_goes_on_where_it_was(tmp_path: Path, head: Header) -> None:
    path = tmp_path / "deep" / "answers.jsonl"
    record(path, head, "h00")
    later = head.model_copy(update={"started": "2027-01-01T00:00:00+00:00"})
    with AnswerFile.open(path, later) as file:
        assert set(file.done) == {("h00", "all", 0)}
        file.record(AnswerLine(item="h01", part="tone", replicate=1))
        assert ("h01", "tone", 1) in file.done
    found, lines = read_answers(path)
    assert found == head
    assert [line.call for line in lines] == [("h00", "all", 0), ("h01", "tone", 1)]
    assert lines[0].raw == '{"tone": "bad"}\n'


def test_every_answer_is_on_disk_when_it_is_recorded(tmp_path: Path, head: Header) -> None:
    path = tmp_path / "answers.jsonl"
    with AnswerFile.open(path, head) as file:
        file.record(AnswerLine(item="h00"))
        assert len(read_answers(path)[1]) == 1


@pytest.mark.parametrize("cut", [1, 20])
def test_a_torn_last_line_is_passed_over_and_written_over(tmp_path: Path, head: Header, cut: int) -> None:
    path = tmp_path / "answers.jsonl"
    record(path, head, "h00", "h01")
    path.write_bytes(path.read_bytes()[:-cut])
    assert [line.item for line in read_answers(path)[1]] == ["h00"]
    record(path, head, "h01")
    assert [line.item for line in read_answers(path)[1]] == ["h00", "h01"]


def test_a_torn_header_is_a_file_without_answers(tmp_path: Path, head: Header) -> None:
    path = tmp_path / "answers.jsonl"
    record(path, head)
    path.write_bytes(path.read_bytes()[:30])
    with pytest.raises(InputError, match="no answers in it yet"):
        read_answers(path)
    record(path, head, "h00")
    assert read_answers(path)[0] == head


def test_another_run_in_the_file_is_refused_and_both_are_named(tmp_path: Path, head: Header) -> None:
    path = tmp_path / "answers.jsonl"
    record(path, head, "h00")
    before = path.read_bytes()
    with pytest.raises(InputError, match="holds another run") as caught:
        AnswerFile.open(path, head.model_copy(update={"model": "other", "limit": 3}))
    assert "model 'm' there, 'other' now" in caught.value.message
    assert "limit None there, 3 now" in caught.value.message
    assert path.read_bytes() == before


def test_a_damaged_line_is_named(tmp_path: Path, head: Header) -> None:
    path = tmp_path / "answers.jsonl"
    record(path, head, "h00", "h01")
    lines = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(lines[0] + b"{}\n" + lines[2])
    with pytest.raises(InputError, match="line 2: this is no answer"):
        read_answers(path)


def test_one_call_is_answered_once(tmp_path: Path, head: Header) -> None:
    path = tmp_path / "answers.jsonl"
    with AnswerFile.open(path, head) as file:
        file.record(AnswerLine(item="h00"))
        with pytest.raises(ValueError, match="recorded already"):
            file.record(AnswerLine(item="h00"))
    lines = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(b"".join([*lines, lines[1]]))  # as two processes writing at once would
    with pytest.raises(InputError, match=r"line 3: .* was answered already"):
        read_answers(path)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"nowhere\.jsonl: No such file"):
        read_answers(tmp_path / "nowhere.jsonl")


def test_an_answer_that_no_encoding_can_hold_is_recorded_all_the_same(tmp_path: Path, head: Header) -> None:
    path = tmp_path / "answers.jsonl"
    with AnswerFile.open(path, head) as file:
        file.record(AnswerLine(item="h00", raw="half a \ud83d", error="\ud83d"))
    (line,) = read_answers(path)[1]
    assert (line.raw, line.error) == ("half a ?", "?")


def test_the_start_tells_two_runs_apart_but_not_two_headers(head: Header) -> None:
    later = head.model_copy(update={"started": "2027-01-01T00:00:00+00:00"})
    assert later.key == head.key
    assert later.identity != head.identity
