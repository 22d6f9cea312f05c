"""Addresses of the board's pages: of files beside each other, and of a server. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from typing import Protocol
from urllib.parse import quote, urlencode

from harness.board.fleet import Filter, Sort
from harness.board.values import Key

PAGES = ("Now", "Causes", "Progress", "Live")
STUCK = "stuck.html"


def key(value: str) -> str:
    """Write a value so that it is the same in a URL, in an id and in a selector."""
    return quote(value, safe="", errors="surrogatepass")


class Links(Protocol):
    """What a page asks for."""

    @property
    def pages(self) -> tuple[tuple[str, str], ...]:
        """Name every page with its address."""
        ...

    @property
    def script(self) -> str:
        """Address of a script that lies beside the pages; empty: none, a page has its own."""
        ...

    @property
    def targets(self) -> bool:
        """Tell whether a filter is a fragment, which the page's style looks for."""
        ...

    @property
    def clear(self) -> str:
        """Address without filters."""
        ...

    @property
    def refresh(self) -> str:
        """Address of the rows alone; empty: they do not change."""
        ...

    def repository(self, store: str, name: str) -> str:
        """Address of one repository's page."""
        ...

    def filter(self, now: Filter, name: str, value: str) -> str:
        """Address with one more filter."""
        ...

    def sort(self, now: Filter, order: str) -> str:
        """Address with another order."""
        ...

    def cause(self, signature: str) -> str:
        """Address of the repositories that show a divergence."""
        ...

    def cause_page(self, signature: str) -> str:
        """Address of a divergence among all."""
        ...


@dataclass(frozen=True, slots=True)
class FileLinks:
    """Links between files of one folder; without a script a fragment filters by the page's style."""

    names: Mapping[tuple[str, str], str]
    """Store and repository → file name."""
    up: str = ""
    """`../` on a page that lies one folder below."""
    script: str = ""
    targets: bool = True
    clear: str = "#"
    refresh: str = ""

    @property
    def pages(self) -> tuple[tuple[str, str], ...]:
        """Name every page with its file."""
        files = ("index.html", "causes.html", "progress.html", "live.html")
        return tuple((name, f"{self.up}{file}") for name, file in zip(PAGES, files, strict=True))

    def repository(self, store: str, name: str) -> str:
        """Address of one repository's page."""
        return f"{self.up}r/{self.names[store, name]}.html"

    def filter(self, now: Filter, name: str, value: str) -> str:
        """Give the fragment of one filter."""
        del now
        return f"#{name}={key(value)}"

    def sort(self, now: Filter, order: str) -> str:
        """Each order has a file of its own."""
        del now
        return STUCK if order == Sort.STUCK.value else "index.html"

    def cause(self, signature: str) -> str:
        """Address of the repositories that show a divergence."""
        return f"{self.up}index.html#cause={signature}"

    def cause_page(self, signature: str) -> str:
        """Address of a divergence among all."""
        return f"{self.up}causes.html#c-{signature}"


@dataclass(frozen=True, slots=True)
class ServedLinks:
    """Links of the server; filters are in the query."""

    script: str
    refresh: str = ""
    targets: bool = False
    clear: str = "/"

    @property
    def pages(self) -> tuple[tuple[str, str], ...]:
        """Name every page with its path."""
        return tuple(zip(PAGES, ("/", "/causes", "/progress", "/live"), strict=True))

    def repository(self, store: str, name: str) -> str:
        """Address of one repository's page."""
        return f"/repository?{_query({'store': store, 'name': name})}"

    def filter(self, now: Filter, name: str, value: str) -> str:
        """Give the query with one more filter."""
        return address(now.narrowed(name, value))

    def sort(self, now: Filter, order: str) -> str:
        """Give the query with another order."""
        return address(replace(now, sort=Sort(order)))

    def cause(self, signature: str) -> str:
        """Address of the repositories that show a divergence."""
        return address(Filter(cause=signature))

    def cause_page(self, signature: str) -> str:
        """Address of a divergence among all."""
        return f"/causes#c-{signature}"


def address(wanted: Filter, path: str = "/") -> str:
    """Write filters as a path with a query; what is not filtered is left out."""
    asked = {known.name: str(getattr(wanted, known.name)) for known in fields(wanted)}
    if wanted.sort is Sort.CLOSEST:
        del asked["sort"]
    query = _query({name: value for name, value in asked.items() if value})
    return f"{path}?{query}" if query else path


def _query(values: Mapping[str, str]) -> str:
    return urlencode(values, errors="surrogatepass")


def report_address(campaign: Key) -> str:
    """Give the path of a campaign's report on the server."""
    return f"/report?{_query({'store': campaign.store, 'campaign': campaign.campaign, 'name': campaign.repository})}"
