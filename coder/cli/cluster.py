"""Share a run's documents out over a Ray cluster: each worker is an ordinary runner with its share of the limits."""

from __future__ import annotations

import asyncio
import logging
import os
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from coder.cli.project import Project
from coder.cli.sending import destination_of
from coder.errors import CoderError, InputError
from coder.run.budget import Spending
from coder.run.execute import Progress, together
from coder.run.prices import OWN
from coder.settings import Settings

if TYPE_CHECKING:
    from coder.run.plan import Named

LOCAL = "local"
"""The address of a cluster that is started on this machine for the run and ends with it."""
OBJECTS = 80 * 1024 * 1024
"""Bytes of Ray's object store on this machine, about the least it takes: nothing but figures goes through it."""
LIVES = 3
"""Times that a share is taken over after its worker was lost."""
LOOK_S = 0.2


@dataclass(frozen=True, slots=True)
class Crew:
    """Where the workers are, and how many; 0: one a core."""

    address: str = LOCAL
    workers: int = 0


@dataclass(frozen=True, slots=True)
class Share:
    """Part `number` (from 0) of `of`: every document whose place in the order of import leaves that rest."""

    number: int
    of: int

    def mine(self, named: Iterator[Named]) -> Iterator[Named]:
        """The documents of this share."""
        return (one for place, one in enumerate(named) if place % self.of == self.number)


@dataclass(frozen=True, slots=True)
class Errand:
    """All that a worker needs, on whichever machine: settings, the project's files by name, how many documents."""

    settings: Settings
    files: dict[str, bytes]
    limit: int | None

    def run(self, share: Share) -> Progress:
        """Code one share. What is answered already is not asked again, so that it can be taken over."""
        from coder.cli.coding import code_share

        with tempfile.TemporaryDirectory(prefix="intercoder-") as folder:
            for name, content in self.files.items():
                (Path(folder) / name).write_bytes(content)
            return code_share(Project(Path(folder), self.settings), self.limit, share)


def crew_for(settings: Settings, address: str, workers: int) -> Crew:
    """The crew, when all that can be known before is in order. InputError names the extra where Ray is missing."""
    from importlib.util import find_spec

    if find_spec("ray") is None:
        raise InputError("--engine ray needs Ray, which is not installed", "pip install 'intercoder[ray]'")
    if settings.model.provider != "openai":
        raise InputError(
            f"--engine ray shares out calls to an endpoint, and the provider is '{settings.model.provider}'",
            "leave --engine out, or set --provider openai",
        )
    return Crew(address, workers)


async def code_on(crew: Crew, project: Project, settings: Settings, limit: int | None, spent: Spending) -> Progress:
    """Have a run that is started coded by the crew; `spent` is what it took before."""
    ray = _connected(crew)
    try:
        nodes = sum(bool(node["Alive"]) for node in ray.nodes())
        with project.store() as store:
            if store.location.path is not None and (nodes > 1 or crew.address != LOCAL):
                raise InputError(
                    f"{store.location.shown}: a SQLite file is on one machine, and the cluster may be on several",
                    "set [store] url to a PostgreSQL database that all of them reach, or leave --address out",
                )
        cores = os.cpu_count() if crew.address == LOCAL else ray.cluster_resources().get("CPU")
        count = crew.workers or int(cores or 1)
        errand = Errand(_shared(project, settings, count, spent), _files(project), limit)
        click.echo(f"{count} workers on {nodes} machine{'s' if nodes > 1 else ''} (Ray)", err=True)
        return await _all(ray, errand, count)
    finally:
        ray.shutdown()


def _connected(crew: Crew) -> Any:
    """Ray, connected, without its reports to its makers and without its dashboard."""
    os.environ["RAY_USAGE_STATS_ENABLED"] = "0"
    os.environ.setdefault("RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO", "0")  # without it Ray warns on every start
    import ray

    # One processor, so that Ray keeps one idle process ready; workers wait for the endpoint and claim none.
    own: dict[str, Any] = {"num_cpus": 1, "object_store_memory": OBJECTS, "include_dashboard": False}
    started = own if crew.address == LOCAL else {}
    try:
        ray.init(crew.address, log_to_driver=False, logging_level=logging.ERROR, **started)
    except (ConnectionError, RuntimeError, ValueError, OSError) as error:
        raise InputError(
            f"no Ray cluster at '{crew.address}': {str(error).splitlines()[0]}",
            "start one with 'ray start --head', or leave --address out",
        ) from None
    return ray


async def _all(ray: Any, errand: Errand, count: int) -> Progress:
    """Every share, one actor each; Ray starts a lost one anew, elsewhere if need be, and it goes on in its share."""
    actor = ray.remote(num_cpus=0, max_restarts=LIVES, max_task_retries=LIVES, scheduling_strategy="SPREAD")(Worker)
    workers = [actor.remote() for _ in range(count)]
    waiting = {worker.code.remote(errand, Share(number, count)): number for number, worker in enumerate(workers)}
    total = Progress(total=0)
    while waiting:
        done, _ = ray.wait(list(waiting), timeout=0)
        for one in done:
            total = together(total, _came(ray, one, waiting.pop(one)))
        if not done:
            await asyncio.sleep(LOOK_S)  # and not in Ray, which would not hear Ctrl-C
    return total


def _came(ray: Any, one: Any, number: int) -> Progress:
    """What a worker brought; a share that could not be finished is said and left for the next run."""
    try:
        found: Progress = ray.get(one)
        return found
    except CoderError as error:
        return Progress(total=0, stopped=error.message, hint=error.hint)
    except ray.exceptions.RayError as error:
        lost = isinstance(error, ray.exceptions.RayActorError)
        reason = (
            f"its worker was lost {LIVES + 1} times" if lost else f"{type(error).__name__}: {error}".splitlines()[0]
        )
        return Progress(total=0, stopped=f"share {number + 1} is not finished: {reason}")


class Worker:
    """The actor: an ordinary runner."""

    def code(self, errand: Errand, share: Share) -> Progress:
        """Code a share; what a person must mend comes back as its error."""
        return errand.run(share)


def _shared(project: Project, settings: Settings, count: int, spent: Spending) -> Settings:
    """The settings of one of so many workers: its share of each limit. 0 stays no limit."""
    run = settings.run

    def part(whole: int) -> int:
        return max(1, whole // count) if whole else 0

    usd, tokens = spent.usd or 0.0, spent.tokens
    to = destination_of(settings.model)  # agreed to here; a worker can ask nobody
    share = run.model_copy(
        update={
            "send_to": (*run.send_to, to.host) if to else run.send_to,
            "concurrency": part(run.concurrency),
            "rpm": part(run.rpm),
            "tpm": part(run.tpm),
            "budget_usd": usd + max(0.0, run.budget_usd - usd) / count if run.budget_usd else 0.0,
            "budget_tokens": tokens + max(1, (run.budget_tokens - tokens) // count) if run.budget_tokens else 0,
        }
    )
    url = project.store_url
    url = url if "://" in url else str(Path(url).resolve())
    return settings.model_copy(
        update={"run": share, "store": settings.store.model_copy(update={"url": url}), "codebook": "codebook.yaml"}
    )


def _files(project: Project) -> dict[str, bytes]:
    """The files that a runner reads, under the names that it will look for."""
    found = {"codebook.yaml": project.codebook_path.read_bytes()}
    own = project.folder / OWN
    return found | ({OWN: own.read_bytes()} if own.exists() else {})
