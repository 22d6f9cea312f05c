"""A finding's `difference` is a digest of all that differs, so that what is not shown is bound as well."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

from build import job, pod
from observed import CANDIDATE, LEGACY, declared, log, observed, record, typed

from harness.compare.configuration import check_configuration
from harness.compare.endings import check_truth
from harness.compare.outputs import check_outputs
from harness.compare.transitions import check_transitions
from harness.model.finding import Finding, Outcome
from harness.model.observation import OutputFile, OutputSeen


def of_files(folder: Path, **files: tuple[str, str]) -> Finding:
    """Compare an output whose files have these contents on both sides; the findings' worst."""
    seen = {}
    for number, side in enumerate((LEGACY, CANDIDATE)):
        found = []
        for name, contents in files.items():
            text = contents[number]
            path = folder / f"{side.value}-{hashlib.sha256(text.encode()).hexdigest()}"
            path.write_text(text, encoding="utf-8")
            digest = hashlib.sha256(text.encode()).hexdigest()
            found.append(OutputFile(name.replace("_", "."), len(text), digest, stored=path.name))
        seen[side] = observed(side, outputs=(OutputSeen("model", declared=True, files=tuple(found)),))
    findings = check_outputs(declared(), "p1", seen[LEGACY], seen[CANDIDATE], open_payload=lambda name: folder / name)
    return next(finding for finding in findings if finding.outcome is not Outcome.MATCH)


def test_bytes_are_bound_by_the_digests_of_both_sides(tmp_path: Path) -> None:
    """Another content on either side, or another file, is another difference."""
    one = of_files(tmp_path, a_bin=("1", "2")).difference
    again = of_files(tmp_path, a_bin=("1", "2")).difference
    others = [
        of_files(tmp_path, **entry).difference
        for entry in ({"a_bin": ("1", "3")}, {"a_bin": ("0", "2")}, {"b_bin": ("1", "2")})
    ]
    assert (one == again, len({one, *others, ""})) == (True, 5)


def test_a_document_is_bound_by_what_differs_in_it_and_not_by_what_is_alike(tmp_path: Path) -> None:
    """So that a known defect is known again when the rest of the data is new."""
    known = of_files(tmp_path, a_json=('{"n": 1, "day": 1}', '{"n": 2, "day": 1}')).difference
    newer = of_files(tmp_path, a_json=('{"n": 1, "day": 2}', '{"n": 2, "day": 2}')).difference
    second = of_files(tmp_path, a_json=('{"n": 1, "day": 1}', '{"n": 2, "day": 2}')).difference
    assert (known == newer, known == second, bool(known)) == (True, False, True)


def test_where_a_document_shows_only_a_part_all_of_its_bytes_are_bound(tmp_path: Path) -> None:
    """More differences than are listed, or a text that was cut: what is not seen can't change unseen."""

    def many(last: int) -> str:
        return json.dumps({f"k{n:03}": 1 for n in range(60)} | {"k059": last})

    ones = json.dumps({f"k{n:03}": 0 for n in range(60)})
    listed = {of_files(tmp_path, a_json=(ones, many(last))).difference for last in (1, 2)}
    long = {of_files(tmp_path, a_json=('"short"', json.dumps("x" * 300 + end))).difference for end in "yz"}
    assert (len(listed), len(long)) == (2, 2)


def test_a_table_is_bound_by_its_cells_and_by_its_bytes_where_rows_were_not_compared(tmp_path: Path) -> None:
    """Columns that differ hide rows; a change in those is another difference."""
    cell = {of_files(tmp_path, a_csv=(f"x,y\n{n},1\n", f"x,y\n{n},2\n")).difference for n in (1, 1, 2)}
    column = {of_files(tmp_path, a_csv=("x\n1\n", f"x,y\n1,{n}\n")).difference for n in (1, 2)}
    assert (len(cell), len(column)) == (2, 2)


def test_files_that_one_side_lacks_are_bound_with_their_bytes() -> None:
    """One more file is another difference, and so is another content of it."""

    def lacking(*digests: str) -> str:
        files = tuple(OutputFile(f"{n}.bin", 1, digest * 64) for n, digest in enumerate(digests))
        legacy = observed(LEGACY, outputs=(OutputSeen("model", declared=True, files=files),))
        candidate = observed(CANDIDATE, outputs=(OutputSeen("model", declared=True, files=files[:1]),))
        return check_outputs(declared(), "p1", legacy, candidate, open_payload=lambda _: None)[0].difference

    assert len({lacking("a", "b"), lacking("a", "c"), lacking("a", "b", "c"), ""}) == 4


def test_parameters_are_bound_with_value_and_type() -> None:
    """A parameter retyped is one difference, retyped and changed is another."""

    def read(**values: object) -> str:
        legacy = observed(LEGACY, record=record(parameters=typed(n=1, depth=2)))
        candidate = observed(CANDIDATE, record=record(parameters=typed(**values)))
        return check_configuration(declared(), "p1", legacy, candidate)[0].difference

    assert len({read(n="1", depth=2), read(n="1", depth="2"), read(n="2", depth=2)}) == 3
    assert read(n=1, depth=2) == ""


def test_an_ending_is_bound_with_its_exit_code_and_its_complaint() -> None:
    """Two crashes with one exit code are not one difference."""

    def ended(code: int, complaint: str) -> set[str]:
        story = job("failed@9 BackoffLimitExceeded"), pod(f"main 2-8 {code}")
        legacy = observed(LEGACY, *story, record=record(code), log=log(complaint))
        candidate = observed(CANDIDATE, log=log())
        findings = (
            *check_truth(declared(), "p1", legacy, candidate),
            *check_transitions(declared(), "p1", legacy, candidate),
        )
        return {finding.difference for finding in findings if finding.outcome is Outcome.MISMATCH}

    seen = [ended(1, "KeyError: 'a'"), ended(1, "KeyError: 'a'"), ended(1, "KeyError: 'b'"), ended(2, "KeyError: 'a'")]
    assert (len(seen[0]), "" in seen[0], seen[0] == seen[1]) == (2, False, True)
    assert seen[0].isdisjoint(seen[2] | seen[3])
