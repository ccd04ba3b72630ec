"""From results to documents: what is one, and what only stands at one address."""

from __future__ import annotations

from coder.model import Search
from coder.search.recording import Known, Listed, record
from coder.search.results import Result, result

SEARCH = Search(name="spring", coder_id="c")
VOLUME = "https://example.org/proceedings"


def one(**fields: str) -> Result:
    made = result(fields)
    assert made is not None
    return made


def test_records_with_identifiers_of_their_own_at_one_address_are_not_one() -> None:
    # Reference managers give every abstract of a volume the volume's address.
    results = [one(doi=f"10.1000/{number}", url=VOLUME, title=f"Abstract {number}") for number in (1, 2, 3)]
    again = record(SEARCH, [Listed("Zotero", "ai", results), Listed("Other", "ai", results)], Known((), ()))
    assert [document.name for document, _ in again.new] == ["doi:10.1000/1", "doi:10.1000/2", "doi:10.1000/3"]
    assert [hit.document_id for hit in again.hits] == [document.id for document, _ in again.new] * 2
    # The next search knows the three by what is stored.
    stored = Known([document for document, _ in again.new], [hit.sighting for hit in again.hits])
    assert record(SEARCH, [Listed("Zotero", "ai", results)], stored).new == ()


def test_a_record_without_an_identifier_is_what_stands_at_its_address() -> None:
    results = [one(doi="10.1000/1", url=VOLUME), one(url=VOLUME), one(pmid="7", url=VOLUME)]
    found = record(SEARCH, [Listed("Zotero", "ai", results)], Known((), ()))
    assert [document.name for document, _ in found.new] == ["doi:10.1000/1"]
