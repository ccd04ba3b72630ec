"""The naive peer: one plain instructor call, as its documentation has it, and as a user in a hurry would copy it.

After https://python.useinstructor.com/examples/classification/: a pydantic model with the labels as `Literal`, the
question as the field's description, one line of prompt. It sees questions and labels, never a definition.
"""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any, Literal

import instructor
import openai
from instructor.core.exceptions import InstructorError, InstructorRetryException
from openai.types.chat import ChatCompletion
from pydantic import BaseModel, Field, ValidationError, create_model

from coder.errors import ProviderError
from coder.model import Codebook, Coding, DimensionBase, Status, content_hash
from coder.providers.keys import is_loopback, scrub
from eval.answers import AnswerLine, CallKey
from eval.coders import applicable, make_coding
from eval.datasets import DataSet, Item
from eval.endpoints import Endpoint

PROMPT = "Classify the following {unit}: {text}"
MAX_RETRIES = 2
MAX_TOKENS = 400
"""More than any answer takes (ten dimensions with every label once are about 300): a list of labels that a model cannot
end must not run until its context is full."""
TIMEOUT_S = 600.0
_BINNED = frozenset({"quantity", "date"})
_OF_THE_ITEM = (openai.BadRequestError, openai.UnprocessableEntityError, openai.APITimeoutError)
_SILENT = ("unknown", "not_specified", "absent")


class Naive:
    """One call an item, all dimensions at once."""

    name = "naive"
    shape: Mapping[str, Any] = {
        "mode": "JSON_SCHEMA",
        "max_retries": MAX_RETRIES,
        "max_tokens": MAX_TOKENS,
        "temperature": 0.0,
        "examples": 0,
    }

    def prompt_hash(self, data: DataSet) -> str:
        """Hash of the prompt's line and the schema."""
        return content_hash([PROMPT, data.codebook.unit, response_model(data.codebook).model_json_schema()])

    async def ask(
        self,
        endpoint: Endpoint,
        data: DataSet,
        items: Sequence[Item],
        examples: Sequence[Item],
        done: Collection[CallKey],
        record: Callable[[AnswerLine], None],
    ) -> None:
        """One call an item, in order. Examples are not shown."""
        logging.getLogger("instructor").setLevel(logging.CRITICAL)  # it logs what the server said
        model = response_model(data.codebook)
        async with _client(endpoint) as plain:
            client = instructor.from_openai(plain, mode=instructor.Mode.JSON_SCHEMA)
            for item in items:
                if (item.name, "all", 0) not in done:
                    record(await _call(client, endpoint, item, message(data.codebook, item), model))

    def read(self, data: DataSet, items: Sequence[Item], lines: Sequence[AnswerLine]) -> list[Coding]:
        """The codings; a dimension that the model's own answers rule out is `not_applicable`, as for every coder."""
        by_item, model = {line.item: line for line in lines}, response_model(data.codebook)
        return [coding for item in items for coding in self._codings(data, item, by_item.get(item.name), model)]

    def _codings(self, data: DataSet, item: Item, line: AnswerLine | None, model: type[BaseModel]) -> list[Coding]:
        answers, status, reason = _answers(model, line)
        codings: dict[str, Coding] = {}
        for dimension in data.codebook.dimensions:
            if answers is None:
                codings[dimension.id] = make_coding(data, item, dimension, self.name, status, reason=reason)
                continue
            given = answers[dimension.id]
            codes = [options(dimension)[label] for label in (given if isinstance(given, list) else [given])]
            kept = dict.fromkeys(code for code in codes if code is not None)
            found = Status.CODED if kept else Status.ABSENT
            codings[dimension.id] = make_coding(data, item, dimension, self.name, found, kept)
        return applicable(data, item, self.name, codings)


def message(codebook: Codebook, item: Item) -> str:
    """The one message: the context, where there is any, then the line."""
    context = "".join(f"{key}: {value}\n" for key, value in item.version.context.items())
    return context + PROMPT.format(unit=codebook.unit, text=item.version.text)


def response_model(codebook: Codebook) -> type[BaseModel]:
    """A field a dimension, called by its id: a `Literal` of its labels, for multi-label a list of them."""
    fields: dict[str, Any] = {}
    for number, dimension in enumerate(codebook.dimensions):
        label: Any = Literal[tuple(options(dimension))]
        kind = label if dimension.single else list[label]
        fields[f"field_{number}"] = (kind, Field(description=dimension.question, alias=dimension.id))
    return create_model("Classification", **fields)


def options(dimension: DimensionBase) -> dict[str, str | None]:
    """What the model may say, and the category it stands for; None for `absent`."""
    labels = [category.label for category in dimension.codes]
    plain = dimension.kind not in _BINNED or len(set(labels)) < len(labels)  # type: ignore[attr-defined]
    options: dict[str, str | None] = {
        category.id if plain else category.label: category.id for category in dimension.codes
    }
    if dimension.single and dimension.absent is not None:
        options[next(word for word in _SILENT if word not in options)] = None
    return options


def _client(endpoint: Endpoint) -> openai.AsyncOpenAI:
    """No proxy between this machine and itself; retries of broken connections are the client's own."""
    http = openai.DefaultAsyncHttpxClient(trust_env=not is_loopback(endpoint.base_url))
    key = endpoint.key or "none"
    return openai.AsyncOpenAI(base_url=endpoint.base_url, api_key=key, timeout=TIMEOUT_S, http_client=http)


async def _call(
    client: instructor.AsyncInstructor, endpoint: Endpoint, item: Item, content: str, model: type[BaseModel]
) -> AnswerLine:
    began, error = time.perf_counter(), ""
    completions: list[ChatCompletion] = []
    client.clear("completion:response")
    client.on("completion:response", completions.append)
    try:
        await client.chat.completions.create(
            model=endpoint.model,
            response_model=model,
            messages=[{"role": "user", "content": content}],
            temperature=0.0,
            max_tokens=MAX_TOKENS,
            max_retries=MAX_RETRIES,
        )
    except (InstructorError, openai.APIError) as failure:
        _stop_if_hopeless(failure, endpoint)
        error = scrub(str(failure), endpoint.key) or type(failure).__name__
    milliseconds = round((time.perf_counter() - began) * 1000)
    return _line(item, completions, error, milliseconds)


def _stop_if_hopeless(failure: Exception, endpoint: Endpoint) -> None:
    """What is not about this one item ends the run: going on later then asks it again."""
    attempts = failure.failed_attempts or [] if isinstance(failure, InstructorRetryException) else []
    for cause in (failure, failure.__cause__, *(attempt.exception for attempt in attempts)):
        if isinstance(cause, openai.APIError) and not isinstance(cause, _OF_THE_ITEM):
            raise ProviderError(scrub(str(cause), endpoint.key), "mend the endpoint, then run the same again") from None


def _line(item: Item, completions: Sequence[ChatCompletion], error: str, milliseconds: int) -> AnswerLine:
    """The last answer, and the tokens of all attempts."""
    usages = [completion.usage for completion in completions if completion.usage]
    details = [usage.prompt_tokens_details for usage in usages]
    last = completions[-1].choices[0].message if completions and completions[-1].choices else None
    return AnswerLine(
        item=item.name,
        raw=(last.content or "") if last else "",
        refusal=(last.refusal or "") if last else "",
        status="failed" if error else "ok",
        error=error,
        prompt_tokens=sum(usage.prompt_tokens for usage in usages),
        cached_tokens=sum((detail.cached_tokens or 0) for detail in details if detail),
        completion_tokens=sum(usage.completion_tokens for usage in usages),
        milliseconds=milliseconds,
        extra={"attempts": len(completions)},
    )


def _answers(model: type[BaseModel], line: AnswerLine | None) -> tuple[dict[str, Any] | None, Status, str]:
    """The answers by dimension; or None with the status of all and why."""
    if line is None:
        return None, Status.FAILED, "not asked"
    if line.refusal:
        return None, Status.REFUSED, line.refusal
    if line.status != "ok":
        return None, Status.FAILED, line.error
    try:
        start, end = line.raw.index("{"), line.raw.rindex("}") + 1  # instructor, too, takes JSON out of a code fence
        answer = model.model_validate(json.loads(line.raw[start:end]))
    except (ValueError, ValidationError) as error:
        return None, Status.INVALID, str(error).splitlines()[0]
    return answer.model_dump(by_alias=True), Status.CODED, ""
