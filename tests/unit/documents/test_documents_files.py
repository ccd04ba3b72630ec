"""Files and folders in: text, Markdown, HTML, and what is refused."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from coder.documents.html_file import page_text
from coder.documents.readers import READERS, read_documents
from coder.documents.records import MAX_TEXT, ImportOptions
from coder.documents.text_file import split_head
from coder.errors import InputError


def refusal(*paths: Path) -> InputError:
    with pytest.raises(InputError) as caught:
        read_documents(paths)
    assert "\n" not in caught.value.message
    assert caught.value.hint
    return caught.value


def test_the_head_of_a_text_file_becomes_variables(tmp_path: Path) -> None:
    path = tmp_path / "01.txt"
    path.write_text("Title: AI: a course\nPage Type: provider\nlanguage: de\n---\nDer Text.\n", encoding="utf-8")
    (document,) = read_documents([path]).documents
    assert (document.name, document.text, document.language) == ("01", "Der Text.", "de")
    assert document.variables == {"title": "AI: a course", "page_type": "provider", "language": "de"}


def test_a_head_between_two_dashed_lines_is_read_too() -> None:
    assert split_head("---\nyear: 2020\n---\nText") == ({"year": "2020"}, "Text")


def test_the_values_of_a_key_that_comes_twice_are_joined() -> None:
    assert split_head("by: A\nby: B\n-----\nText") == ({"by": "A; B"}, "Text")


@pytest.mark.parametrize(
    "text",
    [
        "Price: 5\nNo pair here\n---\nText",  # a line that is no pair
        "Price: 5\nDate: May",  # no dashes
        "---\nText",  # dashes alone
        "https://example.org\n---\nText",  # an address is no pair
    ],
)
def test_what_is_no_head_stays_in_the_text(text: str) -> None:
    assert split_head(text) == ({}, text)


def test_a_text_file_can_be_named_by_a_key_of_its_head(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_text("Record ID: r7\n---\nText", encoding="utf-8")
    assert read_documents([path], ImportOptions(id_column="record id")).documents[0].name == "r7"


def test_a_page_becomes_lines_items_and_cells() -> None:
    markup = """<!doctype html><html lang="de-CH"><head><title>AI
      course</title><style>p {}</style></head><body><h1>AI &amp; you</h1><p>One <b>two</b>
      three<br>four</p><ul><li><p>item</p><li>more</ul><script>alert(1)</script>
      <table><tr><th>Price</th><td>CHF 1.200,-</td></tr></table><noscript>turn on</noscript><!-- no --></body></html>"""
    variables, text = page_text(markup)
    assert variables == {"title": "AI course", "language": "de-CH"}
    assert text == "AI & you\nOne two three\nfour\n- item\n- more\nPrice\tCHF 1.200,-"


def test_the_lines_of_preformatted_text_are_kept() -> None:
    assert page_text("<pre>one\ntwo</pre>three")[1] == "one\ntwo\nthree"


def test_a_page_nested_deeper_than_python_recurses_is_read() -> None:
    assert page_text("<div>" * 3000 + "deep")[1] == "deep"


def test_the_encoding_a_page_states_is_believed_where_it_fits(tmp_path: Path) -> None:
    path = tmp_path / "a.html"
    path.write_bytes('<meta charset="windows-1251"><p>Курс для врачей'.encode("cp1251"))
    assert read_documents([path]).documents[0].text == "Курс для врачей"


def test_utf8_is_read_as_utf8_whatever_the_page_states(tmp_path: Path) -> None:
    path = tmp_path / "a.html"
    path.write_bytes('<meta charset="iso-8859-1"><p>Zürich'.encode())
    assert read_documents([path]).documents[0].text == "Zürich"


def folder_with(folder: Path, **files: str | bytes) -> Path:
    for name, content in files.items():
        path = folder / name.replace("__", "/").replace("_", ".")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)
    return folder


def test_a_folder_gives_its_text_and_html_files_in_order_and_lists_the_rest(tmp_path: Path) -> None:
    folder = folder_with(
        tmp_path / "talks", b_txt="Two.", a_html="<p>One.", sub__c_txt="Three.", README_md="About", index_csv="text\nx",
        _hidden_txt="no", _git__d_txt="no",
    )  # fmt: skip
    result = read_documents([folder])
    assert [(document.name, document.source) for document in result.documents] == [
        ("a", "talks/a.html"), ("b", "talks/b.txt"), ("sub/c", "talks/sub/c.txt"),
    ]  # fmt: skip
    assert result.notes[:3] == ("talks: 3 documents, 3 in UTF-8", "skipped: README.md", "skipped: index.csv")
    assert result.problems == ()


def test_markdown_files_are_the_documents_of_a_folder_without_text_or_html(tmp_path: Path) -> None:
    folder = folder_with(tmp_path / "talks", a_md="One.", README_md="About")
    assert [document.name for document in read_documents([folder]).documents] == ["a"]


def test_a_bad_file_in_a_folder_is_a_problem_and_the_rest_is_read(tmp_path: Path) -> None:
    folder = folder_with(tmp_path / "talks", a_txt="One.", b_txt="", c_txt=bytes(range(256)), d_txt="title: x\n---\n")
    result = read_documents([folder])
    assert [document.name for document in result.documents] == ["a"]
    assert [problem.split(":")[0].rpartition("/")[2] for problem in result.problems] == ["b.txt", "c.txt", "d.txt"]


def test_two_files_of_a_folder_with_one_name_are_a_problem(tmp_path: Path) -> None:
    folder = folder_with(tmp_path / "talks", a_txt="One.", a_html="<p>Two.")
    (problem,) = read_documents([folder]).problems
    assert problem.startswith("talks/a.txt: the id 'a' is taken already by talks/a.html")


def test_one_name_from_two_places_is_refused(tmp_path: Path) -> None:
    one, two = folder_with(tmp_path / "one", a_txt="One."), folder_with(tmp_path / "two", a_txt="Two.")
    assert "the id 'a' is taken already by one/a.txt" in refusal(one, two).message


def test_a_folder_without_documents_is_refused(tmp_path: Path) -> None:
    error = refusal(folder_with(tmp_path / "talks", index_csv="text\nx"))
    assert "no .txt, .html, .pdf, .docx or .md files" in error.message


@pytest.mark.parametrize("seed", range(20))
@pytest.mark.parametrize("size", [40, 4000])
def test_random_bytes_are_no_text(tmp_path: Path, seed: int, size: int) -> None:
    path = tmp_path / "a.txt"
    path.write_bytes(random.Random(seed).randbytes(size))
    assert "no known encoding" in refusal(path).message


@pytest.mark.parametrize("content", [b"abc\x00def" * 10, b"%PDF-1.7 x", b"PK\x03\x04 x"])
def test_binary_content_under_a_text_ending_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "a.txt"
    path.write_bytes(content)
    assert str(path) in refusal(path).message


def test_a_file_over_the_limit_is_refused_unread(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    with path.open("wb") as file:
        file.truncate(200_000_001)  # sparse: takes no room
    assert "more than 200 MB" in refusal(path).message


def test_a_text_over_the_limit_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_text("a" * (MAX_TEXT + 1), encoding="utf-8")
    assert "more than 20,000,000 characters" in refusal(path).message


def test_an_unknown_ending_is_refused_with_what_to_do(tmp_path: Path) -> None:
    odd, old = tmp_path / "a.odd", tmp_path / "a.xls"
    odd.write_text("x", encoding="utf-8")
    old.write_text("x", encoding="utf-8")
    assert all(ending in refusal(odd).hint for ending in READERS)
    assert refusal(old).hint == "save it as .xlsx or CSV"


def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    assert "no such file" in refusal(tmp_path / "nope.txt").message


def test_escapes_in_a_file_name_do_not_reach_the_document_name(tmp_path: Path) -> None:
    path = tmp_path / "a\x1b[31m\nb.txt"
    path.write_text("One.", encoding="utf-8")
    assert read_documents([path]).documents[0].name == "a[31m b"
