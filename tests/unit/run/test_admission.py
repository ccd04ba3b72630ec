"""The gate of a run's requests, on a clock that jumps: limits, pauses, outages, deadlines."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field
from typing import Any

import pytest

from coder.run.admission import Limits, RunGate, span
from coder.run.gate import Outcome
from coder.run.protocols import Halted, Question
from tests.unit.run.clock import run


def question(size: int = 0) -> Question:
    """A question of so many tokens; a character counts as one."""
    return Question(({"role": "user", "content": "x" * size},), {}, "mock", 0.0, 100, None)


BUSY = Outcome("busy", wait=60.0, reason="HTTP 429: slow down")
DOWN = Outcome("down", reason="connection refused")
BROKEN = Outcome("failed", reason="HTTP 503")


@dataclass
class Scene:
    """A gate, an endpoint that can be down, and what was said."""

    gate: RunGate
    said: list[str] = field(default_factory=list)
    down: str = ""
    looks: list[float] = field(default_factory=list)

    @property
    def now(self) -> float:
        return asyncio.get_running_loop().time() - 1000.0

    async def look(self) -> str:
        self.looks.append(self.now)
        return self.down

    async def call(self, seconds: float = 1.0, tokens: int = 0, reserve: int = 0) -> float:
        """One request that is answered after so many seconds; when it was sent."""
        entered = await self.gate.enter(question(reserve))
        sent = self.now
        await asyncio.sleep(seconds)
        self.gate.leave(entered, Outcome("ok", tokens=tokens, seconds=seconds))
        return sent

    async def meet(self, outcome: Outcome) -> None:
        """One request that comes to this at once."""
        self.gate.leave(await self.gate.enter(question()), outcome)


def on_a_gate(limits: Limits, story: Callable[[Scene], Coroutine[Any, Any, None]]) -> Scene:
    """Tell a story at a gate; its scene."""

    async def told() -> Scene:
        scene = Scene(None)  # type: ignore[arg-type]  # the gate looks through the scene
        scene.gate = RunGate(limits, "example.org", scene.look, scene.said.append)
        try:
            await story(scene)
        finally:
            await scene.gate.close()
        return scene

    return run(told())


def test_no_more_calls_are_in_flight_than_the_ceiling_allows() -> None:
    async def story(scene: Scene) -> None:
        sent = await asyncio.gather(*(scene.call() for _ in range(10)))
        assert sent == pytest.approx([0, 0, 0, 1, 1, 1, 2, 2, 2, 3])

    on_a_gate(Limits(3), story)


def test_requests_a_minute_are_spread_over_it() -> None:
    async def story(scene: Scene) -> None:
        sent = await asyncio.gather(*(scene.call() for _ in range(31)))
        assert sent[1] == pytest.approx(2, abs=0.01)  # 30 a minute, one every two seconds
        assert sent[30] == pytest.approx(60, abs=0.1)

    on_a_gate(Limits(50, rpm=30), story)


def test_tokens_a_minute_count_what_was_taken_and_not_what_was_expected() -> None:
    async def story(scene: Scene) -> None:
        # 6,000 a minute: 100 at once, then (6000 - 99) / 60 = 98.35 a second
        first, second = await asyncio.gather(scene.call(1.0, 1000, 10), scene.call(1.0, 1000, 10))
        assert first == second == 0  # ten expected of each: both had room
        third = await scene.call(1.0, 1000, 10)
        # after a second the bucket, full again, is charged the 990 that each took beyond the ten: 1 - (100 - 1980) left
        assert third == pytest.approx(1 + 1881 / 98.35, abs=0.01)

    on_a_gate(Limits(50, tpm=6000), story)


def test_one_call_that_is_asked_to_wait_does_not_hold_the_others() -> None:
    async def story(scene: Scene) -> None:
        await scene.meet(BUSY)
        assert await scene.call() == 0
        assert await scene.gate.enter(question(), after=60.0) == 0
        assert scene.now == pytest.approx(61)

    on_a_gate(Limits(4), story)


def test_three_refusals_in_a_row_hold_every_call_as_long_as_asked_and_say_so() -> None:
    async def story(scene: Scene) -> None:
        for _ in range(3):
            await scene.meet(BUSY)
        assert await scene.call() == pytest.approx(60, abs=0.01)

    scene = on_a_gate(Limits(4), story)
    assert scene.said == ["example.org asks to wait 60 seconds (HTTP 429: slow down); the run goes on then"]


def test_an_outage_holds_every_call_is_said_once_and_ends_with_the_first_answer() -> None:
    async def story(scene: Scene) -> None:
        scene.down = "connection refused"
        await scene.meet(DOWN)
        asyncio.get_running_loop().call_later(100, setattr, scene, "down", "")
        calls = [asyncio.create_task(scene.call()) for _ in range(5)]
        await asyncio.sleep(60)
        assert scene.gate.note == "waiting for example.org"
        sent = await asyncio.gather(*calls)
        # looks at 0.5, 1.5, 3.5, 7.5, 15.5, 31.5, 61.5, 91.5 and 121.5, which is answered; one tries, the rest follow
        assert scene.looks == pytest.approx([0.5, 1.5, 3.5, 7.5, 15.5, 31.5, 61.5, 91.5, 121.5])
        assert sorted(sent) == pytest.approx([121.5, 122.5, 122.5, 122.5, 122.5])
        assert scene.gate.note == ""

    scene = on_a_gate(Limits(50), story)
    assert scene.said == [
        "example.org does not answer (connection refused); the run waits for it, for at most 60 minutes, and goes on "
        "when it is back",
        "example.org answers again after 2.04 minutes; the run goes on",
    ]


def test_an_outage_shorter_than_the_first_look_is_not_worth_a_word() -> None:
    async def story(scene: Scene) -> None:
        await scene.meet(DOWN)
        assert await scene.call() == pytest.approx(0.5)

    assert on_a_gate(Limits(50), story).said == []


def test_an_endpoint_that_lists_its_models_and_answers_nothing_is_given_up_on_after_one_call_at_a_time() -> None:
    async def story(scene: Scene) -> None:
        tries = 0
        for _ in range(5):
            await scene.meet(BROKEN)
        while not scene.gate.halted:
            entered = await scene.gate.enter(question())
            tries += 1
            assert scene.gate.in_flight == 1
            scene.gate.leave(entered, BROKEN)
        assert tries == 9  # at 0.5, 1.5, 3.5, 7.5, 15.5, 31.5, 61.5, 91.5 and, the last, 100 s
        assert scene.gate.halted == "example.org has not answered for 1.67 minutes (HTTP 503)"

    scene = on_a_gate(Limits(50, give_up_after=100), story)
    assert "does not answer (HTTP 503)" in scene.said[0]


def test_who_waits_at_the_gate_is_told_when_the_endpoint_is_gone() -> None:
    async def story(scene: Scene) -> None:
        scene.down = "connection refused"
        await scene.meet(DOWN)
        ends = await asyncio.gather(*(scene.call() for _ in range(3)), return_exceptions=True)
        assert [type(end) for end in ends] == [Halted] * 3
        assert scene.now == pytest.approx(20)

    on_a_gate(Limits(50, give_up_after=20), story)


def test_a_look_that_breaks_is_no_sign_of_life_and_does_not_end_the_looking() -> None:
    async def story(scene: Scene) -> None:
        async def broken() -> str:
            scene.looks.append(scene.now)
            if len(scene.looks) < 3:
                raise RuntimeError("a secret that nobody may see")
            return ""

        scene.gate._look = broken
        await scene.meet(DOWN)
        assert await scene.call() == pytest.approx(3.5)  # looks at 0.5, 1.5 and 3.5

    scene = on_a_gate(Limits(50), story)
    assert "(RuntimeError)" in scene.said[0]


def test_at_the_deadline_nothing_more_is_sent_and_what_is_in_flight_ends() -> None:
    async def story(scene: Scene) -> None:
        flying = asyncio.create_task(scene.call(30))
        waiting = asyncio.create_task(scene.call())
        backing_off = asyncio.create_task(scene.gate.enter(question(), after=500))
        ends = await asyncio.gather(waiting, backing_off, return_exceptions=True)
        assert [str(end) for end in ends] == ["the deadline of 10 seconds is reached"] * 2
        assert scene.now == pytest.approx(10)
        assert await flying == 0
        with pytest.raises(Halted):
            await scene.gate.enter(question())

    on_a_gate(Limits(1, deadline=10), story)


def test_a_place_of_a_call_that_was_broken_off_is_free_again() -> None:
    async def story(scene: Scene) -> None:
        flying = asyncio.create_task(scene.call(10))
        waiting = [asyncio.create_task(scene.call()) for _ in range(3)]
        await asyncio.sleep(1)
        for task in waiting[:2]:
            task.cancel()
        await asyncio.gather(*waiting[:2], return_exceptions=True)
        assert await flying == 0
        assert await waiting[2] == 10
        assert scene.gate.in_flight == 0

    on_a_gate(Limits(1), story)


@pytest.mark.parametrize(
    ("seconds", "words"), [(0.5, "0.5 seconds"), (90, "90 seconds"), (720, "12 minutes"), (12_600, "3.5 hours")]
)
def test_a_length_of_time_is_said_in_its_unit(seconds: float, words: str) -> None:
    assert span(seconds) == words
