"""The audit bundle of a project: all that its report rests on, read from the store table by table."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import product
from typing import TYPE_CHECKING, Any, BinaryIO, get_args

from coder.cli.assets import asset_files
from coder.cli.project import Project, all_gold
from coder.dimensions import First
from coder.export.audit_bundle import BundleWriter
from coder.model import Hit
from coder.model.base import Record, canonical_json
from coder.paths import data_dir
from coder.prompting import Calls, Labels, Manual, Place, Prompt, build_prompts, prompts_hash
from coder.run.examples import choose_examples

if TYPE_CHECKING:
    from coder.model import Run
    from coder.report.html.blocks import Report
    from coder.store import Store

ABOUT = """\
All that a report of Intercoder rests on. `intercoder verify FILE.zip` checks it against manifest.json.

report.html       the report; tables/ and figures/ hold what it shows, tables in full precision
codebook/         every codebook that a coding names; the name of a file is its SHA-256
prompts/          the templates, and for each run the messages and the schema that every call shared
runs.jsonl        model identities and parameters; calls.jsonl the raw answers, with the model that answered
codings.jsonl     every coding by anyone; coders.jsonl who they are, and of which kind
queue.jsonl, decisions.jsonl, reviews.jsonl   what people were asked, did, undid and said
searches.jsonl, search_queries.jsonl, hits.jsonl, captures.jsonl, matches.jsonl   what was searched, asked (also where
                  nothing came of it), found, retrieved and held to be one,
                  where anything was; of pages retrieved the hash, of results identifiers, title, year and address,
                  and abstracts only where --texts asked for them
gold.jsonl, splits.jsonl, samples.jsonl       reference sets, where documents belong, with which chance they were drawn
documents.jsonl   documents and versions by hash; their texts only where --texts asked for them

A record a line, JSON. Ids lead from one file to the other: coding -> call -> run, decision -> item -> version.
"""


NAMING = ("title", "year", "doi", "pmid", "url")
"""The fields of a hit that say which result it is."""


def write_bundle(
    handle: BinaryIO,
    store: Store,
    project: Project,
    report: Report,
    page: bytes,
    facts: Mapping[str, Any],
    *,
    texts: bool,
) -> str:
    """Write the bundle; returns the SHA-256 of its manifest. `facts` go into the manifest."""
    store = store.apart("all")  # what was screened belongs to the record of a review
    bundle = BundleWriter(handle)
    bundle.add("README.txt", ABOUT.encode())
    bundle.add("report.html", page)
    for name, content in asset_files(report):
        bundle.add(f"{'tables' if name.endswith('.csv') else 'figures'}/{name}", content)
    bundle.add("codebook/codebook.yaml", project.codebook_path.read_bytes())
    for digest in store.codebook_hashes():
        bundle.add(f"codebook/{digest}.json", canonical_json(store.codebook(digest).canonical()).encode())
    for template in sorted(data_dir("prompts").glob("*.jinja")):
        bundle.add(f"prompts/templates/{template.name}", template.read_bytes())
    runs, unknown = store.runs(), []
    for run in runs:
        prompts = rebuilt(store, run)
        if prompts is None:
            unknown.append(run.id)
        else:
            bundle.add_records(f"prompts/{run.id}.jsonl", map(_prompt, prompts))
    bundle.add_records("runs.jsonl", (run.model_dump(mode="json") for run in runs))
    bundle.add_records("calls.jsonl", (call.model_dump(mode="json") for run in runs for call in store.calls(run.id)))
    bundle.add_records("coders.jsonl", (coder.model_dump(mode="json") for coder in store.coders()))
    bundle.add_records("codings.jsonl", _codings(store))
    bundle.add_records("gold.jsonl", _gold(store))
    bundle.add_records("splits.jsonl", (one.model_dump(mode="json") for one in store.splits().values()))
    bundle.add_records("samples.jsonl", (one.model_dump(mode="json") for one in store.inclusions()))
    bundle.add_records("queue.jsonl", (one.model_dump(mode="json") for one in store.queue_items()))
    bundle.add_records("decisions.jsonl", (one.model_dump(mode="json") for one in store.decisions()))
    bundle.add_records("reviews.jsonl", (one.model_dump(mode="json") for one in store.reviews()))
    for name, rows in _searched(store):
        bundle.add_records(f"{name}.jsonl", (_told(one, texts=texts) for one in rows))
    bundle.add_records("documents.jsonl", _documents(store, texts=texts))
    return bundle.finish({**facts, "prompts_not_rebuilt": unknown, "texts": texts})


def _searched(store: Store) -> Iterator[tuple[str, Sequence[Record]]]:
    """What was searched, found, retrieved (without the pages) and matched; nothing of a project that did none of it."""
    parts: tuple[tuple[str, Sequence[Record]], ...] = (
        ("searches", store.searches()),
        ("search_queries", store.search_queries()),
        ("hits", store.hits()),
        ("captures", store.captures()),
        ("matches", store.matches()),
    )
    yield from ((name, rows) for name, rows in parts if rows)


def _told(row: Record, *, texts: bool) -> dict[str, Any]:
    """The row; of a hit without texts only what names the result, since its fields hold abstracts and the like."""
    told = row.model_dump(mode="json")
    if isinstance(row, Hit) and not texts:
        told["fields"] = {name: value for name, value in row.fields.items() if name in NAMING}
    return told


def _codings(store: Store) -> Iterator[dict[str, Any]]:
    for dimension_id in store.coded_dimensions():
        for coding in store.codings(dimension_id=dimension_id):
            yield coding.model_dump(mode="json")


def _gold(store: Store) -> Iterator[dict[str, Any]]:
    for gold in store.golds():
        yield {
            **gold.model_dump(mode="json"),
            "items": [one.model_dump(mode="json") for one in store.gold_items(gold.id)],
        }


def _documents(store: Store, *, texts: bool) -> Iterator[dict[str, Any]]:
    left_out = set() if texts else {"text", "context"}
    for document, versions in store.documents_with_versions():
        record = document.model_dump(mode="json")
        yield {**record, "versions": [one.model_dump(mode="json", exclude=left_out) for one in versions]}


def _prompt(prompt: Prompt) -> dict[str, Any]:
    return {
        "hash": prompt.hash,
        "dimensions": list(prompt.asked),
        "system": prompt.system,
        "examples": list(prompt.examples),
        "before_the_text": prompt.before,
        "after_the_text": prompt.after,
        "schema": prompt.schema,
    }


def rebuilt(store: Store, run: Run) -> tuple[Prompt, ...] | None:
    """A run's prompts, built again and held against its prompt hash; None where no way of asking has that hash.

    That is so where another version of the program asked, or the gold of its worked examples is no longer there.
    """
    codebook = store.codebook(run.codebook_hash)
    given = run.parameters
    ids = list(given.get("examples", ()))
    examples = (
        choose_examples(codebook, store.current_versions(), store.splits(), all_gold(store), len(ids)) if ids else ()
    )
    if [example.version.id for example in examples] != ids or given.get("form") not in ("object", "compact"):
        return None
    ways = product(get_args(Manual), get_args(Calls), get_args(Labels), get_args(Place), get_args(First), (True, False))
    for manual, calls, labels, text, first, surroundings in ways:
        prompts = build_prompts(
            codebook, given["form"], manual, examples, calls, labels, text, first, surroundings=surroundings
        )
        if prompts_hash(prompts) == run.prompt_hash:
            return prompts
    return None
