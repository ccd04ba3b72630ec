"""Several people at one store, and a desk killed at every step of a session: nothing is lost, nothing done twice."""

from __future__ import annotations

import io
import shutil
import signal
import subprocess
import sys
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from itertools import count
from pathlib import Path

import pytest

from coder.adjudicate import Desk, fold, run_plain
from coder.adjudicate.choices import CANNOT_TELL
from coder.cli.second import decided_codings, refresh_queue
from coder.codebook import load_codebook
from coder.errors import InputError
from coder.model import Coding, Decision, Document, QueueItem, Version
from coder.store import Store
from tests.integration.cli.scene import Scene, make_scene
from tests.unit.adjudicate.scene import CODEBOOK

PERSON = """
import sys
from coder.adjudicate import Desk
from coder.adjudicate.choices import Marks
from coder.model import Codebook, Status
from coder.store import Store

url, name = sys.argv[1:3]
with Store.open(url, wait=60) as store:
    codebook = store.codebook(sys.argv[3])
    desk = Desk(store, codebook, store.coder(name, "person"), lambda version: ())
    print("ready", flush=True)
    item = None
    while sys.stdin.readline() and (item := desk.next_open(item)) is not None:
        code = "online" if name == "Ann" else "hybrid"
        view = desk.view(item)
        if getattr(view, "blind", view).answer is None:
            blind = getattr(view, "blind", view)
            marks = Marks(Status.CODED, (code,)) if blind.dimension.id == "mode" else Marks(Status.UNDECIDABLE)
            desk.answer(item, marks)
            print("answered", item, flush=True)
        else:
            desk.keep(item)
            print("settled", item, flush=True)
    print("done", flush=True)
    desk.leave()
"""


def hundred_documents(store: Store) -> str:
    """200 items: two dimensions of 100 documents; returns the codebook's hash."""
    digest = store.save_codebook(CODEBOOK)
    documents = [Document(name=f"d{number}") for number in range(100)]
    versions = [Version(document_id=one.id, text=one.name, hash=one.name) for one in documents]
    store.add_documents(zip(documents, versions, strict=True))
    store.add_queue_items(
        QueueItem(version_id=version.id, dimension_id=dimension, reason="changed")
        for version in versions
        for dimension in ("mode", "city")
    )
    return digest


def line_of(person: subprocess.Popen[str]) -> str:
    assert person.stdout is not None
    return person.stdout.readline().strip()


def test_of_200_items_two_people_settle_each_once_and_nothing_is_lost(store: Store, store_url: str) -> None:
    digest = hundred_documents(store)
    people = [
        subprocess.Popen(
            [sys.executable, "-c", PERSON, store_url, name, digest],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        )
        for name in ("Ann", "Ben")
    ]  # fmt: skip
    said: list[list[str]] = [[], []]
    for person in people:  # both have read the whole queue before either begins
        assert line_of(person) == "ready"
    while any(not part or part[-1] != "done" for part in said):
        working = [place for place in (0, 1) if not said[place] or said[place][-1] != "done"]
        for place in working:  # both act at the same time, and the next acts begin when both are through
            pipe = people[place].stdin
            assert pipe is not None
            pipe.write("go\n")
            pipe.flush()
        for place in working:
            said[place].append(line_of(people[place]))
    assert [person.wait(60) for person in people] == [0, 0]
    for person in people:
        person.communicate()
    claimed = [line.removeprefix("settled ") for part in said for line in part if line.startswith("settled")]
    assert min(len(part) for part in said) > 100  # each had a part in it: 400 acts in all
    log = store.decisions()
    settled = Counter(act.item_id for act in log if act.action == "settle")
    assert set(settled) == {item.id for item in store.queue_items()}
    assert set(settled.values()) == {1}
    assert sorted(claimed) == sorted(settled)
    assert Counter(act.action for act in log) == {"answer": 200, "reveal": 200, "settle": 200}
    states = fold(store.queue_items(), log, decided_codings(store), "")
    assert all(state.done and not state.conflict for state in states.values())
    assert store.leases() == {}


def test_two_who_bring_the_queue_up_to_date_at_once_queue_each_cell_once(store: Store, store_url: str) -> None:
    hundred_documents(store)
    versions = [version.id for _, version in store.current_versions()]

    def build(already: list[QueueItem]) -> list[QueueItem]:
        there = {item.version_id for item in already if item.reason == "flagged"}
        return [
            QueueItem(version_id=version_id, dimension_id="mode", reason="flagged")
            for version_id in versions
            if version_id not in there
        ]

    with ThreadPoolExecutor(4) as pool:
        added = list(pool.map(lambda _: len(store.extend_queue(build)), range(4)))
    assert sorted(added) == [0, 0, 0, 100]


def test_a_document_left_lying_goes_to_the_next_and_is_refused_to_the_first(store: Store) -> None:
    hundred_documents(store)
    people = [store.coder(name, "person") for name in ("Ann", "Ben")]
    ann, ben = (
        Desk(store, CODEBOOK, person, lambda version: (), lease=lease)
        for person, lease in zip(people, (0.0, 60.0), strict=True)  # Ann's lease is over as soon as it begins
    )
    item = ann.next_open()
    assert item is not None
    assert ben.next_open() == item
    with pytest.raises(InputError, match="Ben works on this document now"):
        ann.answer(item, CANNOT_TELL)
    ben.leave()
    ann.answer(item, CANNOT_TELL)
    assert [act.coder_id for act in store.decisions()] == [people[0].id]


# Killed at every step


SCRIPT = ["1", "a", "f", "1 a", "a", "c a note", "m", "s", "2 a", "u", "U", "1", "a", "A", "a", "u", "q"]
SAVED = ("is saved", "Saved as final", "Memo saved", "Flagged", "Skipped.", "Undo:", "Redo:")


@pytest.fixture
def scene(tmp_path: Path) -> Scene:
    scene = make_scene(tmp_path / "study", 3)
    scene.run({"tone": ["warm"] * 3, "parts": ["x"] * 3})
    scene.gold("gilda", {"tone": ["cold"] * 3, "parts": ["y"] * 3})
    with scene.store() as store:
        refresh_queue(store, load_codebook(scene.folder / "codebook.yaml"), None, None)
    return scene


def acts(store: Store) -> list[tuple[str, str, tuple[str, ...], str]]:
    """What is stored, in order: action, item, codes, memo."""

    def codes(act: Decision) -> tuple[str, ...]:
        coding: Coding | None = store.coding(act.coding_id) if act.coding_id else None
        return coding.codes if coding else ()

    return [(act.action, act.item_id, codes(act), act.memo) for act in store.decisions()]


def killed_after(scene: Scene, lines: list[str]) -> list[str]:
    """What a desk said to these lines, killed as soon as it has answered the last of them."""
    command = [sys.executable, "-m", "coder.cli", "-p", str(scene.folder), "adjudicate", "--plain", "--coder", "ben"]
    desk = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    assert desk.stdin is not None
    assert desk.stdout is not None

    def until_prompt() -> str:
        heard = b""
        while not heard.endswith(b"\n> ") and (letter := desk.stdout.read(1)):  # type: ignore[union-attr]
            heard += letter
        return heard.decode()

    heard = [until_prompt()]
    for line in lines:
        desk.stdin.write(f"{line}\n".encode())
        desk.stdin.flush()
        heard.append(until_prompt())
    desk.send_signal(signal.SIGKILL)
    desk.stdin.close()
    desk.stdout.close()
    assert desk.wait() == -signal.SIGKILL
    return heard


def test_a_desk_killed_at_every_step_loses_nothing_that_it_showed_as_saved(scene: Scene, tmp_path: Path) -> None:
    # One session, killed after each line and begun again where it was: what was shown as saved is in the store.
    for number, line in zip(count(1), SCRIPT[:-1], strict=False):
        with scene.store() as store:
            before = acts(store)
        (_, heard) = killed_after(scene, [line])
        with scene.store() as store:
            after = acts(store)
        assert after[: len(before)] == before, (number, line)
        saved = any(word in heard for word in SAVED)
        assert (len(after) > len(before)) is saved, (number, line, heard)


def test_a_session_killed_at_its_nth_line_holds_what_a_whole_one_held_by_then(scene: Scene, tmp_path: Path) -> None:
    for length in (2, 5, 9, 13, len(SCRIPT) - 1):
        killed, whole = (Scene(tmp_path / f"{name}{length}", scene.versions) for name in ("killed", "whole"))
        for copy in (killed, whole):
            shutil.copytree(scene.folder, copy.folder)
        killed_after(killed, SCRIPT[:length])
        with whole.store() as store:
            codebook = load_codebook(whole.folder / "codebook.yaml")
            desk = Desk(store, codebook, store.coder("ben", "person"), lambda version: (), run_id=store.runs()[0].id)
            run_plain(desk, io.StringIO("\n".join(SCRIPT[:length])), io.StringIO())
            expected = acts(store)
        with killed.store() as store:
            assert acts(store) == expected, length
