"""Our coder as the program asks and reads it, and the variants of it that were tried."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import Any, Literal

import numpy as np

from coder.dimensions import Draft, First, Form
from coder.documents import segment
from coder.model import Codebook, CodeProbability, Coding, Segment, Status
from coder.prompting import Calls, Example, Labels, Manual, Place, Prompt, build_prompts, interpret, prompts_hash
from coder.providers.local.provider import LocalProvider
from coder.run.citing import Likeness, Places, cited, places
from coder.run.codings import with_confidence
from coder.run.confirming import RULES
from coder.run.examples import ROOM
from coder.run.plan import Parameters, Task, cheapest, make_tasks
from coder.run.prior import Leaning, Prior
from coder.run.protocols import CallFailed, Provider, Question, Reply
from coder.screening.drill import drill
from eval import rewrite
from eval.answers import AnswerLine, CallKey
from eval.coders import applicable, make_coding
from eval.datasets import DataSet, Item
from eval.endpoints import Endpoint

SEED = 20210215


@dataclass(frozen=True)
class Variant:
    """What can be chosen about how the model is asked.

    `calls`, `manual`, `labels`, `text`, `surroundings` and `form` are settings of the program; `first` is what an
    answer with one code begins with, and `evidence` says whether sentences are asked for at all. `order` turns the
    categories round; `quantities` has the model choose the bin instead of writing down the amount; `reason` wants a few
    words first; `prior` takes out what the model leans to, over the items that are scored together. `examples` are
    shown to every item, or to each those `nearest` to it, where that is not 0; their texts have `room` characters.
    """

    calls: Calls = "together"
    manual: Manual = "full"
    evidence: Literal["asked", "none"] = "asked"
    order: Literal["given", "reversed"] = "given"
    quantities: Literal["extract", "choose"] = "extract"
    labels: Labels = "list"
    reason: bool = False
    examples: int = 0
    nearest: int = 0
    room: int = ROOM
    prior: Prior = "keep"
    text: Place | Literal["auto"] = "last"
    first: First = "evidence"
    surroundings: bool = True
    form: Form = "object"
    names: Literal["ids", "labels"] = "ids"
    written: bool = False
    drill: bool = False
    samples: int = 1
    temperature: float = 0.0


_LATER = {"names": "ids", "written": False, "drill": False, "samples": 1, "temperature": 0.0}
"""Choices that came after answers had been recorded: left out of a shape where they are as they were before."""
_EACH = Variant("each", prior="correct")
_SHOWN = Variant(
    manual="brief", labels="yes_no", prior="correct", examples=12, first="code", form="compact", surroundings=False
)
_SCREEN = replace(_SHOWN, examples=0, evidence="none")
_SCREEN_EACH = replace(_SHOWN, examples=0, calls="each", text="first", form="object", surroundings=True, drill=True)
VARIANTS: dict[str, Variant] = {
    "shown": _SHOWN,
    "shown-none": replace(_SHOWN, examples=0),
    "shown-nearest": replace(_SHOWN, examples=60, nearest=4, room=10**9),
    "shown-before": replace(_SHOWN, first="evidence"),
    "shown-object": replace(_SHOWN, form="object"),
    "shown-each": replace(_SHOWN, calls="each", form="object"),
    "shown-list": replace(_SHOWN, labels="list"),
    "shown-around": replace(_SHOWN, surroundings=True),
    "shown-uncited": replace(_SHOWN, evidence="none"),
    "shown-full": replace(_SHOWN, manual="full"),
    "shown-reversed": replace(_SHOWN, order="reversed"),
    "shown-labels": replace(_SHOWN, names="labels"),
    "shown-choose": replace(_SHOWN, quantities="choose"),
    "shown-kept": replace(_SHOWN, prior="keep"),
    "shown-written": replace(_SHOWN, written=True),
    "shown-voted": replace(_SHOWN, written=True, samples=5, temperature=0.8, prior="keep"),
    "together": Variant(form="compact"),
    "together-brief-1": Variant(manual="brief", examples=1, form="compact"),
    "each": replace(_EACH, prior="keep"),
    "each-prior": _EACH,
    "each-none": replace(_EACH, evidence="none"),
    "each-after": replace(_EACH, first="code"),
    "each-brief": replace(_EACH, manual="brief"),
    "each-reversed": replace(_EACH, order="reversed"),
    "each-reason": replace(_EACH, reason=True),
    "each-choose": replace(_EACH, quantities="choose"),
    "each-yes-no": replace(_EACH, labels="yes_no"),
    "screen": _SCREEN_EACH,  # criteria as questions, as the program asks them, see eval/screening.py
    "screen-undrilled": replace(_SCREEN_EACH, drill=False),
    "screen-together": _SCREEN,
    "screen-together-cited": replace(_SCREEN, evidence="asked"),
    "weighed": Variant("each", "brief", labels="yes_no", prior="correct", text="auto"),
    "shown-warned": _SHOWN,  # with a reminder behind each text, see eval/warned.py
}


@dataclass(frozen=True)
class Learned:
    """What the model leans to over the items that are scored together; nothing is taken out of what is not here."""

    likeness: Likeness
    leanings: Leaning = field(default_factory=dict)
    places: Places = field(default_factory=dict)


class Ours:
    """A variant under its name. It asks once; the program would ask an unreadable answer again."""

    def __init__(self, name: str, variant: Variant | None = None) -> None:
        self.name = name
        self.variant = variant or VARIANTS[name]
        self.shape: Mapping[str, Any] = {
            name: value for name, value in asdict(self.variant).items() if name not in _LATER or value != _LATER[name]
        }

    def prompt_hash(self, data: DataSet) -> str:
        """Hash of the prompts without examples, which the header names."""
        return prompts_hash(self._prompts(data, ()))

    def parts(self, data: DataSet) -> tuple[str, ...]:
        """The names of the calls that a text takes."""
        return tuple(_part(prompt) for prompt in self._prompts(data, ()))

    async def ask(
        self,
        endpoint: Endpoint,
        data: DataSet,
        items: Sequence[Item],
        examples: Sequence[Item],
        done: Collection[CallKey],
        record: Callable[[AnswerLine], None],
    ) -> None:
        """One call a prompt, item and sample."""
        put = _asking(endpoint.provider, self.variant)
        for task in self._tasks(data, items, examples, _parameters(endpoint.model, self.variant)):
            call = {"item": task.name, "part": _part(task.prompt), "replicate": task.replicate}
            if tuple(call.values()) in done:
                continue
            try:
                reply = await put(task.question)
            except CallFailed as failure:
                record(AnswerLine(**call, status="failed", error=failure.reason))
            else:
                record(_line(task, reply))

    def _tasks(
        self, data: DataSet, items: Sequence[Item], examples: Sequence[Item], parameters: Parameters
    ) -> Iterator[Task]:
        if not self.variant.nearest:
            named = [(item.name, item.version) for item in items]
            yield from make_tasks(named, self._prompts(data, self._worked(data, examples)), parameters)
            return
        for item, like in zip(items, nearest(items, examples, self.variant.nearest), strict=True):
            prompts = self._prompts(data, self._worked(data, like))
            yield from make_tasks([(item.name, item.version)], prompts, parameters)

    def _worked(self, data: DataSet, items: Sequence[Item]) -> tuple[Example, ...]:
        """Items with their gold answers, as the program shows them."""
        named = rewrite.labels(data.codebook) if self.variant.names == "labels" else {}
        return tuple(
            Example(
                item.version,
                segment(item.version.text, item.version.language),
                {
                    name: rewrite.renamed(coding, named.get(name, {}))
                    for name, coding in data.gold_of(item.name).items()
                },
            )
            for item in items
        )

    def read(self, data: DataSet, items: Sequence[Item], lines: Sequence[AnswerLine]) -> list[Coding]:
        """One coding a dimension and item."""
        prompts = self._prompts(data, ())
        found = {line.call: line for line in lines}
        likeness = Likeness(data.codebook, (segment(item.version.text, item.version.language) for item in items))
        learned = Learned(likeness)
        if self.variant.prior != "keep":
            answers = [line.probabilities for line in lines]
            learned = Learned(likeness, RULES[self.variant.prior][0](prompts, answers), places(answers))
        return [coding for item in items for coding in self._codings(data, item, prompts, found, learned)]

    def probabilities(self, data: DataSet, lines: Sequence[AnswerLine]) -> dict[str, dict[str, CodeProbability]]:
        """By item and question the code's probability and those beside it, freed of the leaning where this variant is.

        Of the answers that have any; an item or question without is not there.
        """
        learn, freed = RULES[self.variant.prior]
        leanings = learn(self._prompts(data, ()), [line.probabilities for line in lines])
        found: dict[str, dict[str, CodeProbability]] = {}
        for line in lines:
            for one in (*line.probabilities, *freed(line.probabilities, leanings)):
                found.setdefault(line.item, {})[one.dimension] = one
        return found

    def _codings(
        self,
        data: DataSet,
        item: Item,
        prompts: Sequence[Prompt],
        lines: Mapping[CallKey, AnswerLine],
        learned: Learned,
    ) -> list[Coding]:
        segments = segment(item.version.text, item.version.language)
        drafts: dict[str, Draft] = {}
        for prompt in prompts:
            calls = [lines.get((item.name, _part(prompt), sample)) for sample in range(self.variant.samples)]
            drafts |= _voted([_drafts(line, prompt, segments, self.variant, learned) for line in calls])
        if self.variant.names == "labels":
            ids = {
                name: {label: id_ for id_, label in of.items()} for name, of in rewrite.labels(data.codebook).items()
            }
            drafts = {name: rewrite.renamed(draft, ids.get(name, {})) for name, draft in drafts.items()}
        codings = {
            dimension.id: make_coding(
                data, item, dimension, self.name, drafts[dimension.id].status, (), drafts[dimension.id].reason
            ).model_copy(
                update={
                    "assignments": drafts[dimension.id].assignments,
                    "mentions": drafts[dimension.id].mentions,
                    "evidence": drafts[dimension.id].evidence,
                }
            )
            for dimension in data.codebook.dimensions
        }
        return applicable(data, item, self.name, codings)

    def _prompts(self, data: DataSet, examples: Sequence[Example]) -> tuple[Prompt, ...]:
        shown = _shown(data.codebook, self.variant)
        asked = self.variant

        def build(text: Place) -> tuple[Prompt, ...]:
            how = asked.form, asked.manual, asked.labels, text, asked.first
            lead = drill(shown.unit, *how, surroundings=asked.surroundings) if asked.drill else ()
            return build_prompts(
                shown,
                asked.form,
                asked.manual,
                examples,
                asked.calls,
                asked.labels,
                text,
                asked.first,
                surroundings=asked.surroundings,
                lead=lead,
            )

        mean = sum(len(item.version.text) for item in data.items) / len(data.items)
        built = cheapest(build, mean) if asked.text == "auto" else build(asked.text)
        return tuple(rewrite.reasoned(prompt) for prompt in built) if asked.reason else built


def _shown(codebook: Codebook, variant: Variant) -> Codebook:
    """The codebook that the model reads."""
    shown = codebook
    if variant.quantities == "choose":
        shown = rewrite.bins_to_choose(shown)
    if variant.order == "reversed":
        shown = rewrite.turned_round(shown)
    if variant.names == "labels":
        shown = rewrite.labelled(shown)
    return rewrite.without_evidence(shown) if variant.evidence == "none" else shown


def nearest(items: Sequence[Item], pool: Sequence[Item], count: int) -> list[list[Item]]:
    """For each item the examples whose words are most like its own (cosine of TF-IDF), the likest last."""
    from sklearn.feature_extraction.text import TfidfVectorizer  # noqa: PLC0415 - slow to import, one variant needs it

    words = TfidfVectorizer(sublinear_tf=True).fit([item.version.text for item in pool])
    like = (
        words.transform([item.version.text for item in items]) @ words.transform([one.version.text for one in pool]).T
    )
    return [[pool[place] for place in np.argsort(row, kind="stable")[-count:]] for row in like.toarray()]


def _asking(provider: Provider, variant: Variant) -> Callable[[Question], Awaitable[Reply]]:
    """How a question is put: as the program does, or to the embedded model for an answer that it writes whole."""
    return provider.write if variant.written and isinstance(provider, LocalProvider) else provider.ask


def _parameters(model: str, variant: Variant) -> Parameters:
    weighed = variant.prior == "correct"
    return Parameters(
        "local", model, variant.form, variant.temperature, 2048, SEED, variant.samples, bounded=True, confidence=weighed
    )


def _part(prompt: Prompt) -> str:
    return "+".join(prompt.asked)


def _line(task: Task, reply: Reply) -> AnswerLine:
    return AnswerLine(
        item=task.name,
        part=_part(task.prompt),
        replicate=task.replicate,
        raw=reply.content,
        refusal=reply.refusal,
        status="refused" if reply.refusal else "ok",
        prompt_tokens=reply.prompt_tokens,
        cached_tokens=reply.cached_tokens,
        completion_tokens=reply.completion_tokens,
        milliseconds=reply.milliseconds,
        probabilities=reply.probabilities,
    )


def _voted(samples: Sequence[Mapping[str, Draft]]) -> dict[str, Draft]:
    """Of each dimension the answer that most samples give; of equally many the first."""
    return {name: _most_given([drafts[name] for drafts in samples]) for name in samples[0]}


def _most_given(drafts: Sequence[Draft]) -> Draft:
    said = [(draft.status, frozenset(one.category for one in draft.assignments)) for draft in drafts]
    return drafts[max(range(len(said)), key=lambda place: said.count(said[place]))]


def _drafts(
    line: AnswerLine | None, prompt: Prompt, segments: Sequence[Segment], variant: Variant, learned: Learned
) -> Mapping[str, Draft]:
    if line is None or line.status == "failed":
        return dict.fromkeys(prompt.asked, Draft(Status.FAILED, reason=line.error if line else "not asked"))
    if line.status == "refused":
        return dict.fromkeys(prompt.asked, Draft(Status.REFUSED, reason=line.refusal))
    raw = rewrite.without_reasons(line.raw) if variant.reason else line.raw
    better = RULES[variant.prior][1](line.probabilities, learned.leanings)
    codes = {one.dimension: one.code for one in better}
    own = {one.dimension: one.code for one in line.probabilities}
    sentences = cited(line.probabilities, own | codes, learned.places, learned.likeness, segments)
    drafts = interpret(raw, prompt, segments, codes, sentences).drafts
    return with_confidence(drafts, (*better, *line.probabilities))
