"""A review to be screened: texts that say how they are to be answered, and an endpoint on loopback that does so."""

from __future__ import annotations

import contextlib
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from click.testing import CliRunner, Result

from coder.cli import group
from coder.cli.project import Project
from coder.cli.screening import verdicts_of
from coder.model import Document, Version
from coder.model.base import now
from coder.settings import load_settings
from coder.store import Store
from tests.mock_answers import spelled
from tests.mock_openai import Config, Mock, in_thread, serving

BOOK = """\
name: programs
version: 1
unit: program
dimensions:
  - {id: tone, kind: nominal, question: How does it sound?, absent: {}, categories: [{id: warm}, {id: cold}]}
criteria:
  - {id: about, question: Is it about AI?, definition: AI is its subject.}
  - {id: meant, question: Is it meant for radiologists?, exclude: [courses for engineers]}
"""
FIVE = {"in": "", "off": "about-n", "both": "about-n meant-n", "far": "meant-n", "dim": "meant-u"}
ANSWER = {"y": "yes", "n": "no", "u": "absent"}


class Screener(Mock):
    """Answers as the text says that it should: `about-y meant-n`; what a text is silent on is yes or warm.

    Asked for probabilities, each piece of four characters has exp(-0.001) where the text says surely, else exp(-0.1).
    """

    def answer(self, request: dict[str, Any], prompt: int, malformed: bool, attempt: int) -> dict[str, Any]:
        given = super().answer(request, prompt, malformed, attempt)
        text = request["messages"][-1]["content"]
        schema = request["response_format"]["json_schema"]["schema"]
        told = {
            name: {"evidence": [1], "code": "warm" if name == "tone" else ANSWER[said[1] if said else "y"]}
            for name in schema["properties"]
            for said in [re.search(rf"{name}-(\w)", text)]
        }
        choice = given["choices"][0]
        choice["message"]["content"] = json.dumps(told)
        if request.get("logprobs"):
            sure = -0.001 if "surely" in text else -0.1
            choice["logprobs"]["content"] = [{**one, "logprob": sure} for one in spelled(json.dumps(told))]
        return given


@dataclass
class Review:
    folder: Path
    url: str
    mock: Screener

    def call(self, *arguments: str, keys: str = "") -> Result:
        return CliRunner().invoke(
            group,
            ["--project", str(self.folder), *arguments],
            input=keys,
            env={"COLUMNS": "100", "INTERCODER_API_KEY": "none", "INTERCODER_RUN_SEND_TO": "127.0.0.1"},
        )

    def read(self, *arguments: str) -> Any:
        done = self.call(*arguments, "--json")
        assert done.exception is None, (done.exception, done.stderr)
        return json.loads(done.stdout)

    def screen(self, *options: str) -> Any:
        return self.read("screen", *options)["screening"]

    def add(self, name: str, text: str) -> None:
        with Store.open(str(self.folder / "intercoder.db")) as store:
            document = Document(name=name)
            store.add_documents([(document, Version(document_id=document.id, text=text, hash=text))])

    def change(self, name: str, text: str) -> None:
        with Store.open(str(self.folder / "intercoder.db")) as store:
            (document,) = [one for one in store.documents() if one.name == name]
            store.add_version(Version(document_id=document.id, text=text, hash=text, created_at=now()))

    @property
    def project(self) -> Project:
        return Project(self.folder, load_settings(self.folder))

    def states(self) -> dict[str, tuple[str, str, str]]:
        with self.project.store() as store:
            names = {document.id: document.name for document in store.documents()}
            found = verdicts_of(store, self.project.codebook())
            return {names[id_]: (one.state, one.criterion, one.by) for id_, one in found.items()}


@contextlib.contextmanager
def reviewing(folder: Path, texts: Mapping[str, str] = FIVE) -> Iterator[Review]:
    """A project of so many documents, by name what they say, with its endpoint."""
    folder.mkdir(exist_ok=True)
    with in_thread(serving(Config(latency=0), Screener)) as (url, mock):
        (folder / "codebook.yaml").write_text(BOOK)
        (folder / "intercoder.toml").write_text(
            f'[model]\nprovider = "openai"\nname = "mock"\nbase_url = "{url}"\n[coder]\nname = "ada"\n'
        )
        Store.create(str(folder / "intercoder.db")).close()
        made = Review(folder, url, mock)
        for name, said in texts.items():
            made.add(name, f"A program on scans. {said}")
        yield made
