"""Who works on what now: one coder an item, until the lease runs out by the database's clock."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

from coder.model import QueueItem
from coder.store import Store
from tests.integration.store.records import World, populate


def queued(store: Store, world: World, count: int) -> list[str]:
    items = [QueueItem(version_id=world.version.id, dimension_id="mode", reason="audit") for _ in range(count)]
    store.add_queue_items(items)
    return [item.id for item in items]


def test_an_item_that_someone_has_is_not_taken(store: Store) -> None:
    world = populate(store)
    ben = store.coder("Ben", "person")
    one, two = queued(store, world, 2)
    assert store.lease([one], world.person.id, 60) == {one}
    assert store.lease([one, two], ben.id, 60) == {two}
    assert store.leases() == {one: world.person.id, two: ben.id}


def test_who_has_an_item_can_keep_it_longer(store: Store) -> None:
    world = populate(store)
    (one,) = queued(store, world, 1)
    assert store.lease([one], world.person.id, 60) == store.lease([one], world.person.id, 60) == {one}


def test_a_lease_that_ran_out_gives_the_item_back(store: Store) -> None:
    world = populate(store)
    ben = store.coder("Ben", "person")
    (one,) = queued(store, world, 1)
    store.lease([one], world.person.id, -1)  # as if it had been taken longer ago than it lasts
    assert store.leases() == {}
    assert store.lease([one], ben.id, 60) == {one}
    assert store.lease([one], world.person.id, 60) == set()


def test_only_who_has_an_item_gives_it_back(store: Store) -> None:
    world = populate(store)
    ben = store.coder("Ben", "person")
    (one,) = queued(store, world, 1)
    store.lease([one], world.person.id, 60)
    store.release([one], ben.id)
    assert store.lease([one], ben.id, 60) == set()
    store.release([one], world.person.id)
    assert store.lease([one], ben.id, 60) == {one}


def test_of_many_who_ask_at_once_each_item_goes_to_one(store: Store) -> None:
    world = populate(store)
    items = queued(store, world, 20)
    people = [store.coder(f"coder {number}", "person").id for number in range(8)]
    with ThreadPoolExecutor(8) as pool:
        taken = list(pool.map(lambda person: store.lease(items, person, 60), people))
    assert sorted(item for part in taken for item in part) == sorted(items)
