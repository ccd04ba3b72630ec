"""All that an export can hold, gathered beforehand, so that a format reads no store."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from coder.adjudicate.resolve import ResolvedCell
from coder.model import Codebook, Coder, Coding, Decision, Document, QueueItem, Run, RunSummary, Version
from coder.model.agreement import DimensionAgreement


@dataclass(frozen=True)
class ExportBundle:
    """What a project knows at one moment.

    `documents` holds each document once, with its current version; `earlier_versions` those that older codings point
    at. `resolved` says, by (version id, dimension id), which coding stands and where it comes from; a cell without an
    entry is unresolved. `queue_items` are those that `decisions` decide on. `agreement` is that of `run` with the gold
    set `gold_name`, whose coders are of `gold_kind`.
    """

    codebook: Codebook
    documents: Sequence[tuple[Document, Version]]
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

    @cached_property
    def versions(self) -> dict[str, Version]:
        """Every version by id."""
        return {version.id: version for version in (*self.earlier_versions, *(pair[1] for pair in self.documents))}

    @cached_property
    def document_names(self) -> dict[str, str]:
        """The name of the document by the id of any of its versions."""
        names = {document.id: document.name for document, _ in self.documents}
        return {version.id: names.get(version.document_id, "") for version in self.versions.values()}

    @cached_property
    def coders_by_id(self) -> dict[str, Coder]:
        """Every coder by id."""
        return {coder.id: coder for coder in self.coders}

    @cached_property
    def variables(self) -> tuple[str, ...]:
        """The names of all document variables, in the order of first appearance."""
        return tuple(dict.fromkeys(name for document, _ in self.documents for name in document.variables))


@dataclass(frozen=True)
class ExportOptions:
    """How to write it.

    `wide`: one row a document instead of one a coding (CSV). `labels`: labels instead of ids for resolved codes.
    `text`: the text of each document as a last column of the wide table. `bom`: start a CSV file with a byte order
    mark, which Excel on Windows needs to see UTF-8 and other readers (R, scripts) trip over; off by default, since
    Excel is better served with XLSX.
    """

    wide: bool = False
    labels: bool = False
    text: bool = False
    bom: bool = False
