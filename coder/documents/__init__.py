"""Read documents in every format, normalise their text, cut it into segments, find duplicates."""

from coder.documents.duplicates import ImportPlan, plan_import
from coder.documents.readers import read_documents
from coder.documents.records import ImportOptions, ImportResult, ReadDocument
from coder.documents.segments import SEGMENTER, segment

__all__ = [
    "SEGMENTER",
    "ImportOptions",
    "ImportPlan",
    "ImportResult",
    "ReadDocument",
    "plan_import",
    "read_documents",
    "segment",
]
