"""`code --engine ray`: four workers on this machine do what one process does, also when one is killed."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

from coder.cli import cluster
from coder.errors import InputError
from coder.settings import ModelSettings, RunSettings, Settings
from coder.store import Store
from eval.loopback import Study
from tests.mock_openai import Config, Mock, in_thread, serving

needs_ray = [
    pytest.mark.ray,
    pytest.mark.skipif(find_spec("ray") is None, reason="Ray is not installed (the extra 'ray')"),
]
DOCUMENTS = 60


@contextlib.contextmanager
def endpoint(**config: Any) -> Iterator[tuple[str, Mock]]:
    with in_thread(serving(Config(variants=4, **config))) as both:
        yield both


def code(folder: Path, url: str, *options: str) -> subprocess.Popen[str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("INTERCODER_", "OPENAI_"))}
    asked = ("code", "--provider", "openai", "--model", "mock", "--base-url", url, *options, "--json")
    return subprocess.Popen(
        [sys.executable, "-m", "coder.cli", *asked],
        cwd=folder,
        env=kept | {"INTERCODER_API_KEY": "sk-cluster"},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def content(folder: Path) -> list[tuple[object, ...]]:
    """All that the store says of the documents, but for ids and times."""
    with Store.open(str(folder / "intercoder.db")) as store:
        names = {version.id: document.name for document, version in store.current_versions()}
        calls = {call.id: call for run in store.runs() for call in store.calls(run.id)}
        return sorted(
            (
                names[coding.version_id],
                coding.dimension_id,
                coding.status,
                str(coding.assignments),
                str(coding.evidence),
                calls[coding.call_id or ""].key,
                calls[coding.call_id or ""].raw,
            )
            for coding in store.codings()
        )


def workers_of(parent: int) -> list[int]:
    """The processes of Ray's actors below a process, by the names they give themselves."""
    parents, names = {}, {}
    for status in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError, IndexError):
            pid = int(status.parent.name)
            parents[pid] = int(status.read_text().rpartition(")")[2].split()[1])
            names[pid] = (status.parent / "cmdline").read_bytes()

    def below(pid: int) -> bool:
        while pid in parents:
            pid = parents[pid]
            if pid == parent:
                return True
        return False

    return sorted(pid for pid, name in names.items() if name.startswith(b"ray::Worker.code") and below(pid))


@pytest.fixture
def alone(tmp_path: Path) -> list[tuple[object, ...]]:
    """What one process makes of the documents."""
    folder = tmp_path / "alone"
    folder.mkdir()
    with endpoint(latency=0.01) as (url, _):
        Study(folder, url).make(DOCUMENTS)
        process = code(folder, url)
        assert process.wait() == 0, process.communicate()[1]
        process.communicate()
    return content(folder)


@pytest.mark.parametrize("killed", [False, True], ids=["whole", "one killed"])
@needs_ray[0]
@needs_ray[1]
def test_four_workers_give_the_store_that_one_process_gives_also_when_one_is_killed(
    tmp_path: Path, alone: list[tuple[object, ...]], killed: bool
) -> None:
    folder = tmp_path / "four"
    folder.mkdir()
    with endpoint(latency=0.4 if killed else 0.01) as (url, mock):
        Study(folder, url).make(DOCUMENTS)
        process = code(folder, url, "--engine", "ray", "--workers", "4", "--concurrency", "4")
        if killed:
            while mock.stats.ok < DOCUMENTS // 4 and process.poll() is None:
                time.sleep(0.01)
            os.kill(workers_of(process.pid)[0], 9)
        _, said = process.communicate()
        assert process.returncode == 0, said
        assert "4 workers on 1 machine" in said
        # one worker has one call in flight and may have one answer that waits for its commit
        assert mock.stats.duplicates <= (2 if killed else 0)
        assert mock.stats.ok >= DOCUMENTS
        assert mock.keys == {"sk-cluster"}
    assert content(folder) == alone


def test_without_ray_the_error_names_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(InputError) as error:
        cluster.crew_for(Settings(model=ModelSettings(provider="openai")), cluster.LOCAL, 4)
    assert "intercoder[ray]" in error.value.hint


@needs_ray[1]
def test_the_embedded_model_is_not_shared_out() -> None:
    with pytest.raises(InputError) as error:
        cluster.crew_for(Settings(), cluster.LOCAL, 4)
    assert "local" in error.value.message


def test_every_document_is_in_one_share() -> None:
    places = [list(cluster.Share(number, 3).mine(iter([(str(n), None) for n in range(10)]))) for number in range(3)]  # type: ignore[misc, list-item]
    assert sorted(name for share in places for name, _ in share) == [str(n) for n in range(10)]
    assert [len(share) for share in places] == [4, 3, 3]  # ten documents over three


def test_workers_get_their_share_of_each_limit(tmp_path: Path) -> None:
    run = RunSettings(concurrency=10, rpm=100, tpm=9, budget_usd=5.0, budget_tokens=1000)
    project = cluster.Project(tmp_path, Settings(run=run))
    shared = cluster._shared(project, project.settings, 4, cluster.Spending(1.0, 200)).run
    # 10 // 4, 100 // 4, 9 // 4; of what is left, 4 USD and 800 tokens, a quarter each beside what was spent
    assert (shared.concurrency, shared.rpm, shared.tpm) == (2, 25, 2)
    assert (shared.budget_usd, shared.budget_tokens) == (2.0, 400)
    none = cluster._shared(project, Settings(), 4, cluster.Spending()).run
    assert (none.concurrency, none.rpm, none.tpm, none.budget_usd, none.budget_tokens) == (0, 0, 0, 0.0, 0)
