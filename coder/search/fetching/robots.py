"""What a site's robots.txt says (RFC 9309): may we ask for an address, and how often."""

from __future__ import annotations

from dataclasses import dataclass

from protego import Protego

from coder.search.fetching.rules import ROBOT, Page

MAX_BYTES = 512_000
"""What is read of a robots.txt; RFC 9309 asks for 500 KiB at the least."""

_TOO_MANY = 429


@dataclass(frozen=True)
class Robots:
    """The rules of one site. `rules` None: there are none. `closed` a reason not to ask for anything now."""

    rules: Protego | None = None
    closed: Page | None = None

    def objection(self, url: str, pause_s: float) -> str:
        """Why the address is not asked for; empty where it may be."""
        if self.rules is None:
            return ""
        if not self.rules.can_fetch(url, ROBOT):
            return "robots.txt asks programs not to retrieve this page"
        delay = self.delay_s()
        return f"robots.txt wants {delay:.0f} s between two requests" if delay > pause_s else ""

    def delay_s(self) -> float:
        """The pause between two requests that the site asks for; 0 where it names none."""
        if self.rules is None:
            return 0.0
        rate = self.rules.request_rate(ROBOT)
        by_rate = rate.seconds / rate.requests if rate and rate.requests else 0.0
        delay = max(self.rules.crawl_delay(ROBOT) or 0.0, by_rate)
        return delay if delay > 0 else 0.0  # 'nan' and what lies in the past are no pauses


def read_robots(page: Page) -> Robots:
    """The rules in the answer for robots.txt: 4xx means that there are none, 5xx that nothing may be asked for.

    429 is taken as 5xx is: a site that is asked too often is not asked more.
    """
    if page.outcome == "fetched":
        return Robots(rules=Protego.parse((page.body or b"").decode("utf-8-sig", "replace")))
    if page.status // 100 == 4 and page.status != _TOO_MANY:
        return Robots()
    if page.status // 100 == 5 or page.status == _TOO_MANY:
        reason = f"robots.txt answers {page.status}: nothing may be asked for now"
        return Robots(closed=Page(page.url, "refused", reason, page.status))
    place = "robots.txt: " if page.status else ""  # without an answer the fault is the whole site's
    return Robots(closed=Page(page.url, page.outcome, place + page.reason, page.status))
