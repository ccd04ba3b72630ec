"""What the two REFI-QDA formats share: stable GUIDs, names that no importer mixes up, and codes as XML.

REFI-QDA 1.5 (www.qdasoftware.org). QualCoder drops the second of two codes that have one name, whatever their parents,
so that each category's name is prefixed with its dimension's, and is made unique if that is not enough.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from uuid import UUID, uuid5

from coder.markup import attribute, content, one_line, unused
from coder.model import Category, Codebook, Criterion, Dimension, Status

ORIGIN = "Intercoder"
ABSENT_NOTE = "Absent: "
"""In front of the description of the code that says that the text is silent, whatever it is called."""
SILENT = "the text does not say."
_NAMESPACE = UUID("6f6d3c0e-6a5b-5d0e-9d0c-1d0b4f3a7c11")
_COLORS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#7F7F7F", "#B8A500")
"""One a dimension in turn: told apart by people who are colour-blind too (after Okabe and Ito)."""
STATUS_LABELS = {
    Status.ABSENT: "Not specified",
    Status.NOT_APPLICABLE: "[not applicable]",
    Status.UNDECIDABLE: "[undecidable]",
    Status.REFUSED: "[refused]",
    Status.INVALID: "[invalid]",
    Status.FAILED: "[failed]",
    Status.SKIPPED: "[skipped]",
}


@dataclass(frozen=True)
class QdaCode:
    """One code of the exported book: `parent` is the dimension's code, or None for a dimension or criterion itself."""

    guid: str
    name: str
    description: str
    color: str
    dimension: str
    code: str
    codable: bool


def guid(*parts: str) -> str:
    """The same GUID for the same thing at every export, so that an update can be told from an addition."""
    return str(uuid5(_NAMESPACE, "\x1f".join(parts)))


class QdaBook:
    """The codebook as codes: dimensions with their categories, and with `statuses` what else a coder can say."""

    def __init__(self, codebook: Codebook, statuses: bool = False) -> None:
        self.codebook = codebook
        self._names: set[str] = set()
        self.tree: list[tuple[QdaCode, list[QdaCode]]] = []
        for number, dimension in enumerate(codebook.dimensions):
            self._grow(dimension, _COLORS[number % len(_COLORS)], statuses=statuses)
        for criterion in codebook.criteria:
            self.tree.append((self._criterion(criterion), []))
        self.by_code: Mapping[tuple[str, str], QdaCode] = {
            (code.dimension, code.code): code for _, children in self.tree for code in children
        }

    def _grow(self, dimension: Dimension, color: str, *, statuses: bool) -> None:
        told = "\n".join(filter(None, (dimension.question, dimension.instructions)))
        key = (self.codebook.name, dimension.id)
        parent = QdaCode(guid("dimension", *key), self._name(dimension.name), told, color, dimension.id, "", False)
        answers: list[tuple[str, str, str]] = [
            (category.id, category.label, described(category)) for category in dimension.codes
        ]
        if dimension.absent is not None:
            told_absent = f"{ABSENT_NOTE}{dimension.absent.definition or SILENT}"
            answers.append((Status.ABSENT.value, dimension.absent.label, told_absent))
        if statuses:
            known = {code for code, _, _ in answers}
            answers += [(one.value, label, "") for one, label in STATUS_LABELS.items() if one.value not in known]
        children = [
            QdaCode(
                guid("code", *key, code),
                self._name(f"{dimension.name}: {label}"),
                told,
                color,
                dimension.id,
                code,
                True,
            )
            for code, label, told in answers
        ]
        self.tree.append((parent, children))

    def _criterion(self, criterion: Criterion) -> QdaCode:
        name = self._name(f"Criterion: {criterion.label or criterion.id}")
        told = "\n".join(filter(None, (criterion.question, criterion.definition)))
        return QdaCode(
            guid("criterion", self.codebook.name, criterion.id), name, told, "#7F7F7F", "", criterion.id, True
        )

    def _name(self, wanted: str) -> str:
        """A name that no other code has, case aside."""
        return unused(one_line(wanted, "code"), self._names)

    def xml(self) -> Iterator[str]:
        """The element `Codes`, a line an element."""
        yield "<Codes>"
        for parent, children in self.tree:
            yield _opened(parent)
            for child in children:
                yield _opened(child) + "</Code>"
            yield "</Code>"
        yield "</Codes>"


def described(category: Category) -> str:
    """Definition, include and exclude notes and examples as one text."""
    parts = [category.definition]
    parts += [f"Include: {note}" for note in category.include]
    parts += [f"Exclude: {note}" for note in category.exclude]
    for example in category.examples:
        kind = "Borderline example" if example.borderline else "Example"
        parts.append(f"{kind}: {example.text}" + (f" ({example.note})" if example.note else ""))
    return "\n".join(filter(None, parts))


def _opened(code: QdaCode) -> str:
    told = f"<Description>{content(code.description)}</Description>" if code.description else ""
    return (
        f'<Code guid="{code.guid}" name={attribute(code.name)} isCodable="{str(code.codable).lower()}" '
        f'color="{code.color}">{told}'
    )
