"""A function as the host runs it: its record, how many invocations it has, and the pools of its versions."""

from limen.functions.errors import function_not_found, reserved_concurrency_reached
from limen.functions.machine import Machine
from limen.functions.pool import MakeEnvironment, Pool
from limen.functions.records import FunctionRecord


class Function:
    """Outlives its records: what runs and what is warm stays where only other things change."""

    def __init__(
        self, record: FunctionRecord, machine: Machine, make: MakeEnvironment, *, is_debugged: bool = False
    ) -> None:
        self.record = record
        self.in_flight = 0
        self.verdicts: dict[tuple[str, str], bool] = {}
        """Whether a source may invoke a qualifier; kept while the record stays."""
        self._machine = machine
        self._make = make
        self._most = 1 if is_debugged else None
        self._pools: dict[str, Pool] = {}
        machine.reserved += record.reserved_concurrency or 0

    @property
    def pools(self) -> list[Pool]:
        return list(self._pools.values())

    def pool_of(self, version: str) -> Pool:
        """Raises InvokeError where an alias points to a version that is gone."""
        pool = self._pools.get(version)
        if pool is None:
            record = self.record.versions.get(version)
            if record is None:
                raise function_not_found(f"{self.record.arn}:{version}")
            pool = self._pools[version] = Pool(self.record, record, self._machine, self._make, self._most)
        return pool

    # --- concurrency

    def admit(self) -> bool:
        """Counts an invocation; whether it is one of the reserved ones, as `release` wants to know.

        Raises InvokeError where too many run.
        """
        reserved = self.record.reserved_concurrency
        if reserved is None:
            self._machine.admit()
        elif self.in_flight >= reserved:
            raise reserved_concurrency_reached()
        self.in_flight += 1
        return reserved is not None

    @property
    def has_room(self) -> bool:
        """Whether another invocation would be admitted."""
        reserved = self.record.reserved_concurrency
        return self._machine.has_room if reserved is None else self.in_flight < reserved

    def release(self, is_reserved: bool) -> None:
        self.in_flight -= 1
        if not is_reserved:
            self._machine.release()

    # --- changes

    def update(self, record: FunctionRecord) -> None:
        old, self.record = self.record, record
        self.verdicts.clear()
        self._machine.reserved += (record.reserved_concurrency or 0) - (old.reserved_concurrency or 0)
        for name, pool in list(self._pools.items()):
            version = record.versions.get(name)
            if version is None:
                del self._pools[name]
                pool.remove()
            elif version != pool.version:
                pool.replace(record, version)

    def renew(self, directory: str) -> None:
        """A file in a directory of live code has changed."""
        for pool in self._pools.values():
            version = pool.version
            if any(code.directory == directory for code in (version.code, *version.layers)):
                pool.renew()

    def remove(self) -> None:
        self._machine.reserved -= self.record.reserved_concurrency or 0
        pools, self._pools = self._pools, {}
        for pool in pools.values():
            pool.remove()
