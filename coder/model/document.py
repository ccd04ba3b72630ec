"""Documents, their versions, and the segments evidence points at."""

from __future__ import annotations

from typing import Annotated, Any, Literal, NamedTuple

from pydantic import AwareDatetime, Field, model_validator

from coder.model.base import Record, new_id, now

SplitName = Literal["examples", "calibration", "test"]


class Span(Record):
    """A stretch `[start, end)` of a version's normalised text, in code points."""

    start: int = Field(ge=0)
    end: int = Field(ge=0)

    @model_validator(mode="before")
    @classmethod
    def _from_pair(cls, value: Any) -> Any:
        return {"start": value[0], "end": value[1]} if isinstance(value, list | tuple) else value

    def overlaps(self, other: Span) -> bool:
        """Whether the two share at least one character."""
        return self.start < other.end and other.start < self.end


class Document(Record):
    """One unit of analysis. `name` is what people call it (the id of the imported row or the file's name)."""

    id: str = Field(default_factory=new_id)
    name: str
    variables: dict[str, str] = Field(default_factory=dict)
    source: str = ""
    created_at: AwareDatetime = Field(default_factory=now)


class Version(Record):
    """One state of a document's text. `text` is NFC; `context` is shown to coders and not coded."""

    id: str = Field(default_factory=new_id)
    document_id: str
    text: str
    hash: str
    language: str = ""
    context: dict[str, str] = Field(default_factory=dict)
    created_at: AwareDatetime = Field(default_factory=now)

    @property
    def purged(self) -> bool:
        """Whether the text was taken out of the store (`intercoder purge`); none comes in without one."""
        return not self.text


class TextState(NamedTuple):
    """What tells whether a version's text is another one, without the text."""

    id: str
    hash: str
    purged: bool


class Segment(NamedTuple):
    """A numbered piece `[start, end)` of a version's text; numbers start at 1 and live only inside one call.

    No record: it is never stored, and every text that is coded becomes some dozens of them, a few of which are cited.
    """

    number: int
    start: int
    end: int
    text: str

    @property
    def span(self) -> Span:
        """Where it stands, as evidence is kept."""
        return Span(start=self.start, end=self.end)


class Split(Record):
    """Where a document belongs for good: shown in prompts, used to set thresholds, or held for the test."""

    document_id: str
    split: SplitName
    cluster: str
    scheme: str
    created_at: AwareDatetime = Field(default_factory=now)


class Inclusion(Record):
    """With which probability a document (for one dimension, or all) was drawn into a named sample, and whether it was.

    A sample that the program drew has one for every document of the population it stands for; an imported one only for
    those drawn. `stratum` names the part within which was drawn, `cluster` what was drawn whole; empty for none.
    """

    id: str = Field(default_factory=new_id)
    sample: str
    document_id: str
    dimension_id: str = ""
    probability: Annotated[float, Field(gt=0, le=1)]
    drawn: bool = True
    stratum: str = ""
    cluster: str = ""
    created_at: AwareDatetime = Field(default_factory=now)
