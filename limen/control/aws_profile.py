"""The credentials of `[aws] profile`: found as the AWS command line finds them, kept fresh, told to the workers.

Only what the profile itself says counts: variables of the environment and what a machine or container would hand out
by itself are never asked.
"""

import asyncio
import contextlib
import logging
from collections.abc import Callable
from typing import Any

from limen.aws.credentials import AccessKey
from limen.plan.channel import ProfileKey
from limen.tasks import Tasks

log = logging.getLogger("limen.control")

AMBIENT = ("env", "container-role", "iam-role", "ec2-credentials-file", "boto-config")
"""What botocore looks at beside the profile."""
LOOK_AGAIN = 60.0
"""Seconds between two looks; botocore renews what expires within 15 minutes."""
START_TIMEOUT = 10.0
"""Seconds for which the start waits for credentials."""
TRY_AGAIN = 15.0
"""Seconds until a profile without credentials is looked at anew: somebody may have logged in."""


class ProfileWatch:
    """Owned by the control process; `tell` is called in its loop whenever the key has changed."""

    def __init__(self, profile: str | None, tell: Callable[[ProfileKey], None]) -> None:
        self._profile = profile
        self._tell = tell
        self._credentials: Any = None
        self._told: ProfileKey | None = None
        self._has_looked = asyncio.Event()
        self._tasks = Tasks()

    async def start(self) -> None:
        """Returns when the profile has been looked at, which may take calls to AWS, or after START_TIMEOUT."""
        if self._profile is None:
            return
        self._tasks.start(self._watch(self._profile), "profile")
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(START_TIMEOUT):
                await self._has_looked.wait()

    async def stop(self) -> None:
        await self._tasks.cancel_all()

    async def _watch(self, profile: str) -> None:
        while True:
            found = await asyncio.to_thread(self._find, profile)
            if found != self._told:
                self._report(profile, found)
                self._told = found
                self._tell(found)
            self._has_looked.set()
            await asyncio.sleep(TRY_AGAIN if found.key is None else LOOK_AGAIN)

    def _report(self, profile: str, found: ProfileKey) -> None:
        if found.key is None:
            log.error("[aws] profile %r: %s", profile, found.problem)
        elif self._told is not None and self._told.key is None:
            log.info("[aws] profile %r has credentials now", profile)

    def _find(self, profile: str) -> ProfileKey:
        try:
            if self._credentials is None:
                self._credentials = load_profile(profile)
            frozen = self._credentials.get_frozen_credentials()
        except Exception as error:  # botocore's, those of plugins and of what a profile's process prints
            self._credentials = None
            return ProfileKey(None, str(error).rstrip("."))
        return ProfileKey(AccessKey(frozen.access_key, frozen.secret_key, frozen.token or None))


def load_profile(profile: str) -> Any:
    """botocore's credentials of a profile. Raises what botocore raises, and LookupError where it holds none."""
    import botocore.session  # takes an eighth of the start of a control process, most of which have no profile

    session = botocore.session.Session(profile=profile)
    resolver = session.get_component("credential_provider")
    for name in AMBIENT:
        resolver.remove(name)
    credentials = resolver.load_credentials()
    if credentials is None:
        raise LookupError("the profile has no credentials")
    return credentials
