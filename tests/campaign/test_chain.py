"""`parity explain-verdict`: from a verdict to the files it rests on."""

from __future__ import annotations

from dataclasses import replace

import pytest
from campaign.team import Team, planned
from click.testing import CliRunner, Result

from harness.cli.main import parity
from harness.store import codec
from harness.store.archive import Archive


def explained(team: Team, *options: str, name: str = "wine") -> Result:
    """Run the command."""
    return CliRunner().invoke(parity, ["explain-verdict", name, "--reports", str(team.reports), *options])


def test_the_last_verdict_of_a_repository_is_told_down_to_its_files(team: Team) -> None:
    """The decision, the difference with its numbers, and each file by its digest as it lies there."""
    team.campaign("c1", 0.5)
    team.campaign("c2", 0.8)
    told = explained(team)
    assert told.exit_code == 1
    assert "wine: NO-GO on real evidence" in told.stdout
    assert "legacy 0.5, candidate 0.8, difference 0.3" in told.stdout
    named = dict(line.strip().split(": ", 1) for line in told.stdout.splitlines() if ".json: sha256:" in line)
    evidence = Archive(team.reports / "c2").load_judgement("wine").evidence
    assert named
    assert {name: evidence[name] for name in named} == named


def test_a_verdict_before_the_last_is_told_by_its_campaign(team: Team) -> None:
    """With another decision, and another exit code."""
    team.campaign("c1", 0.5)
    team.campaign("c2", 0.8)
    told = explained(team, "--campaign", "c1")
    assert (told.exit_code, told.stdout.split(" on ")[0]) == (3, "wine: INCONCLUSIVE")


def test_what_was_never_judged_is_refused_by_name(team: Team) -> None:
    """Neither a repository that nobody judged, nor one that the campaign does not hold."""
    team.campaign("c1", 0.5)
    said = 'expected one of: wine, found "wein" (did you mean wine?)'
    for options, where in (((), "reports: judged repositories: "), (("--campaign", "c1"), "c1: repositories: ")):
        missing = explained(team, *options, name="wein")
        assert (missing.exit_code, where + said in missing.stderr) == (2, True), missing.stderr


def test_where_nothing_was_judged_yet_there_is_no_name_to_give(team: Team) -> None:
    """Neither for a chain nor for a ruling."""
    for verb in ("explain-verdict", "accept"):
        found = CliRunner().invoke(parity, [verb, "wine", "--reports", str(team.reports)])
        none = "expected a name, and there is none yet (parity run makes the first)"
        said = f'{team.reports}: judged repositories: {none}, found "wine"\n'
        assert (found.exit_code, found.stderr) == (2, said)


def test_evidence_that_was_changed_afterwards_is_told_as_damaged(team: Team) -> None:
    """The chain does not end at a file that is not the one that was judged."""
    team.campaign("c1", 0.8)
    archive = Archive(team.reports / "c1")
    name = next(name for name in archive.load_judgement("wine").evidence if name.endswith(".json"))
    file = archive.root / name
    file.write_bytes(file.read_bytes() + b" ")
    assert f"damaged: {name}" in explained(team).stdout


@pytest.mark.parametrize(("lies_there", "damaged"), [(b"as fetched", False), (b"another", True), (None, True)])
def test_a_payload_is_held_against_what_was_fetched_not_against_what_lies_there(
    lies_there: bytes | None,
    damaged: bool,  # noqa: FBT001 - a table's column
    team: Team,
) -> None:
    """Bytes that changed between the fetch and the first look would else be the evidence."""
    run = planned(team.of, "c1").runs[0].id
    name = f"runs/{run}/payload/file"

    def fetched(archive: Archive) -> None:
        seen = archive.load_observation(run)
        assert seen is not None
        payload = archive.root / name
        payload.parent.mkdir(parents=True)
        payload.write_bytes(b"as fetched")
        archive.save_observation(replace(seen, files={name: codec.digest(b"as fetched")}))
        if lies_there is None:
            payload.unlink()
        else:
            payload.write_bytes(lies_there)

    team.campaign("c1", 0.5, before=fetched)
    archive = Archive(team.reports / "c1")
    assert (f"damaged: {name}" in explained(team).stdout) is damaged
    codes = {reason.code for reason in archive.load_verdict("wine").reasons}
    assert ("inconclusive:evidence" in codes) is damaged
