"""Bring a review up to date, step by step, and gather what is new since a moment."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from importlib.metadata import version as installed
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from coder.cli.alone import alone
from coder.cli.changes import Changes, changes_since, codes_of, moved_with_text, moved_without, unread, vanished
from coder.cli.drawing import Design, draw, store_sample, write_table
from coder.cli.drifting import compare_batches
from coder.cli.flowing import NUMBERS, flow
from coder.cli.population import find_population
from coder.cli.project import Project, pick_run
from coder.cli.selection import left_out, merged, verdicts
from coder.errors import CoderError, IncompleteError, InputError, ProviderError
from coder.export.atomic import write_atomically
from coder.inference.sampling import documents_to_code
from coder.model import Codebook, Document, Run, Version, now
from coder.report.html.news import Arrival, Asked, Audit, DriftTest, News, build_news
from coder.report.html.page import page
from coder.search.capturing import is_settled

if TYPE_CHECKING:
    from coder.store import Store

FOLDER = "updates"
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
            self.problems.append(f"{step}: {error.message} ({error.hint})")


@contextmanager
def one_update(project: Project) -> Iterator[None]:
    """Make the folder of updates, and hold it: two updates at once would ask, fetch and pay for everything twice."""
    folder = project.folder / FOLDER
    folder.mkdir(exist_ok=True)
    with alone(folder / ".running", "another update of this project"):
        yield


def last_update(project: Project) -> datetime | None:
    """Up to when the newest update told what was new; what came while it was looking is told by the next."""
    found = sorted((project.folder / FOLDER).glob("*.json"))
    for path in reversed(found):
        try:
            return datetime.fromisoformat(json.loads(path.read_text(encoding="utf-8"))["told_until"])
        except (OSError, ValueError, KeyError, TypeError):
            continue
    return None


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

    path = project.folder / "search.yaml"
    if not path.is_file():
        return ""
    found = searching.search(project, searching.load(path), None, private, lambda _: None, lambda *_: None)
    if found.interrupted:
        raise KeyboardInterrupt
    for one in found.asked:
        done.asked.append(Asked(one.query.source, one.query.text, one.results, one.new))
        if one.problem:
            done.problems.append(f"search: {one.query.source}: {one.problem}")
    by_hand = f"; by hand, as ever: {', '.join(found.by_hand)}" if found.by_hand else ""
    return f"searched: {found.hits} results, {found.new} documents not known before{by_hand}"


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
    return f"fetched: {len(came)} pages ({told}); {fetched} texts are new"


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
    return f"screened: {result.progress.done} calls; {'; '.join(told.lines())}"


def _code(project: Project, done: Done, private: bool) -> str:
    from coder.cli.coding import code_project

    if not project.codebook().dimensions or not _anything(project):
        return ""
    result = code_project(project, project.settings, quiet=True)
    _left(done, "code", result.failures, result.stopped)
    return f"coded: {result.progress.done} calls, {result.progress.coded} answers"


def _anything(project: Project) -> bool:
    with project.store() as store:
        return bool(store.count_documents() - store.count_purged())


def _left(done: Done, step: str, failures: dict[str, str], stopped: str) -> None:
    if stopped:
        done.problems.append(f"{step}: {stopped}")
    done.problems += [f"{step}: {name}: {reason}" for name, reason in failures.items()]


def flow_numbers(store: Store, codebook: Codebook) -> dict[str, int]:
    """The flow's boxes by their words, both columns together; those that hold nothing are left out but for the ends."""
    boxes = flow(store, codebook).boxes()
    return {
        words: number
        for name, words in NUMBERS
        if (number := getattr(boxes, name)) or name in ("identified", "included")
    }


def gather(
    project: Project, since: datetime, done: Done, before: dict[str, int], audit: int | None, name: str
) -> tuple[News, datetime]:
    """What is new since the moment, with the batch's sample drawn and kept; and until when that holds."""
    codebook, until = project.codebook(), now()
    with project.store() as store:
        changes = changes_since(store, since)
        run = _run(store, codebook)
        counts = flow_numbers(store, codebook)
        batch = changes.batch - left_out(store, codebook).documents.keys()
        sample = _sample(project, store, codebook, batch, audit, name) if run is not None else Audit()
        news = News(
            name=codebook.name,
            since=f"{since.astimezone(UTC):%Y-%m-%d %H:%M} UTC",
            until=f"{until.astimezone(UTC):%Y-%m-%d %H:%M} UTC",
            program=f"Intercoder {installed('intercoder')}",
            labels={dimension.id: dimension.label or dimension.id for dimension in codebook.dimensions},
            asked=tuple(done.asked),
            arrived=tuple(_arrivals(store, codebook, run, changes)),
            changed=tuple((document.name, _address(document)) for document, _, _ in changes.changed),
            moved=tuple(moved_with_text(store, codebook, run, changes)) if run else (),
            shifted=tuple(moved_without(store, codebook, run, changes)) if run else (),
            vanished=tuple(vanished(changes, store)),
            unread=tuple(unread(changes, store)),
            counts=tuple((box, before.get(box, 0), counts.get(box, 0)) for box in {**counts, **before}),
            audit=sample,
            drift=tuple(_drift(store, codebook, run, batch)) if run else (),
            steps=(*done.lines, *(f"not complete: {problem}" for problem in done.problems)),
        )
    return news, until


def _run(store: Store, codebook: Codebook) -> Run | None:
    try:
        return pick_run(store, None, codebook.hash())
    except InputError:
        return None


def _arrivals(store: Store, codebook: Codebook, run: Run | None, changes: Changes) -> Iterator[Arrival]:
    verdict, groups, names = verdicts(store, codebook), merged(store), {one.id: one.name for one in store.documents()}
    for document, version in changes.arrived:
        codes = codes_of(store, codebook, run, version) if run is not None and version is not None else {}
        yield Arrival(
            document.name,
            document.variables.get("title") or (version.context.get("title", "") if version else ""),
            document.source,
            _address(document),
            _state(document, version, verdict, groups, names, changes),
            codes,
        )


def _state(
    document: Document, version: Version | None, verdict: Any, groups: Any, names: dict[str, str], changes: Changes
) -> str:
    kept = groups.stands_for(document.id)
    if kept != document.id:
        return f"the same as {names.get(kept, kept)}"
    if version is None:
        found = changes.pages.get(document.id)
        return f"no text: {found.reason or found.outcome}" if found else "no text yet"
    said = verdict.get(document.id)
    if said is None:
        return "taken in"
    return f"{said.state}: {said.criterion}" if said.criterion else str(said.state)


def _address(document: Document) -> str:
    return document.variables.get("url", "")


def _sample(
    project: Project, store: Store, codebook: Codebook, batch: frozenset[str], audit: int | None, name: str
) -> Audit:
    if not batch or audit == 0:
        return Audit(batch=len(batch), reason="none was asked for" if batch else "")
    n = min(len(batch), audit or documents_to_code(len(batch)))
    try:
        found = draw(store, codebook, Design(n=n, among=batch), name, SEED)
    except CoderError as error:
        return Audit(batch=len(batch), reason=error.message)
    write_table(project.folder / FOLDER / f"{name}.csv", found, codebook)
    store_sample(store, found)
    return Audit(name, tuple(found.drawn_documents), len(batch))


def _drift(store: Store, codebook: Codebook, run: Run, batch: frozenset[str]) -> Iterator[DriftTest]:
    """None for a batch that is all there is, or of which nothing is new."""
    import numpy as np

    population = find_population(store, codebook, run_id=run.id)
    inside = np.array([document.id in batch for document, _ in population.pairs], dtype=bool)
    if not inside.any() or inside.all():
        return
    option = "intercoder sample --new-since DAY"
    for found in compare_batches(population, codebook.dimensions, [("the new texts", option, inside)], None):
        for test in found.drifts:
            yield DriftTest(test.name, test.distance, test.adjusted, test.reason or test.test)


def write(project: Project, news: News, until: datetime, name: str) -> Path:
    """The page and the same as JSON, named by the day and time; returns the page's path."""
    path = project.folder / FOLDER / f"{name}.html"
    text = page(build_news(news)).encode()
    write_atomically(path, lambda handle: handle.write(text))
    _write_record(path.with_suffix(".json"), until, asdict(news))
    return path


def begin(project: Project, began: datetime, name: str) -> None:
    """Keep when a first update began: where it is stopped, the next one tells what it had found."""
    _write_record(project.folder / FOLDER / f"{name}.json", began, {})


def _write_record(path: Path, until: datetime, told: dict[str, Any]) -> None:
    record = json.dumps({"told_until": until.isoformat(), **told}, ensure_ascii=False, indent=1).encode()
    write_atomically(path, lambda handle: handle.write(record))
