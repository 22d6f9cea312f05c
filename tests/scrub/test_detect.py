"""What is a secret, and what only looks like one: names by whole segment, known forms, URLs."""

from __future__ import annotations

import hashlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from planted_secrets import forms

from harness.scrub import detect, names, rules
from harness.scrub.scrubber import Scrubber, count

FORMS = forms(11)

SECRET_NAMES = {
    "HF_TOKEN": True,
    "GH_PAT": True,
    "SLACK_WEBHOOK_URL": True,
    "SENTRY_DSN": True,
    "clientSecret": True,
    "gcp.credentials.json": True,
    "MYSQL_PASSWORD": True,
    "WANDB_API_KEY": True,
    "api-key": True,
    "APIKey": True,
    "AWS_SESSION_TOKEN": True,
    "secretAccessKey": True,
    "TOKEN2": True,
    "session": True,
    "DB_PASSWD": True,
    "MAX_TOKENS": False,
    "TOKENIZERS_PARALLELISM": False,
    "TOKENIZER_PATH": False,
    "PATIENCE": False,
    "PATH": False,
    "PYTHONPATH": False,
    "COMPAT": False,
    "SECRET_NAME": False,
    "TOKEN_TYPE": False,
    "KEYBOARD": False,
    "MONKEY": False,
    "PASSES": False,
    "SECRETARY": False,
    "AUTHOR": False,
    "KEY": False,
    "SESSIONS_MAX": False,
    "compatMode": False,
    "KEY_PATH": False,
    "API_KEY_FILE": False,
}


@pytest.mark.parametrize("name", SECRET_NAMES)
def test_a_name_promises_a_secret_by_a_whole_segment_only(name: str) -> None:
    """A random value stands under each name; MAX_TOKENS holds TOKEN in no segment of its own."""
    assert names.is_secret(name, "q7Zp2Lw9Xv4Nt8Rb") is SECRET_NAMES[name]


HARMLESS_VALUES = (
    "", "4096", "1e-4", "-1", "0.5", "12GB", "true", "False", "none", "/run/secrets/token", "./token.txt", "~/.aws",
    "s3://bucket/token", "arn:aws:secretsmanager:us-east-1:123456789012:secret:x", "$TOKEN", "${HF_TOKEN}",
    "<|endoftext|>", "[PAD]", "***", "https://login.example.com/oauth2/token", "night-run", "exp-2024-01-05", "gpt2",
    "production", "{{ token }}", "xxxxxxxx",
)  # fmt: skip


@pytest.mark.parametrize("value", HARMLESS_VALUES)
def test_a_plain_value_is_no_secret_whatever_its_name(value: str) -> None:
    """Numbers, switches, paths, placeholders and words."""
    assert not names.is_secret("SESSION_TOKEN", value)
    assert not names.is_secret("token", value)


def test_a_password_may_be_a_plain_word() -> None:
    """Nobody calls a switch a password; a short one is one all the same."""
    assert names.is_secret("DB_PASSWORD", "geheim")
    assert names.is_secret("AWS_SECRET_ACCESS_KEY", "x")
    assert not names.is_secret("DB_PASSWORD", "none")


@pytest.mark.parametrize("form", FORMS)
def test_each_planted_form_is_found_in_a_line_a_url_and_alone_under_its_name(form: str) -> None:
    """Nothing of it is left, and a word stands in its place."""
    planted, scrubber = FORMS[form], Scrubber()
    for text in (
        planted.line,
        planted.url,
        f"before {planted.line} after",
        f"ValueError: could not open {planted.url}",
        f'{{"a": 1, "{planted.name.lower()}": "{planted.secret}"}}',
        f"run --{planted.name.lower().replace('_', '-')} {planted.secret} --epochs 3",
    ):
        scrubbed = scrubber.text(text)
        assert planted.secret not in scrubbed, text
        assert count(scrubbed) == 1, scrubbed
    assert detect.rule_of(planted.name, planted.secret)


def test_a_known_form_is_named_by_gitleaks_own_rule() -> None:
    """The rule's name stands in the text, so that its owner knows which key to turn."""
    assert Scrubber().text(f"key {FORMS['aws access key'].secret} used") == "key [scrubbed: aws-access-token] used"
    assert Scrubber().text(f"x {FORMS['github token'].secret}") == "x [scrubbed: github-pat]"


PROSE = (
    "step 12 loss=0.53 tokens/s: 41200 max_tokens=4096 pad_token='<pad>' pad_token_id=128001",
    "Special tokens have been added in the vocabulary, make sure the associated word embeddings are trained.",
    "session started; authorization rejected by server; password: incorrect",
    "loading /root/.cache/huggingface/token from path=/root/.cache pat=7 patience=3",
    "sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
    "uid 550e8400-e29b-41d4-a716-446655440000 pod train-wine-a-1-x7k2p node ip-10-0-3-17.ec2.internal",
    "https://example.com/a?b=1&c=2 postgresql://db.example.com:5432/wine ssh://git@github.com/a/b user@example.com",
    "Traceback (most recent call last): KeyError: 'token'",
    "{'token': None, 'use_auth_token': False, 'session': 12, 'api_key': ''}",
    "arn:aws:sagemaker:us-east-1:123456789012:training-job/wine s3://bucket/model.tar.gz",
    'MountVolume.SetUp failed for volume "creds" : secret "s3-creds" not found',
    'secrets "db.prod" is forbidden: User "ci" cannot get resource "secrets"',
)


@pytest.mark.parametrize("line", PROSE)
def test_lines_of_logs_without_secrets_stay_as_they_are(line: str) -> None:
    """A page full of scrubbed words would hide what its reader looks for."""
    assert Scrubber().text(line) == line


@pytest.mark.parametrize("line", ['secret "q7Zp2Lw9Xv4Nt8Rb" not found', 'secret "q7zp2lw9xv4nt8rb" was wrong'])
def test_only_an_object_that_kubernetes_lacks_is_named_by_the_word_secret(line: str) -> None:
    """No name of an object has capitals, and no other sentence is the API server's."""
    assert count(Scrubber().text(line)) == 1


def test_values_that_not_secret_vouches_for_stay() -> None:
    """As a variable and in a line of a log."""
    scrubber = Scrubber.of({}, ["q7Zp2Lw9Xv4Nt8Rb"])
    assert scrubber.named("HF_TOKEN", "q7Zp2Lw9Xv4Nt8Rb") == "q7Zp2Lw9Xv4Nt8Rb"
    assert scrubber.text("HF_TOKEN=q7Zp2Lw9Xv4Nt8Rb") == "HF_TOKEN=q7Zp2Lw9Xv4Nt8Rb"
    assert scrubber.text("HF_TOKEN=q7Zp2Lw9Xv4Nt8Rc") == "HF_TOKEN=[scrubbed: secret-name]"


def test_the_harness_own_secrets_are_scrubbed_wherever_they_stand() -> None:
    """A platform that quotes our credentials back at us is not quoted; short and plain values are left alone."""
    own = {"AWS_SECRET_ACCESS_KEY": "aQ9-zz kk.77/ww", "SESSION": "night-run-of-today", "HOME": "/root/the-home"}
    assert Scrubber.of(own).text("denied: aQ9-zz kk.77/ww night-run-of-today /root/the-home") == (
        "denied: [scrubbed: harness-environment] night-run-of-today /root/the-home"
    )


def test_values_of_a_record_are_looked_at_with_their_names() -> None:
    """As keys, as lists of names and values, and as typed parameters; keyed hashes of the shim stay."""
    record = {
        "environment": {"HF_TOKEN": "q7Zp2Lw9Xv4Nt8Rb", "GH_PAT": "hmac-sha256:" + "0a" * 32, "OMP_NUM_THREADS": "4"},
        "env": [{"name": "DB_PASSWORD", "value": "geheim"}, {"name": "MODE", "value": "fast"}],
        "parameters": {"api_key": {"type": "str", "value": "q7Zp2Lw9Xv4Nt8Rb"}, "depth": {"type": "int", "value": 3}},
    }
    assert Scrubber().value(record) == {
        "environment": {
            "HF_TOKEN": "[scrubbed: secret-name]",
            "GH_PAT": "hmac-sha256:" + "0a" * 32,
            "OMP_NUM_THREADS": "4",
        },
        "env": [{"name": "DB_PASSWORD", "value": "[scrubbed: secret-name]"}, {"name": "MODE", "value": "fast"}],
        "parameters": {
            "api_key": {"type": "str", "value": "[scrubbed: secret-name]"},
            "depth": {"type": "int", "value": 3},
        },
    }


@settings(max_examples=300, deadline=None)
@given(
    st.lists(
        st.sampled_from(
            [
                "a=1 ",
                "\n",
                "é",
                "\ud800",
                '"',
                "token",
                "=",
                ": ",
                "AKIA" + "Q3EGTBWQ5ZQ7NB3C",
                "pass" + "word=h7!xQ2 ",
                "https://u:",
                "p7x9@h ",
                "[scrubbed: x]",
            ]
        ),
        max_size=12,
    ).map("".join)
)
def test_scrubbing_twice_changes_nothing_more_and_never_fails(text: str) -> None:
    """What was scrubbed at capture is scrubbed again when it is stored or shown."""
    once = Scrubber().text(text)
    assert Scrubber().text(once) == once


def test_the_rules_are_the_published_file() -> None:
    """Nobody edits them here: a newer file comes as a whole, with its version."""
    assert hashlib.sha256(rules.data()).hexdigest() == rules.SHA256
    assert len(rules.rules()) == 216
    assert not any(rule.id == "generic-api-key" for rule in rules.rules())


def test_a_text_that_would_freeze_a_backtracking_engine_is_read_in_one_pass() -> None:
    """Two megabytes of almost-matches, which a backtracking engine tries in every way."""
    assert detect.hits("password" * 250_000) == ()
    assert detect.hits("-" * 2_000_000 + "token") == ()
