"""Loopback sites that a search asks: pages by path, faults in the order in which they come, E-utilities."""

from __future__ import annotations

import threading
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from time import monotonic
from urllib.parse import parse_qs, urlsplit

Page = tuple[int, dict[str, str], bytes]
Maker = Callable[[dict[str, str]], Page]


@dataclass
class Site:
    """What a site has, and what it was asked. `faults` by path come first, one a request."""

    pages: dict[str, Page | Maker] = field(default_factory=dict)
    faults: dict[str, list[Page]] = field(default_factory=lambda: defaultdict(list))
    asked: list[tuple[str, dict[str, str], Mapping[str, str]]] = field(default_factory=list)
    moments: list[float] = field(default_factory=list)
    url: str = ""

    def answer(self, path: str, asked: dict[str, str], headers: Mapping[str, str]) -> Page:
        self.asked.append((path, asked, headers))
        self.moments.append(monotonic())
        if self.faults[path]:
            return self.faults[path].pop(0)
        page = self.pages.get(path)
        if page is None:
            return 404, {}, b"no such page"
        return page(asked) if callable(page) else page


def ok(body: str | bytes, content_type: str = "text/xml", **headers: str) -> Page:
    raw = body if isinstance(body, bytes) else body.encode()
    return 200, {"Content-Type": content_type, **{name.replace("_", "-"): text for name, text in headers.items()}}, raw


@contextmanager
def serving(site: Site) -> Iterator[str]:
    """The site on a free port of loopback; yields its address."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            parts = urlsplit(self.path)
            self.send(site.answer(parts.path, {k: v[0] for k, v in parse_qs(parts.query).items()}, dict(self.headers)))

        def do_POST(self) -> None:
            form = self.rfile.read(int(self.headers["Content-Length"])).decode()
            self.send(site.answer(self.path, {k: v[0] for k, v in parse_qs(form).items()}, dict(self.headers)))

        def send(self, page: Page) -> None:
            status, headers, body = page
            self.send_response(status)
            for name, text in headers.items():
                self.send_header(name, text)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            with suppress(ConnectionError):  # who asked may be gone
                self.wfile.write(body)

        def log_message(self, format: str, *arguments: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    site.url = f"http://127.0.0.1:{server.server_port}"
    try:
        yield site.url
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def eutilities(found: Mapping[str, list[int]]) -> dict[str, Page | Maker]:
    """E-utilities that know these records by query; a record's title is `Title 7`, its DOI `10.1000/7`."""

    def esearch(asked: dict[str, str]) -> Page:
        ids = found.get(asked["term"], [])
        start, size = int(asked["retstart"]), int(asked["retmax"])
        page = "".join(f"<Id>{one}</Id>" for one in ids[start : start + min(size, 3)])  # never more than three at once
        return ok(
            '<?xml version="1.0" encoding="UTF-8" ?>\n<!DOCTYPE eSearchResult PUBLIC "-//NLM//DTD esearch 20060628//EN" '
            '"https://eutils.example/esearch.dtd">\n'
            f"<eSearchResult><Count>{len(ids)}</Count><IdList>{page}</IdList></eSearchResult>"
        )

    def efetch(asked: dict[str, str]) -> Page:
        records = "".join(
            f"""<PubmedArticle><MedlineCitation><PMID Version="1">{one}</PMID><Article>
            <Journal><JournalIssue><PubDate><MedlineDate>2019 Nov-Dec</MedlineDate></PubDate></JournalIssue><Title>J</Title></Journal>
            <ArticleTitle>Title <i>{one}</i></ArticleTitle><Abstract><AbstractText Label="AIM">To teach.</AbstractText>
            <AbstractText>It works &amp; lasts.</AbstractText></Abstract>
            <AuthorList><Author><LastName>Doe</LastName><ForeName>J</ForeName></Author>
            <Author><CollectiveName>The Group</CollectiveName></Author></AuthorList><Language>eng</Language></Article></MedlineCitation>
            <PubmedData><ArticleIdList><ArticleId IdType="pubmed">{one}</ArticleId><ArticleId IdType="doi">10.1000/{one}</ArticleId></ArticleIdList>
            <ReferenceList><Reference><ArticleIdList><ArticleId IdType="doi">10.9999/other</ArticleId></ArticleIdList></Reference></ReferenceList>
            </PubmedData></PubmedArticle>"""
            for one in asked["id"].split(",")
            if one != "404"
        )
        return ok(
            f'<!DOCTYPE PubmedArticleSet PUBLIC "-//NLM//x" "https://dtd.example/x.dtd"><PubmedArticleSet>{records}</PubmedArticleSet>'
        )

    return {"/esearch.fcgi": esearch, "/efetch.fcgi": efetch}
