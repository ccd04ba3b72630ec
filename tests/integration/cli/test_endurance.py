"""A run survives what happens in a night: faults of every kind, kill -9, an endpoint that goes away. Real processes.

The same scenes at full size are `python -m eval endurance`.
"""

from __future__ import annotations

import re
from pathlib import Path

from eval.endurance import faults, gone, kills, outage, unmet
from eval.loopback import Facts


def kept(facts: Facts) -> str:
    """What does not hold of the scene, with all that is known of it."""
    return "\n".join([*unmet(facts), str(facts)]) if list(unmet(facts)) else ""


async def test_a_run_with_faults_of_every_kind_codes_every_document_and_pays_none_twice(tmp_path: Path) -> None:
    facts = await faults(150, concurrency=12, seed=3, folder=tmp_path)
    assert not kept(facts)
    assert (facts["exit_code"], facts["paid_twice"], facts["failed"]) == (0, 0, 0)
    assert {"429", "500"} <= set(facts["statuses"])  # 150 requests at 5 % and 2 %: both were met
    assert facts["malformed"]
    # 8.5 % of requests are asked again and 3 % repaired; six attempts of one call need four faults in a row, 1 in 20,000
    assert 0 < facts["retries"] < 0.3 * 150
    assert facts["most_attempts"] <= 6


async def test_a_run_killed_again_and_again_codes_every_document_once(tmp_path: Path) -> None:
    facts = await kills(160, times=3, concurrency=8, seed=2, folder=tmp_path)
    assert not kept(facts)
    assert facts["exit_code"] == 0
    assert facts["answers_a_document"] == {1: 160}
    assert facts["codings_a_cell"] == {1: 320}  # two questions a document
    assert facts["most_paid_twice_a_kill"] <= 8  # the calls in flight: each counts as one until its answer is kept


async def test_a_run_waits_for_an_endpoint_that_is_away_says_so_and_ends_complete(tmp_path: Path) -> None:
    facts = await outage(6.0, share=0.4, times=1, concurrency=8, folder=tmp_path)
    assert not kept(facts)
    assert facts["exit_code"] == 0
    assert (facts["said_waiting"], facts["said_back"]) == (1, 1)
    assert "connection refused" in facts["complaint"]


async def test_an_endpoint_that_is_gone_for_good_ends_the_run_with_what_is_missing(tmp_path: Path) -> None:
    facts = await gone(80, give_up_after=1.0, folder=tmp_path)
    assert facts["exit_code"] == 2
    assert 20 <= facts["coded"] < 80
    assert facts["failed"] == 0  # nothing was given up on: what is missing is asked by the next run
    missing = re.search(r"(\d+) of 80 documents are not coded", facts["complaint"])
    assert missing is not None
    assert int(missing[1]) == facts["json"]["left"] == 80 - facts["coded"]
    assert "has not answered for" in facts["complaint"]
    assert "run 'intercoder code' again" in facts["complaint"]
