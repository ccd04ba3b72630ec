"""The frozen data types that everything else speaks in."""

from coder.model.agreement import (
    Coefficient,
    CoefficientName,
    DimensionAgreement,
    LabelAgreement,
    LabelMean,
    Verdict,
)
from coder.model.base import Record, content_hash, new_id, now
from coder.model.codebook import (
    OUTSIDE,
    Absent,
    AppliesIf,
    Bin,
    Category,
    Codebook,
    Criterion,
    DateDimension,
    Dimension,
    DimensionBase,
    Example,
    MultilabelDimension,
    NominalDimension,
    OrdinalDimension,
    Period,
    QuantityDimension,
)
from coder.model.coding import (
    Assignment,
    Coder,
    CoderKind,
    Coding,
    DateMention,
    Gold,
    GoldItem,
    Mention,
    QuantityMention,
    Status,
)
from coder.model.decision import Decision, QueueItem, QueueReason
from coder.model.document import Document, Inclusion, Segment, Span, Split, Version
from coder.model.run import Call, Run, RunSummary

__all__ = [
    "OUTSIDE", "Absent", "AppliesIf", "Assignment", "Bin", "Call", "Category", "Codebook", "Coefficient",
    "CoefficientName", "Coder", "CoderKind",
    "Coding", "Criterion", "DateDimension", "DateMention", "DimensionAgreement", "LabelAgreement", "LabelMean", "Decision", "Dimension", "DimensionBase", "Document",
    "Example", "Gold", "GoldItem", "Inclusion", "Mention", "MultilabelDimension", "NominalDimension",
    "OrdinalDimension", "Period", "QuantityDimension", "QuantityMention", "QueueItem", "QueueReason", "Record",
    "Run", "RunSummary", "Segment", "Span", "Split", "Status", "Verdict", "Version", "content_hash", "new_id", "now",
]  # fmt: skip
