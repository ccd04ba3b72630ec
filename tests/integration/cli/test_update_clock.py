"""A record of an update that lies ahead of the clock silences no later one: it is told, and passed over for good."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from coder.cli.project import Project
from coder.cli.updating import last_update
from coder.settings import load_settings
from tests.integration.cli.living import PAID, World, living

STILL = ("--no-search", "--no-capture", "--no-dedupe", "--no-screen", "--no-code")
AHEAD = "2100-01-01T000000"


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    with living(tmp_path / "study") as made:
        yield made


def told_ahead(world: World, until: str = "2100-01-01T00:00:01+00:00") -> None:
    """The record that an update leaves under a clock that is wrong by decades."""
    (world.folder / "updates").mkdir(exist_ok=True)
    (world.folder / "updates" / f"{AHEAD}.json").write_text(json.dumps({"told_until": until}), encoding="utf-8")


def project(world: World) -> Project:
    return Project(world.folder, load_settings(world.folder))


@pytest.mark.parametrize("until", ["2100-01-01T00:00:01+00:00", "2100-01-01T00:00:01"])
def test_a_record_ahead_of_the_clock_is_told_and_what_came_since_the_one_before_it_too(
    world: World, until: str
) -> None:
    first = Path(world.update("--allow-private")["page"]).with_suffix(".json")
    before = json.loads(first.read_text(encoding="utf-8"))["told_until"]
    told_ahead(world, until)
    world.write(c=PAID.replace("AI", "deep learning and AI in radiology, with a certificate at the end"))
    done = world.call("update", "--json", "--allow-private")
    assert f"warning: updates/{AHEAD}.json says that it told what was new until 2100-01-01 00:00 UTC" in done.stderr
    found = json.loads(done.stdout)
    assert [one["title"] for one in found["arrived"]] == ["Course c"]
    assert found["since"] == f"{datetime.fromisoformat(before).astimezone(UTC):%Y-%m-%d %H:%M} UTC"
    assert "which is still to come" in Path(found["page"]).read_text(encoding="utf-8")
    rows = world.rows()
    again = world.update("--allow-private")
    assert (again["nothing_new"], again["warnings"], world.rows()) == (True, [], rows)


def test_a_record_that_was_set_aside_counts_no_more_when_its_time_has_come(world: World) -> None:
    world.update("--allow-private")
    told_ahead(world)
    world.update(*STILL)
    newest = json.loads(Path(world.update(*STILL)["page"]).with_suffix(".json").read_text(encoding="utf-8"))
    later = last_update(project(world), datetime(2100, 6, 1, tzinfo=UTC))
    assert later.until == datetime.fromisoformat(newest["told_until"])
    assert later.ahead == {}


def test_where_no_other_record_is_left_it_tells_since_now_and_says_how_to_be_told_more(world: World) -> None:
    world.call("search", "--allow-private")
    told_ahead(world)
    found = world.update(*STILL)
    assert found["arrived"] == []
    assert "'intercoder update --since DATE' tells what came before" in found["warnings"][-1]
    assert len(world.update("--since", "2020-01-01", *STILL)["arrived"]) == 2
    assert world.update(*STILL)["nothing_new"] is True


def test_a_first_update_that_was_stopped_after_such_a_record_still_tells_what_it_had_found(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stopped(*_: object) -> str:
        raise KeyboardInterrupt

    told_ahead(world)
    with monkeypatch.context() as patch:
        patch.setattr("coder.cli.updating_steps._dedupe", stopped)
        assert world.call("update", "--allow-private").exit_code != 0
    found = world.update("--allow-private")
    assert len(found["arrived"]) == 2
    assert any(AHEAD in warning for warning in found["warnings"])
