"""Ids: ULIDs that rise within a process and never meet those of another."""

from __future__ import annotations

import os
import re
import time

import pytest

from coder.model.base import new_id, ulid


def test_an_id_is_a_ulid_of_the_present_millisecond() -> None:
    before = time.time_ns() // 1_000_000
    made = new_id()
    after = time.time_ns() // 1_000_000
    assert re.fullmatch(r"[0-7][0-9A-HJKMNP-TV-Z]{25}", made)
    assert ulid(before << 80)[:10] <= made[:10] <= ulid(after << 80)[:10]


@pytest.mark.parametrize(
    ("number", "written"),
    [
        (0, "0" * 26),
        (2**128 - 1, "7" + "Z" * 25),
        # the example of the specification (github.com/ulid/spec): 01ARZ3NDEKTSV4RRFFQ69G5FAV
        (0x01563E3AB5D3D6764C61EFB99302BD5B, "01ARZ3NDEKTSV4RRFFQ69G5FAV"),
    ],
)
def test_a_ulid_is_written_as_the_specification_says(number: int, written: str) -> None:
    assert ulid(number) == written


def test_ids_rise_in_the_order_they_are_made() -> None:
    made = [new_id() for _ in range(5000)]
    assert made == sorted(set(made))


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no processes are forked here")
def test_a_forked_process_does_not_go_on_with_its_parents_ids() -> None:
    new_id()
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        os.write(writer, " ".join(new_id() for _ in range(300)).encode())
        os._exit(0)
    own = {new_id() for _ in range(300)}
    os.waitpid(child, 0)
    os.close(writer)
    with os.fdopen(reader) as pipe:
        assert own.isdisjoint(pipe.read().split())
