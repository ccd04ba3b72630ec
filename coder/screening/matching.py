"""Which documents are one: what is held of each pair, and the groups that follow from all of it. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from coder.documents.alike import Alike
from coder.model import Match

Pair = tuple[str, str]
"""Two documents' ids, the smaller first."""
Merging = Literal["address", "program", "person"]
"""What a document was merged by: the program by address, the program by text or title, a person."""
UNDO = "undo"
"""In the evidence of a match: it takes back what was said of its pair last."""


@dataclass(frozen=True)
class Held:
    """What is held of a pair: the match that says so, and the id of the newest one, which made it count."""

    match: Match
    since: str

    @property
    def person(self) -> bool:
        """Whether a person said so."""
        return self.match.coder_id is not None


@dataclass(frozen=True)
class Contradiction:
    """A word that cannot hold beside others that weigh more: a person's more than the program's, a newer one more.

    `because` are the matches that speak against it, together.
    """

    match: Match
    because: tuple[Match, ...]


@dataclass(frozen=True)
class Groups:
    """What follows from all matches.

    `kept` maps each document that is merged away to the one that stands for it, `merged_by` to what merged it, `newest`
    to the newest word on the (shortest) way between the two: to take it back parts them, unless they are one by other
    words too.
    `doubtful` are the pairs that wait for a person, one for two groups; `contradictions` the words set aside.
    """

    kept: Mapping[str, str] = field(default_factory=dict)
    merged_by: Mapping[str, Merging] = field(default_factory=dict)
    newest: Mapping[str, Match] = field(default_factory=dict)
    doubtful: tuple[Match, ...] = ()
    contradictions: tuple[Contradiction, ...] = ()

    def stands_for(self, document_id: str) -> str:
        """The document that stands for this one: itself where it is not merged away."""
        return self.kept.get(document_id, document_id)


def pair_of(match: Match) -> Pair:
    """The pair that a match speaks of, whichever stands first."""
    return _ordered(match.document_id, match.other_id)


def held(matches: Iterable[Match]) -> dict[Pair, Held]:
    """What is held of each pair. An undo brings back what was said before, or a doubt where nothing was."""
    said = defaultdict(list)
    for match in sorted(matches, key=lambda one: one.id):
        said[pair_of(match)].append(match)
    return {pair: _standing(history) for pair, history in said.items()}


def _standing(history: Sequence[Match]) -> Held:
    left = _not_undone(history)
    return Held(left[-1] if left else history[-1], history[-1].id)


def _not_undone(history: Iterable[Match]) -> list[Match]:
    left: list[Match] = []
    for match in history:
        if match.evidence.get(UNDO):
            left = left[:-1]
        else:
            left.append(match)
    return left


def undo(matches: Sequence[Match], pair: Pair, coder_id: str) -> Match | None:
    """The match that takes back what was said of a pair last; None where there is nothing to take back.

    What counts then is what was said before. Of a pair that nothing was said of before, and of one that the program
    merged, it makes a doubt, since the program would merge it again.
    """
    history = [match for match in sorted(matches, key=lambda one: one.id) if pair_of(match) == pair]
    left = _not_undone(history)
    if not left:
        return None
    verdict = left[-2].verdict if len(left) > 1 else "doubtful"
    return Match(
        document_id=left[-1].document_id,
        other_id=left[-1].other_id,
        verdict=verdict,
        grounds="taken back",
        evidence={UNDO: 1.0},
        coder_id=coder_id,
    )


def undoable(matches: Sequence[Match], coder_id: str) -> Pair | None:
    """The pair of which this person said something last that is not taken back; None where there is none."""
    said = defaultdict(list)
    for match in sorted(matches, key=lambda one: one.id):
        said[pair_of(match)].append(match)
    tops = [left[-1] for history in said.values() if (left := _not_undone(history))]
    own = [match for match in tops if match.coder_id == coder_id]
    return pair_of(max(own, key=lambda one: one.id)) if own else None


def unite(matches: Iterable[Match], rank: Callable[[str], Any] = lambda document_id: document_id) -> Groups:
    """The groups: people's words first, the newest first, then the program's; what contradicts is set aside.

    The member with the lowest `rank` stands for a group.
    """
    words = _weighed(held(matches).values())
    joined = _joined(words)
    kept, merged_by, newest = {}, {}, {}
    for members in joined.groups():
        first = min(members, key=rank)
        for document in sorted(members - {first}):
            kept[document] = first
            way = joined.path(document, first)
            merged_by[document] = _merged_by(way[0])
            newest[document] = max(way, key=lambda match: match.id)
    doubts = [word.match for word in words if word.match.verdict == "doubtful"]
    return Groups(kept, merged_by, newest, tuple(joined.open(doubts)), tuple(joined.contradictions))


def _merged_by(step: Match) -> Merging:
    """What the first step from a document to the one that stands for it rests on."""
    if step.coder_id is not None:
        return "person"
    return "address" if step.evidence.get("address") else "program"


def proposals(found: Iterable[Alike], matches: Iterable[Match]) -> list[Match]:
    """What the program adds to what is held, by what it found, in the order given (the certain ones first).

    It says nothing of a pair that a person spoke of, nothing that it said already, and nothing that follows from the
    rest: that two of a group are one, or a second doubt between two groups. So twice in a row adds nothing.
    """
    known = held(matches)
    fresh = {
        pair: Match(
            document_id=alike.first,
            other_id=alike.second,
            verdict="same" if alike.certain else "doubtful",
            grounds=alike.grounds,
            evidence=alike.evidence,
        )
        for alike in found
        if (pair := _ordered(alike.first, alike.second)) not in known or not known[pair].person
    }
    settled = [word for pair, word in known.items() if word.person or pair not in fresh]
    joined, added = _joined(_weighed(settled)), []

    def add(pair: Pair, match: Match) -> None:
        if pair not in known or known[pair].match.verdict != match.verdict:
            added.append(match)

    certain = [(pair, match) for pair, match in fresh.items() if match.verdict == "same"]
    for pair, match in sorted(certain, key=lambda one: one[0] not in known):  # what is known needs no second row
        between = joined.between(match)
        if between[0] != between[1] and not joined.apart(*between):
            add(pair, match)
            joined.take(match)
    asked = {joined.between(word.match) for word in settled if word.match.verdict == "doubtful"}
    doubts = [(pair, match) for pair, match in fresh.items() if match.verdict == "doubtful"]
    for pair, match in sorted(doubts, key=lambda one: one[0] not in known):
        between = joined.between(match)
        if between[0] != between[1] and not joined.apart(*between) and between not in asked:
            add(pair, match)
            asked.add(between)
    return added


def _weighed(words: Iterable[Held]) -> list[Held]:
    """People's words before the program's; of people the newest first, of the program the oldest."""
    every = sorted(words, key=lambda one: one.since)
    return [word for word in reversed(every) if word.person] + [word for word in every if not word.person]


def _joined(words: Iterable[Held]) -> _Joined:
    joined = _Joined()
    for word in words:
        joined.take(word.match)
    return joined


class _Joined:
    """Union-find over what is `same`, with the pairs of groups that are `different`."""

    def __init__(self) -> None:
        self._parent: dict[str, str] = {}
        self._apart: dict[str, dict[str, Match]] = defaultdict(dict)
        self._edges: dict[str, list[Match]] = defaultdict(list)
        self.contradictions: list[Contradiction] = []

    def root(self, document: str) -> str:
        path = []
        while (above := self._parent.get(document, document)) != document:
            path.append(document)
            document = above
        self._parent.update(dict.fromkeys(path, document))
        return document

    def take(self, match: Match) -> None:
        """Take a word in, or set it aside where those taken before do not allow it."""
        first, second = self.root(match.document_id), self.root(match.other_id)
        if match.verdict == "same":
            if first != second and second in self._apart[first]:
                self.contradictions.append(Contradiction(match, self._why_apart(match)))
                return
            self._edges[match.document_id].append(match)
            self._edges[match.other_id].append(match)
            if first != second:
                self._join(first, second)
        elif match.verdict == "different":
            if first == second:
                because = self.path(match.document_id, match.other_id)
                self.contradictions.append(Contradiction(match, because))
                return
            self._apart[first].setdefault(second, match)
            self._apart[second].setdefault(first, match)

    def _join(self, first: str, second: str) -> None:
        self._parent[second] = first
        for other, match in self._apart.pop(second, {}).items():
            self._apart[first].setdefault(other, match)
            self._apart[other].setdefault(first, match)
            self._apart[other].pop(second, None)

    def groups(self) -> list[set[str]]:
        members: dict[str, set[str]] = defaultdict(set)
        for document in self._edges:
            members[self.root(document)].add(document)
        return [found for _, found in sorted(members.items()) if len(found) > 1]

    def between(self, match: Match) -> Pair:
        """The groups that a word speaks of."""
        return _ordered(self.root(match.document_id), self.root(match.other_id))

    def open(self, doubts: Iterable[Match]) -> Iterable[Match]:
        """The doubts that nothing has settled, one for two groups."""
        asked = set()
        for match in doubts:
            first, second = pair = self.between(match)
            if first != second and second not in self._apart.get(first, {}) and pair not in asked:
                asked.add(pair)
                yield match

    def apart(self, first: str, second: str) -> bool:
        """Whether the groups of two documents are held to be different."""
        return self.root(second) in self._apart.get(self.root(first), {})

    def _why_apart(self, match: Match) -> tuple[Match, ...]:
        """The word that keeps the two groups apart, and how its documents belong to them."""
        first, second = self.root(match.document_id), self.root(match.other_id)
        word = self._apart[first][second]
        mine, other = word.document_id, word.other_id
        if self.root(mine) != first:
            mine, other = other, mine
        return (*self.path(match.document_id, mine), word, *self.path(other, match.other_id))

    def path(self, start: str, end: str) -> tuple[Match, ...]:
        """The words that make two documents one, from one to the other by the fewest."""
        came: dict[str, Match | None] = {start: None}
        waiting = [start]
        for document in waiting:
            for match in self._edges[document]:
                other = match.other_id if match.document_id == document else match.document_id
                if other not in came:
                    came[other] = match
                    waiting.append(other)
        path, document = [], end
        while (step := came[document]) is not None:
            path.append(step)
            document = step.other_id if step.document_id == document else step.document_id
        return tuple(reversed(path))


def _ordered(first: str, second: str) -> Pair:
    return (first, second) if first <= second else (second, first)
