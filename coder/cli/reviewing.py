"""What experts say of a report's patterns: take a file of answers in, and give back what was taken in."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from coder.errors import InputError
from coder.model import Codebook, Review, ReviewVerdict
from coder.report.html.facts import ReviewFacts

if TYPE_CHECKING:
    from coder.store import Store

MOST_BYTES = 20_000_000
Text = Annotated[str, Field(max_length=5000)]


class _Answer(BaseModel):
    model_config = ConfigDict(extra="forbid")

    pattern: Annotated[str, Field(pattern=r"^pattern-[0-9a-f]{12}$")]
    sentence: Text
    verdict: ReviewVerdict
    comment: Text


class _File(BaseModel):
    """The file that a review copy saves."""

    model_config = ConfigDict(extra="forbid")

    format: Literal["intercoder-review-1"]
    report: Text
    name: Annotated[str, Field(max_length=200)] = ""
    answers: Annotated[list[_Answer], Field(max_length=10_000)]


def report_name(codebook: Codebook, run_id: str, gold: str) -> str:
    """What a review copy says it is of."""
    return f"codebook {codebook.hash()}; run {run_id or 'none'}; reference {gold or 'none'}"


def take_in_review(store: Store, codebook: Codebook, path: Path, expert: str | None) -> tuple[str, int, int, str]:
    """Keep an expert's answers as memos; the expert's name, how many are new and known, and a note.

    InputError where the file is not one that a review copy saved, or nobody is named.
    """
    found = _read(path)
    name = (expert or found.name).strip()
    if not name:
        raise InputError(f"{path}: nobody is named in it", "say who answered: --coder NAME")
    coder = store.coder(name, "person")
    known = {
        (one.pattern, one.sentence, one.verdict, one.comment) for one in store.reviews() if one.coder_id == coder.id
    }
    new = [
        Review(coder_id=coder.id, report=found.report, **answer.model_dump())
        for answer in found.answers
        if (answer.pattern, answer.sentence, answer.verdict, answer.comment) not in known
    ]
    store.add_reviews(new)
    other = codebook.hash() not in found.report
    note = "the review copy was made with another codebook than the one there is now" if other else ""
    return name, len(new), len(found.answers) - len(new), note


def _read(path: Path) -> _File:
    hint = "take the file that 'Download my answers' saved in a review copy (intercoder report --review FILE.html)"
    try:
        if path.stat().st_size > MOST_BYTES:
            raise InputError(f"{path}: larger than any review ({MOST_BYTES / 1e6:.0f} MB)", hint)
        return _File.model_validate(json.loads(path.read_text(encoding="utf-8")))
    except OSError as error:
        raise InputError(f"{path}: {error.strerror}", hint) from error
    except ValidationError as error:
        first = error.errors()[0]
        raise InputError(f"{path}: {'.'.join(map(str, first['loc']))}: {first['msg']}", hint) from error
    except (ValueError, RecursionError) as error:
        raise InputError(f"{path}: not JSON ({error})", hint) from error


def review_facts(store: Store) -> tuple[ReviewFacts, ...]:
    """What each expert said: of several answers to one pattern the last."""
    names = {coder.id: coder.name for coder in store.coders()}
    last: dict[str, dict[str, Review]] = {}
    for one in store.reviews():
        last.setdefault(one.coder_id, {})[one.pattern] = one
    return tuple(
        ReviewFacts(
            names[coder],
            max(one.created_at for one in answers.values()).strftime("%Y-%m-%d"),
            tuple((one.sentence, one.verdict, one.comment) for one in answers.values()),
        )
        for coder, answers in sorted(last.items(), key=lambda item: names[item[0]])
    )
