"""Credentials of a profile: from its files alone, renewed, and with the reason where there are none."""

import asyncio
import json
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from limen.aws.credentials import AccessKey
from limen.control import aws_profile
from limen.control.aws_profile import ProfileWatch
from limen.plan.channel import ProfileKey


@pytest.fixture(autouse=True)
def config(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An AWS configuration file of this test's own, and credentials all around that are not to be used."""
    file = tmp_path / "config"
    file.write_text("")
    monkeypatch.setenv("AWS_CONFIG_FILE", str(file))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "credentials"))
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AMBIENT")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "ambient")
    monkeypatch.setenv("AWS_CONTAINER_CREDENTIALS_FULL_URI", "http://127.0.0.1:9/credentials")
    monkeypatch.delenv("AWS_PROFILE", raising=False)
    return file


def told(
    watch_for: int = 1, profile: str | None = "dev", meanwhile: Callable[[], object] | None = None
) -> list[ProfileKey]:
    """What the workers are told, until they were told so often."""

    async def main() -> list[ProfileKey]:
        messages: list[ProfileKey] = []
        watch = ProfileWatch(profile, messages.append)
        await watch.start()
        if meanwhile is not None:
            meanwhile()
        for _ in range(200):
            if len(messages) >= watch_for:
                break
            await asyncio.sleep(0.01)
        await watch.stop()
        return messages

    return asyncio.run(main())


def test_keys_of_a_profile_are_told(config: Path) -> None:
    config.write_text("[profile dev]\naws_access_key_id = AKDEV\naws_secret_access_key = secret\n")

    assert told() == [ProfileKey(AccessKey("AKDEV", "secret"))]


def test_without_a_profile_nothing_is_told() -> None:
    assert told(watch_for=0, profile=None) == []


def test_what_the_environment_offers_is_not_used(config: Path) -> None:
    config.write_text("[profile dev]\nregion = eu-west-1\n")

    assert told() == [ProfileKey(None, "the profile has no credentials")]


def test_a_profile_that_does_not_exist_is_named(caplog: pytest.LogCaptureFixture) -> None:
    assert told() == [ProfileKey(None, "The config profile (dev) could not be found")]
    assert "[aws] profile 'dev': The config profile (dev) could not be found" in caplog.text


def test_a_login_is_noticed(config: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(aws_profile, "TRY_AGAIN", 0.01)

    def log_in() -> None:
        config.write_text("[profile dev]\naws_access_key_id = AKDEV\naws_secret_access_key = secret\n")

    messages = told(2, meanwhile=log_in)

    assert [message.key and message.key.id for message in messages] == [None, "AKDEV"]


def test_keys_that_expire_are_renewed(config: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(aws_profile, "LOOK_AGAIN", 0.01)
    counter = tmp_path / "counter"
    issue = tmp_path / "issue.py"
    issue.write_text(
        "import json, pathlib, datetime\n"
        f"counter = pathlib.Path({str(counter)!r})\n"
        "count = len(counter.read_text()) + 1 if counter.exists() else 1\n"
        "counter.write_text('x' * count)\n"
        # Under botocore's 15 minutes: renewed at each look.
        "expires = datetime.datetime.now(datetime.UTC) + datetime.timedelta(minutes=9)\n"
        "print(json.dumps({'Version': 1, 'AccessKeyId': f'ASIA{count}', 'SecretAccessKey': 's', "
        "'SessionToken': f't{count}', 'Expiration': expires.isoformat()}))\n"
    )
    config.write_text(f"[profile dev]\ncredential_process = {json.dumps(sys.executable)} {issue}\n")

    messages = told(2)

    keys = [message.key for message in messages]
    assert None not in keys
    assert len({key.id for key in keys if key}) == 2


def test_a_key_says_nothing_of_its_secret() -> None:
    assert "secret" not in repr(ProfileKey(AccessKey("AKDEV", "secret", "token"))).replace("secret=", "")
