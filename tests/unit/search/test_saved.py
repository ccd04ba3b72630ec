"""Files of saved results in each format, odd ones too."""

from __future__ import annotations

from pathlib import Path

import pytest

from coder.errors import InputError
from coder.search.recording import Listed
from coder.search.saved import Taken, read_saved
from coder.search.saved.page import unwrapped


def saved(folder: Path, name: str, text: str | bytes, **options: bool) -> Taken:
    path = folder / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return read_saved(path, **options)


RIS = """\
TY  - JOUR
AU  - Schuur, Floor
AU  - Ranschaert, Erik
TI  - Training opportunities
  of AI
T2  - European Radiology
PY  - 2021/02/15
DO  - 10.1007/S00330-020-07621-Y
UR  - https://doi.org/10.1007/s00330-020-07621-y
AB  - Objectives. An overview.
ER  -

TY - CHAP
T1 - A chapter
Y1 - 2019
ER -
TY  - JOUR
TI  - Cut off
"""


def test_ris_is_read_with_odd_spacing_and_without_its_last_end(tmp_path: Path) -> None:
    first, second, third = saved(tmp_path, "hits.ris", RIS).results
    assert first.doi == "10.1007/s00330-020-07621-y"
    assert first.name == "doi:10.1007/s00330-020-07621-y"
    assert first.title == "Training opportunities of AI"
    assert first.fields["authors"] == "Schuur, Floor; Ranschaert, Erik"
    assert (first.fields["year"], first.fields["journal"]) == ("2021", "European Radiology")
    assert first.abstract == "Objectives. An overview."
    assert (second.title, second.fields["year"]) == ("A chapter", "2019")
    assert (
        second.place == "hits.ris, line 13"
    )  # the twelve lines of the first reference and the blank one are before it
    assert third.title == "Cut off"


def test_a_reference_without_anything_to_know_it_by_is_a_problem_and_the_rest_is_read(tmp_path: Path) -> None:
    taken = saved(tmp_path, "hits.ris", "TY  - JOUR\nPY  - 2020\nER  - \nTY  - JOUR\nTI  - Whole\nER  - \n")
    assert [one.title for one in taken.results] == ["Whole"]
    assert taken.problems == ["hits.ris, line 1: has neither title, address nor identifier"]


@pytest.mark.parametrize("name", ["export.txt", "export.ris"])
def test_windows_files_are_read_and_ris_is_known_by_its_look(tmp_path: Path, name: str) -> None:
    text = "\ufeffTY  - JOUR\r\nTI  - Überblick\r\nDO  - 10.1000/a\r\nER  - \r\n"
    assert saved(tmp_path, name, text.encode("utf-8")).results[0].title == "Überblick"
    assert saved(tmp_path, name, text.removeprefix("\ufeff").encode("cp1252")).results[0].title == "Überblick"


def test_bibtex_is_read_without_its_braces_and_latex(tmp_path: Path) -> None:
    taken = saved(
        tmp_path,
        "hits.bib",
        """@article{a, title = {{AI} for {R}adiologists: an {\\"U}berblick}, author = "M{\\"u}ller, A. and Doe, Jane",
  year = 2020, doi = {10.1000/A}}
@misc{b, title = {A course}, howpublished = "\\url{https://example.org/course}"}
@article{broken, title = {never closed
""",
    )
    first, second = taken.results
    assert first.title == "AI for Radiologists: an Überblick"
    assert first.fields["authors"] == "Müller, A.; Doe, Jane"
    assert (first.doi, first.fields["year"]) == ("10.1000/a", "2020")
    assert second.url == "https://example.org/course"
    assert taken.problems == ["hits.bib, line 4: not read"]


NBIB = """\
PMID- 33592112
OWN - NLM
DP  - 2021 Aug
TI  - Training opportunities of artificial intelligence (AI) in radiology: a
      systematic review.
LID - 10.1007/s00330-020-07621-y [doi]
AB  - OBJECTIVES: The aim is to offer
      an overview.
FAU - Schuur, Floor
FAU - Ranschaert, Erik
LA  - eng
JT  - European radiology
AID - 7621 [pii]

PMID- 12
TI  - Another.
"""


@pytest.mark.parametrize("name", ["pubmed.nbib", "pubmed-ai-set.txt"])
def test_what_pubmed_saves_is_read_under_both_of_its_endings(tmp_path: Path, name: str) -> None:
    first, second = saved(tmp_path, name, NBIB).results
    assert first.keys[:2] == ("pmid:33592112", "doi:10.1007/s00330-020-07621-y")
    assert first.title == "Training opportunities of artificial intelligence (AI) in radiology: a systematic review."
    assert first.abstract == "OBJECTIVES: The aim is to offer an overview."
    assert first.fields["authors"] == "Schuur, Floor; Ranschaert, Erik"
    assert first.fields["year"] == "2021"
    assert (second.pmid, second.place) == ("12", f"{name}, line 15")


def test_a_table_is_read_by_the_names_that_databases_give_columns(tmp_path: Path) -> None:
    taken = saved(
        tmp_path,
        "hits.csv",
        'PMID,Title,Authors,Journal/Book,Publication Year,DOI,Note\n1,"A, b",Doe,J,2020,10.1000/A,mine\n,,,,,,empty\n1,2\n',
    )
    assert taken.results[0].fields == {
        "pmid": "1", "title": "A, b", "authors": "Doe", "journal": "J", "year": "2020", "doi": "10.1000/a", "Note": "mine",
    }  # fmt: skip
    assert taken.problems == [
        "hits.csv, line 3: has neither title, address nor identifier",
        "hits.csv, line 4: 2 cells where the first row has 7",
    ]


def test_a_table_without_a_column_that_tells_what_was_found_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no column is called title, url, doi or pmid; the columns are a, b"):
        saved(tmp_path, "hits.csv", "a,b\n1,2\n")


def test_a_list_takes_addresses_identifiers_and_titles(tmp_path: Path) -> None:
    taken = saved(
        tmp_path,
        "list.txt",
        "# from Google\nhttps://a.example/x?utm_source=g\nwww.b.example/course A course\n- Title: <https://c.example/>\n"
        "doi:10.1000/abc\nPMID: 12\n\nnothing here\n",
    )
    assert [one.name for one in taken.results] == [
        "a.example/x",
        "www.b.example/course",
        "c.example",
        "doi:10.1000/abc",
        "pmid:12",
    ]
    assert [one.title for one in taken.results][1:3] == ["A course", "Title"]
    assert taken.problems == ["list.txt, line 8: no address in it: nothing here"]


GOOGLE = """<!doctype html><html><head><title>ai training - Google Search</title></head><body>
<nav><a href="https://accounts.google.com/x">Sign in</a><a href="https://other.example/">Other</a></nav>
<a href="/url?q=https://a.example/course%3Fid%3D1&sa=U"><h3>Course A</h3><div>a.example &gt; course</div></a>
<a href="https://www.google.com/url?url=https://b.example/&rct=j">Course B</a>
<a href="https://b.example/#more">again</a>
<a href="https://maps.google.com/maps?q=x">Maps</a>
<a href="https://c.example/"><img src="x.png"></a>
<a href="javascript:alert(1)">run</a><a href="#top">top</a>
<footer><a href="https://policies.google.com/privacy">Privacy</a></footer></body></html>"""


def test_of_a_saved_page_the_links_to_other_sites_are_results(tmp_path: Path) -> None:
    taken = saved(tmp_path, "page.html", GOOGLE)
    assert [(one.url, one.title) for one in taken.results] == [
        ("https://a.example/course?id=1", "Course A"),
        ("https://b.example/", "Course B"),
    ]
    # Google's own: sign in, maps, privacy; in navigation: other.example; without words: c.example.
    assert taken.notes == [
        "page.html (the page is of www.google.com): left out 3 links to the page's own site (--own-links keeps them), "
        "1 links in navigation, 1 links without words"
    ]


def test_posts_are_results_of_linkedin_though_they_are_its_own_pages(tmp_path: Path) -> None:
    page = (
        "<!-- saved from url=(0050)https://www.linkedin.com/search/results/content/ --><body>"
        '<a href="https://www.linkedin.com/posts/ada_ai-course-7?trk=x">Course for radiologists</a>'
        '<a href="https://www.linkedin.com/feed/">Home</a>'
        '<a href="https://www.linkedin.com/redir/redirect?url=https%3A%2F%2Fc.example%2Fai">c.example</a></body>'
    )
    names = [one.name for one in saved(tmp_path, "page.html", page).results]
    assert names == ["www.linkedin.com/posts/ada_ai-course-7", "c.example/ai"]
    assert len(saved(tmp_path, "page.html", page, own_links=True).results) == 3


@pytest.mark.parametrize(
    ("head", "leads_to"),
    [
        (
            '<base href="https://index.example/lists/">',
            ["index.example/lists/a", "index.example/b", "index.example/up"],
        ),
        # A base that is relative itself starts from the page, and is asked before it.
        (
            '<!-- saved from url=(0026)https://index.example/find --><base href="/lists/2/">',
            ["index.example/lists/2/a", "index.example/b", "index.example/lists/up"],
        ),
        (
            '<link rel="canonical" href="https://index.example/en/find?q=ai">',
            ["index.example/en/a", "index.example/b", "index.example/up"],
        ),
    ],
)
def test_relative_links_lead_from_where_the_page_says(tmp_path: Path, head: str, leads_to: list[str]) -> None:
    page = f'<html><head>{head}</head><a href=" a ">A</a><a href="/b">B</a><a href="../up">C</a><a href="#top">top</a>'
    taken = saved(tmp_path, "page.html", page, own_links=True)
    assert [one.name for one in taken.results] == leads_to
    assert not taken.notes


def test_relative_links_of_a_page_that_does_not_say_where_it_is_from_are_counted(tmp_path: Path) -> None:
    page = (
        '<a href="https://a.example/">A</a><a href="course?id=1">B</a><a href="/c">C</a><a href="//d.example/x">D</a>'
        '<a href="#top">top</a><a href="mailto:ada@example.org">write</a><a href="javascript:void(0)">more</a>'
    )
    taken = saved(tmp_path, "page.html", page)
    assert [one.name for one in taken.results] == ["a.example", "d.example/x"]
    assert taken.notes == ["page.html: left out 2 links whose address is relative, and the page does not say to what"]


def test_the_address_that_bing_hides_is_found() -> None:
    # base64url of https://a.example/x, behind a1 and without its padding
    assert unwrapped("https://www.bing.com/ck/a?u=a1aHR0cHM6Ly9hLmV4YW1wbGUveA") == "https://a.example/x"
    assert unwrapped("https://shop.example/url?q=https://a.example/") == "https://shop.example/url?q=https://a.example/"


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.ris", "no tags here"),
        ("a.html", "<p>no link</p>"),
        ("a.txt", "nothing\nat all"),
        ("a.bib", "% empty"),
        ("a.nbib", "x"),
        ("a.html", b"<a href='http://[bad'>x</a>"),
    ],
)
def test_a_file_without_a_result_is_refused_with_its_name(tmp_path: Path, name: str, content: str | bytes) -> None:
    with pytest.raises(InputError, match=f"{name}: no result in it"):
        saved(tmp_path, name, content)


def test_a_deeply_nested_page_is_read(tmp_path: Path) -> None:
    page = "<div>" * 5_000 + '<a href="https://a.example/">A</a>'
    assert [one.name for one in saved(tmp_path, "deep.html", page).results] == ["a.example"]


def test_two_bibtex_entries_under_one_key_are_two_results(tmp_path: Path) -> None:
    # Keys are made of author, year and a word of the title: smith2020deep is many papers.
    text = "@article{smith2020deep,\n title={Deep one}}\n@article{smith2020deep,\n title={Deep two}, doi={10.1000/2}}\n"
    taken = saved(tmp_path, "scholar.bib", text)
    assert [(one.title, one.place) for one in taken.results] == [
        ("Deep one", "scholar.bib, line 1"),
        ("Deep two", "scholar.bib, line 3"),
    ]
    assert list(taken.problems) == []


RIS_WITH_A_GAP = "TY  - JOUR\nTI  - One\nER  - \nTY  - JOUR\nPY  - 2020\nER  - \nTY  - JOUR\nTI  - Three\nER  - \n"
BIB_WITH_GAPS = (
    "@article{a, title={One}}\n@article{b, year={2020}}\n@article{c, title={Lost, }\n@article{d, title={Four}}\n"
)


@pytest.mark.parametrize(
    ("name", "content", "unread", "ranks"),
    [
        ("hits.ris", RIS_WITH_A_GAP, [2], [11, 13]),
        ("hits.bib", BIB_WITH_GAPS, [2, 3], [11, 14]),
        ("hits.nbib", "PMID- 1\nTI  - One\n\nPMID- x\nDP  - 2020\n\nPMID- 3\nTI  - Three\n", [2], [11, 13]),
        ("hits.csv", "title,year\nOne,2020\n,2020\nThree,2020\nFour\nFive,2020\n", [2, 4], [11, 13, 15]),
        ("hits.txt", "# mine\nhttps://a.example/1\n\nnothing here\nhttps://a.example/3\n", [2], [11, 13]),
    ],
)
def test_an_entry_that_cannot_be_read_keeps_its_rank(
    tmp_path: Path, name: str, content: str, unread: list[int], ranks: list[int]
) -> None:
    taken = saved(tmp_path, name, content)
    assert (list(taken.unread), len(taken.problems)) == (unread, len(unread))
    assert taken.entries == len(taken.results) + len(unread)
    listed = Listed("Scopus", "ai", taken.results, first=11, unread=taken.unread)
    assert [rank for rank, _ in listed.ranked()] == ranks
