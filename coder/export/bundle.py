"""All that an export can hold, gathered beforehand, so that a format reads no store."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from coder.adjudicate.resolve import ResolvedCell
from coder.model import Codebook, Coder, Coding, Decision, Document, QueueItem, Run, RunSummary, Version
from coder.model.agreement import DimensionAgreement


@dataclass(frozen=True)
class Part:
    """Some of the documents, each with its current version, and all codings of them.

    `earlier_versions` are those that older codings point at. `resolved` says, by (version id, dimension id), which
    coding stands and where it comes from; a cell without an entry is unresolved.
    """

    documents: Sequence[tuple[Document, Version]]
    codings: Sequence[Coding] = ()
    resolved: Mapping[tuple[str, str], ResolvedCell] = field(default_factory=dict)
    earlier_versions: Sequence[Version] = ()

    @cached_property
    def versions(self) -> dict[str, Version]:
        """Every version by id."""
        return {version.id: version for version in (*self.earlier_versions, *(pair[1] for pair in self.documents))}

    @cached_property
    def document_names(self) -> dict[str, str]:
        """The name of the document by the id of any of its versions."""
        names = {document.id: document.name for document, _ in self.documents}
        return {version.id: names.get(version.document_id, "") for version in self.versions.values()}


@dataclass(frozen=True)
class ExportBundle:
    """What a project knows.

    A small project is given whole in `documents`, `codings`, `resolved` and `earlier_versions` (see Part). A large one
    is read part by part: `source` then yields the parts, anew each time it is called, `records` holds all documents
    without their texts, `coding_count` how many codings there are, `names` the documents' names by version id, and
    `decided` the codings that `decisions` name, by id. `queue_items` are those that `decisions` decide on. `agreement`
    is that of `run` with the gold set `gold_name`, whose coders are of `gold_kind`.
    """

    codebook: Codebook
    documents: Sequence[tuple[Document, Version]] = ()
    coders: Sequence[Coder] = ()
    codings: Sequence[Coding] = ()
    resolved: Mapping[tuple[str, str], ResolvedCell] = field(default_factory=dict)
    queue_items: Sequence[QueueItem] = ()
    decisions: Sequence[Decision] = ()
    agreement: Sequence[DimensionAgreement] = ()
    gold_name: str = ""
    gold_kind: str = ""
    run: Run | None = None
    summary: RunSummary | None = None
    earlier_versions: Sequence[Version] = ()
    source: Callable[[], Iterator[Part]] | None = None
    records: Sequence[Document] | None = None
    coding_count: int | None = None
    names: Mapping[str, str] | None = None
    decided: Mapping[str, Coding] | None = None

    def parts(self) -> Iterator[Part]:
        """All documents with their codings, in the order of import, as many at a time as memory is asked for."""
        if self.source is not None:
            return self.source()
        return iter([Part(self.documents, self.codings, self.resolved, self.earlier_versions)])

    @cached_property
    def all_documents(self) -> Sequence[Document]:
        """Every document, without its text."""
        return self.records if self.records is not None else [document for document, _ in self.documents]

    @property
    def codings_in_all(self) -> int:
        """The number of codings of all parts."""
        return self.coding_count if self.coding_count is not None else len(self.codings)

    @cached_property
    def document_names(self) -> Mapping[str, str]:
        """The name of the document by the id of any of its versions."""
        return self.names if self.names is not None else next(self.parts()).document_names

    @cached_property
    def decided_codings(self) -> Mapping[str, Coding]:
        """The codings that decisions name, by id."""
        return self.decided if self.decided is not None else {coding.id: coding for coding in self.codings}

    @cached_property
    def coders_by_id(self) -> dict[str, Coder]:
        """Every coder by id."""
        return {coder.id: coder for coder in self.coders}

    @cached_property
    def variables(self) -> tuple[str, ...]:
        """The names of all document variables, in the order of first appearance."""
        return tuple(dict.fromkeys(name for document in self.all_documents for name in document.variables))


@dataclass(frozen=True)
class ExportOptions:
    """How to write it.

    `wide`: one row a document instead of one a coding (CSV). `labels`: labels instead of ids for resolved codes.
    `text`: the text of each document as a last column of the wide table. `bom`: start a CSV file with a byte order
    mark, which Excel on Windows needs to see UTF-8 and other readers (R, scripts) trip over; off by default, since
    Excel is better served with XLSX. `end`: whether the end of a stretch in `.qdpx` is the place behind its last
    character (`exclusive`) or that character itself (`inclusive`).
    """

    wide: bool = False
    labels: bool = False
    text: bool = False
    bom: bool = False
    end: str = "exclusive"
