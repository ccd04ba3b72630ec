"""Ask PubMed through NCBI's E-utilities: esearch for the ids, efetch for the records."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from xml.etree.ElementTree import Element

from coder.errors import InputError
from coder.markup import parse
from coder.search.asking import Answer, Asker, SourceError
from coder.search.described import PubMed
from coder.search.protocol import Period, Protocol
from coder.search.results import Found, Result, found, result

_IDS_A_PAGE = 1_000
_RECORDS_A_PAGE = 200


class Records:
    """PubMed's answers; a record that an earlier query brought is not fetched again."""

    def __init__(self, asker: Asker, source: PubMed, protocol: Protocol, key: str = "") -> None:
        self._asker, self._source, self._period, self._key = asker, source, protocol.period, key
        self._known: dict[str, Result] = {}
        self._always = {"db": "pubmed", "tool": "intercoder"}
        if "://" not in protocol.contact:  # E-utilities take an e-mail address; a web address stands in the User-Agent
            self._always["email"] = protocol.contact
        if key:
            self._always["api_key"] = key

    async def ask(self, query: str) -> Found:
        """The results of a query, in PubMed's order."""
        ids, total, notes = await self._search(query)
        await self._fetch([one for one in ids if one not in self._known])
        missing = sum(one not in self._known for one in ids)
        if missing:
            notes.append(f"{missing} records came without a description")
        # An id is a result also where its record did not come.
        return found([self._known.get(one) or result({"pmid": one}) for one in ids], total, notes)

    async def _search(self, query: str) -> tuple[list[str], int, list[str]]:
        ids: dict[str, None] = {}
        notes: list[str] = []
        total, start = 0, 0
        while True:
            size = min(_IDS_A_PAGE, self._source.maximum - start)
            form = {"term": query, "retmode": "xml", "retstart": str(start), "retmax": str(size)}
            root = await self._post("esearch", {**form, "sort": self._source.sort, **_dates(self._period)})
            total = self._count(root)
            page = [one.text.strip() for one in root.findall("IdList/Id") if one.text]
            if start == 0:
                notes.extend(_remarks(root))
            ids.update(dict.fromkeys(page))
            start += len(page)
            if not page or start >= min(total, self._source.maximum):
                return list(ids)[: self._source.maximum], total, notes

    def _count(self, root: Element) -> int:
        for fault in ("ERROR", "ErrorList/Error"):
            said = root.findtext(fault)
            if said:
                raise self._error(said)
        count = (root.findtext("Count") or "").strip()
        if root.tag != "eSearchResult" or not count.isdigit():
            raise self._error("the answer is none that esearch gives")
        return int(count)

    async def _fetch(self, ids: Sequence[str]) -> None:
        for start in range(0, len(ids), _RECORDS_A_PAGE):
            part = ids[start : start + _RECORDS_A_PAGE]
            root = await self._post("efetch", {"id": ",".join(part), "retmode": "xml"})
            if root.tag != "PubmedArticleSet":
                raise self._error(root.findtext("ERROR") or "the answer is none that efetch gives")
            for record in root:
                made = _record(record)
                if made is not None and made.pmid:
                    self._known[made.pmid] = made

    async def _post(self, program: str, form: dict[str, str]) -> Element:
        answer: Answer = await self._asker.post(f"{self._source.url}/{program}.fcgi", {**self._always, **form})
        try:
            return parse(answer.body, program, typed=True)
        except InputError as error:
            raise self._error(error.message) from None

    def _error(self, said: str) -> SourceError:
        words = said.replace(self._key, "***") if self._key else said
        return SourceError(words[:300], "look at the query on PubMed's own page")


def _dates(period: Period) -> dict[str, str]:
    """The period as E-utilities take it: both ends, or none."""
    if period.start is None and period.end is None:
        return {}
    first = period.start.strftime("%Y/%m/%d") if period.start else "1500/01/01"
    last = period.end.strftime("%Y/%m/%d") if period.end else "3000/12/31"
    return {"datetype": "pdat", "mindate": first, "maxdate": last}


def _remarks(root: Element) -> Iterator[str]:
    """What PubMed says of a query that it could not take as it stands."""
    unknown = [one.text for one in root.findall("ErrorList/PhraseNotFound") if one.text]
    if unknown:
        yield f"PubMed does not know: {'; '.join(unknown)}"
    ignored = [one.text for one in root.findall("WarningList/PhraseIgnored") if one.text]
    if ignored:
        yield f"PubMed ignored: {'; '.join(ignored)}"


def _record(record: Element) -> Result | None:
    """An article or a book of an efetch answer."""
    about = record.find("MedlineCitation") if record.tag == "PubmedArticle" else record.find("BookDocument")
    if about is None:
        return None
    article = about.find("Article") if record.tag == "PubmedArticle" else about
    if article is None:
        return None
    journal = article.find("Journal")
    return result(
        {
            "pmid": about.findtext("PMID", ""),
            "doi": _doi(record, article),
            "title": _text(article.find("ArticleTitle")) or _text(article.find("VernacularTitle")),
            "abstract": "\n".join(_abstract(article)),
            "authors": "; ".join(_authors(article)),
            "journal": "" if journal is None else journal.findtext("Title", ""),
            "year": _year(article),
            "language": article.findtext("Language", ""),
            "publication_type": "; ".join(_text(one) for one in article.findall("PublicationTypeList/PublicationType")),
        }
    )


def _text(element: Element | None) -> str:
    """All text of an element, its italics and subscripts included."""
    return "" if element is None else " ".join("".join(element.itertext()).split())


def _abstract(article: Element) -> Iterator[str]:
    for part in article.findall("Abstract/AbstractText"):
        label = part.get("Label", "")
        words = _text(part)
        if words:
            yield f"{label}: {words}" if label and label != "UNLABELLED" else words


def _authors(article: Element) -> Iterator[str]:
    for author in article.findall("AuthorList/Author"):
        last, first = (
            author.findtext("LastName", ""),
            author.findtext("ForeName", "") or author.findtext("Initials", ""),
        )
        name = f"{last}, {first}" if last and first else last or author.findtext("CollectiveName", "")
        if name:
            yield name


def _year(article: Element) -> str:
    for place in ("Journal/JournalIssue/PubDate", "Book/PubDate", "ArticleDate"):
        date = article.find(place)
        written = "" if date is None else date.findtext("Year", "") or date.findtext("MedlineDate", "")[:4]
        if written[:4].isdigit():
            return written[:4]
    return ""


def _doi(record: Element, article: Element) -> str:
    """The record's own DOI; those of its references stand elsewhere."""
    for place in ("PubmedData/ArticleIdList/ArticleId", "PubmedBookData/ArticleIdList/ArticleId"):
        for one in record.findall(place):
            if one.get("IdType") == "doi" and one.text:
                return one.text
    return next((one.text for one in article.findall("ELocationID") if one.get("EIdType") == "doi" and one.text), "")
