"""What a run is held against: a gold set, one person, or several people's codings made one by rule."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from coder.adjudicate.log import first_codings
from coder.agreement.gold_rule import LeftOut, Rule, gold_by_rule
from coder.cli.project import coded_blind, gold_kind, pick_gold
from coder.errors import InputError
from coder.model import Codebook, Coder, Coding, Decision, Gold, QueueItem

if TYPE_CHECKING:
    from coder.store import Store

RULES = ("majority", "consensus")
SELECTED = (
    "not estimable: selected items (the queue chose some of them, and a person settled those); take gold that was "
    "coded blind, such as the version before: --gold NAME@VERSION"
)


@dataclass(frozen=True)
class People:
    """The people whose codings gold sets hold, and their codings by coder id; `aside` counts sets left aside."""

    coders: Mapping[str, Coder]
    codings: Mapping[str, tuple[Coding, ...]]
    aside: int = 0

    def by_name(self, shown: Iterable[str] = ()) -> dict[str, list[Coding]]:
        """Each person's codings by name, without those of the versions that the prompt showed."""
        left = set(shown)
        return {
            self.coders[coder].name: [coding for coding in codings if coding.version_id not in left]
            for coder, codings in self.codings.items()
            if self.coders[coder].kind == "person"
        }


@dataclass(frozen=True)
class Reference:
    """The reference codings with the gold they are; `blocked` says by dimension why nothing is computed on them.

    `left_out` are the cells that a rule left without gold; `coders` names the people behind. `stored` says that the
    gold is a set as it is stored, with its version.
    """

    gold: Gold
    kind: str
    codings: tuple[Coding, ...]
    rule: Rule | None = None
    left_out: tuple[LeftOut, ...] = ()
    blocked: Mapping[str, str] = field(default_factory=dict)
    coders: tuple[str, ...] = ()
    stored: bool = True

    @property
    def words(self) -> str:
        """What the gold is and whose."""
        shown = ", ".join(self.coders[:5]) + (f" and {len(self.coders) - 5} more" if len(self.coders) > 5 else "")
        if self.rule is not None:
            return f"gold by {self.rule.name} of {shown}: {self.rule}"
        if not self.stored:
            return f"every gold coding by {shown}"
        return f"gold '{self.gold.name}', version {self.gold.version}{f', by {shown}' if shown else ''}"

    @property
    def no_ceiling(self) -> str | None:
        """Why people's agreement on the items of this gold is no ceiling: the rule chose them for it."""
        if self.rule is None or (self.rule.name == "majority" and len(self.coders) > 2):
            return None
        if self.rule.name == "consensus" and "consensus" in self.kind:
            return "gold by consensus keeps the items on which people agree or have settled, which raises it"
        return f"gold by {self.rule.name} keeps the items on which people agree, where it is 1 by construction"

    @property
    def differing(self) -> bool:
        """Whether a rule left out items on which people differ."""
        return any(cell.cause != "too_few_coders" for cell in self.left_out)

    def record(self) -> dict[str, Any]:
        """The keys of `gold` in `eval --json`."""
        return {
            "name": self.gold.name,
            "version": self.gold.version if self.stored else None,
            "coder_kind": self.kind,
            "rule": str(self.rule) if self.rule else self.gold.rule,
            "min_coders": self.rule.min_coders if self.rule else None,
            "coders": list(self.coders),
            "left_out": Counter(cell.cause for cell in self.left_out),
        }


def find_reference(store: Store, codebook: Codebook, name: str | None, min_coders: int | None = None) -> Reference:
    """The gold set of this name (`NAME@VERSION` for an earlier one), else a rule, else a person of this name.

    Without a name the newest set. InputError where there is none, or where it was coded with another codebook.
    """
    golds = store.golds()
    if not golds and (name is None or not people_of(store, codebook).codings):
        raise InputError(
            "no gold yet",
            "take codings in (intercoder gold import FILE --coder NAME), or code: intercoder adjudicate --task code",
        )
    sets = {gold.name for gold in golds}
    ruled = name in RULES and name not in sets
    if min_coders is not None and not ruled:
        raise InputError("--min-coders goes with a rule", f"name one: --gold {' or --gold '.join(RULES)}")
    if name == "majority" and ruled:
        return _by_rule(store, codebook, Rule("majority", min_coders or Rule("majority").min_coders))
    if name == "consensus" and ruled:
        return _by_rule(store, codebook, Rule("consensus", min_coders or Rule("consensus").min_coders))
    if name is not None and name not in sets:
        earlier = _version_of(golds, name)
        return _of_set(store, codebook, earlier) if earlier else _of_person(store, codebook, name)
    gold = pick_gold(store, name)
    assert gold is not None  # noqa: S101 - there are some, and the name is one of theirs
    return _of_set(store, codebook, gold)


def people_of(store: Store, codebook: Codebook) -> People:
    """Who coded, by the newest version of each gold set of this codebook in which the person coded.

    What came through the queue is left out. Two people whose codings were taken in under one name are two people: that
    one's are a later version of the set hides nobody. What people coded from scratch on the desk counts without being
    made a gold set.
    """
    coders = {coder.id: coder for coder in store.coders() if coder.kind in ("person", "consensus")}
    golds = coded_blind(store.golds())
    newest = {gold.name: gold for gold in golds}.values()
    items, decisions = store.queue_items(), store.decisions()
    decided = _selected(items, decisions)
    now = codebook.hash()
    given: dict[tuple[str, str], list[Coding]] = {}
    for gold in sorted(golds, key=lambda gold: gold.id):
        kept: dict[str, list[Coding]] = {}
        for coding in store.codings(gold_id=gold.id) if gold.codebook_hash == now else ():
            if coding.coder_id in coders and not _came_through_queue(coding, decided):
                kept.setdefault(coding.coder_id, []).append(coding)
        for coder, theirs in kept.items():
            given.pop((gold.name, coder), None)  # the newest comes last
            given[gold.name, coder] = theirs
    found: dict[str, dict[tuple[str, str], Coding]] = {}
    for (_, coder), theirs in given.items():
        found.setdefault(coder, {}).update({(one.version_id, one.dimension_id): one for one in theirs})
    for coding in first_codings(items, decisions, {one.id: one for one in store.codings(decided=True)}):
        if coding.codebook_hash == now:
            found.setdefault(coding.coder_id, {})[coding.version_id, coding.dimension_id] = coding
    codings = {coder: tuple(cells.values()) for coder, cells in found.items()}
    return People(coders, codings, sum(gold.codebook_hash != now for gold in newest))


def coded_first(store: Store) -> list[Coding]:
    """What people coded from scratch on the desk."""
    codings = {coding.id: coding for coding in store.codings(decided=True)}
    return first_codings(store.queue_items(), store.decisions(), codings)


def _selected(items: Iterable[QueueItem], decisions: Iterable[Decision]) -> set[str]:
    """The ids of the codings given to what the queue selected; first codings are not among them."""
    first = {item.id for item in items if item.reason == "first_coding"}
    return {act.coding_id for act in decisions if act.coding_id and act.item_id not in first}


def _by_rule(store: Store, codebook: Codebook, rule: Rule) -> Reference:
    people = people_of(store, codebook)
    who = {coder: people.coders[coder] for coder in people.codings}
    persons = sorted(coder.name for coder in who.values() if coder.kind == "person")
    if len(persons) < rule.min_coders and not (rule.name == "consensus" and len(persons) < len(who)):
        aside = f"; {people.aside} gold sets were coded with another codebook" if people.aside else ""
        raise InputError(
            f"--gold {rule.name}: {len(persons)} people coded with this codebook, the rule asks for {rule.min_coders}"
            f"{aside}",
            "take in another person's codings (intercoder gold import), or name the one there is: --gold NAME",
        )
    found = gold_by_rule(
        rule,
        [coding for codings in people.codings.values() for coding in codings],
        multilabel=[dimension.id for dimension in codebook.dimensions if not dimension.single],
        settled=[coder.id for coder in who.values() if coder.kind == "consensus"],
    )
    kinds = ", ".join(sorted({coder.kind for coder in who.values()}))
    gold = Gold(name=rule.name, version=1, codebook_hash=codebook.hash(), rule=str(rule))
    return Reference(gold, kinds, found.codings, rule, found.left_out, coders=tuple(persons), stored=False)


def _of_person(store: Store, codebook: Codebook, name: str) -> Reference:
    people = people_of(store, codebook)
    found = [coder for coder in people.codings if people.coders[coder].name == name]
    if not found:
        pick_gold(store, name)  # says which sets there are
    codings = people.codings[found[0]]
    gold = Gold(name=name, version=1, codebook_hash=codebook.hash(), rule=f"every coding by {name}")
    return Reference(gold, people.coders[found[0]].kind, codings, coders=(name,), stored=False)


def _of_set(store: Store, codebook: Codebook, gold: Gold) -> Reference:
    if gold.codebook_hash != codebook.hash():
        raise other_codebook(f"gold {gold.name}", gold.codebook_hash, codebook)
    codings = tuple(store.codings(gold_id=gold.id))
    names = {coder.id: coder.name for coder in store.coders()}
    blocked = _blocked(codings, _selected(store.queue_items(), store.decisions()))
    coders = tuple(sorted({names[coding.coder_id] for coding in codings}))
    return Reference(gold, gold_kind(store, list(codings)), codings, blocked=blocked, coders=coders)


def other_codebook(what: str, used: str, codebook: Codebook) -> InputError:
    """The error for codings of another codebook than the one on disk."""
    return InputError(
        f"{what} was coded with another codebook ({used[:12]}, now {codebook.hash()[:12]})",
        "carry its codes over (intercoder codebook migrate MAP), code or import again, or put the earlier one back",
    )


def _version_of(golds: Iterable[Gold], name: str) -> Gold | None:
    """`NAME@2`: an earlier version of a set."""
    set_name, _, version = name.rpartition("@")
    return next((gold for gold in golds if gold.name == set_name and str(gold.version) == version), None)


def _blocked(codings: Iterable[Coding], decided: set[str]) -> dict[str, str]:
    """Why a dimension's items carry no figure: the queue selected some, or several people stand as one coder."""
    coders: dict[str, set[str]] = {}
    selected: set[str] = set()
    for coding in codings:
        coders.setdefault(coding.dimension_id, set()).add(coding.coder_id)
        if _came_through_queue(coding, decided):
            selected.add(coding.dimension_id)
    pooled = {
        dimension: f"not estimable: {len(who)} people coded these items in turn, and a pool of people is no coder"
        for dimension, who in coders.items()
        if len(who) > 1
    }
    return pooled | dict.fromkeys(selected, SELECTED)


def _came_through_queue(coding: Coding, decided: set[str]) -> bool:
    return coding.id in decided or coding.derived_from in decided
