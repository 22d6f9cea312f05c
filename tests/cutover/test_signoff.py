"""Sign-offs: who may sign what, what a signature is worth later, and every way to sign what must not be signed."""

from __future__ import annotations

import base64
import json
import subprocess
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path

import pytest
from cutover.conftest import AUTHOR, HALVED, Scene, approvers

from harness.campaign.selfcheck.world import REAL, endpoints_of
from harness.cutover import statement
from harness.model.plan import Plan
from harness.model.reality import reality_of
from harness.store import codec, ledger, signature

MONTH_LATER = "2026-12-26T12:00:00Z"


def test_a_sound_verdict_is_signed_and_says_until_when(scene: Scene) -> None:
    """One approver is enough for `trial`; the file may travel."""
    scene.campaign()
    before = scene.parity("signoff", "wine")
    assert (before.exit_code, before.stdout.splitlines()) == (
        3,
        [
            "wine, campaign c1: not signed",
            "next: parity signoff wine --as NAME --key KEY (1 of ada, bob must sign)",
        ],
    )
    signed = scene.sign("ada")
    assert (signed.exit_code, signed.stdout.splitlines()) == (
        0,
        [
            "wine, campaign c1: signed by ada, in force until 2026-12-25; written: signoffs/wine.json",
            "next: parity cutover wine --to STAGE --reason TEXT",
        ],
    )
    assert scene.parity("signoff", "wine").exit_code == 0


def test_the_statement_is_an_in_toto_statement_over_the_ledgers_digests(scene: Scene) -> None:
    """Anybody's verifier of DSSE envelopes can read it."""
    scene.campaign()
    scene.sign("ada")
    envelope = json.loads((scene.folder / "signoffs/wine.json").read_bytes())
    found = json.loads(base64.b64decode(envelope["payload"]))
    facts = scene.entries(ledger.VERDICT)[0].facts
    subjects = {item["name"]: "sha256:" + item["digest"]["sha256"] for item in found["subject"]}
    assert (envelope["payloadType"], found["_type"], found["predicateType"]) == (
        "application/vnd.in-toto+json",
        "https://in-toto.io/Statement/v1",
        "urn:parity-harness:signoff:v1",
    )
    assert subjects == {
        "wine/evidence": facts["evidence_digest"],
        "wine/findings": facts["findings"],
        "wine/plan": facts["plan"],
        "wine/policy": codec.digest_of(scene.of.policy),
    }
    predicate = found["predicate"]
    said = {name: predicate[name] for name in ("author", "campaign", "decision", "evidence", "approvals")}
    assert said == {"author": AUTHOR, "campaign": "c1", "decision": "GO", "evidence": "real", "approvals": 1}


def test_a_second_approver_signs_the_same_statement(scene: Scene) -> None:
    """Two signatures over other words would be two halves of nothing."""
    scene.policy(approvals=2)
    scene.campaign()
    first = scene.sign("ada")
    assert "signed by ada: 1 of 2 signatures" in first.stdout
    assert scene.parity("signoff", "wine").exit_code == 3
    assert "signed by ada, bob, in force until" in scene.sign("bob").stdout
    digests = {entry.facts["statement"] for entry in scene.entries(ledger.SIGNOFF)}
    assert len(digests) == 1
    signers = json.loads((scene.folder / "signoffs/wine.json").read_bytes())["signatures"]
    assert [signer["keyid"] for signer in signers] == ["ada", "bob"]


def test_a_file_that_travelled_is_entered_after_the_same_checks(scene: Scene, tmp_path: Path) -> None:
    """An approver signs over a copy of the evidence; the file comes back by pull request."""
    scene.campaign()
    copy = Scene(tmp_path / "copy", scene.keys, scene.of)
    copy.folder.mkdir()
    subprocess.run(["cp", "-r", str(scene.reports), str(copy.reports)], check=True)
    copy.sign("ada", "--file", "travelled.json")
    assert scene.parity("signoff", "wine").exit_code == 3
    assert scene.parity("signoff", "wine", "--enter", "travelled.json").exit_code == 0
    assert scene.parity("signoff", "wine").exit_code == 0


def test_ssh_keygen_alone_checks_a_signature(scene: Scene, tmp_path: Path) -> None:
    """Over DSSE's pre-authentication encoding, in the namespace of sign-offs; the control changes one byte."""
    scene.campaign()
    scene.sign("ada")
    envelope = json.loads((scene.folder / "signoffs/wine.json").read_bytes())
    payload = base64.b64decode(envelope["payload"])
    (tmp_path / "sig").write_bytes(base64.b64decode(envelope["signatures"][0]["sig"]))
    (tmp_path / "allowed").write_text(f"ada {scene.of.policy.approvers[0].key}\n")
    kind = b"application/vnd.in-toto+json"
    data = b"DSSEv1 28 " + kind + b" %d " % len(payload) + payload
    files = ["-f", str(tmp_path / "allowed"), "-s", str(tmp_path / "sig")]
    command = ["ssh-keygen", "-Y", "verify", "-I", "ada", "-n", "signoff@parity-harness", *files]
    codes = [
        subprocess.run(command, input=text, capture_output=True, check=False).returncode for text in (data, data[:-1])
    ]
    assert codes == [0, 255]


# -- ways to sign what must not be signed -----------------------------------------------------------------------------


def _synthetic(plan: Plan) -> Plan:
    endpoints = endpoints_of("wine", synthetic=True)
    return replace(
        plan, synthetic=True, endpoints=endpoints, reality=reality_of(endpoints, {"wine": REAL}), realities={}
    )


def synthetic(scene: Scene) -> None:
    """Evidence of a sandbox."""
    scene.campaign(alter=_synthetic)


def no_go(scene: Scene) -> None:
    """A difference beyond the margin."""
    scene.campaign(candidate=HALVED)


def no_verdict(scene: Scene) -> None:
    """Runs whose records are gone."""
    scene.campaign(candidate=replace(HALVED, value=10.0, lost=True))


def stale(scene: Scene) -> None:
    """Evidence that is older than the policy lets it be."""
    scene.campaign()
    scene.clock = replace(scene.clock, at=MONTH_LATER)


def of_tomorrow(scene: Scene) -> None:
    """A plan that is dated later than now."""
    scene.campaign()
    scene.clock = replace(scene.clock, at="2026-11-24T00:00:00Z")


def by_its_author(scene: Scene) -> None:
    """Who began the campaign signs it."""
    scene.campaign(author="ada")


def by_its_author_in_capitals(scene: Scene) -> None:
    """The same, written differently."""
    scene.campaign(author="ADA")


def without_approvers(scene: Scene) -> None:
    """A policy that names nobody."""
    scene.policy(approvers=())
    scene.campaign()


def critical_with_one(scene: Scene) -> None:
    """A critical repository with one approver."""
    scene.policy(preset="critical", approvers=scene.of.policy.approvers[:1])
    scene.campaign()


def stricter_margin(scene: Scene) -> None:
    """A margin that the evidence does not meet today."""
    scene.campaign(candidate=replace(HALVED, value=10.0 + 0.5e-9))
    scene.policy(evidence_seconds_max=3600)


def job_renamed(scene: Scene) -> None:
    """A job of today that the campaign never ran."""
    scene.campaign()
    scene.of = replace(scene.of, jobs=(replace(scene.of.jobs[0], name="other"),))


def job_added(scene: Scene) -> None:
    """One more job than the campaign ran."""
    scene.campaign()
    scene.of = replace(scene.of, jobs=(*scene.of.jobs, replace(scene.of.jobs[0], name="other")))


def other_image(scene: Scene) -> None:
    """Another image in today's repos.yaml."""
    scene.campaign()
    scene.of = replace(scene.of, jobs=(replace(scene.of.jobs[0], image="registry.example/train:2"),))


def other_code(scene: Scene) -> None:
    """Another revision in today's repos.yaml."""
    scene.campaign()
    scene.of = replace(scene.of, jobs=(replace(scene.of.jobs[0], code="deadbeef"),))


def payload_edited(scene: Scene) -> None:
    """An output that was changed after it was judged."""
    scene.campaign()
    next(scene.reports.glob("c1/runs/*/payload/0")).write_text("[]", encoding="utf-8")


def payload_deleted(scene: Scene) -> None:
    """An output that is gone."""
    scene.campaign()
    next(scene.reports.glob("c1/runs/*/payload/0")).unlink()


def observation_edited(scene: Scene) -> None:
    """A record that was changed."""
    scene.campaign()
    file = next(scene.reports.glob("c1/runs/*/observation.json"))
    file.write_bytes(file.read_bytes().replace(b"10.0", b"10.1"))


def judgement_edited(scene: Scene) -> None:
    """Findings that were changed."""
    scene.campaign()
    file = scene.reports / "c1/judgement/wine.json"
    file.write_bytes(file.read_bytes().replace(b'"MATCH"', b'"WAIVED"'))


def verdict_edited(scene: Scene) -> None:
    """A NO-GO whose stored verdict says GO."""
    scene.campaign(candidate=HALVED)
    file = scene.reports / "c1/verdict/wine.json"
    file.write_bytes(file.read_bytes().replace(b'"NO-GO"', b'"GO"'))


def plan_edited(scene: Scene) -> None:
    """A plan that was changed."""
    scene.campaign()
    file = scene.reports / "c1/plan.json"
    file.write_bytes(file.read_bytes().replace(b'"owner":"parity"', b'"owner":"nobody"'))


def ledger_gone(scene: Scene) -> None:
    """No ledger beside the evidence."""
    scene.campaign()
    (scene.reports / ledger.LEDGER).unlink()


def ledger_cut(scene: Scene) -> None:
    """A ledger without its last entry."""
    scene.campaign()
    file = scene.reports / ledger.LEDGER
    file.write_bytes(b"".join(file.read_bytes().splitlines(keepends=True)[:-1]))


def ledger_rewritten(scene: Scene) -> None:
    """An entry that says GO where NO-GO was entered."""
    scene.campaign(candidate=HALVED)
    file = scene.reports / ledger.LEDGER
    file.write_bytes(file.read_bytes().replace(b'"decision":"NO-GO"', b'"decision":"GO"'))


def author_rewritten(scene: Scene) -> None:
    """Ada began the campaign, and the ledger says now that it was Carol."""
    scene.campaign(author="ada")
    file = scene.reports / ledger.LEDGER
    file.write_bytes(file.read_bytes().replace(b'"author":"ada"', b'"author":"carol"'))


def a_newer_no_go(scene: Scene) -> None:
    """A GO that is chosen from the past."""
    scene.campaign()
    scene.campaign("c2", candidate=HALVED)


WAYS: Mapping[str, tuple[Callable[[Scene], None], tuple[str, ...], int, str]] = {
    "synthetic": (synthetic, (), 2, "the evidence is synthetic: only what ran on real platforms can move"),
    "NO-GO": (no_go, (), 2, "the verdict of today is NO-GO: "),
    "INCONCLUSIVE": (no_verdict, (), 2, "the verdict of today is INCONCLUSIVE: "),
    "stale": (stale, (), 2, "days old; after 30 days it expires"),
    "dated tomorrow": (of_tomorrow, (), 2, "which is not yet: now it is 2026-11-24"),
    "rules unknown": (lambda scene: scene.campaign(), ("--as-planned",), 2, "today's rules are unknown"),
    "its own author": (by_its_author, (), 2, "ada began the campaign, and nobody signs off their own"),
    "its own author in capitals": (by_its_author_in_capitals, (), 2, "ada began the campaign"),
    "nobody may": (without_approvers, (), 2, "1 approver must sign, and the policy names none"),
    "critical with one approver": (critical_with_one, (), 2, "2 approvers must sign, and the policy names 1"),
    "stricter rules": (stricter_margin, (), 2, "expires"),
    "job renamed": (job_renamed, (), 2, "the campaign has no evidence of it"),
    "job added": (job_added, (), 2, "wine/other would cut over today, and the campaign has no evidence of it"),
    "image changed": (other_image, (), 2, "Image of train is registry.example/train:2 today"),
    "image told": (lambda scene: scene.campaign(), ("--image", "wine/train=sha256:0"), 2, "Image of train is sha256:0"),
    "code changed": (other_code, (), 2, "Code of train is deadbeef today"),
    "payload edited": (payload_edited, (), 2, "damaged: runs/"),
    "payload deleted": (payload_deleted, (), 2, "damaged: runs/"),
    "observation edited": (observation_edited, (), 2, "damaged: runs/"),
    "judgement edited": (judgement_edited, (), 2, "damaged: judgement/wine.json differs from ledger entry 1"),
    "verdict edited": (verdict_edited, (), 2, "damaged: verdict/wine.json differs from ledger entry 1"),
    "plan edited": (plan_edited, (), 2, "damaged: plan.json differs from ledger entry 1"),
    "ledger gone": (ledger_gone, ("--campaign", "c1"), 2, "Nothing vouches for this evidence"),
    "ledger cut": (ledger_cut, ("--campaign", "c1"), 2, "Nothing vouches for this evidence"),
    "ledger's decision rewritten": (ledger_rewritten, (), 2, "the verdict of today is NO-GO: "),
    "ledger's author rewritten": (author_rewritten, (), 3, "ledger entry 1: does not follow the one before"),
    "an older GO": (a_newer_no_go, ("--campaign", "c1"), 2, "A newer campaign, c2, ended NO-GO"),
}


def _ledger(scene: Scene) -> bytes:
    file = scene.reports / ledger.LEDGER
    return file.read_bytes() if file.exists() else b""


@pytest.mark.parametrize("way", WAYS)
def test_what_must_not_be_signed_is_refused_with_its_reason(scene: Scene, way: str) -> None:
    """And nothing is entered; the control is the sound verdict above."""
    prepare, words, code, says = WAYS[way]
    prepare(scene)
    found = scene.sign("ada", *words)
    assert (found.exit_code, says in found.stderr) == (code, True), found.output
    assert b'"kind":"signoff"' not in _ledger(scene)


@pytest.mark.parametrize(
    ("name", "key", "says"),
    [
        ("ada", "bob", "is not the key that the policy names for ada"),
        ("ada", "eve", "is not the key that the policy names for ada"),
        ("eve", "eve", "eve is no approver: the policy names ada, bob"),
        ("", "eve", "--as and --key belong together"),
    ],
)
def test_who_may_not_sign_is_refused(scene: Scene, name: str, key: str, says: str) -> None:
    """By name and by key."""
    scene.campaign()
    found = scene.sign(name, key=key)
    assert (found.exit_code, says in found.stderr) == (2, True), found.output
    assert scene.entries(ledger.SIGNOFF) == ()


# -- files and entries that were made by hand -------------------------------------------------------------------------


def _payload(scene: Scene) -> bytes:
    return base64.b64decode(json.loads((scene.folder / "signoffs/wine.json").read_bytes())["payload"])


def _altered(payload: bytes, **changes: object) -> bytes:
    found = statement.read_payload(payload, "it")
    return statement.payload_of(replace(found, **changes))


def _signed_by(
    scene: Scene, payload: bytes, *names: str, purpose: str = statement.NAMESPACE, bare: bool = False
) -> bytes:
    data = payload if bare else statement.signed_bytes(payload)
    members = tuple((name, signature.sign(data, scene.key(name), purpose)) for name in names)
    return codec.encode(statement.envelope_of(payload, members))


def edited(scene: Scene) -> bytes:
    """Other words under ada's signature."""
    envelope = json.loads((scene.folder / "signoffs/wine.json").read_bytes())
    envelope["payload"] = base64.b64encode(_altered(_payload(scene), approvals=0)).decode()
    return json.dumps(envelope).encode()


def under_another_purpose(scene: Scene) -> bytes:
    """A signature that ada made for something else."""
    return _signed_by(scene, _payload(scene), "ada", purpose="ruling@parity-harness")


def without_encoding(scene: Scene) -> bytes:
    """A signature over the bare payload."""
    return _signed_by(scene, _payload(scene), "ada", bare=True)


def by_a_stranger(scene: Scene) -> bytes:
    """Eve signs under her own name."""
    return _signed_by(scene, _payload(scene), "eve")


def of_another_repository(scene: Scene) -> bytes:
    """Ada's signature over a statement about another repository."""
    return _signed_by(scene, _altered(_payload(scene), repository="digits"), "ada")


def of_another_campaign(scene: Scene) -> bytes:
    """Ada's signature over a statement about another campaign."""
    return _signed_by(scene, _altered(_payload(scene), campaign="c0"), "ada")


def of_other_evidence(scene: Scene) -> bytes:
    """Ada's signature over other digests."""
    digests = dict.fromkeys(statement.SUBJECTS, "sha256:" + "0" * 64)
    return _signed_by(scene, _altered(_payload(scene), digests=digests), "ada")


def of_other_rules(scene: Scene) -> bytes:
    """Ada's signature over a wider margin than today's."""
    return _signed_by(scene, _altered(_payload(scene), rules={"policy.alpha": "0.5"}), "ada")


def of_a_no_go(scene: Scene) -> bytes:
    """Ada's signature over a verdict that was none."""
    return _signed_by(scene, _altered(_payload(scene), decision="NO-GO"), "ada")


def that_is_over(scene: Scene) -> bytes:
    """Ada's signature over a statement that expired."""
    return _signed_by(scene, _altered(_payload(scene), expires_at="2026-11-25T11:00:00Z"), "ada")


def that_comes_tomorrow(scene: Scene) -> bytes:
    """Ada's signature over a statement of a later day."""
    return _signed_by(scene, _altered(_payload(scene), at="2026-12-01T00:00:00Z"), "ada")


def no_envelope(scene: Scene) -> bytes:
    """A statement without an envelope."""
    return _payload(scene)


def of_another_type(scene: Scene) -> bytes:
    """An envelope around something else."""
    envelope = json.loads((scene.folder / "signoffs/wine.json").read_bytes())
    return json.dumps({**envelope, "payloadType": "text/plain"}).encode()


FILES: Mapping[str, tuple[Callable[[Scene], bytes], str]] = {
    "edited": (edited, "ada: the signature is not by the key that the policy names"),
    "another purpose": (under_another_purpose, "ada: the signature is not by the key that the policy names"),
    "no encoding": (without_encoding, "ada: the signature is not by the key that the policy names"),
    "a stranger": (by_a_stranger, "eve is no approver"),
    "another repository": (of_another_repository, "it is about digits"),
    "another campaign": (of_another_campaign, "it is about campaign c0; the last one is c1"),
    "other evidence": (of_other_evidence, "the evidence of the campaign differ from what was signed"),
    "other rules": (of_other_rules, "policy.alpha is 0.05 today; 0.5 was signed"),
    "a NO-GO": (of_a_no_go, "NO-GO was signed, which moves nothing"),
    "over": (that_is_over, "it expired on 2026-11-25"),
    "tomorrow": (that_comes_tomorrow, "it is dated 2026-12-01T00:00:00Z"),
    "no envelope": (no_envelope, "evidence: "),
    "another type": (of_another_type, "payloadType: expected application/vnd.in-toto+json"),
}


@pytest.mark.parametrize("kind", FILES)
def test_a_file_that_was_made_by_hand_is_refused(scene: Scene, kind: str) -> None:
    """Whatever it holds, it enters nothing; the control is the file that travelled."""
    scene.campaign()
    scene.sign("ada")
    make, says = FILES[kind]
    (scene.folder / "forged.json").write_bytes(make(scene))
    before = scene.entries(ledger.SIGNOFF)
    found = scene.parity("signoff", "wine", "--enter", "forged.json")
    assert (found.exit_code in {2, 3}, says in found.stderr) == (True, True), found.output
    assert scene.entries(ledger.SIGNOFF) == before


def test_a_file_for_another_ledger_counts_for_nothing(scene: Scene, tmp_path: Path) -> None:
    """A copy whose ledger went another way since."""
    scene.campaign()
    copy = Scene(tmp_path / "copy", scene.keys, scene.of)
    copy.folder.mkdir()
    subprocess.run(["cp", "-r", str(scene.reports), str(copy.reports)], check=True)
    ledger.in_folder(copy.reports).append(ledger.CAMPAIGN, scene.clock.at, "other", campaign="c9", facts={})
    copy.sign("ada", "--file", "theirs.json")
    found = scene.parity("signoff", "wine", "--enter", "theirs.json")
    assert (found.exit_code, "made for another ledger" in found.stderr) == (2, True), found.output


@pytest.mark.parametrize("kind", ["a stranger", "edited", "another purpose"])
def test_an_entry_that_was_made_by_hand_is_shown_and_counts_for_nothing(scene: Scene, kind: str) -> None:
    """Whoever may write the ledger can append what they like."""
    scene.campaign()
    scene.sign("ada")
    data = FILES[kind][0](scene)
    envelope, payload, found = statement.read_envelope(data, "it")
    facts = {"envelope": codec.line(envelope).decode(), "signer": "x", "statement": codec.digest(payload)}
    scene.policy(approvals=2)
    ledger.in_folder(scene.reports).append(ledger.SIGNOFF, scene.clock.at, "wine", campaign=found.campaign, facts=facts)
    shown = scene.parity("signoff", "wine")
    assert shown.exit_code == 3
    assert "signed by ada, and void: policy.approvals is 2 today; 1 was signed" in shown.stdout


def test_one_key_under_two_names_is_one_approver(scene: Scene) -> None:
    """Else two approvals would be a matter of typing."""
    scene.policy(
        approvals=2, approvers=(*approvers(scene.keys, "ada"), replace(approvers(scene.keys, "ada")[0], name="eva"))
    )
    scene.campaign()
    scene.sign("ada")
    found = scene.sign("eva", key="ada")
    assert "1 of 2 signatures" in found.stdout


# -- what voids a sign-off --------------------------------------------------------------------------------------------

VOIDS: Mapping[str, tuple[Callable[[Scene], None], tuple[str, ...], str]] = {
    "policy": (lambda scene: scene.policy(waivers_max=0), (), "policy.waivers_max is 0 today; 5 was signed"),
    "approver": (
        lambda scene: scene.policy(approvers=scene.of.policy.approvers[1:]),
        (),
        "ada: ada is no approver: the policy names bob",
    ),
    "key": (
        lambda scene: scene.policy(
            approvers=(replace(scene.of.policy.approvers[0], key=scene.of.policy.approvers[1].key),)
        ),
        (),
        "ada: the signature is not by the key that the policy names",
    ),
    "image": (lambda _: None, ("--image", "wine/train=sha256:0"), "Image of train is sha256:0 today"),
    "code": (lambda _: None, ("--code", "wine/train=deadbeef"), "Code of train is deadbeef today"),
    "age": (
        lambda scene: setattr(scene, "clock", replace(scene.clock, at=MONTH_LATER)),
        (),
        "it expired on 2026-12-25",
    ),
    "evidence": (
        lambda scene: next(scene.reports.glob("c1/runs/*/payload/0")).unlink(),
        (),
        "INCONCLUSIVE today: ",
    ),
    "newer verdict": (lambda scene: scene.campaign("c2"), (), "it is about campaign c1; the last one is c2"),
}


@pytest.mark.parametrize("what", VOIDS)
def test_what_changes_after_the_signature_voids_it_and_is_named(scene: Scene, what: str) -> None:
    """The control: nothing changed, and it is in force."""
    scene.campaign()
    scene.sign("ada")
    assert scene.parity("signoff", "wine").exit_code == 0
    change, words, says = VOIDS[what]
    change(scene)
    found = scene.parity("signoff", "wine", *words)
    assert (found.exit_code, says in found.stdout) == (3, True), found.output


def test_what_was_signed_and_voided_can_be_signed_anew(scene: Scene) -> None:
    """The new statement counts; the old one stays in the ledger."""
    scene.campaign()
    scene.sign("ada")
    scene.policy(waivers_max=0)
    assert scene.sign("bob").exit_code == 0
    assert "signed by bob, in force" in scene.parity("signoff", "wine").stdout
    assert len(scene.entries(ledger.SIGNOFF)) == 2
