"""Documents that are merged away or excluded: not asked, not offered, not counted as waiting; what was done stays."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from coder.cli.cluster import Share
from coder.cli.coding import code_share
from coder.cli.project import Project
from coder.settings import load_settings
from tests.integration.cli.screener import BOOK, Review, reviewing

ALWAYS = ("--audit-rate", "1")


@pytest.fixture
def review(tmp_path: Path) -> Iterator[Review]:
    """Five documents: `in` and `dim` count after screening, `off`, `both` and `far` are excluded."""
    with reviewing(tmp_path) as made:
        yield made


def asked(review: Review, since: int = 0) -> list[str]:
    """What the texts say that were sent, sorted: several are on the way at once."""
    sent = [request["messages"][-1]["content"] for request in list(review.mock.requests)[since:]]
    return sorted(" ".join(re.findall(r"Program \w+|(?:about|meant)-\w", text)) for text in sent)


def entered_twice(review: Review) -> None:
    """`twin` repeats `in`, and is merged into it."""
    review.add("twin", "A program on scans. Program twin")
    review.read("dedupe", "--same", "in", "twin")


def waiting(review: Review) -> dict[str, Any]:
    """By command how many cells wait."""
    rows = review.read("queue", "--audit-rate", "0")
    desk = review.call("adjudicate", "--plain", keys="q\n")
    assert desk.exception is None, desk.exception
    done, total = re.search(r"(\d+) of (\d+) settled", desk.stderr).groups()  # type: ignore[union-attr]
    status = review.read("status")
    return {
        "queue": (sum(not row["settled"] for row in rows), len(rows)),
        "status": (status["waiting"], status["queued"]),
        "adjudicate": (int(total) - int(done), int(total)),
    }


def test_code_asks_neither_for_what_is_merged_away_nor_for_what_is_excluded(review: Review) -> None:
    entered_twice(review)
    review.screen("--audit", "0", "--check", "0")
    since = len(review.mock.requests)
    told = review.read("code")
    assert (told["documents"], told["coded"]) == (2, 2)
    assert asked(review, since) == ["", "meant-u"]
    assert review.read("code")["asked"] == 0


def test_status_counts_a_document_as_coded_by_its_newest_text_alone(review: Review) -> None:
    review.read("code")
    text = review.folder / "in.txt"
    text.write_text("A program on scans, changed. Program in")
    assert review.read("import", str(text))["changed"] == 1
    status = review.read("status")
    assert (status["documents"], status["coded"], status["not_coded"]) == (5, 4, 1)
    assert status["next"] == "intercoder code"
    review.read("code")
    assert review.read("status")["not_coded"] == 0


def test_a_limit_counts_the_documents_that_count(review: Review) -> None:
    review.screen("--audit", "0", "--check", "0")
    since = len(review.mock.requests)
    assert review.read("code", "--limit", "1")["documents"] == 1
    assert asked(review, since) == [""]
    # `off`, `both` and `far` lie between the first and the second that counts.
    told = review.read("code", "--limit", "2")
    assert (told["documents"], told["answered_before"], told["asked"]) == (2, 1, 1)
    assert asked(review, since) == ["", "meant-u"]


def test_what_is_left_is_counted_among_the_documents_that_count(review: Review) -> None:
    review.screen("--audit", "0", "--check", "0")
    told = json.loads(review.call("code", "--budget-tokens", "1", "--json").stdout)  # less than any call takes
    assert (told["documents"], told["coded"], told["left"]) == (2, 0, 2)
    told = json.loads(review.call("code", "--limit", "1", "--budget-tokens", "1", "--json").stdout)
    assert (told["documents"], told["left"]) == (1, 1)


def test_the_shares_of_a_cluster_are_of_the_documents_that_count(
    review: Review, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("INTERCODER_API_KEY", "none")
    monkeypatch.setenv("INTERCODER_RUN_SEND_TO", "127.0.0.1")
    entered_twice(review)
    for name in ("w", "x", "y"):
        review.add(name, f"Program {name}")
    review.screen("--audit", "0", "--check", "0")
    since = len(review.mock.requests)
    project = Project(review.folder, load_settings(review.folder))
    first, second = (code_share(project, None, Share(number, 2)) for number in (0, 1))
    # In the order of import `in`, `dim`, w, x, y count: every second one is the first worker's.
    assert (first.coded, second.coded) == (3, 2)
    assert asked(review, since) == ["", "Program w", "Program x", "Program y", "meant-u"]
    assert review.read("code")["asked"] == 0


def test_screening_asks_excluded_ones_again_where_the_wording_changed_but_none_that_is_merged_away(
    review: Review,
) -> None:
    entered_twice(review)
    review.screen("--audit", "0", "--check", "0")
    assert asked(review) == ["", "about-n", "about-n meant-n", "meant-n", "meant-u"]
    since = len(review.mock.requests)
    (review.folder / "codebook.yaml").write_text(BOOK.replace("Is it about AI?", "Is it on AI?"))
    told = review.screen("--audit", "0", "--check", "0")
    assert asked(review, since) == ["", "about-n", "about-n meant-n", "meant-n", "meant-u"]
    assert (told["included"], told["excluded"], told["unclear"], told["unscreened"]) == (1, 3, 1, 0)


def test_what_waits_in_a_document_that_counts_no_more_is_offered_nowhere_and_comes_back_with_it(
    review: Review,
) -> None:
    review.add("twin", "A program on scans. Program twin")
    review.read("code")
    assert len(review.read("queue", *ALWAYS)) == 6
    assert set(waiting(review).values()) == {(6, 6)}
    review.read("dedupe", "--same", "in", "twin")
    assert set(waiting(review).values()) == {(5, 5)}
    review.screen("--audit", "0", "--check", "0")
    assert set(waiting(review).values()) == {(2, 2)}
    review.read("dedupe", "--undo", "--pair", "in", "twin")  # nobody screened it as a document of its own yet
    assert set(waiting(review).values()) == {(3, 3)}


def test_what_a_person_settled_stays_when_its_document_is_excluded(review: Review) -> None:
    review.read("code")
    review.read("queue", *ALWAYS)
    done = review.call("adjudicate", "--plain", keys="1 a\na\n1 a\na\nq\n")  # `in` and `off`, the oldest two
    assert "2 of 5 settled" in done.stderr
    review.screen("--audit", "0", "--check", "0")
    # `dim` waits, `in` is settled and counts, `off` is settled and does not; `both` and `far` are gone.
    assert set(waiting(review).values()) == {(1, 3)}
    assert review.read("adjudicate", "--summary")["settled"] == {"tone": 2}


def test_a_first_coder_is_not_offered_what_counts_no_more(review: Review) -> None:
    review.read("assign", "--coders", "ada")
    review.read("dedupe", "--same", "in", "far")
    begun = review.call("adjudicate", "--task", "code", "--plain", keys="1 a\nq\n")
    assert "1 of 4 coded" in begun.stderr


def test_the_desk_of_screening_offers_excluded_ones_but_none_that_is_merged_away(review: Review) -> None:
    review.add("vague", "A program on film. meant-u")
    told = review.screen("--audit", "100%", "--check", "0")
    assert (told["queued"], told["unclear"]) == (2 + 3 * 2, 2)
    desk = review.call("adjudicate", "--screening", "--plain", keys="q\n")
    assert "0 of 8 settled" in desk.stderr
    review.read("dedupe", "--same", "dim", "vague")
    review.read("dedupe", "--same", "off", "both")
    desk = review.call("adjudicate", "--screening", "--plain", keys="q\n")
    assert "0 of 5 settled" in desk.stderr
    again = review.screen("--audit", "100%", "--check", "0")
    assert (again["excluded"], again["unclear"], again["queued"]) == (2, 1, 0)
    assert review.read("screen", "--results")["work_saved"]["for_people"] == 3


def test_the_report_counts_no_cell_as_waiting_that_is_not_offered(review: Review) -> None:
    review.read("code")
    review.read("queue", *ALWAYS)
    review.screen("--audit", "0", "--check", "0")
    page = review.folder / "report.html"
    assert review.call("report", str(page)).exception is None
    assert re.search(r"cells queued for a person</th>\s*<td[^>]*>2<", page.read_text())
    assert "2 wait" in page.read_text()
