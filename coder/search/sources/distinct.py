"""Of what a feed or a sitemap lists, each thing once: only what is taken has a rank."""

from __future__ import annotations

from collections.abc import Sequence

from coder.search.recording import Known
from coder.search.results import Found, Result


class Distinct:
    """What is taken of a list, in its order: what comes again is passed over, what comes beyond `maximum` counted.

    What is the same is told as for documents (`Known`), by this list alone, so that a list that stays gives the same
    ranks whatever the store holds. Beyond the maximum nothing is held, so that what comes again there counts again.
    """

    def __init__(self, maximum: int) -> None:
        self._maximum, self._known, self._beyond = maximum, Known((), ()), 0
        self._taken: list[Result] = []

    def add(self, result: Result) -> None:
        """The next of the list."""
        same = self._known.find(result.keys)
        if same is None and len(self._taken) == self._maximum:
            self._beyond += 1
            return
        if same is None:
            self._taken.append(result)
        self._known.learn(same or str(len(self._taken)), result.keys)

    def found(self, unusable: int, notes: Sequence[str] = ()) -> Found:
        """What was taken, ranked without holes; `unusable` entries, of which nothing could be made, are told."""
        if unusable:
            which = "1 entry has" if unusable == 1 else f"{unusable} entries have"
            notes = [*notes, f"{which} neither address, identifier nor title: left out"]
        return Found(self._taken, len(self._taken) + self._beyond, notes)
