"""The page of an update, from what it found."""

from __future__ import annotations

from collections.abc import Sequence

from coder.report.html.blocks import Block, Cell, Column, Prose, Report, Section, Table, number
from coder.report.html.news import ALPHA, Arrival, Asked, Audit, CodeMove, News, VerdictMove, summary
from coder.report.remerged import coded_words

EXPLAINED = "no word that changed is cited: the text's change does not explain it"


def build_news(news: News) -> Report:
    """The page: what an update did not finish first, then what is new, and last how that was found."""
    sections = (
        _doubtful(news), _incomplete(news), _arrived(news), _changed(news), _screened(news), _merged(news), _lost(news),
        _audit(news), _flow(news), _what(news),
    )  # fmt: skip
    return Report(
        title=f"{news.name}: what is new since {news.since}",
        lead=summary(news),
        sections=tuple(one for one in sections if one is not None),
        stated=news.until,
        program=news.program,
    )


def _doubtful(news: News) -> Section | None:
    if not news.warnings:
        return None
    return Section("doubtful", "To be looked at", tuple(Prose(one, "warning") for one in news.warnings))


def _incomplete(news: News) -> Section | None:
    if not news.problems:
        return None
    said = "The next update tries again, and tells what it finds then."
    lines = [Prose(problem, "warning") for problem in news.problems]
    return Section("incomplete", "Not complete", (Prose(said), *lines))


def _what(news: News) -> Section:
    blocks: list[Block] = [Prose(line, "small") for line in news.steps]
    if news.asked:
        columns = (
            Column("source"), Column("query"), Column("results", "count"), Column("not known before", "count"),
            Column("remark"),
        )  # fmt: skip
        blocks.append(Table("asked", "What was asked", columns, tuple(map(_query, news.asked))))
    return Section("asked", "What was done", tuple(blocks or [Prose("No source was asked.")]))


def _query(one: Asked) -> tuple[Cell, ...]:
    """What a query gave; one that failed gave no number, not even 0."""
    results, new = (None, None) if one.failed else (one.results, one.new)
    return one.source, one.query, results, new, one.became


def _arrived(news: News) -> Section | None:
    if not (news.arrived or news.read or news.late):
        return None
    known = "They were known before the moment that this page tells from, and are told as new no more."
    blocks: list[Block] = []
    if news.arrived:
        blocks.append(_documents("arrived", "Documents not known before", news.arrived))
    if news.read:
        blocks.append(_documents("read", "Now readable: known before, their text came since", news.read, known))
    if news.late:
        blocks.append(
            _documents("late", "Now coded: known before, their text has its first codes since", news.late, known)
        )
    coded = [one for one in (*news.arrived, *news.read, *news.late) if one.codes]
    if coded:
        names = [Column(label) for label in news.labels.values()]
        rows: tuple[tuple[Cell, ...], ...] = tuple(
            (one.document, *(one.codes.get(dimension, "") for dimension in news.labels)) for one in coded
        )
        notes = ("Codes are the model's, until a person settles what waits in the queue.",)
        blocks.append(Table("arrived-codes", "Their codes", (Column("document"), *names), rows, notes))
    return Section("arrived", "New documents", tuple(blocks))


def _documents(name: str, title: str, found: Sequence[Arrival], *notes: str) -> Table:
    columns = Column("document"), Column("title"), Column("source"), Column("address"), Column("where it stands")
    rows = tuple((one.document, one.title, one.source, one.address, one.state) for one in found)
    return Table(name, title, columns, rows, notes)


def _changed(news: News) -> Section | None:
    if not (news.changed or news.moved or news.shifted):
        return None
    blocks: list[Block] = []
    if news.changed:
        columns = Column("document"), Column("address")
        blocks.append(Table("changed", "Texts that changed", columns, news.changed))
    if news.moved:
        heads = ("document", "dimension", "before", "by", "now", "words that went", "words that came")
        rows = tuple(_row(news, one) for one in news.moved)
        notes = (
            "A changed text is coded again whole. Words: those that changed and that the code before, or the code now, "
            "cites. A text that changed while the model could not be asked is compared once it is coded.",
        )
        blocks.append(Table("moved", "Codes that moved with their text", tuple(map(Column, heads)), rows, notes))
    if news.shifted:
        fewer = tuple(_row(news, one)[:5] for one in news.shifted)
        notes = (
            "The texts are the same. The model's leaning is reckoned over all texts of a run, so new texts can move a "
            "code that was near the edge; a call that had failed was asked again. What it was stays in the store.",
        )
        columns_ = tuple(map(Column, ("document", "dimension", "before", "by", "now")))
        blocks.append(Table("shifted", "Codes of unchanged texts that moved", columns_, fewer, notes))
    return Section("changed", "Changed texts, and the codes they moved", tuple(blocks))


def _screened(news: News) -> Section | None:
    if not news.screened:
        return None
    heads = ("document", "before", "now", "by", "words that went", "words that came")
    rows = tuple((one.document, one.before, one.after, one.who, *_verdict_words(one)) for one in news.screened)
    notes = (
        "Documents known before, by the criteria as they are worded now. Words: those that changed and that the "
        "answers that moved cite, before or now.",
    )
    table = Table("screened", "Documents that screening sees otherwise", tuple(map(Column, heads)), rows, notes)
    return Section("screened", "Screening verdicts that moved", (table,))


def _merged(news: News) -> Section | None:
    if not (news.merged or news.parted):
        return None
    blocks: list[Block] = []
    if news.merged:
        heads = ("document", "stands for it now", "by", "codes that count no more", "to take it back")
        rows = tuple((one.document, one.into, one.by, coded_words(one.codes), one.undo) for one in news.merged)
        notes = (
            "Two documents were held to be one, by the program or a person, here or in a store that was merged in. One "
            "stands for both: the one that people coded, else the one that a model coded, else the first. Codes of the "
            "other stay in the store and enter no figure.",
        )
        blocks.append(Table("merged", "Documents merged into others", tuple(map(Column, heads)), rows, notes))
    if news.parted:
        again = Column("document"), Column("codes that count again")
        parted = tuple((one.document, coded_words(one.codes)) for one in news.parted)
        blocks.append(Table("parted", "Documents that are merged away no longer", again, parted))
    return Section("merged", "Documents that are one, and whose codes count no more", tuple(blocks))


def _verdict_words(one: VerdictMove) -> tuple[str, str]:
    if one.explained:
        return "; ".join(one.gone), "; ".join(one.come)
    return "", EXPLAINED if one.changed else "the text is the same"


def _row(news: News, one: CodeMove) -> tuple[str, ...]:
    words = ("; ".join(one.gone), "; ".join(one.come)) if one.explained else ("", EXPLAINED)
    return one.document, news.labels.get(one.dimension, one.dimension), one.before, one.who, one.after, *words


def _lost(news: News) -> Section | None:
    if not (news.vanished or news.back or news.unread):
        return None
    blocks: list[Block] = []
    columns = Column("document"), Column("what the site said")
    if news.vanished:
        notes = ("The site says so (404 or 410). Their texts and codes stay: they were there when they were coded.",)
        blocks.append(Table("vanished", "Pages that are gone", columns, news.vanished, notes))
    if news.back:
        blocks.append(Table("back", "Pages that were gone and are back", columns, news.back))
    if news.unread:
        notes = ("Nothing follows for the document: a text that it had stays, and the page is asked for again.",)
        blocks.append(Table("unread", "Pages that could not be retrieved or read", columns, news.unread, notes))
    return Section("lost", "Pages that went, came back or could not be read", tuple(blocks))


def _audit(news: News) -> Section | None:
    if not (news.audits or news.drift or news.waiting):
        return None
    blocks: list[Block] = [Prose(_drawn(one)) for one in news.audits]
    if news.waiting:
        subject = number(news.waiting, "text has", "texts have")
        blocks.append(Prose(f"{subject} no codes yet. The update that codes them tells the codes and draws from them."))
    if news.drift:
        rows = tuple((one.name, *one.n, one.distance, one.adjusted, one.shift, one.remark) for one in news.drift)
        columns = (
            Column("tested"), Column("documents before", "count"), Column("in the batch", "count"),
            Column("distance", "figure"), Column("p, adjusted", "p"), Column("share that moved most"), Column("remark"),
        )  # fmt: skip
        blocks.append(Table("drift", "Is the batch like the documents before it?", columns, rows, _drift_notes(news)))
    return Section("audit", "The batch's audit sample, and drift", tuple(blocks))


def _drawn(audit: Audit) -> str:
    if not audit.drawn:
        return f"No sample was drawn: {audit.reason or 'all of it was drawn before'}."
    drawn = number(len(audit.drawn), "document")
    return (
        f"{drawn} of the {audit.batch:,} whose text was coded for the first time, drawn at random for coding by hand, "
        f"as sample '{audit.name}': {', '.join(audit.drawn)}."
    )


def _drift_notes(news: News) -> tuple[str, ...]:
    chance = 1 - (1 - ALPHA) ** news.looks
    looks = number(news.looks, "update has", "updates have")
    return (
        "Distance: total variation of the codes' shares (0 same, 1 disjoint), of confidences the largest distance of "
        "the distribution functions; of few documents it is large by chance. The share that moved most has the limits "
        "of its difference, 95% for all categories of the dimension together. Documents count as independent: where "
        "many are of one source, p is too small and the limits are too narrow.",
        f"p by Holm for all tests of this update, not for all updates. {looks} tested so far: were nothing ever to "
        f"change, at least one of them would show a p up to {ALPHA} with a chance of up to about {chance:.0%}. A small "
        "p is a reason to look, and one that comes again in the next batch a finding.",
        "That no difference was found proves none: what the model gets wrong on new texts is seen by coding the sample "
        "by hand.",
    )


def _flow(news: News) -> Section | None:
    if not news.counts:
        return None
    columns = Column(""), Column("before this update", "count"), Column("now", "count")
    return Section("flow", "The flow", (Table("flow", "Records and documents", columns, news.counts),))
