"""People code first: assigned by design, blind to each other, and used as gold and for agreement."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from coder.cli import group
from coder.errors import InputError
from coder.model import Document, Version
from tests.integration.cli.scene import Scene, make_scene


@pytest.fixture
def scene(tmp_path: Path) -> Scene:
    return make_scene(tmp_path / "study", 10)


def work(scene: Scene, coder: str, script: str, *options: str) -> Result:
    command = ["--project", str(scene.folder), "adjudicate", "--plain", "--coder", coder, *options]
    done = CliRunner().invoke(group, command, input=script)
    assert done.exception is None, done.exception
    return done


def code(scene: Scene, coder: str, script: str) -> Result:
    return work(scene, coder, script, "--task", "code")


def test_two_people_code_what_was_assigned_and_are_gold_together(scene: Scene) -> None:
    shares = scene.read("assign", "--coders", "ada,ben", "--overlap", "4")
    # 4 to both, and 6 dealt out.
    assert (shares["coders"], shares["overlap"]) == ({"ada": 7, "ben": 7}, 4)
    said = code(scene, "ada", "1 a\n" * 14)  # warm, x
    assert "All items are coded." in said.stdout
    assert "14 of 14 coded" in said.stderr
    code(scene, "ben", "1 a\n" * 14)
    scene.run({"tone": ["warm"] * 10, "parts": ["x"] * 10})
    found = scene.read("eval", "--gold", "majority", "--people")
    assert [one["n"] for one in found["dimensions"]] == [4, 4]
    assert scene.read("eval", "--gold", "ada")["dimensions"][0]["n"] == 7
    made = scene.read("gold", "make", "--name", "hand")["gold"]
    assert [(one["name"], one["coder"], one["codings"]) for one in made] == [
        ("hand:ada", "ada", 14),
        ("hand:ben", "ben", 14),
    ]
    assert scene.read("eval", "--gold", "hand:ben")["dimensions"][1]["n"] == 7


def test_what_is_assigned_stays_and_new_documents_can_follow(scene: Scene) -> None:
    scene.read("assign", "--coders", "ada", "--overlap", "0")
    with scene.store() as store:
        document = Document(name="later")
        store.add_documents([(document, Version(document_id=document.id, text="Later.", hash="l"))])
    found = scene.read("assign", "--coders", "ben")
    assert (found["coders"], found["assigned_before"]) == ({"ben": 1}, 10)
    nothing = scene.call("assign", "--coders", "cas").exception
    assert isinstance(nothing, InputError)
    assert "nothing left to assign" in nothing.message
    refused = scene.call("adjudicate", "--plain", "--task", "code", "--coder", "cas").exception
    assert isinstance(refused, InputError)
    assert "no document is assigned" in refused.message


def test_without_an_assignment_a_first_coder_has_every_document(scene: Scene) -> None:
    assert "1 of 20 coded" in code(scene, "ada", "1 a\nq\n").stderr


def test_no_code_of_model_or_gold_is_ever_shown_to_a_first_coder(scene: Scene) -> None:
    scene.run({"tone": ["cold"] * 10, "parts": ["y"] * 10})
    scene.gold("gilda", {"tone": ["cold"] * 10, "parts": ["y"] * 10})
    said = code(scene, "ada", "1 a\n1 a\nm\ng\nw\nh\nA\n" * 10).stdout
    assert "gilda" not in said
    assert "mock" not in said
    assert "Queued for" not in said


def test_where_first_coders_differ_the_cell_is_queued_without_any_model(scene: Scene) -> None:
    code(scene, "ada", "1 a\nq\n")
    code(scene, "ben", "2 a\nq\n")
    (item,) = scene.read("queue")
    assert (item["document"], item["dimension"], item["reason"]) == ("d0", "tone", "between_coders")
    assert item["detail"] == "ada: Warm; ben: Cold"
    said = work(scene, "cas", "1 a\na\n")
    assert "ada (person): Warm" in said.stdout
    assert "1 of 1 settled" in said.stderr
    # Deciding between first codings changes nothing in what people coded blind.
    with scene.store() as store:
        assert {act.action for act in store.decisions()} == {"answer", "reveal", "settle"}


def test_a_changed_text_of_which_people_coded_an_earlier_one_is_queued(scene: Scene) -> None:
    scene.gold("gilda", {"tone": ["warm"] * 2})
    with scene.store() as store:
        store.add_version(Version(document_id=scene.versions[0].document_id, text="New text.", hash="new"))
        current = store.current_versions()[0][1]
    scene.run({"parts": ["x"] * 10})
    found = [item for item in scene.read("queue", "--audit-rate", "0") if item["reason"] == "changed"]
    assert [(item["document"], item["dimension"]) for item in found] == [("d0", "tone")]
    with scene.store() as store:
        assert [item.version_id for item in store.queue_items() if item.reason == "changed"] == [current.id]


def test_the_history_of_an_item_is_listed(scene: Scene) -> None:
    code(scene, "ada", "1 a\nq\n")
    code(scene, "ben", "2 a\nq\n")
    (item,) = scene.read("queue")
    work(scene, "cas", "1 a\na\n")
    entries = scene.read("queue", "--history", item["id"])
    assert [(one["who"], one["action"], one["visible"]) for one in entries] == [
        ("cas", "answer", "blind"),
        ("cas", "reveal", "revealed"),
        ("cas", "settle", "revealed"),
    ]
    assert "answer: Warm, blind" in scene.call("queue", "--history", item["id"]).stdout
    assert isinstance(scene.call("queue", "--history", "nothing").exception, InputError)


def test_the_sum_of_a_session_estimates_agreement_from_the_audit_alone(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("INTERCODER_DESK_AUDIT_RATE", "0")
    scene.run({"tone": ["warm"] * 9 + ["failed"], "parts": ["x"] * 10})
    scene.gold("gilda", {"tone": ["cold"] * 4 + ["warm"] * 6})
    # Tone: 4 disagreements and a failure were selected; of the 5 undisputed none was drawn.
    assert "audit" not in {item["reason"] for item in scene.read("queue")}
    work(scene, "ben", "1 a\na\n" * 5)
    tone, parts = scene.read("adjudicate", "--summary", "--coder", "ben")["agreement"]
    assert tone["model"]["value"] is None
    assert tone["model"]["reason"].startswith("not estimable: selected items")
    assert parts["gold"]["n"] == 0


def test_a_summary_of_nobody_is_refused_and_makes_nobody(scene: Scene) -> None:
    scene.gold("gilda", {"tone": ["warm"] * 10})
    refused = scene.call("adjudicate", "--summary", "--task", "code", "--coder", "glida").exception
    assert isinstance(refused, InputError)
    assert (refused.message, "gilda" in refused.hint) == ("no person 'glida' coded here", True)
    with scene.store() as store:
        assert [coder.name for coder in store.coders()] == ["gilda"]


def test_a_session_line_by_line_keeps_standard_output_to_itself(scene: Scene) -> None:
    refused = scene.call("adjudicate", "--plain", "--json", "--task", "code").exception
    assert isinstance(refused, InputError)
    assert "--json does not go with --plain" in refused.message


def test_with_an_audit_of_everything_agreement_is_a_count(tmp_path: Path) -> None:
    scene = make_scene(tmp_path / "study", 4)
    scene.run({"tone": ["warm"] * 4})
    scene.gold("gilda", {"tone": ["warm"] * 4})
    scene.read("queue", "--audit-rate", "1")
    done = work(scene, "ben", "1 a\na\n1 a\na\n1 a\na\n2 a\na\nc codebook: warm needs an example\n")
    assert "tone: with the model, where nobody disputed: 0.75" in done.stderr
    assert "for the codebook, tone in d3: codebook: warm needs an example" in done.stderr
    found = scene.read("adjudicate", "--summary", "--coder", "ben")
    tone = found["agreement"][0]
    assert (tone["model"]["value"], tone["gold"]["value"], tone["model"]["audited"]) == (0.75, 0.75, 4)
    assert (found["answered"], found["settled"], found["settled_as_answered"]) == (4, {"tone": 4}, 4)
    assert found["codebook_memos"] == [
        {"dimension": "tone", "document": "d3", "memo": "codebook: warm needs an example"}
    ]


def test_a_share_of_the_answers_comes_again_in_silence(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("INTERCODER_DESK_REPEAT_SHARE", "1")
    monkeypatch.setenv("INTERCODER_DESK_REPEAT_AFTER_HOURS", "0")
    code(scene, "ada", "1 a\n" * 20)
    said = code(scene, "ada", "2 a\n" + "1 a\n" * 19)
    assert "repeat" not in said.stdout
    found = scene.read("adjudicate", "--summary", "--task", "code", "--coder", "ada")
    tone, parts = found["with_oneself"]
    assert [(one["dimension"], one["n"], one["same"]) for one in (tone, parts)] == [("tone", 10, 9), ("parts", 10, 10)]
    # 9 of 10 with the exact interval of Clopper and Pearson; in 10 of 10 its lower end is 0.025 ** (1 / 10).
    assert tone["percent_agreement"] == pytest.approx({"value": 0.9, "low": 0.5550, "high": 0.9975}, abs=1e-4)
    assert parts["percent_agreement"] == pytest.approx({"value": 1.0, "low": 0.025**0.1, "high": 1.0})
    # All were warm at first: by chance alone 1 * 0.9 would agree, so kappa is (0.9 - 0.9) / (1 - 0.9).
    assert (tone["coefficient"], tone["value"], tone["low"]) == ("cohen_kappa", pytest.approx(0), None)
    assert tone["reason"]
    assert (parts["coefficient"], parts["value"]) == ("alpha_masi", None)
    assert parts["reason"]
    in_words = scene.call("adjudicate", "--summary", "--task", "code", "--coder", "ada").stderr
    assert "ada: 40 answered, 0 skipped, 0 flagged" in in_words
    assert "tone: the same answer again in 9 of 10 silent repeats, 90% [55%, 100%]; cohen_kappa 0.00" in in_words
    # A repeat is no first coding: what ada coded first stands.
    scene.run({"tone": ["warm"] * 10, "parts": ["x"] * 10})
    assert [one["percent_agreement"] for one in scene.read("eval", "--gold", "ada")["dimensions"]] == [1.0, 1.0]
