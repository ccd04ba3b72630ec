"""Which documents a review keeps: its criteria as questions, and what is to be held of a document by the answers."""

from coder.screening.criteria import clash, is_screening, screening_codebook
from coder.screening.verdicts import Answer, Held, Sayer, State, Verdict, held, verdict

__all__ = [
    "Answer",
    "Held",
    "Sayer",
    "State",
    "Verdict",
    "clash",
    "held",
    "is_screening",
    "screening_codebook",
    "verdict",
]
