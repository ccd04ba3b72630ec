"""A small world on loopback for a living review: a site with a list of pages, and a model that reads them."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from click.testing import CliRunner, Result

from coder.cli import group
from coder.errors import IncompleteError
from coder.store import Store
from tests.integration.search.site import Reply, Site
from tests.mock_openai import Config, Mock, in_thread, serving

BOOK = """\
name: programs
version: 1
unit: program
dimensions:
  - {id: price, label: Price, kind: nominal, question: What does it cost?, absent: {}, categories: [{id: free}, {id: paid}]}
criteria:
  - {id: about, question: Is it about AI?}
"""
SEARCH = """\
name: spring
contact: ada@example.org
sources:
  - {name: Society, kind: sitemap, url: "SITE/sitemap.xml"}
"""
FREE = "The course teaches AI. It is free of charge. It takes place online."
PAID = "The course teaches AI. It costs 250 euros. It takes place online."
COOKING = "The course teaches cooking. It is free of charge."


class Reader(Mock):
    """Reads: what is free is free, and what says cooking is not about AI; it cites the sentence that says so."""

    def answer(self, request: dict[str, Any], prompt: int, malformed: bool, attempt: int) -> dict[str, Any]:
        given = super().answer(request, prompt, malformed, attempt)
        text = request["messages"][-1]["content"]
        schema = request["response_format"]["json_schema"]["schema"]

        def cited(words: str) -> list[int]:
            found = re.search(rf"\[(\d+)\][^\[]*(?:{words})", text)
            return [int(found[1])] if found else []

        told = {
            "price": {"evidence": cited("free|euros"), "code": "free" if "free" in text else "paid"},
            "about": {"evidence": cited("teaches"), "code": "no" if "cooking" in text else "yes"},
        }
        wanted = {name: told[name] for name in schema["properties"]}
        given["choices"][0]["message"]["content"] = json.dumps(wanted)
        return given


@dataclass
class World:
    folder: Path
    site: Site
    mock: Reader

    def call(self, *arguments: str) -> Result:
        return CliRunner().invoke(
            group,
            ["--project", str(self.folder), *arguments],
            env={"COLUMNS": "100", "INTERCODER_API_KEY": "none", "INTERCODER_RUN_SEND_TO": "127.0.0.1"},
        )

    def update(self, *options: str, code: int = 0) -> Any:
        done = self.call("update", "--json", *options)
        expected = {0: type(None), 2: IncompleteError}[code]
        assert isinstance(done.exception, expected), (done.exception, done.stderr)
        return json.loads(done.stdout)

    def write(self, **texts: str) -> None:
        """The site has these pages, and its list names them."""
        for name, text in texts.items():
            body = f"<html lang=en><title>Course {name}</title><body><p>{text}</p></body></html>"
            self.site.pages[f"/{name}"] = Reply(body.encode())
        places = "".join(f"<url><loc>{self.site.url(path)}</loc></url>" for path in self.site.pages if len(path) == 2)
        listed = f'<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">{places}</urlset>'
        self.site.pages["/sitemap.xml"] = Reply(listed.encode(), kind="application/xml")

    def rows(self) -> dict[str, int]:
        """How many rows of each kind a world that stands still must not add to."""
        with Store.open(str(self.folder / "intercoder.db")) as store:
            runs = store.runs()
            return {
                "documents": len(store.documents()),
                "versions": len(store.versions_of([one.id for one in store.documents()])),
                "calls": sum(len(store.calls(run.id)) for run in runs),
                "codings": len(store.codings()),
                "matches": len(store.matches()),
                "queue": len(store.queue_items()),
                "inclusions": len(store.inclusions()),
            }


@contextmanager
def living(folder: Path) -> Iterator[World]:
    """A project in a new folder, with a world of two pages: one about AI that is free, one about cooking."""
    with Site() as site, in_thread(serving(Config(latency=0), Reader)) as (url, mock):
        folder.mkdir()
        (folder / "codebook.yaml").write_text(BOOK, encoding="utf-8")
        (folder / "search.yaml").write_text(SEARCH.replace("SITE", site.url("")), encoding="utf-8")
        (folder / "intercoder.toml").write_text(
            f'[model]\nprovider = "openai"\nname = "mock"\nbase_url = "{url}"\n[coder]\nname = "ada"\n[search]\n'
            'contact = "ada@example.org"\nallow_private = ["127.0.0.1"]\ndelay_s = 0.0\ntimeout_s = 5.0\n',
            encoding="utf-8",
        )
        Store.create(str(folder / "intercoder.db")).close()
        made = World(folder, site, mock)
        made.write(a=FREE, b=COOKING)
        yield made
