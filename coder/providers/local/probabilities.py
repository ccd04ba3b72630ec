"""Exact probabilities of the codes in an answer, from a llama.cpp server's probabilities of next tokens. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from coder.model import CodeProbability
from coder.providers.positions import code_positions

Tokens = tuple[int, ...]
Tokenise = Callable[[str], Tokens]
"""A prompt as the server reads it, special tokens included."""
Following = Callable[[Tokens, Sequence[int]], Mapping[int, float]]
"""From the tokens so far and the ids that may come next to the probability of each among them; one forward pass."""

Weigh = Callable[[str, Sequence[str]], Mapping[str, float]]
"""From a text that ends in an open quote to the probability of each code behind it; empty where it cannot be told."""

END = -1
"""Stands for the closing quote, alone or in one token with the punctuation behind it."""
CLOSINGS = (
    '"', '",', '","', '",[', '"]', '"],', '"],"', '"],[', '"],["', '"],[[', '"]]', '"]],', '"]],"', '"]]}', '"]}',
    '"}', '"},', '"},"', '"},{', '"},{"', '"}]', '"}],', '"}],"', '"}]}', '"}}',
)  # fmt: skip
"""How an answer can go on behind a code. A token that is one of them ends the code as well as a bare quote does."""


BRACKETS = (
    "]", "],", "],[", "],[[", '],"', "],{", '],{"', "]]", "]],", "]],[", ']],"', "]]]", "]]}", "]}", "]},", ']},"',
    "]}}",
)  # fmt: skip
"""How an answer can go on behind the number of a sentence."""


def closing_tokens(tokenise: Tokenise, closings: Sequence[str] = CLOSINGS) -> Tokens:
    """The tokens that end a code, or with `BRACKETS` a number: the bare quote or bracket first."""
    before = tokenise("1")
    tails = [tokenise(f"1{closing}")[len(before) :] for closing in closings]
    return tuple(dict.fromkeys(tail[0] for tail in tails if len(tail) == 1))


def number_tails(tokenise: Tokenise, count: int) -> dict[str, Tokens]:
    """The numbers 1 to `count` as the tokens that stand between brackets, ended."""
    before, after = tokenise("["), len(tokenise("[1]")) - len(tokenise("[1"))
    return {
        str(number): (*tokenise(f"[{number}]")[len(before) : -after or None], END) for number in range(1, count + 1)
    }


def code_probabilities(prompt: str, answer: str, schema: dict[str, Any], weigh: Weigh) -> tuple[CodeProbability, ...]:
    """The probability of each code of an answer, in its order, with the distribution over the codes allowed there.

    Each is conditional on all that stands before it. For a label of a multi-label answer that is the probability of
    this label at this place of the list, given that the list goes on: not that of belonging to the set. A position at
    which text and tokens do not line up is left out.

    The last code comes first: each further prompt is then the beginning of one that the server has in its cache, and
    costs one token. The first is read anew from where the answer was written in other tokens than its text is read in.
    """
    found = []
    for position in reversed(code_positions(answer, schema)):
        chances = weigh(prompt + answer[: position.start], position.options)
        if chances:
            found.append(code_probability(position.dimension, position.code, chances))
    return tuple(reversed(found))


def code_probability(dimension: str, code: str, chances: Mapping[str, float]) -> CodeProbability:
    """A code with its probability among those that might have stood there."""
    return CodeProbability(dimension=dimension, code=code, probability=chances[code], distribution=dict(chances))


def distribution_at(
    text: str, options: Sequence[str], tokenise: Tokenise, following: Following, closing: Tokens
) -> dict[str, float]:
    """The probability of each code behind a text that ends in an open quote; empty where it cannot be told."""
    start = tokenise(text)
    tails = {}
    for code in options:
        tokens = tokenise(f'{text}{code}"')
        if tokens[: len(start)] != start:
            return {}
        tail = tokens[len(start) :]
        tails[code] = (*tail[:-1], END) if tail[-1] == closing[0] else tail
    return distribution(tails, lambda path, ids: following((*start, *path), ids), closing)


def distribution(
    tails: Mapping[str, Tokens], following: Following, closing: Tokens, path: Tokens = ()
) -> dict[str, float]:
    """The probability of each code, the product over the branchings of the tree that the tokens behind `path` make.

    Empty where it cannot be told: the model gives no branch any weight, or a code ends within a token at a branching
    (its mass is then spread over tokens that are not known).
    """
    if len(tails) == 1:
        return dict.fromkeys(tails, 1.0)
    branches: dict[int, dict[str, Tokens]] = {}
    for code, tail in tails.items():
        branches.setdefault(tail[0], {})[code] = tail[1:]
    shares = _shares(branches, following, closing, path)
    found: dict[str, float] = {}
    for step, share in shares.items():
        deeper = distribution(branches[step], following, closing, (*path, step))
        if not deeper:
            return {}
        found |= {code: share * chance for code, chance in deeper.items()}
    return {code: found[code] for code in tails} if found else {}


def _shares(
    branches: Mapping[int, Mapping[str, Tokens]], following: Following, closing: Tokens, path: Tokens
) -> dict[int, float]:
    """The share of each branch; empty where it cannot be told. A single branch needs no pass."""
    if len(branches) == 1:
        return dict.fromkeys(branches, 1.0)
    if any(step != END and () in branch.values() for step, branch in branches.items()):
        return {}
    steps: dict[int, Iterable[int]] = {step: closing if step == END else (step,) for step in branches}
    chances = following(path, [token for tokens in steps.values() for token in tokens])
    weights = {step: sum(chances.get(token, 0.0) for token in tokens) for step, tokens in steps.items()}
    total = sum(weights.values())
    return {step: weight / total for step, weight in weights.items()} if total > 0 else {}
