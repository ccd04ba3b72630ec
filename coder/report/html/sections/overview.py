"""What was coded, by whom, with which codebook, and which models answered; then the way of the documents."""

from __future__ import annotations

from coder.report.agreement import kind_sentence
from coder.report.flow import COLUMNS, included_words, steps, used
from coder.report.html.blocks import Block, Cell, Column, Heading, Section, Table, number
from coder.report.html.blocks import Facts as Pairs
from coder.report.html.facts import Facts, RunFacts
from coder.report.html.flow_picture import flow_picture
from coder.screening.flow import Flow


def overview(facts: Facts) -> Section:
    """Documents, codebook, coders with their kinds, run and gold."""
    blocks: list[Block] = [Pairs(_what(facts)), _coders(facts)]
    if facts.run is not None:
        blocks += [Heading("The model"), Pairs(_run(facts.run))]
    blocks += [Heading("The codebook"), Pairs(_codebook(facts)), _dimensions(facts)]
    return Section("overview", "What was coded, by whom, with which codebook", tuple(blocks))


def _what(facts: Facts) -> tuple[tuple[str, str], ...]:
    languages = ", ".join(f"{name} {count:,}" for name, count in sorted(facts.languages.items(), key=_often))
    said = [
        ("Unit of analysis", facts.codebook.unit),
        ("Documents that the figures speak of", f"{len(facts.documents):,}"),
        ("Languages", languages or "none"),
        ("Codes that the figures speak of", _reported(facts)),
    ]
    if facts.gold is not None:
        said.append(("Reference", f"{facts.gold.words} ({facts.gold.documents:,} documents)"))
        said.append(("Kind of the reference", kind_sentence(facts.gold.kind)))
    return tuple(said)


def _often(item: tuple[str, int]) -> tuple[int, str]:
    return -item[1], item[0]


def _reported(facts: Facts) -> str:
    if facts.reported == "gold":
        return "those of the reference alone"
    return "resolved: what people settled, else their consensus, else the model's code where nothing speaks against it"


def _coders(facts: Facts) -> Table:
    rows = tuple((one.name, one.kind, one.codings) for one in facts.coders if one.codings)
    columns = Column("coder"), Column("kind"), Column("codings", "count")
    notes = (
        "person: someone who read the texts; consensus: people who settled; model: a language model; constructed: "
        "codes "
        "fixed before the texts were written, by nobody's reading of them.",
    )
    return Table("coders", "Who coded", columns, rows, notes, "intercoder export codes.csv")


def _run(found: RunFacts) -> tuple[tuple[str, str], ...]:
    given = found.run.parameters
    asked = [name for name in _SHOWN if given.get(name) not in (None, "", [], ())]
    said = [
        ("Run", found.run.id),
        ("Model as requested", str(given.get("model", found.coder))),
        ("Model as served", ", ".join(found.served) or "the endpoint did not say"),
        ("Fingerprints", ", ".join(found.fingerprints) or "none given"),
        ("Coded", f"{found.first} to {found.last}" if found.first != found.last else found.first),
        ("Prompt", f"hash {found.run.prompt_hash}"),
        ("Parameters", "; ".join(f"{name} {given[name]}" for name in asked) or "none recorded"),
        ("Calls", ", ".join(f"{count:,} {status}" for status, count in sorted(found.statuses.items())) or "none"),
        ("Tokens", f"{found.summary.prompt_tokens:,} read, {found.summary.completion_tokens:,} written"),
        ("Cost", "not known" if found.summary.cost_usd is None else f"{found.summary.cost_usd:.2f} USD"),
    ]
    return tuple(said)


_SHOWN = (
    "provider",
    "host",
    "temperature",
    "seed",
    "samples",
    "max_tokens",
    "answer",
    "form",
    "manual",
    "calls",
    "labels",
    "cite",
    "text",
    "surroundings",
    "prior",
    "confidence",
)


def _codebook(facts: Facts) -> tuple[tuple[str, str], ...]:
    book = facts.codebook
    said = [
        ("Name and version", f"{book.name} {book.version}"),
        ("SHA-256", book.hash()),
        ("Size", f"{number(len(book.dimensions), 'dimension')}, {number(len(book.criteria), 'criterion', 'criteria')}"),
    ]
    said += [("Source", book.source)] if book.source else []
    return tuple(said)


def _dimensions(facts: Facts) -> Table:
    rows = tuple(
        (one.dimension.id, one.name, one.dimension.kind, len(one.dimension.codes), one.dimension.hash()[:16])
        for one in facts.dimensions
    )
    columns = (
        Column("dimension"),
        Column("label"),
        Column("kind"),
        Column("categories", "count"),
        Column("SHA-256 (start)"),
    )
    return Table("dimensions", "The dimensions", columns, rows, trace="intercoder codebook show")


def flow(facts: Facts) -> Section:
    """How many documents there were at each step."""
    rows: list[tuple[str, int | None, str]] = [("imported", facts.imported, "")]
    if facts.examples:
        rows.append(("shown to the model as examples", facts.examples, "left out of every figure"))
    rows.append(("spoken of in this report", len(facts.documents), ""))
    if facts.run is not None:
        summary = facts.run.summary
        rows.append(("sent to the model", summary.documents, f"{summary.calls:,} calls, {summary.retries:,} repeated"))
        rows.append(("read whole by the model", summary.coded, ""))
        rows.append(
            ("with an answer missing, refused or unreadable", summary.failed, "kept, as answers that never agree")
        )
    if facts.gold is not None:
        note = f"of kind {facts.gold.kind}" + (f"; sample '{facts.sample}'" if facts.sample else "")
        rows.append(("with codes in the reference", facts.gold.documents, note))
    if facts.desk is not None:
        queued, settled = sum(facts.desk.reasons.values()), sum(facts.desk.settled.values())
        rows.append(
            ("cells queued for a person", queued, "; ".join(f"{n:,} {why}" for why, n in facts.desk.reasons.items()))
        )
        rows.append(("cells settled by people", settled, f"{facts.desk.waiting:,} wait"))
    columns = Column("step"), Column("number", "count"), Column("note")
    table = Table("flow-table", "From import to codes", columns, tuple(rows), (), "intercoder status --json")
    before = () if facts.review is None else _review(facts.review, facts)
    return Section("flow", "Flow of documents", (*before, table, _kept(facts)))


def _review(flow: Flow, facts: Facts) -> tuple[Block, ...]:
    """From the searches to what is included, by PRISMA 2020."""
    labels = {one.id: one.label or one.id for one in facts.codebook.criteria}
    rows: list[tuple[str, str]] = []
    for column in used(flow):
        for step in steps(flow, column, labels):
            for head, lines in ((step.head, step.lines), *step.aside):
                rows.append((f"{COLUMNS[column]}: {head}", "; ".join(lines)))
    rows += [(line, "") for line in included_words(flow.boxes())]
    columns = Column("records"), Column("of them")
    title = "Flow of records (PRISMA 2020)"
    return (
        flow_picture("prisma-flow", title, flow, labels, caption="The same numbers stand in the table below."),
        Table("prisma", "From the searches to the review (PRISMA 2020)", columns, tuple(rows), (), "intercoder flow"),
    )


def _kept(facts: Facts) -> Table:
    """For each dimension how many documents have a code, and why the others have none."""
    causes = sorted({cause for one in facts.dimensions for cause in one.coded.out})
    sources = sorted({source for one in facts.dimensions for source in one.coded.sources})
    columns = (
        Column("dimension"),
        Column("coded", "count"),
        *(Column(source, "count") for source in sources),
        *(Column(cause.replace("_", " "), "count") for cause in causes),
    )
    rows: tuple[tuple[Cell, ...], ...] = tuple(
        (
            one.name,
            one.coded.n,
            *(one.coded.sources.get(source, 0) for source in sources),
            *(one.coded.out.get(cause, 0) for cause in causes),
        )
        for one in facts.dimensions
    )
    notes = (
        "coded: documents with a code, the answer that the text does not say among them; the columns after it say "
        "whose codes, those after them "
        "why there is none.",
    )
    return Table(
        "kept", "Documents with a code, by dimension", columns, rows, notes, "intercoder export codes.csv --wide"
    )
