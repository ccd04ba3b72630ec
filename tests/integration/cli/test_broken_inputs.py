"""Whatever is broken: one line that says where, one that says what to do, and a store as it was."""

import csv
import subprocess
from pathlib import Path

import pytest

from coder.store import Store
from tests.integration.cli.test_commands import BOOK, Endpoint, code, endpoint, intercoder, project, with_texts

__all__ = ["endpoint", "project"]


def complaint(result: subprocess.CompletedProcess[str], exit_code: int = 1) -> str:
    """The error line; the output holds a remedy below it and no traceback."""
    assert result.returncode == exit_code, result.stderr
    assert "Traceback" not in result.stderr
    lines = result.stderr.splitlines()
    position = next(number for number, line in enumerate(lines) if line.startswith("error: "))
    assert len(lines) > position + 1
    assert lines[-1].startswith("  "), "no remedy"
    return lines[position]


def unharmed(project: Path, documents: int = 0) -> None:
    with Store.open(str(project / "intercoder.db")) as store:
        assert len(store.documents()) == documents
        assert store.codings() == []


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("empty.csv", b""),
        ("columns.csv", b"id,weight,size\n1,2,3\n4,5,6\n"),
        ("bytes.txt", bytes(range(256)) * 4),
        ("ragged.csv", b"id,text\n1,one\n2,two,three\n"),
        ("not.xlsx", b"this is no workbook"),
        ("lines.jsonl", b'{"id": 1, "text": "a"}\n{broken\n'),
        ("unknown.odt", b"x"),
    ],
)
def test_a_broken_file_is_named_with_its_remedy(project: Path, name: str, content: bytes) -> None:
    (project / name).write_bytes(content)
    assert name in complaint(intercoder("import", name, cwd=project))
    unharmed(project)


def test_a_missing_file_is_named(project: Path) -> None:
    assert "nowhere.csv" in complaint(intercoder("import", "nowhere.csv", cwd=project))


def test_a_codebook_with_a_duplicate_category_names_the_line(project: Path) -> None:
    (project / "codebook.yaml").write_text(BOOK.replace("{id: cold}", "{id: warm}"), encoding="utf-8")
    line = complaint(intercoder("codebook", "check", cwd=project))
    assert line == f"error: {Path('codebook.yaml')}, line 5: dimensions.0: category 'warm' is listed twice"


def test_an_unknown_code_in_gold_is_listed_with_its_line_and_nothing_is_stored(project: Path) -> None:
    with_texts(project, 3)
    (project / "gold.csv").write_text("document,tone\nd0,warm\nd1,lukewarm\nd2,tepid\n", encoding="utf-8")
    result = intercoder("gold", "import", "gold.csv", "--coder", "ada", cwd=project)
    assert "gold.csv" in complaint(result)
    assert "line 3" in result.stderr
    assert "line 4" in result.stderr
    assert "lukewarm" in result.stderr
    assert "--skip-unknown" in result.stderr
    unharmed(project, documents=3)


def test_an_endpoint_that_is_down_is_named_with_its_address(project: Path) -> None:
    with_texts(project, 2)
    assert "127.0.0.1:9" in complaint(code(project, "http://127.0.0.1:9/v1"))
    unharmed(project, documents=2)


def test_a_wrong_key_is_said_without_showing_it(project: Path) -> None:
    with_texts(project, 2)
    endpoint = Endpoint("--latency", "0", "--key", "right")
    try:
        result = code(project, endpoint.url)
    finally:
        endpoint.process.kill()
        endpoint.process.communicate()
    assert "key" in complaint(result)
    assert "sk-secret" not in result.stderr
    unharmed(project, documents=2)


def test_a_text_too_long_is_refused_before_paying_where_windows_are_not_wanted_and_the_others_are_coded(
    project: Path, endpoint: Endpoint
) -> None:
    with_texts(project, 2)
    (project / "huge.txt").write_text("A sentence of some length. " * 200_000, encoding="utf-8")  # 5.4 MB
    assert intercoder("import", "huge.txt", cwd=project).returncode == 0
    (project / "intercoder.toml").write_text(
        '[model]\ncontext = 8192\n[run]\nlong_texts = "refuse"\n', encoding="utf-8"
    )
    result = code(project, endpoint.url)
    assert "1 of 3 documents are not coded" in complaint(result, exit_code=2)
    assert "huge" in result.stderr
    assert "tokens" in result.stderr
    assert endpoint.stats()["ok"] == 2


def test_a_full_disk_is_said_and_the_store_stays_whole(project: Path, endpoint: Endpoint) -> None:
    with_texts(project, 2)
    with (project / "many.csv").open("w", newline="", encoding="utf-8") as handle:
        writer = csv.writer(handle)
        writer.writerow(["id", "text"])
        writer.writerows([f"m{number}", f"Text of row {number}. " * 400] for number in range(300))
    # A limit on file size stands in for the full disk: the system refuses to let the store grow.
    limited = subprocess.run(
        ["bash", "-c", "ulimit -f 1024; trap '' XFSZ; exec intercoder import many.csv"],
        cwd=project,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert "intercoder.db" in complaint(limited)
    unharmed(project, documents=2)
    assert code(project, endpoint.url).returncode == 0


def test_outside_a_project_the_remedy_is_init(tmp_path: Path) -> None:
    result = intercoder("status", cwd=tmp_path)
    complaint(result)
    assert "intercoder init" in result.stderr


def test_coding_without_documents_says_what_to_do(project: Path) -> None:
    assert "no documents" in complaint(code(project, "http://127.0.0.1:9/v1"))


def test_an_unknown_export_ending_lists_what_exists(project: Path) -> None:
    assert ".docx" in complaint(intercoder("export", "codes.docx", cwd=project))


def test_a_wrong_option_exits_with_one(project: Path) -> None:
    assert intercoder("code", "--concurrency", "many", cwd=project).returncode == 1


def test_init_never_overwrites_a_project(project: Path) -> None:
    before = (project / "codebook.yaml").read_bytes()
    complaint(intercoder("init", ".", cwd=project))
    assert (project / "codebook.yaml").read_bytes() == before
