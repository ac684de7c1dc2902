"""The few system calls of Linux that Python has no name for. Loads nothing but ctypes: spawned processes use it.

Numbers and flags are the kernel's own (include/uapi/linux/{sched,mount,prctl}.h), the same on both architectures
except where a table says otherwise.
"""

import ctypes
import os
import signal
import sys

CLONE_NEWNS = 0x00020000
CLONE_NEWIPC = 0x08000000
CLONE_NEWUSER = 0x10000000
CLONE_NEWPID = 0x20000000

MS_RDONLY = 1
MS_NOSUID = 2
MS_NODEV = 4
MS_NOEXEC = 8
MS_REMOUNT = 32
MS_BIND = 4096
MS_REC = 16384
MS_UNBINDABLE = 1 << 17
MS_PRIVATE = 1 << 18

_MNT_DETACH = 2
_AT_FDCWD = -100
_AT_RECURSIVE = 0x8000
_MOUNT_ATTR_RDONLY = 1
_MOUNT_ATTR_NOSUID = 2
_PR_SET_PDEATHSIG = 1
_PR_CAPBSET_DROP = 24
_PR_SET_CHILD_SUBREAPER = 36
_PR_SET_NO_NEW_PRIVS = 38
_PR_CAP_AMBIENT = 47
_PR_CAP_AMBIENT_CLEAR_ALL = 4

_NUMBERS = {
    "x86_64": {"clone": 56, "pivot_root": 155, "mount_setattr": 442},
    "aarch64": {"clone": 220, "pivot_root": 41, "mount_setattr": 442},
}
"""Of system calls, by architecture."""

_calls = _NUMBERS.get(os.uname().machine, {}) if sys.platform == "linux" else {}
_libc = ctypes.CDLL(None, use_errno=True)
_libc_with_gil = ctypes.PyDLL(None, use_errno=True)

HAS_NAMESPACES = bool(_calls)
"""Whether we know how to ask for them; whether we get them is another matter."""


def fork_into(namespaces: int) -> int:
    """os.fork, with new namespaces for the child: one system call where fork, unshare, fork would be needed."""
    if not namespaces:
        return os.fork()
    ctypes.pythonapi.PyOS_BeforeFork()
    flags = ctypes.c_long(namespaces | signal.SIGCHLD)
    zero = ctypes.c_long(0)
    pid: int = _libc_with_gil.syscall(ctypes.c_long(_calls["clone"]), flags, zero, zero, zero, zero)
    error = ctypes.get_errno()
    if pid == 0:
        ctypes.pythonapi.PyOS_AfterFork_Child()
        return 0
    ctypes.pythonapi.PyOS_AfterFork_Parent()
    if pid < 0:
        raise OSError(error, os.strerror(error))
    return pid


def mount(source: str, target: str, kind: str = "", flags: int = 0, options: str = "") -> None:
    result = _libc.mount(
        source.encode(errors="surrogateescape"),
        target.encode(errors="surrogateescape"),
        kind.encode() or None,
        ctypes.c_ulong(flags),
        options.encode() or None,
    )
    _check(result, target)


def bind(source: str, target: str) -> None:
    """With all that is mounted below."""
    mount(source, target, flags=MS_BIND | MS_REC)


def make_read_only(target: str) -> None:
    """A mount and all below it. Nothing below can gain privileges by set-uid files either."""
    attributes = (ctypes.c_uint64 * 4)(_MOUNT_ATTR_RDONLY | _MOUNT_ATTR_NOSUID, 0, 0, 0)
    result = _libc.syscall(
        ctypes.c_long(_calls["mount_setattr"]),
        ctypes.c_int(_AT_FDCWD),
        ctypes.c_char_p(target.encode(errors="surrogateescape")),
        ctypes.c_uint(_AT_RECURSIVE),
        ctypes.byref(attributes),
        ctypes.c_size_t(ctypes.sizeof(attributes)),
    )
    _check(result, target)


def enter_root(root: str) -> None:
    """Makes a mount the root of everything; what was the root before is out of reach."""
    os.chdir(root)
    here = ctypes.c_char_p(b".")
    _check(_libc.syscall(ctypes.c_long(_calls["pivot_root"]), here, here), root)
    _check(_libc.umount2(here, ctypes.c_int(_MNT_DETACH)), root)
    os.chdir("/")


def end_with_parent(number: signal.Signals) -> None:
    """By this signal. A parent that has ended before is for the caller to find out."""
    _prctl(_PR_SET_PDEATHSIG, number)


def adopt_orphans() -> None:
    """Processes below this one whose parents end become its children."""
    _prctl(_PR_SET_CHILD_SUBREAPER, 1)


def give_up_privileges() -> None:
    """For good, whatever is executed: also where we are root, whose files of ours stay ours."""
    _prctl(_PR_SET_NO_NEW_PRIVS, 1)
    for capability in range(64):
        if _libc.prctl(_PR_CAPBSET_DROP, ctypes.c_ulong(capability), 0, 0, 0) != 0:
            break  # the kernel knows no more of them, or we have none to drop
    _libc.prctl(_PR_CAP_AMBIENT, ctypes.c_ulong(_PR_CAP_AMBIENT_CLEAR_ALL), 0, 0, 0)


def _prctl(option: int, value: int) -> None:
    _check(_libc.prctl(option, ctypes.c_ulong(value), 0, 0, 0), "prctl")


def _check(result: int, what: str) -> None:
    if result != 0:
        error = ctypes.get_errno()
        raise OSError(error, os.strerror(error), what)
