"""What people type by mistake: exit code and whole text of each, so that a change of any word is meant."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from click.testing import CliRunner

from harness.cli.main import parity

REPOSITORIES = "cancer, demand, diabetes, digits, features, wine"
NO_CAMPAIGN = (
    "reports: campaign: expected a campaign of this place, the beginning of its name, or latest "
    '(there is none yet; start with parity run), found "{}"'
)
NO_VERDICT = (
    'reports: judged repositories: expected a name, and there is none yet (parity run makes the first), found "wine"'
)
FILES = {
    "empty.yaml": "",
    "list.yaml": "- a\n",
    "cut.yaml": "repositories: [",
    "twice.yaml": "repositories: {}\nrepositories: {}\n",
}
EXPLAINED = (
    "a file that holds what `kubectl get job,pods,events -o json` prints (or -o yaml), a Job, a Pod, events, a "
    "recorded watch, a Describe reply of a training, processing, transform or tuning job, or an EventBridge event "
    "of one"
)
CLASS = "a file of records, a class such as K08, or a repository of repos.yaml"
SHELLS = "'bash', 'zsh', 'fish'"
STAGES = "'shadow', 'dual', 'canary', 'cut-over', 'soak', 'done'"
TABLE: tuple[tuple[str, int, str], ...] = (
    # -- a command that is not there
    ("xyzzy", 2, "Error: No such command 'xyzzy'; `parity --help` lists all."),
    ("validate", 2, "Error: No such command 'validate' (did you mean check-config?)."),
    ("check", 2, "Error: No such command 'check' (did you mean check-config?)."),
    ("lint", 2, "Error: No such command 'lint' (did you mean check-config?)."),
    ("status", 2, "Error: No such command 'status' (did you mean list?)."),
    ("ls", 2, "Error: No such command 'ls' (did you mean list?)."),
    ("help", 2, "Error: No such command 'help' (did you mean --help?)."),
    ("reprot", 2, "Error: No such command 'reprot' (did you mean report?)."),
    ("rule x", 2, "Error: No such command 'rule' (did you mean accept?)."),
    ("approve x", 2, "Error: No such command 'approve' (did you mean signoff?)."),
    ("start", 2, "Error: No such command 'start' (did you mean run?)."),
    ("move x", 2, "Error: No such command 'move' (did you mean cutover?)."),
    ("verify", 2, "Error: No such command 'verify' (did you mean ledger verify?)."),
    # -- an option that is not there, or has no such value
    ("--versio", 2, "Error: No such option '--versio'. Did you mean '--version'?"),
    ("plan --al", 2, "Error: No such option '--al'. (Did you mean one of: '--all', '--help'?)"),
    ("demo --intoo x", 2, "Error: No such option '--intoo'. Did you mean '--into'?"),
    ("list --color red", 2, "Error: Invalid value for '--color': 'red' is not one of 'auto', 'always', 'never'."),
    ("list --output xml", 2, "Error: Invalid value for '--output': 'xml' is not one of 'text', 'json', 'jsonl'."),
    (
        "report c9 --format pdf",
        2,
        (
            "Error: Invalid value for '--format': 'pdf' is not one of 'html', 'json', 'junit', 'markdown', 'comment', "
            "'prometheus', 'text'."
        ),
    ),
    (
        "completion powershell",
        2,
        f"Error: Invalid value for '{{bash|zsh|fish}}': 'powershell' is not one of {SHELLS}.",
    ),
    ("cutover wine --to nosuch --reason x", 2, f"Error: Invalid value for '--to': 'nosuch' is not one of {STAGES}."),
    ("doctor --only gcp", 2, "Error: Invalid value for --only: unknown platform gcp; known: aws, k8s"),
    # -- something is missing
    ("gate", 2, "Error: Missing argument 'CAMPAIGN'."),
    ("report", 2, "Error: Missing argument 'CAMPAIGN'."),
    ("resume", 2, "Error: Missing argument 'CAMPAIGN'."),
    ("explain", 2, "Error: Missing argument 'SUBJECT'."),
    ("explain-verdict", 2, "Error: Missing argument 'REPOSITORY'."),
    ("rollback wine", 2, "Error: Missing option '--reason'."),
    ("cutover wine --to dual", 2, "Error: Missing option '--reason'."),
    ("signoff wine --as ada", 2, "Error: --as and --key belong together, and --enter stands alone"),
    ("accept wine --finding x", 2, "Error: --finding needs --reason, --as and --key"),
    ("expire c9 --as ada", 2, "Error: --as and --key belong together"),
    ("route digits s", 2, "Error: digits: expected REPOSITORY/JOB, such as digits/train"),
    ("run", 5, "nothing selected: name repositories, or say --all"),
    ("plan", 5, "nothing selected: name repositories, or say --all"),
    ("list", 5, "no campaign in reports; start with parity run"),
    # -- files
    ("run --all --config nosuch.yaml", 2, "nosuch.yaml: the file: expected a readable file, found no such file"),
    ("check-config --config nosuch.yaml", 2, "nosuch.yaml: the file: expected a readable file, found no such file"),
    ("check-config --config folder", 2, "Error: Invalid value for '--config': File 'folder' is a directory."),
    ("check-config --config list.yaml", 2, "list.yaml:1:1: the document: expected a map, found a list"),
    ("init --from nosuch.yaml", 2, "Error: Invalid value for '--from': Path 'nosuch.yaml' does not exist."),
    ("ledger verify nosuch", 2, "Error: Invalid value for '[EXPORT]': File 'nosuch' does not exist."),
    ("explain nosuch.json", 2, f"nosuch.json: file: expected {EXPLAINED}, found nothing of that name"),
    # -- names
    ("run nosuch", 2, f'repos.yaml: repositories: expected one of: {REPOSITORIES}, found "nosuch"'),
    ("run win", 2, f'repos.yaml: repositories: expected one of: {REPOSITORIES}, found "win" (did you mean wine?)'),
    (
        "plan digts",
        2,
        f'repos.yaml: repositories: expected one of: {REPOSITORIES}, found "digts" (did you mean digits?)',
    ),
    (
        "explain K99",
        2,
        f"K99: subject: expected {CLASS}: {REPOSITORIES}, found nothing of that name",
    ),
    ("plugin check nosuch", 2, "nothing named 'nosuch' is installed; `parity plugin list` shows what is"),
    ("explain-verdict wine", 2, NO_VERDICT),
    ("signoff wine", 2, NO_VERDICT),
    ("show wine", 2, NO_VERDICT),
    ("bundle wine", 2, NO_VERDICT),
    ("accept wine", 2, NO_VERDICT),
    # -- campaigns
    ("gate c9", 2, NO_CAMPAIGN.format("c9")),
    ("gate latest", 2, NO_CAMPAIGN.format("latest")),
    ("report c9", 2, NO_CAMPAIGN.format("c9")),
    ("resume c9", 2, NO_CAMPAIGN.format("c9")),
    ("stop c9", 2, NO_CAMPAIGN.format("c9")),
    ("clean c9", 2, NO_CAMPAIGN.format("c9")),
    ("rejudge c9", 2, NO_CAMPAIGN.format("c9")),
    ("recompare c9", 2, NO_CAMPAIGN.format("c9")),
    ("expire c9", 2, NO_CAMPAIGN.format("c9")),
    (
        "report ../c9",
        2,
        (
            "reports: campaign: expected the name of a campaign in reports, found ../c9, which leads outside (another "
            "folder is named by --reports, and its ledger lies in it)"
        ),
    ),
    (
        "report c9 --reports s3://",
        2,
        "--reports: place: expected a folder, or s3://BUCKET or s3://BUCKET/PREFIX, found s3://",
    ),
)


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Stand in a folder with the demo's repos.yaml and files that are wrong."""
    demo = Path(__file__).parents[2]
    text = (demo / "repos.yaml").read_text(encoding="utf-8").replace("scenarios/", f"{demo}/scenarios/")
    (tmp_path / "repos.yaml").write_text(text, encoding="utf-8")
    (tmp_path / "folder").mkdir()
    for name, content in FILES.items():
        (tmp_path / name).write_text(content, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("GITHUB_ACTIONS", raising=False)
    return tmp_path


@pytest.mark.usefixtures("here")
@pytest.mark.parametrize(("typed", "code", "text"), TABLE, ids=[typed for typed, _, _ in TABLE])
def test_a_mistake_is_told_in_whole_and_nothing_is_data(typed: str, code: int, text: str) -> None:
    """What click says first is how the command is used, and nothing else."""
    told = CliRunner(env={"COLUMNS": "400"}).invoke(parity, typed.split())
    usage = re.compile(r"\AUsage: parity .*\nTry 'parity .*--help' for help\.\n\n")
    assert (told.exit_code, usage.sub("", told.stderr).rstrip("\n"), told.stdout) == (code, text, "")


def test_the_table_has_sixty_mistakes_and_none_twice() -> None:
    """Of commands, options, files, names and campaigns."""
    assert len({typed for typed, _, _ in TABLE}) == len(TABLE) >= 60
