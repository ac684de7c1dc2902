"""What is kept: a noun as AWS shapes it, as a JSON object."""

from typing import Any

Document = dict[str, Any]
"""Wire names of AWS; our own fields begin with an underscore."""
