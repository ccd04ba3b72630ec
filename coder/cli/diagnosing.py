"""Gather what a diagnosis rests on: a run, gold, each person's codings, what was settled, a test of the codebook."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from coder.adjudicate.diagnosis import Diagnosis, Finding, diagnose
from coder.adjudicate.log import settlements
from coder.cli.evaluation import Evaluation
from coder.cli.reference import people_of
from coder.cli.second import decided_codings
from coder.errors import InputError
from coder.model import Codebook
from coder.run.codings import comparable

if TYPE_CHECKING:
    from coder.store import Store


@dataclass(frozen=True)
class Diagnosed:
    """The diagnoses by dimension, with the documents' names by version; `tested` says whether definitions were."""

    dimensions: tuple[Diagnosis, ...]
    names: Mapping[str, str]
    tested: bool

    def record(self) -> list[dict[str, Any]]:
        """The key `diagnosis` of `eval --json`."""
        found = [asdict(one) for one in self.dimensions]
        for one in found:
            for finding in one["findings"]:
                finding["documents"] = [self.names.get(version, version) for version in finding["documents"]]
        return found


def diagnosed(store: Store, codebook: Codebook, found: Evaluation, tested: Path | None) -> Diagnosed:
    """Why the run's codes fail, dimension by dimension; `tested` is what `codebook test --json` printed."""
    shown = set(found.run.parameters.get("examples", ()))
    model = comparable(found.run, store.codings(run_id=found.run.id))
    gold = [coding for coding in found.reference.codings if coding.version_id not in shown]
    people = [coding for given in people_of(store, codebook).codings.values() for coding in given]
    shared = [item for item in store.queue_items() if item.coder_id is None]
    settled = settlements(shared, store.decisions(), decided_codings(store))
    weak = _weak(tested, codebook) if tested else {}
    return Diagnosed(
        tuple(
            diagnose(dimension, model, gold, people, settled, weak.get(dimension.id, ()))
            for dimension in codebook.dimensions
        ),
        store.version_names(),
        tested is not None,
    )


def _weak(path: Path, codebook: Codebook) -> dict[str, tuple[Finding, ...]]:
    """What a test of this codebook found weak; InputError where the file is none of its own."""
    hint = "make it with: intercoder codebook test --json > FILE"
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        used, weak = content["codebook"]["hash"], content["weak"]
        found = [
            Finding(
                str(one["dimension"]),
                "codebook",
                ((str(one["category"]),),) if one["category"] else (),
                (),
                str(one["text"]),
            )
            for one in weak
        ]
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"--tested {path}: cannot be read: {error}", hint) from error
    except (ValueError, KeyError, TypeError) as error:
        raise InputError(f"--tested {path}: not what 'codebook test --json' prints", hint) from error
    if used != codebook.hash():
        raise InputError(f"--tested {path}: a test of another version of the codebook", hint)
    return {name: tuple(one for one in found if one.dimension == name) for name in {one.dimension for one in found}}
