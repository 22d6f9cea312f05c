"""The ledger's head kept in a git ref and in locked objects: a flip, a cut tail, a fork and an older copy are found."""

from __future__ import annotations

import itertools
import json
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import boto3
import moto_process
import pytest
from campaign.team import Clock

from harness.campaign import anchors
from harness.campaign.anchor_s3 import ObjectAnchors
from harness.errors import EvidenceDamaged, Fenced, Refused, StoreError
from harness.model.repository import AnchorPlace
from harness.store import codec, ledger
from harness.store.anchor import Anchor, KeptAnchor, digests_of, next_anchor, standing_of
from harness.store.anchor_git import GitAnchors
from harness.store.ledger import Entry

AT = "2026-11-24T10:58:00Z"
CLOCK = Clock(AT)
BUCKETS = itertools.count()


def entry(book: ledger.Ledger, campaign: str, kind: str = ledger.CAMPAIGN, **facts: str) -> None:
    """Add one entry about the repository wine."""
    book.append(kind, AT, "wine", campaign=campaign, facts=facts)


def opened(path: Path) -> ledger.Ledger:
    """Read a ledger anew, as another process does."""
    return ledger.at(path)


def rechained(lines: list[bytes]) -> list[bytes]:
    """Make a chain whole again, as whoever owns the file can."""
    made: list[bytes] = []
    for number, line in enumerate(lines):
        previous = codec.digest(made[-1]) if made else ledger.FIRST
        made.append(codec.line({**json.loads(line), "sequence": number, "previous": previous}))
    return made


def rewrite(path: Path, change: Callable[[list[bytes]], list[bytes]]) -> None:
    """Change the lines of a ledger and rechain them; the ledger verifies."""
    lines = rechained(change(path.read_bytes().splitlines()))
    path.write_bytes(b"".join(line + b"\n" for line in lines))
    opened(path).entries()


@pytest.fixture
def book(tmp_path: Path) -> Path:
    """Two campaigns, the second one synthetic and NO-GO."""
    path = tmp_path / "ledger.jsonl"
    made = opened(path)
    entry(made, "c1", evidence="real")
    entry(made, "c1", ledger.VERDICT, evidence="real", decision="GO")
    entry(made, "c2", evidence="synthetic")
    entry(made, "c2", ledger.VERDICT, evidence="synthetic", decision="GO")
    return path


@pytest.fixture
def git_place(tmp_path: Path) -> AnchorPlace:
    """Make a bare repository."""
    folder = tmp_path / "anchors.git"
    subprocess.run(["git", "init", "--quiet", "--bare", str(folder)], check=True)
    return AnchorPlace(git=str(folder))


@pytest.fixture(scope="module")
def s3() -> Iterator[str]:
    """Run an S3 in a process of its own; give its URL."""
    with moto_process.serving() as url:
        yield url


@pytest.fixture
def s3_place(s3: str, monkeypatch: pytest.MonkeyPatch) -> AnchorPlace:
    """Make a bucket with Object Lock."""
    keys = {"AWS_ACCESS_KEY_ID": "AKIAEXAMPLE", "AWS_SECRET_ACCESS_KEY": "secret", "AWS_ENDPOINT_URL": s3}
    for name, value in keys.items():
        monkeypatch.setenv(name, value)
    monkeypatch.delenv("AWS_PROFILE", raising=False)
    bucket = f"anchors-{next(BUCKETS)}"
    client().create_bucket(Bucket=bucket, ObjectLockEnabledForBucket=True)
    return AnchorPlace(s3=f"s3://{bucket}/ledger", region="us-east-1", retain_seconds=86_400)


@pytest.fixture(params=["git", "s3"])
def place(request: pytest.FixtureRequest) -> AnchorPlace:
    """Take each kind of place in turn."""
    found: AnchorPlace = request.getfixturevalue(f"{request.param}_place")
    return found


def trouble(place: AnchorPlace, path: Path) -> str:
    """Give the first trouble that the anchors have with a ledger."""
    standing = anchors.look(place, opened(path), CLOCK)
    assert standing.troubles
    with pytest.raises(EvidenceDamaged):
        anchors.anchor(place, opened(path), CLOCK)
    return standing.troubles[0]


def test_an_anchored_ledger_agrees_and_grows(place: AnchorPlace, book: Path) -> None:
    """Anchoring twice adds nothing; a second anchor holds the digests since the first."""
    first = anchors.anchor(place, opened(book), CLOCK)
    assert (first.length, first.at) == (4, "2026-11-24T10:58:00.000Z")
    assert anchors.anchor(place, opened(book), CLOCK) == first
    entry(opened(book), "c3")
    assert anchors.look(place, opened(book), CLOCK).covered == 4
    assert anchors.anchor(place, opened(book), CLOCK).length == 5
    standing = anchors.look(place, opened(book), CLOCK)
    assert (standing.covered, standing.troubles, standing.doubts) == (5, (), ())
    assert [(kept.anchor.since, kept.anchor.length) for kept in standing.anchors] == [(0, 4), (4, 5)]


def test_a_flip_with_the_chain_made_whole_is_found_and_named(place: AnchorPlace, book: Path) -> None:
    """Synthetic becomes real in the third entry; the fourth follows it anew."""
    anchors.anchor(place, opened(book), CLOCK)
    rewrite(book, lambda lines: [line.replace(b'"synthetic"', b'"real"') for line in lines])
    found = trouble(place, book)
    assert found.startswith("ledger entry 2 (campaign of wine in campaign c2) is not the one that was anchored on ")
    assert anchors.look(place, opened(book), CLOCK).covered == 2


def test_a_cut_tail_is_found(place: AnchorPlace, book: Path) -> None:
    """The chain of what is left is whole."""
    anchors.anchor(place, opened(book), CLOCK)
    rewrite(book, lambda lines: lines[:1])
    found = trouble(place, book)
    assert found.startswith("ledger entry 1 is missing: it was anchored on ")
    assert found.endswith(", and 3 entries at the end were cut")


def test_an_older_copy_is_found(place: AnchorPlace, book: Path) -> None:
    """A backup of before the last campaign."""
    old = book.read_bytes()
    entry(opened(book), "c3")
    anchors.anchor(place, opened(book), CLOCK)
    book.write_bytes(old)
    assert trouble(place, book).endswith(", and 1 entry at the end were cut")


def test_a_fork_is_found_and_is_not_anchored_over(place: AnchorPlace, book: Path, tmp_path: Path) -> None:
    """Two machines went on from one copy; the one that anchors second is told which entry is another one."""
    other = tmp_path / "other.jsonl"
    other.write_bytes(book.read_bytes())
    entry(opened(book), "c3")
    entry(opened(other), "c4")
    entry(opened(other), "c5")
    anchors.anchor(place, opened(book), CLOCK)
    assert trouble(place, other).startswith("ledger entry 4 (campaign of wine in campaign c4) is not the one")
    assert anchors.look(place, opened(book), CLOCK).troubles == ()


def test_of_two_writers_one_wins_and_the_other_goes_behind(place: AnchorPlace, book: Path) -> None:
    """A place refuses what was made before another's anchor, and then takes it made anew."""
    early = opened(book)
    store = anchors.open_place(place, CLOCK)
    before = store.read()
    stale = next_anchor(digests_of(early.entries(), early.digest()), AT, before)
    anchors.anchor(place, opened(book), CLOCK)
    with pytest.raises(Fenced):
        store.add(stale, before)
    entry(opened(book), "c3")
    assert anchors.anchor(place, opened(book), CLOCK).length == 5


def test_an_empty_ledger_has_nothing_to_anchor(place: AnchorPlace, tmp_path: Path) -> None:
    """A usage error."""
    with pytest.raises(Refused, match="no entry yet"):
        anchors.anchor(place, opened(tmp_path / "ledger.jsonl"), CLOCK)


# -- git --------------------------------------------------------------------------------------------------------------


def git(place: AnchorPlace, *arguments: str) -> str:
    """Run git in the bare repository."""
    done = subprocess.run(["git", "-C", str(place.git), *arguments], check=True, capture_output=True, text=True)
    return done.stdout.strip()


def test_git_keeps_one_commit_an_anchor_each_behind_the_other(git_place: AnchorPlace, book: Path) -> None:
    """An auditor reads them with git alone."""
    anchors.anchor(git_place, opened(book), CLOCK)
    entry(opened(book), "c3")
    anchors.anchor(git_place, opened(book), CLOCK)
    assert git(git_place, "log", "--format=%s", "refs/parity/ledger").splitlines() == [
        "parity ledger: 5 entries",
        "parity ledger: 4 entries",
    ]
    head = json.loads(git(git_place, "show", "refs/parity/ledger:head.json"))
    assert (head["length"], head["digest"]) == ledger.head(book)


def test_a_git_ref_that_is_gone_or_was_replaced_is_another_ledgers(git_place: AnchorPlace, book: Path) -> None:
    """Gone: nothing is anchored. Another commit that is no anchor: it is told."""
    anchors.anchor(git_place, opened(book), CLOCK)
    git(git_place, "update-ref", "-d", "refs/parity/ledger")
    assert anchors.look(git_place, opened(book), CLOCK).anchors == ()
    tree = git(git_place, "hash-object", "-t", "tree", "-w", "/dev/null")
    commit = git(git_place, "-c", "user.name=a", "-c", "user.email=a@b", "commit-tree", tree, "-m", "another")
    git(git_place, "update-ref", "refs/parity/ledger", commit)
    with pytest.raises(EvidenceDamaged, match="git cat-file"):
        anchors.look(git_place, opened(book), CLOCK)


def test_a_git_repository_that_is_not_there_is_told_in_gits_words(tmp_path: Path) -> None:
    """And an address is never taken for an option."""
    for name in (str(tmp_path / "missing.git"), "--upload-pack=touch x"):
        with pytest.raises(StoreError, match="git ls-remote"):
            GitAnchors(name, "refs/parity/ledger").read()


# -- S3 ---------------------------------------------------------------------------------------------------------------


def client() -> Any:
    """Ask S3 beside the harness."""
    return boto3.client("s3", region_name="us-east-1")


def bucket_of(place: AnchorPlace) -> str:
    """Name the bucket of a place."""
    return str(place.s3).split("/")[2]


def test_s3_locks_every_object_until_its_day(s3_place: AnchorPlace, book: Path) -> None:
    """In compliance mode: nobody can shorten it."""
    anchors.anchor(s3_place, opened(book), CLOCK)
    (version,) = client().list_object_versions(Bucket=bucket_of(s3_place))["Versions"]
    assert version["Key"] == "ledger/000000000004.json"
    said = client().head_object(Bucket=bucket_of(s3_place), Key=version["Key"])
    assert (said["ObjectLockMode"], said["ObjectLockRetainUntilDate"].isoformat()) == (
        "COMPLIANCE",
        "2026-11-25T10:58:00+00:00",
    )


def test_what_is_put_on_top_of_an_object_or_deletes_it_hides_nothing(s3_place: AnchorPlace, book: Path) -> None:
    """The oldest version of a name counts."""
    anchors.anchor(s3_place, opened(book), CLOCK)
    rewrite(book, lambda lines: [line.replace(b'"synthetic"', b'"real"') for line in lines])
    forged = next_anchor(digests_of(opened(book).entries(), ledger.head(book)[1]), AT, ())
    client().put_object(Bucket=bucket_of(s3_place), Key="ledger/000000000004.json", Body=codec.encode(forged))
    assert trouble(s3_place, book).startswith("ledger entry 2 ")
    client().delete_object(Bucket=bucket_of(s3_place), Key="ledger/000000000004.json")
    assert trouble(s3_place, book).startswith("ledger entry 2 ")


@pytest.mark.parametrize(("owner", "asked"), [("123456789012", {"123456789012"}), ("", {None})])
def test_every_call_says_whose_the_bucket_must_be_where_its_owner_is_named(
    s3_place: AnchorPlace, book: Path, owner: str, asked: set[str | None]
) -> None:
    """A list, a put and a get; without the key nobody is asked."""
    store = anchors.open_place(replace(s3_place, bucket_owner=owner), CLOCK)
    assert isinstance(store, ObjectAnchors)
    sent: list[Any] = []
    store.clients("s3").meta.events.register("before-send.s3", lambda request, **_: sent.append(request))
    made = next_anchor(digests_of(opened(book).entries(), ledger.head(book)[1]), AT, ())
    store.add(made, ())
    assert [kept.anchor for kept in store.read()] == [made]
    assert [request.method for request in sent] == ["PUT", "GET", "GET"]
    headers = [dict(request.headers).get("x-amz-expected-bucket-owner") for request in sent]
    assert {value.decode() if isinstance(value, bytes) else value for value in headers} == asked


def test_an_object_that_was_never_locked_is_doubted(s3_place: AnchorPlace, book: Path) -> None:
    """Whoever has rights to the bucket could have put it."""
    made = next_anchor(digests_of(opened(book).entries(), ledger.head(book)[1]), AT, ())
    client().put_object(Bucket=bucket_of(s3_place), Key="ledger/000000000004.json", Body=codec.encode(made))
    (doubt,) = anchors.look(s3_place, opened(book), CLOCK).doubts
    assert "it is not locked, so that it could have been replaced" in doubt


def test_the_last_lock_that_is_over_is_doubted_and_an_earlier_one_is_not(s3_place: AnchorPlace, book: Path) -> None:
    """A later anchor holds on to the earlier one's digest."""
    anchors.anchor(s3_place, opened(book), CLOCK)
    later = Clock("2026-11-26T10:58:00Z")
    (doubt,) = anchors.look(s3_place, opened(book), later).doubts
    assert doubt.endswith("its lock ended on 2026-11-25: run `parity ledger anchor`")
    entry(opened(book), "c3")
    anchors.anchor(s3_place, opened(book), later)
    assert anchors.look(s3_place, opened(book), later).doubts == ()


def test_a_bucket_without_object_lock_refuses(s3_place: AnchorPlace, book: Path) -> None:
    """The message is S3's own, with the place."""
    client().create_bucket(Bucket="plain")
    with pytest.raises(StoreError, match=r"s3://plain/ledger: "):
        anchors.anchor(replace(s3_place, s3="s3://plain/ledger"), opened(book), CLOCK)


# -- the pure part ----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Made:
    entries: tuple[Entry, ...]
    last: str


def test_anchors_of_two_ledgers_in_one_place_contradict_each_other(book: Path) -> None:
    """Both are named, with the first entry about which they disagree."""
    entries, last = opened(book).entries(), ledger.head(book)[1]
    good = Anchor("parity.anchor/1", 4, last, AT, 0, digests_of(entries, last))
    bad = Anchor("parity.anchor/1", 5, "sha256:b", AT, 3, ("sha256:a", "sha256:b"))
    standing = standing_of(entries, last, (KeptAnchor(good, "one"), KeptAnchor(bad, "two")))
    assert standing.troubles == ("anchors disagree about entry 3: one and two are of two ledgers",)
