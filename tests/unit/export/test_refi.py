"""REFI-QDA: valid by the schemas, and read by a program that is not ours."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from zipfile import ZipFile

import pytest
from lxml import etree
from pyrefiqda import RefiProject

from coder.codebook.qdc import codebook_xml
from coder.codebook.refi import QdaBook
from coder.export import export
from coder.export.refi_project import anchored, user_name

from .test_round_trips import BOOK, TEXTS, project  # noqa: F401 - a fixture

SCHEMAS = Path(__file__).parents[2] / "data" / "refi-qda"
Q = "{urn:QDA-XML:project:1.0}"


def valid(raw: bytes, schema: str) -> etree._Element:
    root = etree.fromstring(raw)
    etree.XMLSchema(etree.parse(SCHEMAS / schema)).assertValid(root)
    return root


@pytest.fixture
def archive(project, tmp_path):  # noqa: F811
    export(tmp_path / "x.qdpx", project)
    with ZipFile(tmp_path / "x.qdpx") as opened:
        yield opened


def test_the_project_is_valid_by_the_schema(archive):
    valid(archive.read("project.qde"), "project.xsd")


def test_the_codebook_is_valid_by_the_schema():
    valid(codebook_xml(BOOK).encode(), "codebook.xsd")


def test_each_stretch_holds_its_quote_by_code_points(archive):
    root = valid(archive.read("project.qde"), "project.xsd")
    seen = 0
    for source in root.iter(f"{Q}TextSource"):
        text = archive.read(source.get("plainTextPath").replace("internal://", "sources/")).decode()
        assert text == TEXTS[source.get("name")]
        for one in source.iter(f"{Q}PlainTextSelection"):
            quote = text[int(one.get("startPosition")) : int(one.get("endPosition"))]
            assert " ".join(quote.split()) == one.get("name")
            seen += 1
    # 14 codings: topics of the first text has two stretches of one label and one of another, the rest one each
    assert seen == 16


def test_codes_are_told_apart_whatever_they_are_called(archive):
    root = valid(archive.read("project.qde"), "project.xsd")
    names = [code.get("name").casefold() for code in root.iter(f"{Q}Code")]
    assert len(set(names)) == len(names)
    assert "mode: online" in names
    assert "mode: online (2)" in names  # a dimension with the same label has a category with the same label


def test_dimensions_cannot_be_given_and_their_categories_can(archive):
    root = valid(archive.read("project.qde"), "project.xsd")
    tops = root.findall(f"{Q}CodeBook/{Q}Codes/{Q}Code")
    assert [top.get("isCodable") for top in tops] == ["false"] * 4
    assert {code.get("isCodable") for top in tops for code in top.findall(f"{Q}Code")} == {"true"}


def test_people_come_before_the_model(archive):
    root = valid(archive.read("project.qde"), "project.xsd")
    assert [user.get("name") for user in root.iter(f"{Q}User")] == ["ann", "=ben", "m (model)"]
    assert root.get("origin")


def test_characters_that_xml_cannot_hold_are_left_out(project, tmp_path):  # noqa: F811
    document, version = project.documents[0]
    hostile = document.model_copy(update={"name": "a\x00b\x0b<\ud800>", "variables": {"k\x01": "v\x02\r\n\U0001f600"}})
    from dataclasses import replace

    export(tmp_path / "y.qdpx", replace(project, documents=((hostile, version),), codings=()))
    with ZipFile(tmp_path / "y.qdpx") as opened:
        root = valid(opened.read("project.qde"), "project.xsd")
    assert next(root.iter(f"{Q}TextSource")).get("name") == "ab<>"
    assert next(root.iter(f"{Q}TextValue")).text == "v\r\n\U0001f600"


def test_an_empty_project_is_valid_too(project, tmp_path):  # noqa: F811
    from dataclasses import replace

    export(tmp_path / "y.qdpx", replace(project, documents=(), codings=(), coders=()))
    with ZipFile(tmp_path / "y.qdpx") as opened:
        valid(opened.read("project.qde"), "project.xsd")


def test_an_independent_reader_finds_every_coding_with_its_quote_and_coder(project, tmp_path):  # noqa: F811
    export(tmp_path / "x.qdpx", project)
    read = RefiProject.load(tmp_path / "x.qdpx", extract_dir=tmp_path / "unpacked")
    users = {user.guid: user.name for user in read.users.user}
    codes = {code.guid: code.name for top in read.code_book.codes.code for code in top.code}
    found = Counter()
    for source in read.sources.text_source:
        path = RefiProject.resolve_source_path(source.plain_text_path, tmp_path / "unpacked")
        text = path.read_bytes().decode()
        for one in source.plain_text_selection:
            (coding,) = one.coding
            quote = text[one.start_position : one.end_position]
            found[source.name, codes[coding.code_ref.target_guid], users[coding.creating_user], quote] += 1
    book = QdaBook(project.codebook, statuses=True).by_code
    names = {coder.id: user_name(coder, project.coders) for coder in project.coders}
    versions = {version.id: (document.name, version) for document, version in project.documents}
    expected = Counter(
        (versions[one.version_id][0], book[one.dimension_id, code].name, names[one.coder_id],
         versions[one.version_id][1].text[span.start : span.end])
        for one in project.codings
        for code, span in anchored(one, versions[one.version_id][1])
    )  # fmt: skip
    assert found == expected
    assert found.total() == 16
