"""Documents merged late, by a person or with another's store, are told by the next update: once, with their codes."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from coder.model import now
from tests.integration.cli.living import PAID, World, living
from tests.integration.search.site import Reply

STILL = ("--no-search", "--no-capture", "--no-dedupe", "--no-screen", "--no-code")
MODEL = [{"coder": "openai:mock (model)", "codings": 1, "criteria": 1}]  # the price, and whether it is about AI


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    """A review of two courses about AI, one free and one paid, both coded and told; the one on cooking is excluded."""
    with living(tmp_path / "study") as made:
        made.write(c=PAID.replace("AI", "deep learning and AI in radiology, with a certificate at the end"))
        made.update("--allow-private")
        yield made


def name(world: World, page: str) -> str:
    return world.site.url(f"/{page}").removeprefix("http://")


def flow(world: World) -> dict[str, int]:
    """The flow's boxes now, which must add up."""
    box: dict[str, int] = json.loads(world.call("flow", "--json").stdout)["total"]
    assert box["identified"] == box["duplicates"] + box["awaiting_screening"] + box["screened"]
    assert box["screened"] == box["screening_unclear"] + box["excluded"] + box["not_sought"] + box["sought"]
    assert box["sought"] == box["not_retrieved"] + box["assessed"]
    assert box["assessed"] == (
        box["awaiting_assessment"] + box["assessment_unclear"] + box["reports_excluded"] + box["included"]
    )
    return box


def told(found: Any) -> list[tuple[str, str, str]]:
    return [(one["document"], one["into"], one["by"]) for one in found["merged"]]


def test_documents_that_a_person_merged_since_are_told_once_with_whose_codes_count_no_more(world: World) -> None:
    before = flow(world)
    a, c = name(world, "a"), name(world, "c")
    on_the_spot = world.call("dedupe", "--same", a, c, "--coder", "ben")
    assert f"of {c} count no more: 1 coding and 1 answer to a criterion by openai:mock (model)" in on_the_spot.stderr
    after = flow(world)
    assert (after["identified"], after["duplicates"], after["included"]) == (
        before["identified"], before["duplicates"] + 1, before["included"] - 1,
    )  # fmt: skip
    found = world.update("--allow-private")
    assert told(found) == [(c, a, "ben (person)")]
    assert found["merged"][0]["codes"] == MODEL
    assert found["nothing_new"] is False
    counts = {box: (was, now) for box, was, now in found["counts"]}
    assert counts["Included"] == (after["included"], after["included"])
    page = Path(found["page"]).read_text(encoding="utf-8")
    assert "1 document merged into another." in page
    assert f"intercoder dedupe --undo --pair {a} {c}" in page
    rows = world.rows()
    again = world.update("--allow-private")
    assert (again["nothing_new"], again["merged"], world.rows()) == (True, [], rows)
    world.call("dedupe", "--undo", "--coder", "ben")
    assert flow(world) == before
    parted = world.update("--allow-private")
    assert [(one["document"], one["codes"]) for one in parted["parted"]] == [(c, MODEL)]
    assert world.update("--allow-private")["nothing_new"] is True


def test_the_terminal_says_whose_codes_count_no_more(world: World) -> None:
    world.call("dedupe", "--same", name(world, "a"), name(world, "c"))
    said = world.call("update", "--allow-private").stdout
    assert "1 document merged into another." in said
    assert (
        f"{name(world, 'c')} is merged into {name(world, 'a')} (by ada (person)): of {name(world, 'c')} count" in said
    )


def test_a_word_that_another_store_brings_is_told_though_it_is_older_than_the_last_update(world: World) -> None:
    other = world.folder.parent / "theirs"
    shutil.copytree(world.folder, other)
    a, c = name(world, "a"), name(world, "c")
    World(other, world.site, world.mock).call("dedupe", "--same", a, c, "--coder", "cas")
    assert world.update(*STILL)["nothing_new"] is True  # told up to a moment that is later than what cas said
    assert world.call("merge", str(other / "intercoder.db")).exception is None
    later = world.update("--since", now().isoformat(), *STILL)  # asks for other days alone, and is told of none of it
    assert later["merged"] == []
    assert told(world.update(*STILL)) == [(c, a, "cas (person)")]
    assert world.update(*STILL)["nothing_new"] is True
    assert world.update("--allow-private")["nothing_new"] is True


def test_telling_again_from_an_earlier_moment_swallows_no_word_that_was_not_told(world: World) -> None:
    other = world.folder.parent / "theirs"
    shutil.copytree(world.folder, other)
    a, c = name(world, "a"), name(world, "c")
    World(other, world.site, world.mock).call("dedupe", "--same", a, c, "--coder", "cas")
    second = world.update(*STILL)
    world.update(*STILL)
    world.call("merge", str(other / "intercoder.db"))
    between = second["until"].removesuffix(" UTC").replace(" ", "T")  # to the minute: before cas spoke, or after
    assert told(world.update("--since", between, *STILL)) == [(c, a, "cas (person)")]
    assert world.update(*STILL)["nothing_new"] is True
    assert told(world.update("--since", "2020-01-01", *STILL)) == [(c, a, "cas (person)")]
    assert world.update(*STILL)["nothing_new"] is True


def test_a_duplicate_that_came_with_the_update_is_told_as_new_and_not_twice(world: World) -> None:
    world.write(d=PAID.replace("AI", "deep learning and AI in radiology, with a certificate at the end"))
    page = world.site.pages["/d"]
    assert isinstance(page, Reply)
    world.site.pages["/d"] = Reply(page.body.replace(b"Course d", b"Course c"))
    found = world.update("--allow-private")
    assert [one["state"] for one in found["arrived"]] == [f"the same as another: {name(world, 'c')}"]
    assert found["merged"] == []
    assert world.update("--allow-private")["nothing_new"] is True


def test_where_an_older_version_told_what_was_merged_is_known_by_its_date(world: World) -> None:
    world.call("dedupe", "--same", name(world, "a"), name(world, "c"))
    found = world.update(*STILL)
    record = Path(found["page"]).with_suffix(".json")
    state = json.loads(record.read_text(encoding="utf-8"))
    del state["told_merged"]  # as those before it wrote
    record.write_text(json.dumps(state), encoding="utf-8")
    assert world.update(*STILL)["nothing_new"] is True
