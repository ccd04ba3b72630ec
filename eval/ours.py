"""Our coder as the program asks and reads it, and the variants of it that were tried."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Literal

from coder.dimensions import Draft, First, Form
from coder.documents import segment
from coder.model import Codebook, Coding, Segment, Status
from coder.prompting import Calls, Example, Labels, Manual, Place, Prompt, build_prompts, interpret, prompts_hash
from coder.run.codings import with_confidence
from coder.run.plan import Parameters, Task, cheapest, make_tasks
from coder.run.prior import Leaning, Prior, corrected, leaning
from coder.run.protocols import CallFailed, Reply
from eval import rewrite
from eval.answers import AnswerLine, CallKey
from eval.coders import applicable, make_coding
from eval.datasets import DataSet, Item
from eval.endpoints import Endpoint

SEED = 20210215


@dataclass(frozen=True)
class Variant:
    """What can be chosen about how the model is asked.

    `calls` and `manual` are settings of the program. `evidence` puts the sentences before or after the code, or does
    without. `order` turns the categories round; `quantities` has the model choose the bin instead of writing down the
    amount; `labels` asks a yes or no for each label of a multi-label dimension; `reason` wants a few words first;
    `prior` takes out what the model leans to, over the items that are scored together; `text` puts the text before or
    behind the question.
    """

    calls: Calls = "together"
    manual: Manual = "full"
    evidence: Literal["before", "after", "none"] = "before"
    order: Literal["given", "reversed"] = "given"
    quantities: Literal["extract", "choose"] = "extract"
    labels: Labels = "list"
    reason: bool = False
    examples: int = 0
    prior: Prior = "keep"
    text: Place | Literal["auto"] = "last"
    first: First = "evidence"
    surroundings: bool = True
    form: Form = "object"


VARIANTS: dict[str, Variant] = {
    "together": Variant(form="compact"),
    "together-brief-1": Variant(manual="brief", examples=1, form="compact"),
    "shown": Variant(
        manual="brief", labels="yes_no", prior="correct", examples=12, first="code", form="compact", surroundings=False
    ),
    "shown-object": Variant(manual="brief", labels="yes_no", prior="correct", examples=12, first="code"),
    "shown-each": Variant("each", "brief", labels="yes_no", prior="correct", examples=12, first="code"),
    "each": Variant(calls="each"),
    "each-none": Variant(calls="each", evidence="none"),
    "each-after": Variant(calls="each", evidence="after"),
    "each-brief": Variant(calls="each", manual="brief"),
    "each-reversed": Variant(calls="each", order="reversed"),
    "each-reason": Variant(calls="each", reason=True),
    "each-choose": Variant(calls="each", quantities="choose"),
    "each-yes-no": Variant(calls="each", labels="yes_no"),
    "each-1": Variant(calls="each", examples=1),
    "each-3": Variant(calls="each", examples=3),
    "each-prior": Variant(calls="each", prior="correct"),
    "weighed": Variant(calls="each", manual="brief", labels="yes_no", prior="correct", text="auto"),
}


class Ours:
    """A variant under its name. It asks once; the program would ask an unreadable answer again."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.variant = VARIANTS[name]
        self.shape: Mapping[str, Any] = asdict(self.variant)

    def prompt_hash(self, data: DataSet) -> str:
        """Hash of the prompts without examples, which the header names."""
        return prompts_hash(self._prompts(data, ()))

    async def ask(
        self,
        endpoint: Endpoint,
        data: DataSet,
        items: Sequence[Item],
        examples: Sequence[Item],
        done: Collection[CallKey],
        record: Callable[[AnswerLine], None],
    ) -> None:
        """One call a prompt and item."""
        prompts = self._prompts(data, _worked(data, examples))
        named = [(item.name, item.version) for item in items]
        for task in make_tasks(named, prompts, _parameters(endpoint.model, self.variant)):
            if (task.name, _part(task.prompt), 0) in done:
                continue
            try:
                reply = await endpoint.provider.ask(task.question)
            except CallFailed as failure:
                record(AnswerLine(item=task.name, part=_part(task.prompt), status="failed", error=failure.reason))
            else:
                record(_line(task, reply))

    def read(self, data: DataSet, items: Sequence[Item], lines: Sequence[AnswerLine]) -> list[Coding]:
        """One coding a dimension and item."""
        prompts = self._prompts(data, ())
        found = {(line.item, line.part): line for line in lines}
        leanings: Leaning = {}
        if self.variant.prior == "correct":
            leanings = leaning(prompts, [line.probabilities for line in lines])
        return [coding for item in items for coding in self._codings(data, item, prompts, found, leanings)]

    def _codings(
        self,
        data: DataSet,
        item: Item,
        prompts: Sequence[Prompt],
        lines: Mapping[tuple[str, str], AnswerLine],
        leanings: Leaning,
    ) -> list[Coding]:
        segments = segment(item.version.text, item.version.language)
        drafts: dict[str, Draft] = {}
        for prompt in prompts:
            drafts |= _drafts(lines.get((item.name, _part(prompt))), prompt, segments, self.variant, leanings)
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
            )

        texts = [item.version.text for item in data.items]
        built = cheapest(build, texts) if asked.text == "auto" else build(asked.text)
        return tuple(rewrite.rewired(prompt, after=asked.evidence == "after", reason=asked.reason) for prompt in built)


def _shown(codebook: Codebook, variant: Variant) -> Codebook:
    """The codebook that the model reads."""
    shown = codebook
    if variant.quantities == "choose":
        shown = rewrite.bins_to_choose(shown)
    if variant.order == "reversed":
        shown = rewrite.turned_round(shown)
    return rewrite.without_evidence(shown) if variant.evidence == "none" else shown


def _worked(data: DataSet, items: Sequence[Item]) -> tuple[Example, ...]:
    """Items with their gold answers, as the program shows them."""
    return tuple(
        Example(item.version, segment(item.version.text, item.version.language), data.gold_of(item.name))
        for item in items
    )


def _parameters(model: str, variant: Variant) -> Parameters:
    weighed = variant.prior == "correct"
    return Parameters("local", model, variant.form, 0.0, 2048, SEED, samples=1, bounded=True, confidence=weighed)


def _part(prompt: Prompt) -> str:
    return "+".join(prompt.asked)


def _line(task: Task, reply: Reply) -> AnswerLine:
    return AnswerLine(
        item=task.name,
        part=_part(task.prompt),
        raw=reply.content,
        refusal=reply.refusal,
        status="refused" if reply.refusal else "ok",
        prompt_tokens=reply.prompt_tokens,
        cached_tokens=reply.cached_tokens,
        completion_tokens=reply.completion_tokens,
        milliseconds=reply.milliseconds,
        probabilities=reply.probabilities,
    )


def _drafts(
    line: AnswerLine | None, prompt: Prompt, segments: Sequence[Segment], variant: Variant, leanings: Leaning
) -> Mapping[str, Draft]:
    if line is None or line.status == "failed":
        return dict.fromkeys(prompt.asked, Draft(Status.FAILED, reason=line.error if line else "not asked"))
    if line.status == "refused":
        return dict.fromkeys(prompt.asked, Draft(Status.REFUSED, reason=line.refusal))
    raw = rewrite.without_reasons(line.raw) if variant.reason else line.raw
    better = corrected(line.probabilities, leanings)
    drafts = interpret(raw, prompt, segments, {one.dimension: one.code for one in better}).drafts
    return with_confidence(drafts, (*better, *line.probabilities))
