"""Which documents were merged away or parted that no update has told of, and whose codes count no more, or again."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING

from coder.cli.changes import Changes
from coder.cli.remerging import remerged
from coder.cli.selection import merged
from coder.cli.updating import Told
from coder.report.remerged import Remerged

if TYPE_CHECKING:
    from coder.screening.matching import Groups
    from coder.store import Store


def remerged_since(store: Store, since: datetime, told: Told, groups: Groups, changes: Changes) -> Remerged:
    """How the groups differ from what updates have told of them.

    Documents without codes that are told as new, with what they are the same as, are not told a second time.
    """
    names = {one.id: one.name for one in store.documents()}
    found = remerged(store, names, _before(store, since, told, groups), groups)
    elsewhere = {document.id for document, _ in (*changes.arrived, *changes.read)}
    return replace(found, mergings=tuple(one for one in found.mergings if one.codes or one.id not in elsewhere))


def _before(store: Store, since: datetime, told: Told, groups: Groups) -> frozenset[str]:
    """The documents that were merged away before, by what was told rather than by date.

    What was said of a pair may bear any date: a store that is merged in brings words older than the last update. Dates
    alone decide for another moment than the last update's, and where no update kept account; but whoever tells again
    from an earlier moment tells what no update has told too, as the next will take it for told.
    """
    if told.merged is not None and since == told.until:
        return told.merged
    dated = frozenset(merged(store, before=since).kept)
    if told.merged is None or since > told.until:
        return dated
    return (dated & told.merged) | ((dated | told.merged) - groups.kept.keys())
