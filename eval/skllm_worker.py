"""Runs scikit-llm under the interpreter of an environment of its own (it needs openai < 2): one job on standard input.

The job is JSON: `base_url`, `model`, `texts`, `labels`, `several` (whether a text may have many labels), and `examples`
as pairs of text and label or labels. For each text a line of JSON comes back: `label`, `raw`, time and tokens. The key
is in INTERCODER_PEER_KEY. Imports nothing of the program.
"""

from __future__ import annotations

import json
import os
import sys
import time
from typing import Any

import pandas
from openai.resources.chat.completions import Completions
from openai.types.completion_usage import PromptTokensDetails
from skllm.config import SKLLMConfig  # type: ignore[import-not-found]  # its environment is not ours
from skllm.models.gpt.classification import few_shot, zero_shot  # type: ignore[import-not-found]

MAX_TOKENS = 400
ask = Completions.create
heard: list[Any] = []


def bounded(self: Completions, **arguments: Any) -> Any:
    """The client's call with an end to what a model cannot end, remembering what came back."""
    completion = ask(self, max_tokens=MAX_TOKENS, **arguments)
    heard.append(completion)
    return completion


def main() -> None:
    job = json.load(sys.stdin)
    Completions.create = bounded  # type: ignore[method-assign]
    SKLLMConfig.set_gpt_url(job["base_url"])
    SKLLMConfig.set_openai_key(os.environ.get("INTERCODER_PEER_KEY") or "none")
    SKLLMConfig.set_openai_org("")
    classifier = fitted(job)
    for text in job["texts"]:
        heard.clear()
        label = error = None
        began = time.perf_counter()
        try:
            label = classifier.predict([text])[0]
            label = [one for one in label if one] if job["several"] else str(label)
        except Exception as failure:  # whatever it is, the next text is asked
            error = f"{type(failure).__name__}: {failure}"
        spent = {"milliseconds": round((time.perf_counter() - began) * 1000)}
        print(json.dumps({"label": label, "error": error, **spent, **usage()}), file=answers, flush=True)


def fitted(job: dict[str, Any]) -> Any:
    """The classifier that its documentation has for the case."""
    options: dict[str, Any] = {"model": f"custom_url::{job['model']}", "default_label": ""}
    if job["several"]:
        options["max_labels"] = max(2, len(job["labels"]))
    if not job["examples"]:
        kind = zero_shot.MultiLabelZeroShotGPTClassifier if job["several"] else zero_shot.ZeroShotGPTClassifier
        return kind(**options).fit(None, [job["labels"]] if job["several"] else job["labels"])
    kind = few_shot.MultiLabelFewShotGPTClassifier if job["several"] else few_shot.FewShotGPTClassifier
    texts, labels = zip(*job["examples"], strict=True)
    return kind(**options).fit(list(texts), pandas.Series(labels) if job["several"] else list(labels))


def usage() -> dict[str, Any]:
    """What the calls for the last text took, and what the last of them said."""
    last = heard[-1].choices[0].message.content if heard else ""
    counts, none = [one.usage for one in heard if one.usage], PromptTokensDetails(cached_tokens=0)
    return {
        "raw": last or "",
        "calls": len(heard),
        "prompt_tokens": sum(one.prompt_tokens for one in counts),
        "cached_tokens": sum((one.prompt_tokens_details or none).cached_tokens or 0 for one in counts),
        "completion_tokens": sum(one.completion_tokens for one in counts),
    }


if __name__ == "__main__":
    answers, sys.stdout = sys.stdout, sys.stderr  # progress bars and the like must not stand between the answers
    main()
