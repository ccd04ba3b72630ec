"""intercoder search in a hurry and with ill will: one line that says where, a remedy, and nothing lost or begun."""

from __future__ import annotations

from pathlib import Path

import pytest

from coder.errors import CoderError
from tests.integration.search.sites import Site, ok
from tests.integration.search.study import asked_json, intercoder, project, site, store

__all__ = ["project", "site"]

RIS = "TY  - JOUR\nTI  - A course\nDO  - 10.1000/x\nER  - \n"
NOTHING_BEGUN = ([], [])


def refused(folder: Path, *arguments: str) -> CoderError:
    """What is told, once it is sure that it is one line with a remedy and nothing was kept."""
    done = intercoder(folder, *arguments)
    assert isinstance(done.exception, CoderError), done.output
    assert done.exception.exit_code == 1
    assert "\n" not in done.exception.message
    assert done.exception.hint
    with store(folder) as kept:
        assert (kept.searches(), kept.documents()) == NOTHING_BEGUN
    return done.exception


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--own-links"], "--own-links goes with --take"),
        (["--from-rank", "3"], "--from-rank goes with --take"),
        (["--query", "x", "--counts"], "--query goes with --take or --nothing"),
        (["--by-query"], "--by-query goes with --counts"),
        (["--counts", "--source", "Google"], "--source does not go with --counts"),
        (["--example", "--source", "Google"], "--source does not go with --example"),
        (["--nothing", "--source", "Google"], "which query found nothing?"),
        (["--nothing", "--source", "Google", "--query", " \n"], "which query found nothing?"),
        (["--nothing", "--source", "\x1b", "--query", "x"], "--source is empty"),
        (["--nothing", "--source", "G" * 101, "--query", "x"], "--source is longer than 100 characters"),
        (["--nothing", "--source", "Google", "--query", "x" * 20_001], "20,001 characters; 20,000 is the most"),
    ],
    ids=lambda value: " ".join(value)[:50] if isinstance(value, list) else "",
)
def test_an_option_without_what_it_belongs_to_starts_no_search(
    project: Path, site: Site, arguments: list[str], said: str
) -> None:
    assert said in refused(project, "search", "--allow-private", *arguments).message
    assert not site.asked


@pytest.mark.parametrize("rank", ["0", "1000001", "99999999999999999999"])
def test_a_rank_that_no_source_has_is_refused(project: Path, tmp_path: Path, rank: str) -> None:
    (tmp_path / "a.ris").write_text(RIS)
    take = ["--take", str(tmp_path / "a.ris"), "--source", "Google", "--query", "x", "--from-rank", rank]
    assert "is not in the range" in intercoder(project, "search", *take).stderr
    with store(project) as kept:
        assert (kept.searches(), kept.documents()) == NOTHING_BEGUN


@pytest.mark.parametrize("arguments", [[], ["--counts"], ["--dry-run"], ["--queries"], ["--nothing", "--source", "G", "--query", "x"]])  # fmt: skip
@pytest.mark.parametrize("kind", ["folder", "broken link"])
def test_a_protocol_that_is_no_file_is_told_and_not_passed_over(project: Path, arguments: list[str], kind: str) -> None:
    path = project / "search.yaml"
    path.unlink()
    path.mkdir() if kind == "folder" else path.symlink_to("nowhere")
    said = "a folder, not a search protocol" if kind == "folder" else "no such file"
    assert said in refused(project, "search", *arguments).message


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("a.ris", b"", "the file is empty"),
        ("a.txt", b" \n \n", "the file is empty"),
        ("a.csv", bytes(range(256)) * 4, "text in no known encoding"),
        ("a.nbib", b"%PDF-1.4\n", "this is a PDF file, not text"),
        ("a.csv", b"PK\x03\x04", "this is a zip or Office file, not text"),
        ("a.csv", RIS.encode(), "no column is called title, url, doi or pmid"),
        ("a.bib", RIS.encode(), "no result in it (read as BibTeX)"),
        ("a.html", RIS.encode(), "no result in it (read as page)"),
        ("a.txt", b"nothing that is an address\n", "no result in it"),
    ],
)
def test_saved_results_that_are_none_are_told_and_what_came_with_them_is_not_taken(
    project: Path, tmp_path: Path, name: str, content: bytes, said: str
) -> None:
    (tmp_path / name).write_bytes(content)
    (tmp_path / "good.ris").write_text(RIS.replace("10.1000/x", "10.1000/good"))
    files = ["--take", str(tmp_path / "good.ris"), "--take", str(tmp_path / name)]
    error = refused(project, "search", *files, "--source", "Google", "--query", "x")
    assert f"{tmp_path / name}: " in error.message
    assert said in error.message
    assert "--encoding" not in error.hint  # an option of import alone


def test_a_device_without_end_is_no_saved_results(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("coder.documents.encoding.MAX_FILE", 1_000_000)
    error = refused(project, "search", "--take", "/dev/zero", "--source", "Google", "--query", "x")
    assert error.message == "/dev/zero: more than 1 MB"


@pytest.mark.parametrize("second", ["a.ris", "copy.ris"])
def test_the_same_page_of_results_is_taken_in_once(project: Path, tmp_path: Path, second: str) -> None:
    for name in ("a.ris", "copy.ris"):
        (tmp_path / name).write_text(RIS)
    files = ["--take", str(tmp_path / "a.ris"), "--take", str(tmp_path / second)]
    error = refused(project, "search", *files, "--source", "Google", "--query", "x")
    assert error.message.startswith(
        f"{tmp_path / second}: {'is named twice' if second == 'a.ris' else 'holds the same'}"
    )


def test_the_same_results_taken_in_again_for_a_query_are_remarked(project: Path, tmp_path: Path) -> None:
    (tmp_path / "a.ris").write_text(RIS)
    (tmp_path / "b.ris").write_text(RIS.replace("10.1000/x", "10.1000/y"))

    def notes(name: str, query: str = "ai radiologists") -> list[str]:
        found = asked_json(project, "--take", str(tmp_path / name), "--source", "Google", "--query", query)
        return [note for note in found["notes"] if "taken in for this query before" in note]

    assert [len(notes(*one)) for one in (["a.ris"], ["b.ris"], ["a.ris"], ["a.ris", "ml radiologists"])] == [0, 0, 1, 0]


def test_a_query_is_the_protocols_whatever_white_space_a_shell_put_in(project: Path) -> None:
    for query in ("ai  radiologists\n", " ai radiologists"):
        done = asked_json(project, "--nothing", "--source", "  google\n", "--query", query)
        assert (done["source"], done["query"], done["notes"]) == ("Google", "ai radiologists", [])


def test_what_the_protocol_asks_of_nobody_is_said(project: Path) -> None:
    path = project / "search.yaml"
    path.write_text(path.read_text().replace("queries:", "  - {id: spare, terms: [x]}\nqueries:"))
    for options in (["--dry-run"], ["--allow-private"]):
        said = intercoder(project, "search", *options).stderr
        assert said.count("term group 'spare' is in no query") == 1
    assert asked_json(project, "--dry-run")["idle"] == ["term group 'spare' is in no query"]


def test_what_a_source_writes_forges_no_line(project: Path, site: Site) -> None:
    site.faults["/esearch.fcgi"] += [ok("<eSearchResult><ERROR>bad\nerror: forged\n  do: rm</ERROR></eSearchResult>")]
    done = intercoder(project, "search", "--allow-private")
    assert isinstance(done.exception, CoderError)
    for shown in (done.exception.message, done.stderr, intercoder(project, "search", "--counts").stderr):
        assert "bad error: forged do: rm" in shown


@pytest.mark.parametrize("note", ["", "[", '{"search": 5, "protocol_hash": [], "source": {}}', "[" * 100_000])
def test_a_broken_note_of_a_stopped_search_begins_a_new_one(project: Path, note: str) -> None:
    (project / ".search-unfinished.json").write_text(note)
    assert asked_json(project, "--allow-private")["queries_kept_before"] == 0


@pytest.mark.parametrize("what", ["a file", "a folder"])
def test_what_stands_where_the_lock_should_be_is_named_with_the_remedy(project: Path, what: str) -> None:
    path = project / ".searching"
    path.mkdir() if what == "a folder" else path.write_text("no lock of ours")
    error = refused(project, "search", "--allow-private")
    assert error.message.startswith(f"{path}: ")
    assert error.hint.startswith("remove it")
