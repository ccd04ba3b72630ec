"""The tables as they stand after the newest migration (a test holds the two together).

Rows are added, never updated or deleted; triggers made by the migrations see to it. Leases alone come and go: they
say who works on what now, and nothing that was coded. A purge (`coder.store.purge`) empties columns of words, no more.
"""

from __future__ import annotations

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    Double,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    true,
)
from sqlalchemy import UniqueConstraint as Unique

from coder.store.columns import ExactText, Key, Moment

HEAD = "0008"
"""The newest migration: a store that stands there opens without loading Alembic."""
VERSION_TABLE = "intercoder_version"
"""A name of our own, so that a database another program migrates is never taken for a store."""

metadata = MetaData(
    naming_convention={
        "pk": "pk_%(table_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "uq": "uq_%(table_name)s_%(column_0_name)s",
        "ix": "ix_%(table_name)s_%(column_0_name)s",
    }
)


def _key(name: str, target: str | None = None, *, optional: bool = False, primary: bool = False) -> Column[str]:
    """An id or hash; with `target` (`table.column`) it must exist there."""
    references = [ForeignKey(target)] if target else []
    return Column(name, Key, *references, nullable=optional, primary_key=primary)


def _id() -> Column[str]:
    return _key("id", primary=True)


def _text(name: str, *, optional: bool = False) -> Column[str]:
    return Column(name, ExactText, nullable=optional)


def _json(name: str) -> Column[object]:
    return Column(name, JSON, nullable=False)


def _integer(name: str) -> Column[int]:
    return Column(name, Integer, nullable=False)


def _count(name: str, *, optional: bool = False) -> Column[int]:
    return Column(name, BigInteger, nullable=optional)


def _real(name: str, *, optional: bool = False) -> Column[float]:
    return Column(name, Double, nullable=optional)


def _created() -> Column[object]:
    return Column("created_at", Moment, nullable=False)


documents = Table(
    "documents", metadata, _id(), _text("name"), _json("variables"), _text("source"), _created(), Index(None, "name")
)

versions = Table(
    "versions",
    metadata,
    _id(),
    _key("document_id", "documents.id"),
    _text("text"),
    _key("hash"),
    _text("language"),
    _json("context"),
    _created(),
    Index(None, "document_id"),
    Index(None, "hash"),
)

codebooks = Table(
    "codebooks", metadata, _key("hash", primary=True), _text("name"), _text("version"), _text("content"), _created()
)
"""`content` is the canonical JSON whose SHA-256 is `hash`."""

coders = Table("coders", metadata, _id(), _text("name"), _text("kind"), _created(), Unique("name", "kind"))

runs = Table(
    "runs",
    metadata,
    _id(),
    _key("coder_id", "coders.id"),
    _key("codebook_hash", "codebooks.hash"),
    _key("prompt_hash"),
    _json("parameters"),
    _created(),
)

calls = Table(
    "calls",
    metadata,
    _id(),
    _key("run_id", "runs.id"),
    _key("version_id", "versions.id"),
    _key("key"),
    _integer("replicate"),
    _json("dimensions"),
    _text("status"),
    _text("requested_model"),
    _text("served_model"),
    _text("fingerprint"),
    _text("raw"),
    _text("error"),
    _integer("attempts"),
    _count("prompt_tokens"),
    _count("cached_tokens"),
    _count("completion_tokens"),
    _count("milliseconds"),
    _real("cost_usd", optional=True),
    _created(),
    Column("probabilities", JSON, nullable=False, server_default="[]"),
    Column("part", Integer, nullable=False, server_default="0"),
    Column("parts", Integer, nullable=False, server_default="0"),
    Index(None, "run_id"),
    Index(None, "key"),
)

batches = Table(
    "batches",
    metadata,
    _id(),
    _key("run_id", "runs.id"),
    _text("host"),
    _count("requests"),
    _count("bytes"),
    _count("tokens"),
    _real("usd", optional=True),
    _created(),
    Index(None, "run_id"),
)

batch_items = Table(
    "batch_items",
    metadata,
    _key("batch_id", "batches.id", primary=True),
    _key("custom_id", primary=True),
    _key("version_id", "versions.id"),
    _key("key"),
    Index(None, "key"),
)

batch_events = Table(
    "batch_events",
    metadata,
    _id(),
    _key("batch_id", "batches.id"),
    _text("step"),
    _json("remote"),
    _text("note"),
    _created(),
    Index(None, "batch_id"),
)

codings = Table(
    "codings",
    metadata,
    _id(),
    _key("version_id", "versions.id"),
    _text("dimension_id"),
    _key("coder_id", "coders.id"),
    _text("status"),
    _json("mentions"),
    _json("evidence"),
    Column("unsupported", Boolean, nullable=False),
    _text("reason"),
    _text("memo"),
    _key("codebook_hash", "codebooks.hash"),
    _key("dimension_hash"),
    _key("run_id", "runs.id", optional=True),
    _key("call_id", "calls.id", optional=True),
    _integer("replicate"),
    _key("derived_from", "codings.id", optional=True),
    _created(),
    Index(None, "version_id", "dimension_id"),
    Index(None, "dimension_id"),
    Index(None, "coder_id"),
    Index(None, "run_id"),
)

assignments = Table(
    "assignments",
    metadata,
    _key("coding_id", "codings.id", primary=True),
    Column("position", Integer, primary_key=True, autoincrement=False),
    _text("category"),
    _json("evidence"),
    _real("confidence", optional=True),
    _text("confidence_source", optional=True),
)

gold = Table(
    "gold",
    metadata,
    _id(),
    _text("name"),
    _integer("version"),
    _key("codebook_hash", "codebooks.hash"),
    _text("rule"),
    _created(),
    Unique("name", "version"),
)

gold_items = Table(
    "gold_items",
    metadata,
    _key("gold_id", "gold.id", primary=True),
    _key("coding_id", "codings.id", primary=True),
    _json("defensible"),
    Index(None, "coding_id"),
)

splits = Table(
    "splits",
    metadata,
    _key("document_id", "documents.id", primary=True),
    _text("split"),
    _text("cluster"),
    _text("scheme"),
    _created(),
)

inclusions = Table(
    "inclusions",
    metadata,
    _id(),
    _text("sample"),
    _key("document_id", "documents.id"),
    _text("dimension_id"),
    _real("probability"),
    _created(),
    Column("drawn", Boolean, nullable=False, server_default=true()),
    Column("stratum", ExactText, nullable=False, server_default=""),
    Column("cluster", ExactText, nullable=False, server_default=""),
    Unique("sample", "document_id", "dimension_id"),
)

queue_items = Table(
    "queue_items",
    metadata,
    _id(),
    _key("version_id", "versions.id"),
    _text("dimension_id"),
    _key("run_id", "runs.id", optional=True),
    _key("gold_id", "gold.id", optional=True),
    _text("reason"),
    _text("detail"),
    _real("probability"),
    _created(),
    _key("coder_id", "coders.id", optional=True),
    Index(None, "version_id", "dimension_id"),
)

decisions = Table(
    "decisions",
    metadata,
    _id(),
    _key("item_id", "queue_items.id"),
    _key("coder_id", "coders.id"),
    _text("action"),
    _key("coding_id", "codings.id", optional=True),
    _key("target_id", "decisions.id", optional=True),
    _text("visible"),
    _real("seconds"),
    _text("memo"),
    _created(),
    Index(None, "item_id"),
)

reviews = Table(
    "reviews",
    metadata,
    _id(),
    _key("coder_id", "coders.id"),
    _text("report"),
    _text("pattern"),
    _text("sentence"),
    _text("verdict"),
    _text("comment"),
    _created(),
    Index(None, "coder_id"),
)
"""What experts said of the patterns of a report."""

searches = Table(
    "searches",
    metadata,
    _id(),
    _text("name"),
    _text("protocol"),
    _key("protocol_hash"),
    _key("coder_id", "coders.id"),
    _created(),
)

search_queries = Table(
    "search_queries",
    metadata,
    _id(),
    _key("search_id", "searches.id"),
    _text("source"),
    _text("query"),
    _integer("results"),
    _count("total", optional=True),
    _text("problem"),
    _created(),
    Index(None, "search_id"),
)
"""Every query that was asked, with what came of it; `hits` has nothing of one that found nothing or failed."""

hits = Table(
    "hits",
    metadata,
    _id(),
    _key("search_id", "searches.id"),
    _key("document_id", "documents.id"),
    _text("source"),
    _text("query"),
    _integer("rank"),
    _text("url"),
    _text("place"),
    _json("fields"),
    _created(),
    Index(None, "search_id"),
    Index(None, "document_id"),
)

bodies = Table("bodies", metadata, _key("hash", primary=True), Column("content", LargeBinary, nullable=False))
"""Pages as they were retrieved: by the SHA-256 of their bytes, those bytes compressed (zlib)."""

captures = Table(
    "captures",
    metadata,
    _id(),
    _key("document_id", "documents.id"),
    _text("url"),
    _text("outcome"),
    _text("reason"),
    _integer("http_status"),
    _text("final_url"),
    _text("media_type"),
    _key("body_hash"),
    _text("etag"),
    _text("modified"),
    _key("version_id", "versions.id", optional=True),
    _created(),
    Index(None, "document_id"),
)
"""`body_hash` is empty where nothing came, and so refers to nothing."""

matches = Table(
    "matches",
    metadata,
    _id(),
    _key("document_id", "documents.id"),
    _key("other_id", "documents.id"),
    _text("verdict"),
    _text("grounds"),
    _json("evidence"),
    _key("coder_id", "coders.id", optional=True),
    _created(),
    Index(None, "document_id"),
    Index(None, "other_id"),
)

leases = Table(
    "leases",
    metadata,
    _key("item_id", "queue_items.id", primary=True),
    _key("coder_id", "coders.id"),
    _real("until"),
)
"""Who has an item, until when: seconds since 1970 by the database's clock."""
