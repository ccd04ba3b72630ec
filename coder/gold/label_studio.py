"""Codings from Label Studio's JSON: of our own export, or as people annotated with any choices and labels.

`from_name` of a choice is a dimension. The label of a stretch is `dimension: code`, or a code where the control is
called as a dimension is; where a dimension has no choice, the labels of its stretches are the codes.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from coder.documents.encoding import read_bytes
from coder.documents.normalise import normalise
from coder.errors import InputError
from coder.gold.claims import Reading
from coder.gold.evidence import find_quotes
from coder.gold.gathered import Gathered, moved
from coder.gold.vocabulary import Meaning
from coder.model import Dimension, Span, Status

_NAMES = ("document", "id", "doc_id", "document_id", "name")
_WHOLE = "*"


def read_tasks(path: Path, reading: Reading) -> None:
    """Gather the annotations of a file of tasks. Raises InputError where the file cannot be read at all."""
    reading.ledger.unit = "task"
    _Tasks(reading).read(_tasks(path))


def _tasks(path: Path) -> list[Any]:
    try:
        found = json.loads(read_bytes(path).decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        raise InputError(f"{path}: is not UTF-8", "export it from Label Studio again, as JSON") from error
    except (ValueError, RecursionError) as error:
        raise InputError(f"{path}: is not JSON: {error}", "export it from Label Studio again, as JSON") from error
    if not isinstance(found, list) or not all(
        isinstance(task, dict) and isinstance(task.get("data"), dict) for task in found
    ):
        raise InputError(f"{path}: is no list of tasks with data", "choose 'JSON' in Label Studio, not 'JSON-MIN'")
    return found


class _Tasks:
    def __init__(self, reading: Reading) -> None:
        self.reading, self.gathered = reading, Gathered(reading)
        self.unread: Counter[str] = Counter()
        self._by_text = {version.text: name for name, (_, version) in reading.documents.items()}

    def read(self, tasks: list[Any]) -> None:
        for number, task in enumerate(tasks, 1):
            document = self._document(task["data"], number)
            if document is None:
                continue
            text = str(task["data"].get("text", ""))
            for who, kind, results in _turns(task):
                if kind == "model" and self.reading.kind not in (None, "model"):
                    self.unread[f"predictions by {who!r}"] += 1
                else:
                    self._turn(document, text, who, kind, results, number)
        self.reading.notes += [f"not read: {count} {what}" for what, count in self.unread.items()]
        self.reading.claims.extend(self.gathered.claims())

    def _document(self, data: Mapping[str, Any], number: int) -> str | None:
        for name in _NAMES:
            if str(data.get(name, "")) in self.reading.documents:
                return str(data[name])
        same = self._by_text.get(normalise(str(data.get("text", ""))))
        return same or self.reading.document_of(str(next((data[name] for name in _NAMES if name in data), "")), number)

    def _turn(self, document: str, text: str, who: str, kind: str, results: list[dict[str, Any]], number: int) -> None:
        coder = self.reading.coder_of(who, kind, number)
        if coder is None:
            return
        regions = []
        for result in results:
            value, control = result.get("value"), str(result.get("from_name", ""))
            value = value if isinstance(value, dict) else {}
            if "choices" in value and (dimension := self._dimension(control, number)):
                meanings = [self._meaning(str(choice), dimension) for choice in _listed(value["choices"])]
                self.gathered.add((document, dimension, coder), number, meanings)
            elif "labels" in value:
                regions += [(control, str(label), value) for label in _listed(value["labels"])]
            elif "text" in value and (dimension := self.reading.find_dimension(control.removesuffix("_memo"))):
                memo = "\n".join(map(str, _listed(value["text"])))
                self.gathered.add((document, dimension, coder), number, memo=memo)
            elif "choices" not in value:
                self.unread[f"results of the control {control!r}"] += 1
        chosen = {dimension.id for dimension in self.reading.codebook.dimensions
                  if self.gathered.said((document, dimension, coder))}  # fmt: skip
        for control, label, value in regions:
            self._region((document, coder), text, control, label, value, chosen, number)

    def _region(
        self, whose: tuple[str, str], text: str, control: str, label: str, value: dict[str, Any],
        chosen: set[str], number: int,
    ) -> None:  # fmt: skip
        name, mark, code = label.partition(": ")
        dimension = self.reading.find_dimension(name) if mark else None
        if dimension is None:
            dimension, code = self._dimension(control, number), label
        if dimension is None:
            return
        meaning: Meaning | str = Meaning() if code == _WHOLE else self._meaning(code, dimension)
        document, coder = whose
        span = _span(value, text, self.reading.documents[document][1].text)
        if span is None:
            self.reading.ledger.add("quote", f"a stretch of {document!r} is not in the text", number, dimension.id)
            return
        given = [] if dimension.id in chosen or code == _WHOLE else [meaning]
        own = meaning.code if isinstance(meaning, Meaning) else ""
        self.gathered.add((document, dimension, coder), number, given, [(own, span)])

    def _meaning(self, choice: str, dimension: Dimension) -> Meaning | str:
        if choice in {status.value for status in Status} - {Status.CODED.value}:
            return Meaning(status=Status(choice))  # no category can have such an id
        return self.reading.vocabulary(dimension).meaning(choice)

    def _dimension(self, control: str, number: int) -> Dimension | None:
        found = self.reading.find_dimension(control)
        if found is None:
            self.reading.ledger.add("unknown_dimension", f"the control {control!r} is no dimension", number)
        return found


def _turns(task: Mapping[str, Any]) -> Iterator[tuple[str, str, list[dict[str, Any]]]]:
    """Who gave which results, with the kind where it is known; annotations that were cancelled are none."""
    for annotation in _listed(task.get("annotations")):
        if isinstance(annotation, dict) and not annotation.get("was_cancelled"):
            results = [one for one in _listed(annotation.get("result")) if isinstance(one, dict)]
            name, kind = _who(annotation, results)
            yield name, kind, results
    for prediction in _listed(task.get("predictions")):
        if isinstance(prediction, dict):
            results = [one for one in _listed(prediction.get("result")) if isinstance(one, dict)]
            yield str(prediction.get("model_version") or "model"), "model", results


def _who(annotation: Mapping[str, Any], results: list[dict[str, Any]]) -> tuple[str, str]:
    by = annotation.get("completed_by")
    if isinstance(by, dict):
        by = by.get("email") or by.get("id")
    if by is not None:
        return str(by), ""
    meta: dict[str, Any] = next((one["meta"] for one in results if isinstance(one.get("meta"), dict)), {})
    return str(meta.get("coder", "")), str(meta.get("coder_kind", ""))


def _span(value: Mapping[str, Any], text: str, ours: str) -> Span | None:
    """The stretch in our text: by code points, by UTF-16 units as older versions counted, or else by its quote."""
    start, end, quote = value.get("start"), value.get("end"), value.get("text")
    if isinstance(start, int) and isinstance(end, int) and 0 <= start < end:
        if not isinstance(quote, str) or text[start:end] == quote:
            return moved(start, end, text, ours)
        units = text.encode("utf-16-le", errors="surrogatepass")
        if units[2 * start : 2 * end].decode("utf-16-le", errors="replace") == quote:
            before = len(units[: 2 * start].decode("utf-16-le", errors="replace"))
            return moved(before, before + len(quote), text, ours)
    found, _ = find_quotes([str(quote or "")], ours)
    return found[0] if found else None


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [] if value is None else [value]
