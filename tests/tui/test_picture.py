"""The README's picture of the desk is the desk as it is. `UPDATE_GOLDEN=1 pytest tests/tui/test_picture.py` draws it.

The documents and their gold are the shipped ones; the model's one dissenting code is put in by hand.
"""

from __future__ import annotations

import html
import os
import re
from pathlib import Path

from click.testing import CliRunner

from coder.adjudicate import Desk
from coder.cli import group
from coder.codebook import load_codebook
from coder.documents import segment
from coder.model import Assignment, Coding, QueueItem, Run, Status
from coder.paths import data_dir
from coder.store import Store
from coder.tui.app import DeskApp
from tests.tui.drive import picture

PICTURE = Path(__file__).parents[2] / "docs" / "images" / "desk.svg"
SHIPPED = data_dir("gold") / "radiology-ai-training"


def intercoder(folder: Path, *arguments: str) -> None:
    done = CliRunner().invoke(group, ["--project", str(folder), *arguments])
    assert done.exception is None, done.exception


def filled(folder: Path) -> Path:
    """A project with two shipped documents and their gold."""
    assert CliRunner().invoke(group, ["init", str(folder)]).exception is None
    texts = [str(SHIPPED / "documents" / f"{name}.txt") for name in ("022", "023")]
    intercoder(folder, "import", *texts, "--context", "title")
    codings = str(SHIPPED / "codings.jsonl")
    intercoder(folder, "gold", "import", codings, "--coder", "fact-sheet", "--kind", "constructed", "--skip-unknown")
    return folder


def dissenting(store: Store) -> None:
    """A run that says of every cell what the gold says, but that the first document's price is free; all are queued."""
    gold = store.gold("gold")
    golden = store.codings(gold_id=gold.id)
    model = store.coder("some-model", "model")
    run = Run(coder_id=model.id, codebook_hash=gold.codebook_hash, prompt_hash="0" * 64)
    store.add_run(run)
    odd = store.current_versions()[0][1].id, "price"
    for one in golden:
        own = {**one.model_dump(exclude={"id"}), "coder_id": model.id, "run_id": run.id}
        if (one.version_id, one.dimension_id) == odd:
            free = Assignment(category="free", evidence=one.all_evidence)
            own |= {"status": Status.CODED, "assignments": (free,), "evidence": ()}
        store.add_codings([Coding.model_validate(own)])
        reason = "disagreement" if (one.version_id, one.dimension_id) == odd else "audit"
        detail = "gold: not specified; model: Free" if reason == "disagreement" else ""
        cell = {"version_id": one.version_id, "dimension_id": one.dimension_id, "run_id": run.id, "gold_id": gold.id}
        store.add_queue_items([QueueItem.model_validate({**cell, "reason": reason, "detail": detail})])


def said(svg: str) -> list[str]:
    return [html.unescape(text) for text in re.findall(r"<text [^>]*>([^<]*)</text>", svg)]


async def test_the_readmes_picture_shows_the_desk_as_it_is(tmp_path: Path) -> None:
    folder = filled(tmp_path / "study")
    with Store.open(str(folder / "intercoder.db")) as store:
        dissenting(store)
        desk = Desk(
            store,
            load_codebook(folder / "codebook.yaml"),
            store.coder("ada", "person"),
            lambda version: segment(version.text, version.language),
            reveal="item",
        )
        app = DeskApp(desk, theme="textual-dark")
        async with app.run_test(size=(140, 42)) as pilot:
            while desk.work_item(str(app.screen.item_id)).dimension_id != "price":  # type: ignore[attr-defined]
                await pilot.press("j")
            await pilot.press("0", "a")
            await pilot.pause()
            drawn = picture(app)
    if os.environ.get("UPDATE_GOLDEN"):
        PICTURE.write_text(drawn, encoding="utf-8")
    assert said(drawn) == said(PICTURE.read_text(encoding="utf-8"))
