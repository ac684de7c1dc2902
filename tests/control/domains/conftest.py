"""Operations of the first API, called on a real store."""

from tests.control.v1.conftest import control, refused, refused_patch

__all__ = ("control", "refused", "refused_patch")
