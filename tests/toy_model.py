"""A language model of a few tokens for tests: greedy tokens, and next-token probabilities written down by hand."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence


class ToyModel:
    """`vocabulary` lists tokens beside the single characters, the longest match wins.

    `chances` holds, by the end of the text so far, the probability of next tokens; the longest end that fits counts,
    tokens not named have none. `asked` collects what `following` was asked.
    """

    def __init__(self, vocabulary: Iterable[str], chances: Mapping[str, Mapping[str, float]]) -> None:
        self.vocabulary = sorted(vocabulary, key=len, reverse=True)
        self.chances = chances
        self.asked: list[tuple[int, ...]] = []

    def tokenise(self, text: str) -> tuple[int, ...]:
        """A token of one character is its code point, a longer one a number beyond all of them."""
        found: list[int] = []
        while text:
            token = next((one for one in self.vocabulary if text.startswith(one)), text[0])
            found.append(self.number(token))
            text = text[len(token) :]
        return tuple(found)

    def number(self, token: str) -> int:
        return ord(token) if len(token) == 1 else 0x110000 + self.vocabulary.index(token)

    def text(self, tokens: Iterable[int]) -> str:
        return "".join(chr(one) if one < 0x110000 else self.vocabulary[one - 0x110000] for one in tokens)

    def following(self, tokens: Sequence[int], candidates: Sequence[int]) -> dict[int, float]:
        """The hand-made probability of each candidate behind these tokens."""
        self.asked.append(tuple(tokens))
        so_far = self.text(tokens)
        ends = sorted((end for end in self.chances if so_far.endswith(end)), key=len)
        known = {self.number(token): chance for token, chance in self.chances[ends[-1]].items()} if ends else {}
        return {candidate: known.get(candidate, 0.0) for candidate in candidates}
