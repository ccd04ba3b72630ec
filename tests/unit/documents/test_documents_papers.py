"""PDF and Word documents in: long, parted, locked, scanned, broken and hostile ones."""

from __future__ import annotations

import io
import sys
import time
import zipfile
from pathlib import Path

import pypdfium2
import pytest
from matplotlib.backends.backend_pdf import PdfPages
from matplotlib.figure import Figure

from coder.documents.apart import ReadingApart
from coder.documents.pdf_text import reflowed
from coder.documents.readers import read_documents
from coder.errors import InputError
from tests.pdfs import locked_pdf

if sys.platform == "linux":
    import resource

WORD = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"


def write_pdf(path: Path, pages: list[str]) -> Path:
    with PdfPages(path) as pdf:
        for words in pages:
            figure = Figure(figsize=(6, 8))
            figure.text(0.1, 0.9, words, va="top", fontsize=9)
            pdf.savefig(figure)
    return path


def write_docx(path: Path, body: str) -> Path:
    kinds = '<?xml version="1.0"?><Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"/>'
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("[Content_Types].xml", kinds)
        archive.writestr("word/document.xml", f'<w:document xmlns:w="{WORD}"><w:body>{body}</w:body></w:document>')
    return path


def refusal(path: Path) -> str:
    with pytest.raises(InputError) as caught:
        read_documents([path])
    assert caught.value.hint
    return caught.value.message


def test_a_pdf_of_200_pages_comes_in_whole_and_in_order(tmp_path: Path) -> None:
    path = write_pdf(tmp_path / "long.pdf", [f"Page number {n} begins.\nIt says marker-{n} once." for n in range(200)])
    result = read_documents([path])
    (document,) = result.documents
    at = [document.text.index(f"marker-{n} once") for n in range(200)]
    assert at == sorted(at)
    assert result.notes[0] == "long.pdf: 200 pages, PDF"
    assert document.language == "en"


def test_lines_become_paragraphs_and_parted_words_whole() -> None:
    page = (
        "Prices\n"
        "The program was devel\x02oped for residents who read\n"
        "images every day, and its well\x02known teachers come\n"
        "back each year.\n"
        "- first item\n- second item"
    )
    assert reflowed(page, "a well-known book") == (
        "Prices\nThe program was developed for residents who read images every day, and its well-known teachers come "
        "back each year.\n- first item\n- second item"
    )


def test_a_scan_is_named_as_one_and_beside_readable_files_listed(tmp_path: Path) -> None:
    write_pdf(tmp_path / "scan.pdf", ["", ""])
    assert "scanned" in refusal(tmp_path / "scan.pdf")
    write_pdf(tmp_path / "half.pdf", ["Words on the first page.", ""])
    result = read_documents([tmp_path])
    assert [one.name for one in result.documents] == ["half"]
    assert "scan.pdf" in result.problems[0]
    assert any("1 of 2 pages hold no text" in note for note in result.notes)


@pytest.mark.parametrize(
    "body", [b"%PDF-1.7\n%%EOF", b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 1 0 R>>endobj trailer<</Root 1 0 R>>"]
)
def test_a_broken_pdf_is_refused(tmp_path: Path, body: bytes) -> None:
    (tmp_path / "a.pdf").write_bytes(body)
    assert "a.pdf" in refusal(tmp_path / "a.pdf")


def test_a_page_that_takes_too_long_is_given_up_and_the_next_one_is_read() -> None:
    reader = ReadingApart(limit_s=0.001)  # no process starts in a millisecond, so that any page takes too long
    began = time.monotonic()
    with pytest.raises(InputError, match="takes more than"):
        reader.read(b"<p>slow</p>", "slow.html", media_type="text/html")
    assert time.monotonic() - began < 20
    reader._limit = 60
    assert reader.read(b"<p>next</p>", "next.html", media_type="text/html", whole=True).text == "next"
    reader.close()


@pytest.mark.skipif(sys.platform != "linux", reason="only there is the memory of a process limited for sure")
def test_a_page_that_devours_memory_costs_itself_only() -> None:
    # One character beyond the others makes Python keep each of 60 million in four bytes: 240 MB, and more in copies.
    huge = "😀".encode() + b"a" * 60_000_000
    reader = ReadingApart(limit_s=60, memory=300_000_000)
    with pytest.raises(InputError, match=r"huge\.txt: it breaks the program that reads it"):
        reader.read(huge, "huge.txt", media_type="text/plain")
    assert reader.read(b"next", "next.txt", media_type="text/plain").text == "next"
    reader.close()


@pytest.mark.skipif(sys.platform != "linux", reason="only there can another process's limits be set")
def test_a_page_whose_reader_is_killed_by_the_system_costs_itself_only() -> None:
    reader = ReadingApart(limit_s=60)
    reader.read(b"first", "first.txt", media_type="text/plain")
    assert reader._child is not None
    # A few seconds of parsing; the child may compute for no more than one beyond what it has used to start.
    resource.prlimit(reader._child.pid, resource.RLIMIT_CPU, (1, 1))
    with pytest.raises(InputError, match=r"long\.html: it breaks the program that reads it"):
        reader.read(b"<p>a<b>b" * 2_000_000, "long.html", media_type="text/html", whole=True)
    assert reader.read(b"next", "next.txt", media_type="text/plain").text == "next"
    reader.close()


def test_a_reader_that_ended_between_two_pages_costs_none() -> None:
    reader = ReadingApart(limit_s=60)
    reader.read(b"first", "first.txt", media_type="text/plain")
    assert reader._child is not None
    reader._child.kill()
    reader._child.wait(10)
    assert reader.read(b"next", "next.txt", media_type="text/plain").text == "next"
    reader.close()


@pytest.mark.parametrize(("password", "opens"), [("", True), ("secret", False)])
def test_an_encrypted_pdf_is_read_where_it_opens_without_a_password_and_else_named(
    tmp_path: Path, password: str, opens: bool
) -> None:
    path = tmp_path / "locked.pdf"
    path.write_bytes(locked_pdf(["The fee is 300 euros."], password))
    # It is a sound file either way: with its password it opens.
    whole = pypdfium2.PdfDocument(path, password=password)[0].get_textpage().get_text_bounded()
    assert whole.strip() == "The fee is 300 euros."
    if opens:
        assert read_documents([path]).documents[0].text == "The fee is 300 euros."
    else:
        assert "locked by a password" in refusal(path)


def test_a_word_document_becomes_lines_and_cells(tmp_path: Path) -> None:
    cell = "<w:tc><w:p><w:r><w:t>{}</w:t></w:r></w:p></w:tc>"
    body = (
        "<w:p><w:r><w:t>A course.</w:t></w:r></w:p>"
        f"<w:tbl><w:tr>{cell.format('Price')}{cell.format('EUR 5')}</w:tr></w:tbl>"
    )
    (document,) = read_documents([write_docx(tmp_path / "a.docx", body)]).documents
    assert document.text == "A course.\nPrice\tEUR 5"


def test_a_zip_that_is_no_word_document_and_a_bomb_are_refused(tmp_path: Path) -> None:
    plain, bomb = io.BytesIO(), tmp_path / "bomb.docx"
    with zipfile.ZipFile(plain, "w") as archive:
        archive.writestr("a.txt", "a")
    (tmp_path / "z.docx").write_bytes(plain.getvalue())
    assert "no Word document" in refusal(tmp_path / "z.docx")
    with zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("word/document.xml", bytes(210_000_000))
    assert "unpacks to" in refusal(bomb)
