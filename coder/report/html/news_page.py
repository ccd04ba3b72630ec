"""The page of an update, from what it found."""

from __future__ import annotations

from coder.report.html.blocks import Block, Cell, Column, Prose, Report, Section, Table, number
from coder.report.html.news import CodeMove, News, summary

EXPLAINED = "no word that changed is cited: the text's change does not explain it"


def build_news(news: News) -> Report:
    """The page."""
    sections = (_what(news), _arrived(news), _moved(news), _lost(news), _audit(news), _flow(news))
    return Report(
        title=f"{news.name}: what is new since {news.since}",
        lead=summary(news),
        sections=tuple(one for one in sections if one is not None),
        stated=news.until,
        program=news.program,
    )


def _what(news: News) -> Section:
    blocks: list[Block] = [Prose(line, "small") for line in news.steps]
    if news.asked:
        rows = tuple((one.source, one.query, one.results, one.new) for one in news.asked)
        columns = Column("source"), Column("query"), Column("results", "count"), Column("not known before", "count")
        blocks.append(Table("asked", "What was asked", columns, rows))
    return Section("asked", "What was done", tuple(blocks or [Prose("No source was asked.")]))


def _arrived(news: News) -> Section | None:
    if not news.arrived:
        return None
    columns = [Column("document"), Column("title"), Column("source"), Column("address"), Column("state")]
    rows = tuple((one.document, one.title, one.source, one.address, one.state) for one in news.arrived)
    blocks: list[Block] = [Table("arrived", "New documents", tuple(columns), rows)]
    coded = [one for one in news.arrived if one.codes]
    if coded:
        names = [Column(label) for label in news.labels.values()]
        rows_: tuple[tuple[Cell, ...], ...] = tuple(
            (one.document, *(one.codes.get(dimension, "") for dimension in news.labels)) for one in coded
        )
        notes = ("Codes are the model's, until a person settles what waits in the queue.",)
        blocks.append(Table("arrived-codes", "Their codes", (Column("document"), *names), rows_, notes))
    return Section("arrived", "New documents", tuple(blocks))


def _moved(news: News) -> Section | None:
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
            "cites.",
        )
        blocks.append(Table("moved", "Codes that moved with their text", tuple(map(Column, heads)), rows, notes))
    if news.shifted:
        fewer = tuple(_row(news, one)[:5] for one in news.shifted)
        notes = (
            "The texts are the same. The model's leaning is reckoned over all texts of a run, so new texts can move a "
            "code that was near the edge; what it was stays in the store.",
        )
        columns_ = tuple(map(Column, ("document", "dimension", "before", "by", "now")))
        blocks.append(Table("shifted", "Codes of unchanged texts that moved", columns_, fewer, notes))
    return Section("changed", "Changed texts, and the codes they moved", tuple(blocks))


def _row(news: News, one: CodeMove) -> tuple[str, ...]:
    words = ("; ".join(one.gone), "; ".join(one.come)) if one.explained else ("", EXPLAINED)
    return one.document, news.labels.get(one.dimension, one.dimension), one.before, one.who, one.after, *words


def _lost(news: News) -> Section | None:
    blocks: list[Block] = []
    columns = Column("document"), Column("what the site said")
    if news.vanished:
        notes = ("Their texts and codes stay: the document was there when it was coded.",)
        blocks.append(Table("vanished", "Pages that are gone", columns, news.vanished, notes))
    if news.unread:
        blocks.append(Table("unread", "Pages that could not be retrieved or read", columns, news.unread))
    return Section("lost", "Gone or not to be read", tuple(blocks)) if blocks else None


def _audit(news: News) -> Section | None:
    if not (news.audit.batch or news.drift):
        return None
    blocks: list[Block] = []
    if news.audit.drawn:
        said = (
            f"{number(len(news.audit.drawn), 'document')} of the {news.audit.batch:,} new or changed ones drawn at "
            f"random for coding by hand, as sample '{news.audit.name}': {', '.join(news.audit.drawn)}."
        )
        blocks.append(Prose(said))
    elif news.audit.reason:
        blocks.append(Prose(f"No sample was drawn: {news.audit.reason}."))
    if news.drift:
        rows = tuple((one.name, one.distance, one.adjusted, one.remark) for one in news.drift)
        columns = Column("tested"), Column("distance", "figure"), Column("p, adjusted", "p"), Column("remark")
        notes = (
            "Distance: total variation of the codes' shares (0 same, 1 disjoint), of confidences the largest distance "
            "of the distribution functions. p by Holm for all tests here. That no difference was found proves none: "
            "what the model gets wrong on new texts is seen by coding the sample by hand.",
        )
        blocks.append(Table("drift", "Is the batch like the documents before it?", columns, rows, notes))
    return Section("audit", "The batch's audit sample, and drift", tuple(blocks))


def _flow(news: News) -> Section | None:
    if not news.counts:
        return None
    columns = Column(""), Column("before this update", "count"), Column("now", "count")
    return Section("flow", "The flow", (Table("flow", "Records and documents", columns, news.counts),))
