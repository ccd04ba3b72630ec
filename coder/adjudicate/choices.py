"""The answers a person can mark for a dimension, what marking one does, and whether marks make an answer. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from coder.adjudicate.wording import NONE_OF_THEM, STATUS_WORDS, marks_words, status_words
from coder.errors import InputError
from coder.model import Category, Coding, DimensionBase, Status


@dataclass(frozen=True)
class Marks:
    """An answer as a person marks it, before or after it is saved: a status and, if `coded`, category ids."""

    status: Status
    codes: tuple[str, ...] = ()

    @classmethod
    def of(cls, coding: Coding) -> Marks:
        """The marks a coding stands for."""
        return cls(coding.status, coding.codes)

    def words(self, dimension: DimensionBase) -> str:
        """The marks in one line."""
        return marks_words(dimension, self.status, self.codes)


CANNOT_TELL = Marks(Status.UNDECIDABLE)
DOES_NOT_APPLY = Marks(Status.NOT_APPLICABLE)


@dataclass(frozen=True)
class Choice:
    """One line of the list of answers.

    `key` is what is typed for it: the category's number, `0` for none applies, `x` for cannot tell, `n` for does not
    apply. `category` is None for the last three.
    """

    key: str
    label: str
    definition: str
    marks: Marks
    category: Category | None = None

    def held_by(self, marks: Marks | None) -> bool:
        """Whether marks include this choice."""
        if marks is None or self.category is None:
            return marks == self.marks
        return self.category.id in marks.codes


def choices(dimension: DimensionBase) -> tuple[Choice, ...]:
    """Every answer a person can give to the dimension, categories first, in the codebook's order."""
    found = [
        Choice(str(number), category.label, category.definition, Marks(Status.CODED, (category.id,)), category)
        for number, category in enumerate(dimension.codes, start=1)
    ]
    none = none_applies(dimension)
    if none is not None:
        label = NONE_OF_THEM.capitalize() if dimension.absent is None else dimension.absent.label
        definition = "" if dimension.absent is None else dimension.absent.definition
        found.append(Choice("0", label, definition or "The whole text was read; no category applies.", none))
    if dimension.applies_if is not None:
        label = status_words(dimension, Status.NOT_APPLICABLE).capitalize()
        codes = ", ".join(dimension.applies_if.any_of)
        asked = f"Asked only where {dimension.applies_if.dimension} is {codes}."
        found.append(Choice("n", label, asked, DOES_NOT_APPLY))
    label = STATUS_WORDS[Status.UNDECIDABLE].capitalize()
    found.append(Choice("x", label, "The text does not let you decide between categories.", CANNOT_TELL))
    return tuple(found)


def notes_of(choice: Choice) -> tuple[str, ...]:
    """The coder's manual on a choice beyond its definition: what it includes and excludes, and examples."""
    if choice.category is None:
        return ()
    category = choice.category
    listed = [f"{word}: {'; '.join(notes)}" for word, notes in _lists(category) if notes]
    examples = [
        f"{'Borderline' if example.borderline else 'Example'}: {example.text} {example.note}".rstrip()
        for example in category.examples
    ]
    return (*listed, *examples)


def _lists(category: Category) -> tuple[tuple[str, tuple[str, ...]], ...]:
    return (("Include", category.include), ("Exclude", category.exclude))


def mark(dimension: DimensionBase, marks: Marks | None, choice: Choice) -> Marks | None:
    """The marks after a choice was made: toggled in a multi-label set, put in place of the old mark otherwise.

    None means that nothing is marked any more.
    """
    if dimension.single or choice.category is None:
        return choice.marks
    chosen = choice.category.id
    before = marks.codes if marks is not None else ()
    after = [code for code in before if code != chosen] if chosen in before else [*before, chosen]
    order = [category.id for category in dimension.codes]
    return Marks(Status.CODED, tuple(sorted(after, key=order.index))) if after else None


def none_applies(dimension: DimensionBase) -> Marks | None:
    """The answer "none of the categories": `absent` where the codebook has it, else the empty set; None if neither."""
    if dimension.absent is not None:
        return Marks(Status.ABSENT)
    return None if dimension.single else Marks(Status.CODED)


def check_marks(dimension: DimensionBase, marks: Marks) -> Marks:
    """The marks, with categories in the codebook's order; InputError where they are no answer."""
    place = f"dimension '{dimension.id}'"
    if marks.status is not Status.CODED:
        _check_status(dimension, marks, place)
        return marks
    order = [category.id for category in dimension.codes]
    unknown = [code for code in marks.codes if code not in order]
    if unknown:
        raise InputError(f"{place}: no category '{unknown[0]}'", f"Take one of {', '.join(order)}.")
    if dimension.single and len(set(marks.codes)) != 1:
        raise InputError(f"{place}: takes exactly one category, {len(set(marks.codes))} marked", "Mark one category.")
    return Marks(Status.CODED, tuple(code for code in order if code in marks.codes))


def _check_status(dimension: DimensionBase, marks: Marks, place: str) -> None:
    # Another coder's answer may be taken over although the codebook offers no such choice here: a model's
    # `not_applicable` or `absent` is still an answer, so only what no person can mean is refused.
    if marks.codes or marks.status in (Status.REFUSED, Status.INVALID, Status.FAILED, Status.SKIPPED):
        raise InputError(f"{place}: '{marks.status}' is no answer a person can give", "Mark a category.")
