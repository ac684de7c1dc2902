"""Objects of buckets in memory, as `ControlSettings.objects` reads them."""

from limen.control.objects import ObjectError, StoredObject


class Buckets:
    """`put` makes a new version; what was read is told by `asked`."""

    def __init__(self) -> None:
        self.versions: dict[tuple[str, str], list[bytes]] = {}
        self.asked: list[tuple[str, str, str | None]] = []

    def put(self, bucket: str, key: str, content: bytes) -> str:
        versions = self.versions.setdefault((bucket, key), [])
        versions.append(content)
        return str(len(versions))

    def read(self, bucket: str, key: str, version: str | None, most: int) -> StoredObject:
        self.asked.append((bucket, key, version))
        versions = self.versions.get((bucket, key), [])
        number = len(versions) if version is None else int(version)
        if not 0 < number <= len(versions):
            raise ObjectError(f"s3://{bucket}/{key} does not exist")
        if len(versions[number - 1]) > most:
            raise ObjectError(f"s3://{bucket}/{key} has more than {most} bytes")
        return StoredObject(versions[number - 1], str(number))
