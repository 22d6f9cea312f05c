"""Evidence stores of a fleet over months, made from three campaigns that the real judge judged.

Every campaign is one of them with another name, day, owner and numbers; digests and the ledger's chain are its own. The
same seed gives the same bytes. Only what the board reads is there: plan, judgement, verdict and ledger.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory

from campaign.finished import Draft, finish, repository

from harness.model.clock import iso, parse_iso
from harness.model.finding import Finding, Outcome
from harness.model.policy import DAY, Approver
from harness.model.repository import Repository
from harness.store import codec, ledger
from harness.store.archive import PLAN, Archive
from harness.store.ledger import LEDGER, Entry

END = parse_iso("2026-11-30T18:00:00Z")
"""After the last verdict."""
OWNERS = ("ada", "bob", "team-pricing", "team-risk", "team-search", "ml-platform", "forecasting", "vision", "fraud")
TIERS = ("critical", "standard", "trial")
BASES = ("py311-cuda", "py311-cpu", "py310-legacy", "spark-35", "r-43")
_NAME, _CAMPAIGN = b"zzname", b"zzcampaign"
_PLANNED = b"2026-11-25T10:00:00Z"
_JUDGED = "2026-11-25T12:00:00Z"


@dataclass(frozen=True)
class Template:
    """One judged campaign as bytes, with the facts of its two ledger entries."""

    plan: bytes
    judgement: bytes
    verdict: bytes
    begun: Mapping[str, str]
    judged: Mapping[str, str]


@dataclass(frozen=True)
class Fleet:
    """What is made."""

    repositories: int
    days: int
    a_day: int = 2
    stores: int = 1
    seed: int = 1
    end: float = END


def priced() -> Repository:
    """Describe a repository with prices and approvers."""
    plain = repository(_NAME.decode())
    approvers = (Approver("ada", "ssh-ed25519 AAAA ada"), Approver("bob", "ssh-ed25519 AAAA bob"))
    return replace(
        plain,
        owner="zzowner",
        tier="zztier",
        policy=replace(plain.policy, approvers=approvers),
        legacy=replace(plain.legacy, price_per_cpu_hour=0.03, price_per_gb_hour=0.004),
        candidate=replace(plain.candidate, prices_per_hour=(("ml.m5.large", 0.115),)),
        limits=replace(plain.limits, price_max=5.0),
        jobs=tuple(replace(job, base="registry.example/zzbase:1") for job in plain.jobs),
    )


def templates() -> dict[str, Template]:
    """Judge a GO, a GO with an explained false failure, a NO-GO and an INCONCLUSIVE."""
    with TemporaryDirectory() as folder:
        made = {
            "GO": _template(Path(folder) / "go", Draft(10.0)),
            "NO-GO": _template(Path(folder) / "no-go", Draft(5.0)),
        }
    thin = made["GO"].verdict.replace(b'"decision":"GO"', b'"decision":"INCONCLUSIVE"')
    thin = thin.replace(b'"code":"go"', b'"code":"inconclusive:thin"')
    made["INCONCLUSIVE"] = replace(made["GO"], verdict=thin)
    made["EXPLAINED"] = replace(made["GO"], judgement=_explained(made["GO"].judgement))
    return made


def _template(reports: Path, candidate: Draft) -> Template:
    finished, _ = finish(
        reports, _CAMPAIGN.decode(), candidate=candidate, repositories=(priced(),), at=_JUDGED, author="carol"
    )
    archive, name = finished.archive, _NAME.decode()
    begun, judged = archive.ledger.entries()
    read = lambda path: (archive.root / path).read_bytes()  # noqa: E731
    names = (PLAN, Archive.judgement_name(name), Archive.verdict_name(name))
    return Template(*map(read, names), begun.facts, judged.facts)


def _explained(judgement: bytes) -> bytes:
    """Let legacy fail falsely in the first pair, by a sidecar."""
    from harness.model.verdict import Judgement  # noqa: PLC0415

    found = codec.decode(judgement, Judgement, "template")

    def told(finding: Finding) -> Finding:
        first = finding.check == "truth.agreement" and str(finding.pair).endswith("-01")
        return (
            replace(finding, outcome=Outcome.EXPLAINED, rule="K08")
            if first and finding.subject.endswith("legacy")
            else finding
        )

    return codec.encode(replace(found, findings=tuple(told(finding) for finding in found.findings)))


def make(folder: Path, fleet: Fleet) -> tuple[Path, ...]:
    """Write the stores; give their folders."""
    made, chance = templates(), random.Random(fleet.seed)
    folders = tuple(folder / f"team-{number:02d}" for number in range(fleet.stores))
    for number, place in enumerate(folders):
        place.mkdir(parents=True)
        names = [f"repo-{one:03d}" for one in range(fleet.repositories) if one % fleet.stores == number]
        _write(place, _events(names, fleet, chance), made)
    return folders


@dataclass(frozen=True)
class Event:
    """A campaign that was judged, a stage or a signature."""

    at: float
    repository: str
    kind: str
    word: str
    campaign: str = ""
    follows: int = -1


def _events(names: list[str], fleet: Fleet, chance: random.Random) -> Iterator[Event]:
    """Let each repository be NO-GO, then thin, then GO, and some of those move on; in the order of time."""
    go_on = {name: chance.uniform(0.1, 1.4) * fleet.days for name in names}
    found: list[Event] = []
    begin = fleet.end - fleet.days * DAY
    for day in range(fleet.days):
        for slot in range(fleet.a_day):
            for place, name in enumerate(names):
                at = begin + (day + (slot + 1) / (fleet.a_day + 1)) * DAY + place
                word = _word(day, go_on[name], chance)
                found.append(Event(at, name, "campaign", word, f"{name}-{day:03d}-{slot}"))
    for name, day in go_on.items():
        found += _moves(name, begin + day * DAY, fleet.end)
    return iter(sorted(found, key=lambda event: event.at))


def _word(day: int, go_on: float, chance: random.Random) -> str:
    if day >= go_on:
        return "EXPLAINED" if chance.random() < 0.15 else "GO" if chance.random() < 0.97 else "NO-GO"
    return "INCONCLUSIVE" if day > go_on - 10 else "NO-GO"


def _moves(name: str, go_at: float, end: float) -> Iterator[Event]:
    if go_at + 3 * DAY < end:
        yield Event(go_at + 3 * DAY, name, "signed", "bob")
    for days, stage in ((4, "shadow"), (8, "dual"), (15, "canary"), (25, "cut-over"), (40, "soak"), (60, "done")):
        if go_at + days * DAY < end:
            yield Event(go_at + days * DAY, name, "stage", stage)


class _Book:
    """A ledger that is written in one go."""

    def __init__(self) -> None:
        self.lines: list[bytes] = []
        self.last = ledger.FIRST

    def add(self, kind: str, at: float, name: str, campaign: str, facts: Mapping[str, str]) -> int:
        entry = Entry(len(self.lines), self.last, kind, iso(at), name, campaign, facts)
        line = codec.line(entry)
        self.last = codec.digest(line)
        self.lines.append(line)
        return entry.sequence


def _write(place: Path, events: Iterator[Event], made: Mapping[str, Template]) -> None:
    book, last, follows = _Book(), dict[str, str](), dict[str, int]()
    for event in events:
        name = event.repository
        if event.kind == "campaign":
            _campaign(place, book, event, made[event.word])
            last[name] = event.campaign
        elif event.kind == "signed" and name in last:
            facts = {"signer": event.word, "statement": "sha256:0", "envelope": "{}"}
            book.add(ledger.SIGNOFF, event.at, name, last[name], facts)
        elif name in last:
            facts = {"to": event.word, "share": "10", "by": "carol", "reason": "as planned", "signoff": "",
                     "evidence": "real", "follows": str(follows.get(name, -1))}  # fmt: skip
            follows[name] = book.add(ledger.STAGE, event.at, name, last[name], facts)
    (place / LEDGER).write_bytes(b"".join(line + b"\n" for line in book.lines))


def _campaign(place: Path, book: _Book, event: Event, made: Template) -> None:
    name, number = event.repository, int(event.repository.rpartition("-")[2])
    values = {
        _NAME: name.encode(),
        _CAMPAIGN: event.campaign.encode(),
        b"zzowner": OWNERS[number % len(OWNERS)].encode(),
        b"zztier": TIERS[number % len(TIERS)].encode(),
        b"zzbase": BASES[number % len(BASES)].encode(),
        _PLANNED: iso(event.at - 7200).encode(),
        b'"legacy":100.0': b'"legacy":%.1f' % (90 + number % 20),
        b'"candidate":100.0': b'"candidate":%.1f' % (80 + number % 30),
    }
    files = [_filled(data, values) for data in (made.plan, made.judgement, made.verdict)]
    folder = place / event.campaign
    for part, data in zip((PLAN, Archive.judgement_name(name), Archive.verdict_name(name)), files, strict=True):
        path = folder / part
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    book.add(ledger.CAMPAIGN, event.at - 7000, name, event.campaign, made.begun)
    plan, findings, verdict = map(codec.digest, files)
    word = "GO" if event.word == "EXPLAINED" else event.word
    facts = {**made.judged, ledger.PLAN_DIGEST: plan, ledger.FINDINGS_DIGEST: findings, ledger.VERDICT_DIGEST: verdict,
             ledger.DECISION: word}  # fmt: skip
    book.add(ledger.VERDICT, event.at, name, event.campaign, facts)


def _filled(data: bytes, values: Mapping[bytes, bytes]) -> bytes:
    for old, new in values.items():
        data = data.replace(old, new)
    return data
