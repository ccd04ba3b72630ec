"""What a store holds since a moment, of as many documents as there may be."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import event
from sqlalchemy.engine import Engine

from coder.cli.changes_pages import pages_since
from coder.model import Capture, Document
from coder.store import Store

SINCE = datetime(2026, 11, 1, tzinfo=UTC)
MANY = 1_200


def test_a_night_without_network_is_told_of_any_number_of_pages(store: Store) -> None:
    documents = [Document(name=f"d{number}") for number in range(MANY)]
    store.add_addresses(documents)
    for number, one in enumerate(documents):
        if number < 2:  # one that failed before is no news, one that came before is
            before: Any = ("failed", "fetched")[number]
            moment = SINCE - timedelta(days=1)
            store.add_capture(Capture(document_id=one.id, url="u", outcome=before, created_at=moment))
        store.add_capture(Capture(document_id=one.id, url="u", outcome="failed", created_at=SINCE))
    most = [0]

    def count(_: Any, __: Any, ___: str, parameters: Any, ____: Any, many: bool) -> None:
        most[0] = max(most[0], 0 if many else len(parameters))

    event.listen(Engine, "before_cursor_execute", count)
    try:
        found = pages_since(store, SINCE).unread
    finally:
        event.remove(Engine, "before_cursor_execute", count)
    assert {name for name, _ in found} == {one.name for one in documents} - {"d0"}
    # SQLite may be built for no more than 999 values in a statement, PostgreSQL takes 65,535.
    assert most[0] < 999
