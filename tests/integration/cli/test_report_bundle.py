"""The audit bundle: what is in it, and that `verify` finds every change."""

from __future__ import annotations

import hashlib
import json
import shutil
import zipfile
from pathlib import Path
from typing import Any

import pytest

from coder.cli.bundling import rebuilt
from coder.codebook import load_codebook
from coder.errors import GateError, InputError
from coder.model import Call, Run
from coder.prompting import build_prompts, prompts_hash
from tests.integration.cli.scene import Scene, make_scene

LINES = ("runs.jsonl", "calls.jsonl", "codings.jsonl", "gold.jsonl", "decisions.jsonl", "documents.jsonl")


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> tuple[Scene, Path]:
    """A project of six texts with a run, a raw answer, gold and a settlement, and its bundle."""
    folder = tmp_path_factory.mktemp("bundle")
    scene = make_scene(folder / "study", 6)
    run = scene.run({"tone": ["warm"] * 4 + ["cold", "refused"], "parts": ["x;y"] * 6}, model="mock")
    with scene.store() as store:
        call = Call(
            run_id=run.id, version_id=scene.versions[0].id, key="k", dimensions=("tone",), status="ok",
            requested_model="mock", served_model="mock-2026", raw='{"tone": "warm"}',
        )  # fmt: skip
        store.save_answer(call, [])
    scene.gold("ada", {"tone": ["warm"] * 3 + ["cold"] * 3})
    scene.settle("ben", "tone", "cold")
    result = scene.call("report", str(folder / "report.html"), "--audit", str(folder / "bundle.zip"))
    assert result.exception is None, result.exception
    return scene, folder / "bundle.zip"


def records(bundle: Path, name: str) -> list[dict[str, Any]]:
    with zipfile.ZipFile(bundle) as opened:
        return [json.loads(line) for line in opened.read(name).decode().splitlines()]


def test_the_bundle_leads_from_a_coding_to_its_run_and_from_a_decision_to_its_text(made: tuple[Scene, Path]) -> None:
    _, bundle = made
    codings, runs = records(bundle, "codings.jsonl"), {one["id"]: one for one in records(bundle, "runs.jsonl")}
    assert len(codings) == 6 + 6 + 6 + 1  # the model's two dimensions, gold, the settlement
    assert {one["run_id"] for one in codings} - {None} <= set(runs)
    (answer,) = records(bundle, "calls.jsonl")
    assert (answer["raw"], answer["served_model"]) == ('{"tone": "warm"}', "mock-2026")
    (decision,) = records(bundle, "decisions.jsonl")
    (item,) = records(bundle, "queue.jsonl")
    versions = {version["id"] for one in records(bundle, "documents.jsonl") for version in one["versions"]}
    assert decision["item_id"] == item["id"]
    assert item["version_id"] in versions
    assert decision["coding_id"] in {one["id"] for one in codings}


def test_a_codebooks_file_is_named_by_its_own_hash(made: tuple[Scene, Path]) -> None:
    _, bundle = made
    with zipfile.ZipFile(bundle) as opened:
        (name,) = [name for name in opened.namelist() if name.startswith("codebook/") and name.endswith(".json")]
        assert Path(name).stem == hashlib.sha256(opened.read(name)).hexdigest()


def test_texts_are_in_the_bundle_only_where_asked_for(made: tuple[Scene, Path], tmp_path: Path) -> None:
    scene, bundle = made
    assert "text" not in records(bundle, "documents.jsonl")[0]["versions"][0]
    asked = ["report", str(tmp_path / "r.html"), "--audit", str(tmp_path / "b.zip"), "--texts"]
    assert scene.call(*asked).exception is None
    assert records(tmp_path / "b.zip", "documents.jsonl")[0]["versions"][0]["text"] == "Page d0."


def test_an_untouched_bundle_is_as_it_was_written(made: tuple[Scene, Path]) -> None:
    scene, bundle = made
    found = scene.read("verify", str(bundle))
    assert (found["ok"], found["wrong"], found["first_wrong"]) == (True, [], None)


def rewritten(
    bundle: Path, target: Path, change: dict[str, bytes | None], *, more: dict[str, bytes] | None = None
) -> Path:
    """The bundle with other contents for some files (None: left out), and with further files."""
    with zipfile.ZipFile(bundle) as old, zipfile.ZipFile(target, "w") as new:
        for name in old.namelist():
            content = change.get(name, old.read(name))
            if content is not None:
                new.writestr(name, content)
        for name, content in (more or {}).items():
            new.writestr(name, content)
    return target


def test_the_first_wrong_file_and_all_of_them_are_named(made: tuple[Scene, Path], tmp_path: Path) -> None:
    scene, bundle = made
    with zipfile.ZipFile(bundle) as opened:
        codings = opened.read("codings.jsonl").replace(b"cold", b"warm", 1)
    target = rewritten(
        bundle, tmp_path / "b.zip", {"codings.jsonl": codings, "coders.jsonl": None}, more={"extra.txt": b"?"}
    )
    result = scene.call("verify", str(target), "--json")
    assert isinstance(result.exception, GateError)
    assert result.exception.exit_code == 3
    found = json.loads(result.stdout)
    # In the manifest's order (coders before codings), then what it does not list.
    assert [one["file"] for one in found["wrong"]] == ["coders.jsonl", "codings.jsonl", "extra.txt"]
    assert found["first_wrong"] == "coders.jsonl"
    assert [
        next(word for word in ("missing", "changed", "not in the manifest") if word in one["problem"])
        for one in found["wrong"]
    ] == ["missing", "changed", "not in the manifest"]


def test_a_manifest_changed_along_with_a_file_is_told_by_its_own_hash(made: tuple[Scene, Path], tmp_path: Path) -> None:
    scene, bundle = made
    kept = scene.read("verify", str(bundle))["manifest_sha256"]
    with zipfile.ZipFile(bundle) as opened:
        codings = opened.read("codings.jsonl").replace(b"cold", b"warm", 1)
        manifest = json.loads(opened.read("manifest.json"))
    manifest["files"]["codings.jsonl"] |= {"sha256": hashlib.sha256(codings).hexdigest(), "bytes": len(codings)}
    forged = {"codings.jsonl": codings, "manifest.json": json.dumps(manifest).encode()}
    target = rewritten(bundle, tmp_path / "b.zip", forged)
    assert scene.read("verify", str(target))["ok"]
    assert isinstance(scene.call("verify", str(target), "--sha256", kept).exception, GateError)
    assert scene.read("verify", str(bundle), "--sha256", kept.upper())["ok"]


def test_a_damaged_byte_is_found(made: tuple[Scene, Path], tmp_path: Path) -> None:
    scene, bundle = made
    content = bytearray(bundle.read_bytes())
    with zipfile.ZipFile(bundle) as opened:
        info = opened.getinfo("codings.jsonl")
    place = info.header_offset + 30 + len(info.filename) + 40
    content[place] ^= 0xFF
    (tmp_path / "b.zip").write_bytes(content)
    result = scene.call("verify", str(tmp_path / "b.zip"), "--json")
    assert isinstance(result.exception, GateError)
    assert json.loads(result.stdout)["first_wrong"] == "codings.jsonl"


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda path: None, "no such file"),
        (lambda path: path.write_bytes(b"PK not a zip"), "not a ZIP file"),
        (lambda path: zipfile.ZipFile(path, "w").close(), "no manifest.json"),
        (lambda path: shutil.copy(_of(path, b"{}"), path), "manifest.json"),
        (lambda path: shutil.copy(_of(path, b"\xff"), path), "manifest.json"),
        (lambda path: shutil.copy(_of(path, b'{"format": "intercoder-audit-1", "files": []}'), path), "manifest.json"),
    ],
)
def test_what_is_no_bundle_is_an_input_error(made: tuple[Scene, Path], tmp_path: Path, make: Any, said: str) -> None:
    scene, _ = made
    make(tmp_path / "b.zip")
    result = scene.call("verify", str(tmp_path / "b.zip"))
    assert isinstance(result.exception, InputError)
    assert said in result.exception.message
    assert result.exception.exit_code == 1


def _of(path: Path, manifest: bytes) -> Path:
    other = path.with_name("other.zip")
    with zipfile.ZipFile(other, "w") as opened:
        opened.writestr("manifest.json", manifest)
    return other


def test_two_reports_of_one_store_differ_in_the_stated_time_alone(made: tuple[Scene, Path], tmp_path: Path) -> None:
    scene, bundle = made
    first = bundle.with_name("report.html").read_text(encoding="utf-8")
    assert scene.call("report", str(tmp_path / "again.html")).exception is None
    again = (tmp_path / "again.html").read_text(encoding="utf-8")
    differing = [(one, two) for one, two in zip(first.splitlines(), again.splitlines(), strict=True) if one != two]
    assert all("written 20" in one and "written 20" in two for one, two in differing)


def test_the_prompts_of_a_run_are_built_again_only_where_their_hash_is_the_runs(tmp_path: Path) -> None:
    scene = make_scene(tmp_path / "study", 1)
    book = load_codebook(scene.folder / "codebook.yaml")
    asked = build_prompts(book, "object", "brief", calls="each", surroundings=False)
    with scene.store() as store:
        coder = store.coder("openai:mock", "model")
        known = {"coder_id": coder.id, "codebook_hash": book.hash(), "parameters": {"form": "object", "examples": []}}
        mine, other = Run(prompt_hash=prompts_hash(asked), **known), Run(prompt_hash="0" * 64, **known)
        again = rebuilt(store, mine) or ()
        assert [(one.system, one.before, one.after, one.schema) for one in again] == [
            (one.system, one.before, one.after, one.schema) for one in asked
        ]
        assert rebuilt(store, other) is None
