"""intercoder screen --overrule and --undo: a person settles a criterion without waiting for the queue."""

from __future__ import annotations

from typing import TYPE_CHECKING

from coder.adjudicate.log import trail
from coder.cli.screening import ScreeningProject, named, screened
from coder.errors import InputError
from coder.model import Assignment, Codebook, Coding, Decision, QueueItem, Status

if TYPE_CHECKING:
    from coder.model import Coder, Version
    from coder.store import Store

ANSWERS = ("yes", "no", "unclear")


def overrule_answer(
    project: ScreeningProject, person: str, name: str, criterion: str, answer: str, reason: str
) -> dict[str, object]:
    """Settle a criterion of a document; a decision like any other, seen openly, that can be taken back."""
    if answer not in ANSWERS:
        raise InputError(f"'{answer}' is no answer to a criterion", "say yes, no or unclear")
    if not reason.strip():
        raise InputError("nothing is overruled without a reason", 'give --because "..."')
    codebook = project.codebook()
    _check_criterion(codebook, criterion)
    with project.store() as store:
        store.save_codebook(codebook)
        _, version = named(store.each_current(), name)
        coder = store.coder(person, "person")
        item = QueueItem(version_id=version.id, dimension_id=criterion, reason="overruled", detail=reason)
        coding = _coding(codebook, criterion, version, coder, answer)
        act = Decision(
            item_id=item.id, coder_id=coder.id, action="settle", coding_id=coding.id, visible="open", memo=reason
        )
        store.add_queue_items([item])
        store.add_decisions([act], [coding])
        return _told(store, codebook, name, criterion)


def undo_overruled(project: ScreeningProject, person: str, name: str, criterion: str) -> dict[str, object]:
    """Take back this person's last overruling of a criterion of a document."""
    codebook = project.codebook()
    _check_criterion(codebook, criterion)
    with project.store() as store:
        _, version = named(store.each_current(), name)
        known = {coder.name: coder.id for coder in store.coders() if coder.kind == "person"}
        items = {
            item.id
            for item in store.queue_items()
            if (item.version_id, item.dimension_id, item.reason) == (version.id, criterion, "overruled")
        }
        standing = trail(store.decisions(), known.get(person, "")).standing
        acts = [act for act in standing if act.item_id in items and act.action == "settle"]
        if not acts:
            raise InputError(
                f"{person} overruled nothing of '{name}' on {criterion}", f"intercoder screen --show {name} has who did"
            )
        last = acts[-1]
        undo = Decision(item_id=last.item_id, coder_id=last.coder_id, action="undo", target_id=last.id, visible="open")
        store.add_decisions([undo])
        return _told(store, codebook, name, criterion)


def _check_criterion(codebook: Codebook, criterion: str) -> None:
    names = [dimension.id for dimension in codebook.dimensions]
    if criterion not in names:
        raise InputError(f"no criterion '{criterion}'", f"there are: {', '.join(names)}")


def _coding(codebook: Codebook, criterion: str, version: Version, coder: Coder, answer: str) -> Coding:
    unclear = answer == "unclear"
    return Coding(
        version_id=version.id,
        dimension_id=criterion,
        coder_id=coder.id,
        status=Status.ABSENT if unclear else Status.CODED,
        assignments=() if unclear else (Assignment(category=answer),),
        codebook_hash=codebook.hash(),
        dimension_hash=codebook.dimension(criterion).hash(),
    )


def _told(store: Store, codebook: Codebook, name: str, criterion: str) -> dict[str, object]:
    found = screened(store, codebook)
    document, _ = named(found.documents, name)
    verdict = found.verdicts()[document.id]
    return {
        "document": name,
        "criterion": criterion,
        "answer": dict(verdict.answers)[criterion] or "not answered",
        "state": verdict.state,
        "reason": verdict.criterion,
    }
