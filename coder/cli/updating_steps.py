"""The steps that bring a review up to date, one after the other, and what they came to."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Literal

from coder.cli.project import Project
from coder.cli.selection import counted
from coder.errors import IncompleteError, InputError, ProviderError
from coder.report.html.blocks import number
from coder.report.html.news import Asked
from coder.search.capturing import is_settled

SEED = 20210215
Step = Literal["search", "capture", "dedupe", "screen", "code"]
STEPS: tuple[Step, ...] = ("search", "capture", "dedupe", "screen", "code")


@dataclass
class Done:
    """What the steps came to: a line each, what each query gave, and what is not complete."""

    lines: list[str] = field(default_factory=list)
    asked: list[Asked] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)

    @contextmanager
    def going_on(self, step: str) -> Iterator[None]:
        """What a step could not finish is kept to be told; the next one begins all the same."""
        try:
            yield
        except IncompleteError as error:
            self.problems.append(f"{step}: {error.message}")
        except (InputError, ProviderError) as error:
            faults = "; ".join(error.message.splitlines())
            self.problems.append(f"{step}: {faults} ({error.hint})")


def take_steps(project: Project, steps: Sequence[Step], tell: Callable[[str], None], *, private: bool) -> Done:
    """Each step that there is something for, one after the other."""
    done = Done()
    todo: dict[Step, Callable[[Project, Done, bool], str]] = {
        "search": _search,
        "capture": _capture,
        "dedupe": _dedupe,
        "screen": _screen,
        "code": _code,
    }
    for step in STEPS:
        if step not in steps:
            continue
        with done.going_on(step):
            if line := todo[step](project, done, private):
                done.lines.append(line)
                tell(line)
    return done


def _search(project: Project, done: Done, private: bool) -> str:
    from coder.cli import searching
    from coder.cli.searching_words import became, incomplete

    path = project.folder / "search.yaml"
    if not os.path.lexists(path):  # a folder or a broken link of that name is told
        return ""
    gone_on: list[str] = []
    found = searching.search(
        project,
        searching.load(path),
        None,
        private,
        tell=lambda _: None,
        resumed=lambda search, kept: gone_on.append(f"; went on with {incomplete(search, kept)}"),
    )
    if found.interrupted:
        raise KeyboardInterrupt
    for one in found.asked:
        said = became(one.problem, one.results)
        done.asked.append(Asked(one.query.source, one.query.text, one.results, one.new, said, failed=bool(one.problem)))
        if one.problem:
            done.problems.append(f"search: {one.query.source}: {one.problem}")
    by_hand = f"; by hand, as ever: {', '.join(found.by_hand)}" if found.by_hand else ""
    results, documents = number(found.hits, "result"), number(found.new, "document")
    return f"searched: {results}, {documents} not known before{by_hand}{''.join(gone_on)}"


def _capture(project: Project, done: Done, private: bool) -> str:
    """Every document's page that was asked for before, or that has an address and no text."""
    from coder.cli.capture import retrieve
    from coder.cli.wanting import READ, wanted_pages

    with project.store() as store:
        wanted, _ = wanted_pages(store, (), again=True)
        if not wanted:
            return ""
        came = retrieve(project, store, wanted)
    outcomes = Counter(one.capture.outcome.replace("_", " ") for one in came)
    fetched = sum(one.changed for one in came)
    passing = [
        one
        for one in came
        if one.capture.outcome not in READ and not is_settled(one.capture.outcome, one.capture.http_status)
    ]
    done.problems += [f"capture: {one.capture.url}: {one.capture.reason}" for one in passing]
    told = ", ".join(f"{number} {outcome}" for outcome, number in outcomes.most_common())
    return f"fetched: {number(len(came), 'page')} ({told}); {number(fetched, 'text is', 'texts are')} new"


def _dedupe(project: Project, done: Done, private: bool) -> str:
    from coder.cli.matching import read_documents, search_duplicates

    with project.store() as store:
        added = search_duplicates(store, read_documents(store), keep=True)
    certain = sum(match.verdict == "same" for match in added)
    doubtful = sum(match.verdict == "doubtful" for match in added)
    if not added:
        return ""
    return f"duplicates: {certain} pairs merged, {doubtful} wait for a person (intercoder dedupe --decide)"


def _screen(project: Project, done: Done, private: bool) -> str:
    from coder.cli.coding import code_project
    from coder.cli.screen import as_screened
    from coder.cli.screening import screening_of
    from coder.cli.screening_queue import queue_screening

    if not project.codebook().criteria or not _anything(project):
        return ""
    screening = screening_of(project)
    result = code_project(screening, as_screened(project.settings), quiet=True)
    told = queue_screening(screening, {"excluded": 20, "included": 10}, None, SEED)
    _left(done, "screen", result.failures, result.stopped)
    lines = "; ".join(told.lines()).removeprefix("screened: ")
    return f"screened: {number(result.progress.done, 'call')}; in all {lines}"


def _code(project: Project, done: Done, private: bool) -> str:
    from coder.cli.coding import code_project

    codebook = project.codebook()
    with project.store() as store:
        if not codebook.dimensions or all(text.purged for _, text in counted(store, codebook)):
            return ""
    result = code_project(project, project.settings, quiet=True)
    _left(done, "code", result.failures, result.stopped)
    return f"coded: {number(result.progress.done, 'call')}, {number(result.progress.coded, 'answer')}"


def _anything(project: Project) -> bool:
    with project.store() as store:
        return bool(store.count_documents() - store.count_purged())


def _left(done: Done, step: str, failures: dict[str, str], stopped: str) -> None:
    if stopped:
        done.problems.append(f"{step}: {stopped}")
    done.problems += [f"{step}: {name}: {reason}" for name, reason in failures.items()]
