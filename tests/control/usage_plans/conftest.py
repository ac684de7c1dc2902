"""The same control plane that operations of API Gateway are called on."""

from tests.control.v1.conftest import control

__all__ = ["control"]
