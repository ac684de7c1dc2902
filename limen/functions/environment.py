"""One execution environment: a process that runs one version, one invocation at a time."""

from limen.functions.invocation import Invocation, Outcome

__all__ = ["Invocation", "Outcome"]
