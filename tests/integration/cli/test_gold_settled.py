"""What was settled on the desk becomes a new version of the gold, beside the one that figures rest on."""

from __future__ import annotations

from pathlib import Path

import pytest

from coder.errors import InputError
from tests.integration.cli.scene import Scene, make_scene

RUN = {"tone": ["warm"] * 6 + ["cold"] * 4}
GOLD = {"tone": ["warm"] * 5 + ["cold"] * 5}


@pytest.fixture
def scene(tmp_path: Path) -> Scene:
    found = make_scene(tmp_path / "study", 10)
    found.run(RUN)
    found.gold("ada", GOLD, name="team")
    return found


def figures(scene: Scene) -> list[object]:
    """What `eval` and `queue` say of the gold, by default, by the set's name and by the coder's."""
    found = [scene.read("eval", *which) for which in ((), ("--gold", "team"), ("--gold", "ada"))]
    return [*([one["gold"], one["dimensions"]] for one in found), scene.read("queue", "--audit-rate", "0")]


def test_what_was_settled_makes_a_new_version_and_changes_no_figure(scene: Scene) -> None:
    scene.settle("ben", "tone", "cold")
    before = figures(scene)
    assert scene.read("gold", "make", "--settled")["gold"] == [
        {"name": "team", "version": 2, "from_version": 1, "codings": 10, "changed": 1}
    ]
    assert figures(scene) == before
    with scene.store() as store:
        first, second = (
            {one.version_id: one.codes for one in store.codings(gold_id=store.gold("team", version).id)}
            for version in (1, 2)
        )
    # The first text was settled; the other nine are as ada coded them.
    assert first[scene.versions[0].id] == ("warm",)
    assert second == {**first, scene.versions[0].id: ("cold",)}


def test_a_version_of_what_was_settled_gives_no_figure_itself(scene: Scene) -> None:
    scene.settle("ben", "tone", "cold")
    scene.read("gold", "make", "--settled", "--name", "team")
    tone, _ = scene.read("eval", "--gold", "team@2")["dimensions"]
    assert tone["value"] is None
    assert tone["reason"].startswith("not estimable: selected items")


def test_the_next_version_has_what_stands_then(scene: Scene) -> None:
    scene.settle("ben", "tone", "cold")
    scene.read("gold", "make", "--settled")
    again = scene.call("gold", "make", "--settled").exception
    assert isinstance(again, InputError)
    assert "nothing is settled otherwise than gold 'team' version 2 has it" in again.message
    scene.settle("ben", "parts", "x")
    (made,) = scene.read("gold", "make", "--settled")["gold"]
    assert (made["version"], made["from_version"], made["codings"], made["changed"]) == (3, 1, 11, 2)


def test_what_was_settled_as_the_gold_had_it_stays_the_golds_own_coding(scene: Scene) -> None:
    scene.settle("ben", "tone", "warm")
    refused = scene.call("gold", "make", "--settled").exception
    assert isinstance(refused, InputError)
    assert "nothing is settled otherwise than gold 'team' version 1 has it" in refused.message


def test_what_two_people_settled_differently_is_in_no_version(scene: Scene) -> None:
    scene.settle("ben", "tone", "cold")
    scene.settle("cas", "tone", "warm")
    refused = scene.call("gold", "make", "--settled").exception
    assert isinstance(refused, InputError)
    assert "nothing is settled" in refused.message
