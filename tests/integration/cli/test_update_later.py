"""What an update could not do, or could not tell, is told by a later one: once, and as what it then is."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from coder.store import Store
from tests.integration.cli.living import COOKING, FREE, PAID, World, living
from tests.integration.search.site import Reply


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    with living(tmp_path / "study") as made:
        yield made


@contextmanager
def model_down(world: World) -> Iterator[None]:
    """Nothing listens where the model is."""
    settings = world.folder / "intercoder.toml"
    there = settings.read_text(encoding="utf-8")
    settings.write_text(re.sub('base_url = ".*"', 'base_url = "http://127.0.0.1:9/v1"', there), encoding="utf-8")
    yield
    settings.write_text(there, encoding="utf-8")


def inclusions(world: World) -> list[str]:
    with Store.open(str(world.folder / "intercoder.db")) as store:
        names = {one.id: one.name for one in store.documents()}
        return [names[one.document_id] for one in store.inclusions()]


def test_what_was_told_while_the_model_was_down_is_told_with_its_codes_once_they_come(world: World) -> None:
    world.update("--allow-private")
    world.write(c=PAID.replace("AI", "deep learning and AI in radiology, with a certificate at the end"))
    with model_down(world):
        found = world.update("--allow-private", code=2)
        (new,) = found["arrived"]
        assert (new["codes"], new["state"]) == ({}, "not screened, not coded yet")
        assert found["waiting"] == 1
        assert found["audits"] == []  # of texts that nobody coded there is nothing to audit yet
    later = world.update("--allow-private")
    assert later["arrived"] == []
    assert [(one["document"], one["state"], one["codes"]) for one in later["late"]] == [
        (new["document"], "included", {"price": "Paid"})
    ]
    (audit,) = later["audits"]
    assert audit["drawn"] == [new["document"]]
    assert later["nothing_new"] is False
    again = world.update("--allow-private")
    assert (again["nothing_new"], again["audits"], again["waiting"]) == (True, [], 0)
    assert inclusions(world).count(new["document"]) == 1


def test_a_first_update_without_a_model_leaves_codes_and_sample_to_the_next(world: World) -> None:
    with model_down(world):
        assert world.update("--allow-private", code=2)["audits"] == []
    found = world.update("--allow-private")
    assert [(one["title"], one["codes"]) for one in found["late"]] == [("Course a", {"price": "Free"})]
    assert [one["drawn"] for one in found["audits"]] == [[found["late"][0]["document"]]]
    assert [(one["before"], one["after"]) for one in found["screened"]] == [("not screened", "excluded: about")]


def test_a_text_that_changed_while_the_model_was_down_moves_its_codes_once_it_is_coded(world: World) -> None:
    world.update("--allow-private")
    world.write(a=PAID)
    with model_down(world):
        found = world.update("--allow-private", code=2)
        assert (len(found["changed"]), found["moved"]) == (1, [])
    (moved,) = world.update("--allow-private")["moved"]
    assert (moved["before"], moved["after"]) == ("Free", "Paid")
    assert (moved["gone"], moved["come"]) == (["is free of charge"], ["costs 250 euros"])
    assert world.update("--allow-private")["nothing_new"] is True


def test_a_document_told_without_a_text_is_no_new_one_when_its_text_comes(world: World) -> None:
    page = world.site.pages["/a"]
    world.site.pages["/a"] = Reply(status=403)
    first = world.update("--allow-private")
    (bare,) = [one for one in first["arrived"] if one["state"].startswith("no text")]
    world.site.pages["/a"] = page
    later = world.update("--allow-private")
    assert later["arrived"] == []
    assert [(one["document"], one["state"], one["codes"]) for one in later["read"]] == [
        (bare["document"], "included", {"price": "Free"})
    ]
    assert later["late"] == []
    assert world.update("--allow-private")["nothing_new"] is True


def test_a_changed_text_that_screening_sees_otherwise_is_told_with_the_words(world: World) -> None:
    world.update("--allow-private")
    world.write(a=COOKING, b=FREE)
    found = {one["before"]: one for one in world.update("--allow-private")["screened"]}
    assert found["included"]["after"] == "excluded: about"
    assert found["excluded: about"]["after"] == "included"
    assert (found["included"]["gone"], found["included"]["come"]) == (["AI"], ["cooking"])
    assert found["included"]["who"] == "model"
    assert world.update("--allow-private")["nothing_new"] is True


def test_a_verdict_that_waited_for_the_model_is_told_against_the_one_before(world: World) -> None:
    world.update("--allow-private")
    world.write(a=COOKING)
    with model_down(world):
        assert world.update("--allow-private", code=2)["screened"] == []
    (moved,) = world.update("--allow-private")["screened"]
    assert (moved["before"], moved["after"], moved["come"]) == ("included", "excluded: about", ["cooking"])


def test_a_review_of_which_everything_is_excluded_is_brought_up_to_date_like_any_other(world: World) -> None:
    world.write(a=COOKING.replace("cooking", "cooking and baking"))
    assert [one["state"] for one in world.update("--allow-private")["arrived"]] == ["excluded: about"] * 2
    assert world.update("--allow-private")["nothing_new"] is True


def test_a_criterion_worded_anew_tells_no_document_as_screened_otherwise(world: World) -> None:
    world.update("--allow-private")
    book = world.folder / "codebook.yaml"
    book.write_text(book.read_text(encoding="utf-8").replace("Is it about AI?", "Is it about AI at all?"), "utf-8")
    assert world.update("--allow-private")["screened"] == []


def test_a_page_that_cannot_be_reached_is_not_gone(world: World) -> None:
    world.update("--allow-private")
    page = world.site.pages["/a"]
    for broken in (Reply(status=500), Reply(raw=b"nonsense"), Reply(status=403)):
        world.site.pages["/a"] = broken
        done = world.call("update", "--json", "--allow-private")
        assert '"vanished": []' in done.stdout
    world.site.pages["/a"] = page
    assert world.update("--allow-private")["nothing_new"] is True


def test_a_page_is_gone_once_whatever_the_network_does_in_between_and_is_told_when_it_is_back(world: World) -> None:
    world.update("--allow-private")
    page = world.site.pages["/a"]
    world.site.pages["/a"] = Reply(status=410)
    assert len(world.update("--allow-private")["vanished"]) == 1
    world.site.pages["/a"] = Reply(status=500)
    assert world.update("--allow-private", code=2)["nothing_new"] is True  # known to be gone
    world.site.pages["/a"] = Reply(status=410)
    assert world.update("--allow-private")["nothing_new"] is True
    world.site.pages["/a"] = page
    back = world.update("--allow-private")
    assert (len(back["back"]), back["vanished"], back["changed"]) == (1, [], [])
    assert world.update("--allow-private")["nothing_new"] is True


def test_a_page_that_no_list_names_any_more_is_not_gone(world: World) -> None:
    world.update("--allow-private")
    listed = f'<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"><url><loc>{world.site.url("/b")}</loc></url>'
    world.site.pages["/sitemap.xml"] = Reply(f"{listed}</urlset>".encode(), kind="application/xml")
    assert world.update("--allow-private")["nothing_new"] is True


def test_the_terminal_says_how_the_new_ones_stand_what_moved_and_what_the_tests_show(world: World) -> None:
    courses = {
        name: f"The course number {name} teaches AI to group {name * 5}. It is free of charge." for name in "defg"
    }
    world.write(**courses)
    first = world.call("update", "--allow-private")
    assert "6 new documents." in first.stdout
    assert "of the new: 5 included, 1 excluded" in first.stdout
    world.write(
        a=COOKING, **{name: courses["d"].replace("d ", f"{name} ").replace("is free of charge", "costs 250 euros")
        for name in "hijklm"}
    )  # fmt: skip
    second = world.call("update", "--allow-private").stdout
    assert "a, screening: included -> excluded: about (text: AI -> cooking)" in second
    # 4 of 4 free before, none of 6 now: 1 of the 210 divisions is as extreme, p = .005.
    assert "the documents coded now differ from those before, price: codes: p 0.00" in second
    assert "free: 100% -> 0% (" in second


def test_telling_again_since_a_day_draws_no_second_sample_of_what_was_drawn(world: World) -> None:
    first = world.update("--allow-private")
    steps = ("--no-search", "--no-capture", "--no-dedupe", "--no-screen", "--no-code")
    before = world.rows()
    again = world.update("--since", "2020-01-01", *steps)
    assert again["audits"] == first["audits"]
    assert world.rows() == before
