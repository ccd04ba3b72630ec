"""Every link within the documentation leads somewhere: files that are there, and headings that they have."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from markdown_it import MarkdownIt

ROOT = Path(__file__).parents[3]
PAGES = sorted(
    [*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md"), ROOT / "eval" / "README.md", *ROOT.glob("gold/**/README.md")]
)


def links(path: Path) -> list[str]:
    """Where the links and pictures of a page lead, code left aside."""
    tokens = MarkdownIt("commonmark").enable("table").parse(path.read_text(encoding="utf-8"))
    children = [child for token in tokens for child in token.children or ()]
    found = [
        child.attrGet("href") or child.attrGet("src") for child in children if child.type in ("link_open", "image")
    ]
    return [str(one) for one in found]


def anchors(path: Path) -> set[str]:
    """The anchors that GitHub and the site give to a page's headings."""
    tokens = MarkdownIt("commonmark").parse(path.read_text(encoding="utf-8"))
    heads = [tokens[place + 1].content for place, token in enumerate(tokens) if token.type == "heading_open"]
    return {re.sub(r"[^\w\- ]", "", re.sub(r"[`*]", "", head).lower()).strip().replace(" ", "-") for head in heads}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_link_within_the_repository_leads_somewhere(page: Path) -> None:
    lost = []
    for link in links(page):
        if re.match(r"[a-z]+:", link):
            continue
        name, _, anchor = link.partition("#")
        target = (page.parent / name).resolve() if name else page
        if not target.exists() or (anchor and target.suffix == ".md" and anchor not in anchors(target)):
            lost.append(link)
    assert lost == []


def test_every_page_of_the_documentation_can_be_reached_from_its_front() -> None:
    reached, waiting = set(), [ROOT / "docs" / "index.md"]
    while waiting:
        page = waiting.pop()
        if page in reached:
            continue
        reached.add(page)
        found = [
            (page.parent / link.partition("#")[0]).resolve() for link in links(page) if not re.match(r"[a-z]+:", link)
        ]
        waiting += [one for one in found if one.suffix == ".md" and one.is_file()]
    assert sorted(set(ROOT.glob("docs/**/*.md")) - reached) == []
