"""The report, its files and its bundle of a project that was searched, deduplicated and screened."""

from __future__ import annotations

import json
import re
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

from tests.integration.cli.screener import Review, reviewing

TEXT = (
    "A course of two days shows radiologists how networks read chest films. Participants label a small set of images, "
    "train a network in a notebook, and weigh its errors with a physicist; the fee of 450 euro covers both lunches."
)
PUBMED = (
    ("Networks on chest films", "10.1000/a", TEXT),
    ("Networks on chest films", "", f"{TEXT} Apply by mail."),  # the same course at another address
    ("Statistics for nurses", "10.1000/c", "Six evenings on tests and tables in the ward. about-n"),
    ("Physics of magnets", "10.1000/d", "A term on coils, fields and safety near the scanner. meant-n"),
    ("Ethics of machines", "10.1000/e", "Consent, bias and duty when a machine reads along. meant-u"),
)
SITES = (
    ("Networks on chest films", "10.1000/a", TEXT),  # what PubMed found too, at the same identifier
    ("A page nobody fetched", "", ""),
)


def ris(site: str, rows: tuple[tuple[str, str, str], ...]) -> str:
    made = []
    for place, (title, doi, abstract) in enumerate(rows):
        lines = ["TY  - JOUR", f"TI  - {title}", "PY  - 2024", f"UR  - https://{site}.example/{place}"]
        lines += [f"DO  - {doi}"] if doi else []
        lines += [f"AB  - {abstract}", "KW  - secret keyword"] if abstract else []
        made.append("\n".join([*lines, "ER  - "]))
    return "\n\n".join(made)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Review, Path]]:
    """Seven records from two sources: two duplicates, two excluded, one unclear, one without a text, one included."""
    folder = tmp_path_factory.mktemp("review")
    with reviewing(folder / "study", texts={}) as review:
        for name, rows, source in (("pubmed", PUBMED, "PubMed"), ("sites", SITES, "Web sites")):
            file = folder / f"{name}.ris"
            file.write_text(ris(name, rows), encoding="utf-8")
            review.read("search", "--take", str(file), "--source", source)
        (group,) = review.read("dedupe")["groups"]
        assert len(group["merged"]) == 1
        review.screen("--audit", "0", "--check", "0")
        review.read("code")
        page, assets, bundle = folder / "report.html", folder / "assets", folder / "bundle.zip"
        done = review.call("report", str(page), "--assets", str(assets), "--audit", str(bundle))
        assert done.exception is None, done.exception
        yield review, folder


def test_the_methods_tell_the_review_in_numbers_that_add_up(made: tuple[Review, Path]) -> None:
    words = " ".join(re.sub(r"<[^>]+>", " ", (made[1] / "report.html").read_text(encoding="utf-8")).split())
    # 5 + 2 records; one at the same identifier and one by near text are duplicates; 5 documents are left.
    assert "7 records came from PubMed and Web sites; 2 were duplicates." in words
    # Of the 5: `c` fails about, `d` fails meant, `a` is in, `e` waits for a person, the page has no text yet.
    assert "Of the others, by 2 criteria: 2 excluded, 1 included, 1 waiting for a person and 1 not sought yet." in words


def test_the_flow_is_drawn_with_its_words_and_the_same_numbers_as_the_command(made: tuple[Review, Path]) -> None:
    review, folder = made
    page = (folder / "report.html").read_text(encoding="utf-8")
    figure = re.search(r'<figure id="prisma-flow">.*?</figure>', page, re.DOTALL)
    assert figure is not None
    told, drawn = review.read("flow"), " ".join(re.findall(r"<text[^>]*>([^<]*)</text>", figure[0]))
    alt = re.search(r'aria-label="([^"]*)"', figure[0])
    assert alt is not None
    for said in (drawn, alt[1]):
        assert f"Records identified: {told['databases']['identified']}" in said
        assert f"Records identified: {told['other']['identified']}" in said
        assert f"Included: {told['total']['included']}" in said
    assert (told["databases"]["identified"], told["other"]["identified"], told["total"]["included"]) == (5, 2, 1)
    assert re.findall(r'id="(?!prisma-flow)', figure[0]) == []  # no id of the page's own is taken
    assert not re.search(r"#[0-9a-f]{6}", figure[0])  # the page's colours, light and dark


def test_the_drawing_is_among_the_files_in_both_forms(made: tuple[Review, Path]) -> None:
    assets = made[1] / "assets"
    root = ElementTree.fromstring((assets / "prisma-flow.svg").read_text(encoding="utf-8"))
    box = [int(one) for one in (root.get("viewBox") or "").split()]
    png = (assets / "prisma-flow.png").read_bytes()
    assert png.startswith(b"\x89PNG")
    width, height = (int.from_bytes(png[at : at + 4]) for at in (16, 20))
    assert width / height == pytest.approx(box[2] / box[3], rel=0.01)  # the whole drawing and nothing else
    assert (assets / "prisma.csv").exists()


def test_the_bundle_has_abstracts_only_where_texts_were_asked_for(made: tuple[Review, Path]) -> None:
    review, folder = made
    hits = records(folder / "bundle.zip")
    assert {name for one in hits for name in one["fields"]} == {"doi", "title", "url", "year"}
    assert len(hits) == 7
    with zipfile.ZipFile(folder / "bundle.zip") as opened:
        assert not [name for name in opened.namelist() if b"Six evenings on tests" in opened.read(name)]
    whole = folder / "whole.zip"
    asked = ("report", str(folder / "again.html"), "--audit", str(whole), "--texts")
    assert review.call(*asked).exception is None
    assert [one["fields"].get("abstract") for one in records(whole)].count(TEXT) == 2
    assert review.read("verify", str(whole))["ok"] is True


def records(bundle: Path) -> list[dict[str, Any]]:
    with zipfile.ZipFile(bundle) as opened:
        return [json.loads(line) for line in opened.read("hits.jsonl").decode().splitlines()]
