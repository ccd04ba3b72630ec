"""The commands as a user types them, in a process of their own, on a loopback endpoint."""

import csv
import json
import os
import signal
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import openpyxl
import pytest

from tests.integration.cli.scene import BOOK

ROOT = Path(__file__).parents[3]


def intercoder(*arguments: object, cwd: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    clean = {key: value for key, value in os.environ.items() if not key.startswith(("INTERCODER_", "OPENAI_"))}
    return subprocess.run(
        [sys.executable, "-m", "coder.cli", *map(str, arguments)],
        cwd=cwd,
        env=clean | environment,
        capture_output=True,
        text=True,
        timeout=1800,  # a slow machine that shares its cores reads the examples for minutes
        check=False,
    )


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / "book.yaml").write_text(BOOK, encoding="utf-8")
    made = intercoder("init", "study", "--codebook", "book.yaml", cwd=tmp_path)
    assert made.returncode == 0, made.stderr
    return tmp_path / "study"


class Endpoint:
    """The mock in a process of its own, so that killing the program leaves it standing."""

    def __init__(self, *options: str) -> None:
        command = [sys.executable, str(ROOT / "tests" / "mock_openai.py"), "--port", "0", *options]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        assert self.process.stdout is not None
        self.url = self.process.stdout.readline().strip()

    def stats(self) -> dict[str, int]:
        with urllib.request.urlopen(self.url.removesuffix("/v1") + "/stats") as answer:
            found: dict[str, int] = json.load(answer)
            return found


@pytest.fixture
def endpoint() -> Iterator[Endpoint]:
    found = Endpoint("--latency", "0")
    yield found
    found.process.kill()
    found.process.communicate()


def with_texts(project: Path, count: int) -> Path:
    rows = [{"id": f"d{number}", "text": f"Page {number}. It is short. It ends."} for number in range(count)]
    with (project / "texts.csv").open("w", newline="", encoding="utf-8") as handle:
        writer = csv.DictWriter(handle, ["id", "text"])
        writer.writeheader()
        writer.writerows(rows)
    taken = intercoder("import", "texts.csv", cwd=project)
    assert taken.returncode == 0, taken.stderr
    return project


def code(project: Path, url: str, *more: object) -> subprocess.CompletedProcess[str]:
    options = ("--provider", "openai", "--base-url", url, "--model", "mock")
    return intercoder("code", *options, *more, cwd=project, INTERCODER_API_KEY="sk-secret-1234")


def test_the_whole_road_from_texts_to_a_workbook(project: Path, endpoint: Endpoint) -> None:
    with_texts(project, 12)
    coded = code(project, endpoint.url, "--json")
    assert coded.returncode == 0, coded.stderr
    assert json.loads(coded.stdout)["coded"] == 12
    tones, parts = ("warm", "cold"), ("x;y", "x")
    gold = "document,tone,parts\n" + "".join(f"d{n},{tones[n % 2]},{parts[n % 2]}\n" for n in range(12))
    (project / "gold.csv").write_text(gold, encoding="utf-8")
    assert intercoder("gold", "import", "gold.csv", "--coder", "ada", cwd=project).returncode == 0
    found = json.loads(intercoder("eval", "--json", cwd=project).stdout)
    assert [(item["dimension"], item["coefficient"], item["n"]) for item in found["dimensions"]] == [
        ("tone", "cohen_kappa", 12),
        ("parts", "alpha_masi", 12),
    ]
    assert all(item["low"] is None and item["reason"] for item in found["dimensions"])
    assert found["gold"]["coder_kind"] == "person"
    queue = json.loads(intercoder("queue", "--json", cwd=project).stdout)
    again = json.loads(intercoder("queue", "--json", cwd=project).stdout)
    assert [item["id"] for item in queue] == [item["id"] for item in again]
    assert {"document", "dimension", "reason", "probability"} <= set(queue[0])
    assert intercoder("export", "out.xlsx", cwd=project).returncode == 0
    book = openpyxl.load_workbook(project / "out.xlsx")
    assert book.sheetnames[:6] == ["pages", "documents", "codings", "decisions", "agreement", "codebook"]
    assert book["pages"].max_row == 13
    assert intercoder("export", "out.csv", cwd=project).returncode == 0
    with (project / "out.csv").open(encoding="utf-8", newline="") as handle:
        rows = list(csv.DictReader(handle))
    assert len(rows) == 48  # 12 documents x 2 dimensions x 2 coders
    assert list(rows[0])[:7] == ["document", "dimension", "coder", "status", "codes", "evidence", "confidence"]


def test_settling_line_by_line_is_stored_and_exported(project: Path, endpoint: Endpoint) -> None:
    with_texts(project, 2)
    assert code(project, endpoint.url).returncode == 0
    (project / "gold.csv").write_text("document,tone\nd0,absent\nd1,absent\n", encoding="utf-8")
    assert intercoder("gold", "import", "gold.csv", "--coder", "ada", cwd=project).returncode == 0
    waiting = json.loads(intercoder("queue", "--json", cwd=project).stdout)
    assert waiting
    script = "1\na\na\n" * len(waiting) + "q\n"
    command = [sys.executable, "-m", "coder.cli", "adjudicate", "--plain", "--coder", "ben"]
    done = subprocess.run(command, cwd=project, input=script, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr
    settled = json.loads(intercoder("queue", "--json", cwd=project).stdout)
    assert any(item["settled"] for item in settled)


def test_a_finished_run_asks_nothing_and_says_so(project: Path, endpoint: Endpoint) -> None:
    with_texts(project, 3)
    assert code(project, endpoint.url).returncode == 0
    before = endpoint.stats()["requests"]
    second = code(project, endpoint.url)
    assert "nothing left to ask" in second.stderr
    assert endpoint.stats()["requests"] - before <= 1  # the free list of models


def test_a_dry_run_asks_nothing_and_leaves_no_run(project: Path, endpoint: Endpoint) -> None:
    with_texts(project, 3)
    dry = code(project, endpoint.url, "--dry-run")
    assert dry.returncode == 0, dry.stderr
    assert "3 calls" in dry.stderr
    assert "cost unknown" in dry.stderr
    assert endpoint.stats()["ok"] == 0
    assert json.loads(intercoder("runs", "--json", cwd=project).stdout) == []


def test_killed_at_any_moment_nothing_is_lost_and_only_what_was_in_flight_is_asked_twice(project: Path) -> None:
    endpoint = Endpoint("--latency", "0.05")
    try:
        with_texts(project, 60)
        command = [sys.executable, "-m", "coder.cli", "code", "--provider", "openai", "--model", "mock"]
        command += ["--base-url", endpoint.url, "--concurrency", "3"]
        running = subprocess.Popen(command, cwd=project, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        while endpoint.stats()["ok"] < 15:
            assert running.poll() is None
        running.send_signal(signal.SIGKILL)
        running.wait()
        stored = json.loads(intercoder("runs", "show", "--json", cwd=project).stdout)
        assert stored["coded"] >= 12  # 15 answered, at most 3 of them not yet stored
        again = code(project, endpoint.url, "--concurrency", "3", "--json")
        assert again.returncode == 0, again.stderr
        found = json.loads(again.stdout)
        assert found["continued"]
        assert found["answered_before"] + found["coded"] == 60
        assert endpoint.stats()["duplicates"] <= 3
        shown = json.loads(intercoder("runs", "show", "--json", cwd=project).stdout)
        assert (shown["documents"], shown["coded"], shown["failed"]) == (60, 60, 0)
    finally:
        endpoint.process.kill()
        endpoint.process.communicate()


def test_the_key_reaches_neither_store_nor_output(project: Path, endpoint: Endpoint) -> None:
    with_texts(project, 2)
    coded = code(project, endpoint.url, "--json")
    shown = intercoder("runs", "show", "--json", cwd=project)
    texts = (coded.stdout, coded.stderr, shown.stdout)
    assert all("sk-secret" not in text for text in texts)
    assert all(b"sk-secret" not in path.read_bytes() for path in project.iterdir() if path.is_file())


def test_min_kappa_is_a_gate_of_its_own_exit_code(project: Path, endpoint: Endpoint) -> None:
    with_texts(project, 4)
    assert code(project, endpoint.url).returncode == 0
    (project / "gold.csv").write_text("document,tone\nd0,warm\nd1,cold\nd2,warm\nd3,warm\n", encoding="utf-8")
    assert intercoder("gold", "import", "gold.csv", "--coder", "ada", cwd=project).returncode == 0
    gate = intercoder("eval", "--min-kappa", "0.6", "--json", cwd=project)
    assert gate.returncode == 3
    assert "not estimable" in gate.stderr
    assert json.loads(gate.stdout)["dimensions"]


def test_a_budget_without_prices_is_refused_before_anything_is_asked(project: Path, endpoint: Endpoint) -> None:
    with_texts(project, 2)
    refused = code(project, endpoint.url, "--budget", "1")
    assert refused.returncode == 1
    assert "price_prompt" in refused.stderr
    assert endpoint.stats()["ok"] == 0


def test_sigterm_ends_like_ctrl_c_with_what_was_answered_stored(project: Path) -> None:
    endpoint = Endpoint("--latency", "0.05")
    try:
        with_texts(project, 60)
        command = [sys.executable, "-m", "coder.cli", "code", "--provider", "openai", "--model", "mock"]
        command += ["--base-url", endpoint.url, "--concurrency", "2"]
        running = subprocess.Popen(command, cwd=project, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
        while endpoint.stats()["ok"] < 10:
            assert running.poll() is None
        running.terminate()
        _, complaint = running.communicate(timeout=60)
        assert running.returncode == 130
        assert "what was done so far is stored" in complaint
        assert json.loads(intercoder("runs", "show", "--json", cwd=project).stdout)["coded"] >= 8
    finally:
        endpoint.process.kill()
        endpoint.process.communicate()


def test_documents_shown_as_examples_leave_every_n(project: Path, endpoint: Endpoint) -> None:
    with_texts(project, 6)
    gold = "document,tone,parts\n" + "".join(f"d{n},warm,x\n" for n in range(6))
    (project / "gold.csv").write_text(gold, encoding="utf-8")
    assert intercoder("gold", "import", "gold.csv", "--coder", "ada", cwd=project).returncode == 0
    assert intercoder("gold", "examples", "d0", "d1", cwd=project).returncode == 0
    (project / "intercoder.toml").write_text("[model]\nexamples = 2\n", encoding="utf-8")
    assert code(project, endpoint.url).returncode == 0
    found = json.loads(intercoder("eval", "--json", cwd=project).stdout)
    assert found["examples_left_out"] == 2
    assert [item["n"] for item in found["dimensions"]] == [4, 4]
    queued = {item["document"] for item in json.loads(intercoder("queue", "--json", cwd=project).stdout)}
    assert not queued & {"d0", "d1"}


def test_examples_are_picked_so_that_each_code_is_shown_and_stay_when_more_gold_comes(
    project: Path, endpoint: Endpoint
) -> None:
    with_texts(project, 8)
    (project / "first.csv").write_text(
        "document,tone,parts\nd0,warm,x\nd1,warm,x\nd2,cold,y\nd3,warm,\n", encoding="utf-8"
    )
    assert intercoder("gold", "import", "first.csv", "--coder", "ada", cwd=project).returncode == 0
    picked = intercoder("gold", "examples", "--pick", "2", cwd=project)
    # d0 is the first of equals; of d1 nothing is new, of d2 all three answers, of d3 that x does not hold
    assert "2 documents may be shown as examples (d0, d2)" in picked.stderr
    (project / "more.csv").write_text("document,tone,parts\nd4,cold,y\n", encoding="utf-8")
    assert intercoder("gold", "import", "more.csv", "--coder", "bo", cwd=project).returncode == 0
    (project / "intercoder.toml").write_text("[model]\nexamples = 12\n", encoding="utf-8")
    assert code(project, endpoint.url).returncode == 0
    assert json.loads(intercoder("eval", "--json", "--gold", "ada", cwd=project).stdout)["examples_left_out"] == 2


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ((), "name documents, or let some be picked"),
        (("d0", "--pick", "2"), "name documents, or let some be picked"),
        (("--pick", "2"), "there is no gold to pick from"),
    ],
)
def test_examples_that_cannot_be_chosen_say_why(project: Path, arguments: tuple[str, ...], said: str) -> None:
    with_texts(project, 1)
    done = intercoder("gold", "examples", *arguments, cwd=project)
    assert (done.returncode, said in done.stderr) == (1, True)


def test_what_the_model_leans_to_is_taken_out_when_the_run_ends(project: Path) -> None:
    """`warm` at .8 in every text but the last, where it has .6: there `cold` is likelier than usual."""
    (project / "codebook.yaml").write_text(BOOK.replace(BOOK.splitlines()[-1] + "\n", ""), encoding="utf-8")
    with_texts(project, 20)
    lines = []
    for number in range(20):
        warm = 0.6 if number == 19 else 0.8
        chances = {"warm": warm, "cold": 1 - warm, "absent": 0.0}
        known = {"dimension": "tone", "code": "warm", "probability": warm, "distribution": chances}
        content = json.dumps({"tone": {"evidence": [1], "code": "warm"}})
        lines.append(json.dumps({"document": f"Page {number}.", "content": content, "probabilities": [known]}))
    (project / "answers.jsonl").write_text("\n".join(lines), encoding="utf-8")
    settings = 'provider = "recorded"\npath = "answers.jsonl"\nprior = "correct"\ncalls = "each"\n'
    (project / "intercoder.toml").write_text(f"[model]\n{settings}", encoding="utf-8")
    coded = intercoder("code", cwd=project)
    assert coded.returncode == 0, coded.stderr
    assert "leaning was taken out of tone: 1 codes differ" in " ".join(coded.stderr.split())
    intercoder("export", "codes.csv", cwd=project)
    with (project / "codes.csv").open(encoding="utf-8-sig") as handle:
        codes = {row["document"]: row["codes"] for row in csv.DictReader(handle)}
    assert [document for document, code in codes.items() if code == "cold"] == ["d19"]
    assert len(codes) == 20


def test_measured_confidence_is_exported_and_queues_what_lies_below(project: Path, endpoint: Endpoint) -> None:
    with_texts(project, 6)
    assert code(project, endpoint.url).returncode == 0
    coded = code(project, endpoint.url, "--confidence", "--json")  # a run of its own: the first measured nothing
    assert coded.returncode == 0, coded.stderr
    assert json.loads(coded.stdout)["coded"] == 6
    assert intercoder("export", "out.csv", cwd=project).returncode == 0
    with (project / "out.csv").open(encoding="utf-8-sig", newline="") as handle:
        rows = [row for row in csv.DictReader(handle) if row["status"] == "coded"]
    # a token of the mock has exp(-0.1) = 0.90; every code is spelled by one or two of them
    shares = [float(one) for row in rows for one in row["confidence"].split(";") if one]
    assert shares
    assert {round(share, 2) for share in shares} <= {0.9, 0.82}
    queued = intercoder("queue", "--audit-rate", "0", "--min-confidence", "0.95", "--json", cwd=project)
    reasons = [item["reason"] for item in json.loads(queued.stdout)]
    measured = {(row["document"], row["dimension"]) for row in rows if row["confidence"]}
    assert reasons == ["low_confidence"] * len(measured)


def test_an_export_before_any_run_holds_documents_and_human_codings(project: Path) -> None:
    with_texts(project, 2)
    (project / "gold.csv").write_text("document,tone\nd0,warm\n", encoding="utf-8")
    assert intercoder("gold", "import", "gold.csv", "--coder", "ada", cwd=project).returncode == 0
    assert intercoder("export", "out.xlsx", cwd=project).returncode == 0
    book = openpyxl.load_workbook(project / "out.xlsx")
    assert (book["pages"].max_row, book["codings"].max_row) == (3, 2)
