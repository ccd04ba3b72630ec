"""A living review on a loopback world: what comes, changes and goes is told once, and a world that stands still is not."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import Result

from coder.errors import InputError
from coder.model import Assignment, Coding, Decision, QueueItem, Status, now
from coder.store import Store
from tests.integration.cli.living import PAID, World, living
from tests.integration.search.site import Reply


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    with living(tmp_path / "study") as made:
        yield made


def test_the_first_update_finds_fetches_screens_and_codes(world: World) -> None:
    found = world.update("--allow-private")
    assert [(one["title"], one["state"], one["codes"]) for one in found["arrived"]] == [
        ("Course a", "included", {"price": "Free"}),
        ("Course b", "excluded: about", {}),
    ]
    assert [(one["source"], one["results"], one["new"]) for one in found["asked"]] == [("Society", 2, 2)]
    (audit,) = found["audits"]
    assert audit["drawn"] == [found["arrived"][0]["document"]]  # what is excluded is not coded by hand
    page = Path(found["page"])
    assert page.parent.name == "updates"
    assert "2 new documents" in page.read_text(encoding="utf-8")
    assert page.with_suffix(".csv").exists()


def test_two_updates_of_a_world_that_stands_still_change_nothing(world: World) -> None:
    world.update("--allow-private")
    before = world.rows()
    again = world.update("--allow-private")
    assert again["nothing_new"] is True
    assert world.rows() == before
    assert "Nothing is new" in Path(again["page"]).read_text(encoding="utf-8")


def test_a_changed_text_is_coded_again_and_the_words_that_moved_the_code_are_named(world: World) -> None:
    world.update("--allow-private")
    world.write(a=PAID)
    found = world.update("--allow-private")
    (moved,) = found["moved"]
    assert (moved["dimension"], moved["before"], moved["after"]) == ("price", "Free", "Paid")
    assert (moved["gone"], moved["come"]) == (["is free of charge"], ["costs 250 euros"])
    assert [name for name, _ in found["changed"]] == [moved["document"]]
    with Store.open(str(world.folder / "intercoder.db")) as store:
        history = [one.codes for one in store.codings(dimension_id="price") if one.run_id]
    assert history == [("free",), ("paid",)]
    assert world.update("--allow-private")["nothing_new"] is True


def test_what_a_person_settled_for_the_text_before_is_what_stood_before(world: World) -> None:
    world.update("--allow-private")
    with Store.open(str(world.folder / "intercoder.db")) as store:
        (coding,) = [one for one in store.codings(dimension_id="price") if one.run_id]
        person = store.coder("ada", "person")
        own = coding.model_copy(
            update={
                "id": "01J0000000000000000000OWN1", "coder_id": person.id, "run_id": None, "call_id": None,
                "assignments": (Assignment(category="paid"),),
            }
        )  # fmt: skip
        item = QueueItem(version_id=coding.version_id, dimension_id="price", reason="flagged", run_id=coding.run_id)
        store.add_queue_items([item])
        store.add_decision(
            Decision(item_id=item.id, coder_id=person.id, action="settle", coding_id=own.id, visible="revealed"),
            Coding.model_validate(own.model_dump()),
        )
        assert own.status is Status.CODED
    world.write(a=PAID)
    assert world.update("--allow-private")["moved"] == []  # ada had said paid, and paid it is


def test_a_page_that_went_is_told_once_and_its_text_and_codes_stay(world: World) -> None:
    world.update("--allow-private")
    codings = world.rows()["codings"]
    world.site.pages["/a"] = Reply(status=410)
    found = world.update("--allow-private")
    assert len(found["vanished"]) == 1
    assert world.rows()["codings"] == codings
    assert world.update("--allow-private")["nothing_new"] is True


def test_a_new_document_is_told_with_the_sample_drawn_of_the_batch_alone(world: World) -> None:
    world.update("--allow-private")
    world.write(c=PAID.replace("AI", "deep learning and AI in radiology, with a certificate at the end"))
    found = world.update("--allow-private", "--audit", "5")
    assert [one["codes"] for one in found["arrived"]] == [{"price": "Paid"}]
    (audit,) = found["audits"]
    assert audit["drawn"] == [one["document"] for one in found["arrived"]]
    assert world.update("--allow-private")["audits"] == []


def test_a_source_that_fails_is_told_and_the_other_steps_go_on(world: World) -> None:
    world.update("--allow-private")
    world.write(a=PAID)
    world.site.pages["/sitemap.xml"] = Reply(status=404)
    found = world.update("--allow-private", code=2)
    assert len(found["moved"]) == 1
    assert any(problem.startswith("search: Society") for problem in found["problems"])


def test_the_page_says_of_each_query_that_it_failed_and_why_or_that_it_found_nothing(world: World) -> None:
    protocol = world.folder / "search.yaml"
    listed = protocol.read_text(encoding="utf-8")
    more = f'  - {{name: "<b>Gone</b>", kind: sitemap, url: "{world.site.url("/gone.xml")}"}}\n'
    more += f'  - {{name: Bare, kind: sitemap, url: "{world.site.url("/sitemap.xml")}", matching: nowhere}}\n'
    protocol.write_text(listed + more, encoding="utf-8")
    found = world.update("--allow-private", code=2)
    told = {one["source"]: one for one in found["asked"]}
    assert told["<b>Gone</b>"]["failed"]
    assert told["<b>Gone</b>"]["became"] == f"failed: {world.site.url('/gone.xml')}: answers 404"
    assert (told["Bare"]["became"], told["Bare"]["failed"], told["Society"]["became"]) == ("found nothing", False, "")
    page = Path(found["page"]).read_text(encoding="utf-8")
    table = page[page.index("What was asked") :]
    assert told["<b>Gone</b>"]["became"] in table
    assert "&lt;b&gt;Gone&lt;/b&gt;" in table
    assert "<b>Gone" not in page


def test_an_update_that_goes_on_with_a_search_says_so_in_one_line(world: World) -> None:
    listed = world.site.pages["/sitemap.xml"]
    world.site.pages["/sitemap.xml"] = Reply(status=404)
    assert "went on" not in world.call("update", "--allow-private").stderr
    world.site.pages["/sitemap.xml"] = listed
    done = world.call("update", "--allow-private")
    (line,) = [line for line in done.stderr.splitlines() if "went on" in line]
    assert re.fullmatch(
        r"searched: 2 results, 2 documents not known before; went on with the search of [-\d]{10} [:\d]{5} UTC, which is "
        r"not complete: 0 queries with their results are kept",
        line,
    )
    assert "went on" not in world.call("update", "--allow-private").stderr


def test_what_an_update_told_can_be_told_again_since_a_day(world: World) -> None:
    world.update("--allow-private")
    steps = ("--no-search", "--no-capture", "--no-dedupe", "--no-screen", "--no-code", "--audit", "0")
    assert len(world.update("--since", "2020-01-01", *steps)["arrived"]) == 2


def test_what_pages_say_is_text_on_a_terminal_and_in_the_page(world: World) -> None:
    hostile = "\x1b[31mAI</p><script>alert(1)</script><p>free of charge"
    world.write(a=hostile)
    done = world.call("update", "--allow-private")
    assert done.exception is None, done.stderr
    assert "\x1b" not in done.output
    (page,) = (world.folder / "updates").glob("*.html")
    assert "<script>" not in page.read_text(encoding="utf-8")


def test_a_model_that_is_down_is_told_and_what_was_found_is_told_all_the_same(world: World) -> None:
    settings = world.folder / "intercoder.toml"
    there = settings.read_text(encoding="utf-8")
    settings.write_text(re.sub('base_url = ".*"', 'base_url = "http://127.0.0.1:9/v1"', there), encoding="utf-8")
    found = world.update("--allow-private", code=2)
    assert len(found["arrived"]) == 2
    assert any(problem.startswith("screen:") for problem in found["problems"])


def test_what_a_first_update_found_before_it_was_stopped_is_told_by_the_next(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stopped(*_: object) -> str:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr("coder.cli.updating_steps._dedupe", stopped)
        assert world.call("update", "--allow-private").exit_code != 0
    assert world.rows()["documents"] == 2
    assert len(world.update("--allow-private")["arrived"]) == 2


def test_telling_since_a_later_day_leaves_what_came_before_it_to_the_next_update(world: World) -> None:
    world.update("--allow-private")
    world.write(c=PAID.replace("AI", "deep learning and AI in radiology, with a certificate at the end"))
    world.call("search", "--allow-private")
    world.call("capture")
    # Nothing has come since this moment; what came since the update before is still to be told.
    steps = ("--no-search", "--no-capture", "--no-dedupe", "--no-screen", "--no-code")
    assert world.update("--since", now().isoformat(), *steps)["nothing_new"] is True
    assert len(world.update("--allow-private")["arrived"]) == 1


def test_a_second_update_while_one_is_running_is_refused_and_does_nothing(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[Result] = []

    def meanwhile(*_: object) -> str:
        seen.append(world.call("update", "--allow-private"))
        return ""

    monkeypatch.setattr("coder.cli.updating_steps._dedupe", meanwhile)
    world.update("--allow-private")
    (second,) = seen
    assert isinstance(second.exception, InputError)
    assert "is running" in second.exception.message
    assert [one.path for one in world.site.asked].count("/sitemap.xml") == 1
    monkeypatch.undo()
    assert world.update("--allow-private")["nothing_new"] is True  # the first one let go
