"""Retrieve pages politely: who asks is said, robots.txt is heeded, and nothing a site does can hang or flood us."""

from coder.search.fetching.fetcher import Fetcher
from coder.search.fetching.hosts import is_public
from coder.search.fetching.rules import FetchRules, Page

__all__ = ["FetchRules", "Fetcher", "Page", "is_public"]
