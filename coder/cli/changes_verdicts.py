"""Which documents screening sees otherwise than at a moment, and the words that moved it where their text changed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from coder.cli.changes import Changes
from coder.cli.screening import Screened, screened
from coder.cli.selection import merged
from coder.model import Codebook, Coding, Version
from coder.report.html.news import VerdictMove
from coder.run.moved import moved
from coder.screening import Held, Verdict, clash, screening_codebook

if TYPE_CHECKING:
    from coder.store import Store


def verdict_moves(store: Store, codebook: Codebook, changes: Changes) -> list[VerdictMove]:
    """Documents known before whose verdict, or the criterion that decides it, is another than at the moment.

    Before is what was held of the text that was screened last, by the criteria as they are worded now. What was
    screened by another wording alone is left out, and so is what is told already: documents that came or were read
    since, and those whose first codes are told with where they stand.
    """
    seen = store.apart("screening")
    if not codebook.criteria or clash(codebook) or not seen.coded_dimensions():
        return []
    criteria = screening_codebook(codebook)
    before, now = screened(seen, criteria, changes.since), screened(seen, criteria)
    earlier, texts = before.verdicts(), {document.id: version for document, version in before.documents}
    told = {document.id for document, _ in (*changes.arrived, *changes.read)} | merged(store).kept.keys()
    late = {document.id for document, _ in changes.late}
    verdicts, found = now.verdicts(), []
    for document, version in now.documents:
        verdict, was = verdicts[document.id], earlier.get(document.id)
        if document.id in told or verdict.state == "unscreened" or (was is None and document.id in late):
            continue
        if was is not None and (was.state == "unscreened" or _same(was, verdict)):
            continue
        gone, come = _words(before, now, texts.get(document.id), version)
        changed = document.id in texts and texts[document.id].hash != version.hash
        who = verdict.by or "waits for a person"
        found.append(VerdictMove(document.name, verdict_words(was), verdict_words(verdict), who, changed, gone, come))
    return found


def verdict_words(verdict: Verdict | None) -> str:
    """`excluded: about`, `included`, `not screened`."""
    if verdict is None:
        return "not screened"
    return f"{verdict.state}: {verdict.criterion}" if verdict.criterion else str(verdict.state)


def _same(one: Verdict, other: Verdict) -> bool:
    return (one.state, one.criterion) == (other.state, other.criterion)


def _words(
    before: Screened, now: Screened, old: Version | None, new: Version
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The words that changed and that the answers which moved cite, before and now."""
    if old is None or old.hash == new.hash:
        return (), ()
    answers = _codings(before.held.get(old.id, {})), _codings(now.held.get(new.id, {}))
    differing = moved(old, new, *answers)
    gone = dict.fromkeys(words for one in differing for words in one.gone)
    come = dict.fromkeys(words for one in differing for words in one.come)
    return tuple(gone), tuple(come)


def _codings(held: Mapping[str, Held]) -> dict[str, Coding]:
    return {name: one.coding for name, one in held.items() if one.coding is not None}
