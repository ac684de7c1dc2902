"""The limen command."""


def main() -> None:
    raise SystemExit(2)
