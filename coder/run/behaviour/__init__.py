"""How a codebook behaves with a model, without gold: definitions found again, order effects, halo. Nothing is stored.

`ask` says what to ask, `read` makes results of the answers, `advise` says in words what is weak and what to do.
"""

from coder.run.behaviour.advise import RULES, advise
from coder.run.behaviour.ask import Plan, Wordings, draw, last_first, make_plan, without_examples
from coder.run.behaviour.read import Answers, Failure, failures, halo_effects, order_effects, recoveries
from coder.run.behaviour.results import Behaviour, Halo, Miss, Move, Order, Recovery, Share, Weakness

__all__ = [
    "RULES", "Answers", "Behaviour", "Failure", "Halo", "Miss", "Move", "Order", "Plan", "Recovery", "Share",
    "Weakness", "Wordings", "advise", "draw", "failures", "halo_effects", "last_first", "make_plan", "order_effects",
    "recoveries", "without_examples",
]  # fmt: skip
