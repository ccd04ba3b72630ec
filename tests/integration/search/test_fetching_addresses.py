"""Which addresses are asked for a page, and where redirects may lead."""

from __future__ import annotations

import pytest

from coder.search.fetching import Fetcher, is_public
from tests.integration.search.fetched import PUBLIC, Names, fetch, public_site, rules, site
from tests.integration.search.site import Site, moved, page

__all__ = ["public_site", "site"]


# Addresses


@pytest.mark.parametrize(
    "url",
    [
        "ftp://example.org/a", "file:///etc/passwd", "javascript:alert(1)", "data:text/html,x", "example.org", "", "http://",
        "http://[", "http://ada:secret@example.org/", "http://10.0.0.1/", "http://192.168.1.1/", "http://169.254.169.254/",
        "http://100.64.0.1/", "http://0.0.0.0/", "http://224.0.0.1/", "http://255.255.255.255/", "http://2130706433/",
        "http://0177.0.0.1/", "http://0x7f.1/", "http://127.1/", "http://[::1]/", "http://[::ffff:127.0.0.1]/",
        "http://[::ffff:a00:1]/", "http://[fe80::1]/", "http://[fc00::1]/", "http://[ff02::1]/", "http://[64:ff9b::7f00:1]/",
        "http://[2002:7f00:1::]/", "http://[::]/", "http://127.0.0.1/", "http://\uff11\uff12\uff17.0.0.1/",
    ],
)  # fmt: skip
async def test_what_is_no_public_web_address_is_blocked_before_anything_is_sent(url: str) -> None:
    found = await fetch(url, allow_private=())
    assert (found.outcome, found.status, found.body) == ("blocked", 0, None)
    assert found.reason
    assert "secret" not in found.reason


@pytest.mark.parametrize("address", ["8.8.8.8", "2001:4860:4860::8888", "::ffff:8.8.8.8", "64:ff9b::808:808"])
def test_public_addresses_are_public(address: str) -> None:
    assert is_public(address)


async def test_a_name_that_leads_to_a_private_address_is_refused(site: Site) -> None:
    names = Names(["127.0.0.1"])
    async with Fetcher(rules(), resolver=names) as fetcher:  # the number 127.0.0.1 is allowed, the name is not
        found = await fetcher.fetch(site.url(host="innocent.example"))
    assert (found.outcome, site.asked) == ("blocked", [])
    assert "innocent.example" in found.reason


async def test_a_name_that_the_settings_allow_may_be_private(site: Site) -> None:
    async with Fetcher(rules(allow_private=("Intranet.Example.",)), resolver=Names(["127.0.0.1"])) as fetcher:
        assert (await fetcher.fetch(site.url(host="intranet.example"))).outcome == "fetched"


async def test_a_name_server_that_changes_its_answer_within_one_fetch_gains_nothing(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    # The attacker's site stands at a public address and sends us on to the same name at another port, which is
    # resolved anew: now the name leads to this machine, where a site listens at that port.
    site.pages["/secret"] = page("Nobody's business.")
    names = Names([PUBLIC], ["127.0.0.1"])
    with Site({"/": moved(site.url("/secret", host="rebinding.example"))}) as attacker:
        reached = public_site(monkeypatch, attacker)
        async with Fetcher(rules(), resolver=names) as fetcher:
            found = await fetcher.fetch(attacker.url(host="rebinding.example"))
        assert attacker.paths() == ["/"]  # the first answer was connected to
    assert names.asked == ["rebinding.example"] * 2
    assert set(reached) == {PUBLIC}
    assert (found.outcome, site.asked) == ("blocked", [])
    assert "sends us on to rebinding.example" in found.reason
    assert "address of this machine" in found.reason


async def test_where_a_name_goes_on_to_lead_to_public_addresses_the_redirect_is_followed(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Site({"/": moved("/there"), "/there": page("There.")}) as other:
        reached = public_site(monkeypatch, other)
        async with Fetcher(rules(), resolver=Names([PUBLIC])) as fetcher:
            assert (await fetcher.fetch(other.url(host="steady.example"))).outcome == "fetched"
    assert set(reached) == {PUBLIC}


async def test_a_mixed_answer_is_reduced_to_its_public_part(site: Site) -> None:
    from coder.search.fetching.hosts import CheckedResolver

    found = await CheckedResolver((), Names(["127.0.0.1", "8.8.8.8", "10.1.1.1"])).resolve("mixed.example")
    assert [one["host"] for one in found] == ["8.8.8.8"]


# Redirects


async def test_redirects_are_followed_to_the_page(site: Site) -> None:
    site.pages |= {"/a": moved("b", 301), "/b": moved(f"//127.0.0.1:{site.port}/c", 308), "/c": page("There.")}
    found = await fetch(site.url("/a#part"))
    assert (found.outcome, found.url, found.final_url) == ("fetched", site.url("/a#part"), site.url("/c"))


@pytest.mark.parametrize(
    "to", ["http://127.0.0.2/", "http://[::1]/", "file:///etc/passwd", "http://169.254.169.254/latest/meta-data", "http://2130706433/"]
)  # fmt: skip
async def test_a_redirect_out_of_bounds_is_blocked(site: Site, to: str) -> None:
    site.pages["/"] = moved(to)
    found = await fetch(site.url())
    assert found.outcome == "blocked"
    assert "sends us on" in found.reason


async def test_circles_and_long_chains_of_redirects_end(site: Site) -> None:
    site.pages |= {"/a": moved("/b"), "/b": moved("/a")} | {f"/{n}": moved(f"/{n + 1}") for n in range(20)}
    assert "circle" in (await fetch(site.url("/a"))).reason
    found = await fetch(site.url("/0"))
    assert (found.outcome, "5 times" in found.reason) == ("failed", True)
    assert site.paths() == ["/a", "/b", "/0", "/1", "/2", "/3", "/4", "/5"]  # five redirects are followed


async def test_what_was_meant_for_one_site_is_not_sent_to_another(site: Site) -> None:
    with Site({"/": page("Other.")}) as other:
        site.pages["/"] = moved(other.url(), 307)
        async with Fetcher(rules()) as fetcher:
            await fetcher.fetch(site.url(), robots=False, headers={"X-Key": "secret"})
        assert site.asked[0].headers["x-key"] == "secret"
        assert "x-key" not in other.asked[0].headers
