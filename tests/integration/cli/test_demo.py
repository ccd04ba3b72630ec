"""The main job on the real embedded model: shipped texts, its own answers, a project to go on with."""

import json
from pathlib import Path

import pytest

from coder.model import Status
from coder.run.codings import latest
from coder.store import Store
from tests.integration.cli.test_commands import intercoder

pytest.importorskip("xllamacpp", reason="the extra 'local' is not installed")


@pytest.mark.model
def test_the_demo_codes_with_the_real_model_and_leaves_a_project(tmp_path: Path) -> None:
    demo = intercoder("demo", "shown", "--documents", "2", cwd=tmp_path)
    assert demo.returncode in (0, 2), demo.stderr  # 2: an answer of this small model could not be read
    assert "Gold is constructed" in demo.stdout
    project = tmp_path / "shown"
    with Store.open(str(project / "intercoder.db")) as store:
        (run,) = store.runs()
        calls, codings = store.calls(run.id), latest(store.codings(run_id=run.id))
        texts = {version.id: version.text for _, version in store.current_versions()}
    assert len(calls) == 2
    assert all(call.raw and call.completion_tokens > 0 for call in calls)
    assert len(codings) == 20
    for coding in codings:
        assert all(span.end <= len(texts[coding.version_id]) for span in coding.all_evidence)
    assert sum(coding.status in (Status.CODED, Status.ABSENT) for coding in codings) >= 15
    found = json.loads(intercoder("eval", "--json", cwd=project).stdout)
    assert [item["n"] for item in found["dimensions"]] == [2] * 10
    assert found["gold"]["coder_kind"] == "constructed"
    assert json.loads(intercoder("status", "--json", cwd=project).stdout)["documents"] == 100
