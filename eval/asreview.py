"""ASReview on a screening set, in an environment of its own: its order of reading, held to the same measures as ours.

It learns from a label after every text that it shows, beginning with one included and one excluded one; ours sees none.
"""

from __future__ import annotations

import csv
import os
import sqlite3
import subprocess
import tempfile
import zipfile
from collections.abc import Sequence
from pathlib import Path
from statistics import fmean

import numpy as np

from coder.errors import InputError
from eval.ledger import write_json
from eval.ranking import CUTS, read_to_reach, recall_at, work_saved
from eval.score import Figures
from eval.screening import ScreeningSet

PROGRAM = "INTERCODER_EVAL_ASREVIEW"
PRIORS = 2
"""Texts whose labels it is given before it begins: one of either side, drawn by the seed. They count as read."""


def simulate(screening: ScreeningSet, seeds: Sequence[int], home: Path) -> Path:
    """Run its simulation once a seed and keep the figures; returns the result file.

    InputError where the program is not named in INTERCODER_EVAL_ASREVIEW or breaks.
    """
    program = os.environ.get(PROGRAM, "")
    if not program:
        raise InputError(
            "ASReview is not set up", f"install it in an environment of its own and set {PROGRAM}=…/asreview"
        )
    with tempfile.TemporaryDirectory() as folder:
        table = Path(folder) / "set.csv"
        names = _write(screening, table)
        orders = [[names[row] for row in _order(program, table, seed)] for seed in seeds]
        version = _run([program, "--version"], Path(folder)).split()[-1]
    path = home / "results" / f"{screening.data.name}-asreview.json"
    write_json(path, record(screening, orders, seeds, version))
    return path


def _write(screening: ScreeningSet, path: Path) -> list[str]:
    """The table that it reads, the texts in their seeded order; returns their names in the order of rows."""
    items = sorted(screening.data.items, key=lambda item: item.name)
    with path.open("w", newline="", encoding="utf-8") as handle:
        writer = csv.writer(handle)
        writer.writerow(["title", "abstract", "label_included"])
        for item in items:
            title, _, rest = item.version.text.partition("\n")
            writer.writerow([title, rest.strip(), int(screening.included[item.name])])
    return [item.name for item in items]


def _order(program: str, table: Path, seed: int) -> list[int]:
    """The rows in the order in which it had them labelled."""
    out = table.with_name(f"run-{seed}.asreview")
    priors = ["--n-prior-included", "1", "--n-prior-excluded", "1", "--prior-seed", str(seed)]
    _run(
        [program, "simulate", str(table), "--seed", str(seed), *priors, "--n-stop", "-1", "-o", str(out)], table.parent
    )
    with zipfile.ZipFile(out) as archive:
        kept = Path(archive.extract("results.db", out.with_suffix("")))
    connection = sqlite3.connect(kept)
    try:
        rows = connection.execute("SELECT record_id FROM results ORDER BY rowid").fetchall()
    finally:
        connection.close()
    return [int(row[0]) for row in rows]


def _run(command: Sequence[str], folder: Path) -> str:
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)  # noqa: S603 - named by the user
    if done.returncode:
        last = (done.stderr.strip().splitlines() or ["no word"])[-1]
        raise InputError(f"{command[0]}: {last}", "see that 'asreview simulate' runs by itself")
    return done.stdout


def record(screening: ScreeningSet, orders: Sequence[Sequence[str]], seeds: Sequence[int], version: str) -> Figures:
    """Each measure over the runs: mean, least and most. ValueError where an order is not of every text once."""
    runs = [_figures(screening, order) for order in orders]
    kept = sum(screening.included.values())
    shares = {f"{share:g}": _spread([run["recall_at"][f"{share:g}"] for run in runs]) for share in CUTS}
    return {
        "kind": "screening_peer",
        "dataset": screening.data.name,
        "dataset_hash": screening.data.hash,
        "program": "ASReview",
        "version": version,
        "model": "elas_u4",
        "priors": PRIORS,
        "seeds": list(seeds),
        "runs": runs,
        "figures": {
            "runs": len(runs),
            "items": len(screening.data.items),
            "included": kept,
            "read": _spread([run["read"] for run in runs]),
            "wss_95": _spread([run["wss_95"] for run in runs]),
            "recall_at": shares,
        },
    }


def _figures(screening: ScreeningSet, order: Sequence[str]) -> Figures:
    if sorted(order) != sorted(screening.included):
        raise ValueError("an order holds every text once")
    included = np.array([screening.included[name] for name in order], dtype=np.float64)
    whole = np.ones((1, len(included)))
    return {
        "read": float(read_to_reach(included, whole)[0]),
        "wss_95": float(work_saved(included, whole)[0]),
        "recall_at": {f"{share:g}": float(recall_at(included, whole, share)[0]) for share in CUTS},
    }


def _spread(values: Sequence[float]) -> Figures:
    return {"mean": fmean(values), "least": min(values), "most": max(values)}
