"""What a process of a function sees of this machine: its code, its layers, a /tmp of its own, and no secrets.

On Linux each environment gets namespaces of its own (user, mount, process ids, IPC): user_namespaces(7),
mount_namespaces(7), pid_namespaces(7). Where the kernel refuses them, or on macOS, code and layers stay where they
are. Everything here runs in a process that is about to become the function: it loads nothing heavy.
"""

import contextlib
import os
import stat

from limen.functions import kernel

NAMESPACES = kernel.CLONE_NEWNS | kernel.CLONE_NEWPID | kernel.CLONE_NEWIPC
LEVELS = (NAMESPACES | kernel.CLONE_NEWUSER, NAMESPACES, 0)
"""From the strongest to none: a user namespace takes even root's power over the machine away."""

TASK = "/var/task"
OPT = "/opt"
SOCKET = "/var/runtime/api.sock"

SECRETS = (
    "/root",
    "/home",
    "/run",
    "/etc/shadow",
    "/etc/gshadow",
    "/etc/shadow-",
    "/etc/gshadow-",
    "/etc/ssh",
    "/etc/ssl/private",
    "/var/lib/docker",
    "/var/lib/kubelet",
    "/var/tmp",  # noqa: S108
)
"""Empty for functions, whatever user they run as; an interpreter that lies there stays visible."""

NEEDED_OF_RUN = ("/run/systemd/resolve", "/run/resolvconf", "/run/NetworkManager/resolv.conf", "/run/nscd")
"""Where /etc/resolv.conf leads on many systems."""

_OWN = frozenset({"dev", "proc", "tmp", "var", "opt", "lost+found"})
_DEVICES = ("null", "zero", "full", "random", "urandom", "tty")
_DEVICE_LINKS = {"fd": "/proc/self/fd", "stdin": "fd/0", "stdout": "fd/1", "stderr": "fd/2"}
_KERNEL_SETTINGS = ("sys", "sysrq-trigger", "irq", "bus", "fs")
"""Of /proc: without any capability, root may still write what belongs to root."""
_INODES_PER_MB = 256
"""Of /tmp, as file systems on disks have them: an empty file takes memory, too."""
_HARMLESS_OF_PROC = ("cpuinfo", "meminfo", "stat", "version", "loadavg", "uptime", "filesystems")


class View:
    """What one environment sees; made by the host, sent to the spawner as JSON."""

    __slots__ = ("hidden", "opt", "socket", "staging", "task", "tmp_mb", "visible")

    def __init__(
        self,
        *,
        task: str,
        opt: str,
        socket: str,
        staging: str,
        tmp_mb: int,
        hidden: list[str],
        visible: list[str],
    ) -> None:
        self.task = task
        self.opt = opt
        """Nothing where there are no layers."""
        self.socket = socket
        self.staging = staging
        """An empty directory on which the new root is built, out of everybody else's sight."""
        self.tmp_mb = tmp_mb
        self.hidden = hidden
        self.visible = visible
        """Paths below hidden ones that are needed nevertheless: interpreters, bootstraps."""


def become_same_user(uid: int, gid: int) -> None:
    """In a new user namespace we are nobody until we say who: the same as outside."""
    for file, line in (("setgroups", "deny"), ("uid_map", f"{uid} {uid} 1"), ("gid_map", f"{gid} {gid} 1")):
        with open(f"/proc/self/{file}", "w") as target:
            target.write(line)
    # Or a function would make one of its own, and in it have what was taken away: capabilities, mounts without a bound.
    with contextlib.suppress(OSError), open("/proc/sys/user/max_user_namespaces", "w") as most:  # below this one
        most.write("0")


def enter(view: View) -> None:
    """Builds the root of this environment and enters it, as the first process of new namespaces."""
    kernel.mount("none", "/", flags=kernel.MS_REC | kernel.MS_PRIVATE)
    root = view.staging
    _mount_empty(root, "size=1m,mode=755")
    kernel.mount("none", root, flags=kernel.MS_UNBINDABLE)  # or it would be shown within itself
    _show_directory("/", root, _OWN)
    _show_devices(f"{root}/dev")
    _show_directory("/var", f"{root}/var", frozenset({"task", "runtime"}))
    _show(view.task, root + TASK)
    if view.opt:
        _show(view.opt, root + OPT)
    else:
        os.mkdir(root + OPT)
    for path in view.hidden:
        _hide(root, path)
    for path in (*NEEDED_OF_RUN, *view.visible):
        if not path.startswith("/tmp/") and not os.path.lexists(root + path):  # noqa: S108
            _show(path, root + path)
    _show(view.socket, root + SOCKET)
    for name in ("proc", "tmp"):
        os.mkdir(f"{root}/{name}")
    kernel.make_read_only(root)
    _mount_proc(f"{root}/proc")
    for place in (f"{root}/tmp", f"{root}/dev/shm"):  # noqa: S108
        _mount_empty(place, f"size={view.tmp_mb}m,nr_inodes={view.tmp_mb * _INODES_PER_MB},mode=1777")
    for path in view.visible:
        if not os.path.lexists(root + path) and os.path.lexists(path):  # below /tmp
            _show(path, root + path)
            if not os.path.islink(path):
                kernel.make_read_only(root + path)
    kernel.enter_root(root)


def _show_directory(source: str, target: str, without: frozenset[str]) -> None:
    os.makedirs(target, exist_ok=True)
    for name in os.listdir(source):
        if name not in without:
            _show(os.path.join(source, name), os.path.join(target, name))


def _show_devices(target: str) -> None:
    """Those that do no harm: a disk could be written through a read-only mount."""
    for name in _DEVICES:
        _show(f"/dev/{name}", f"{target}/{name}")
    for name, leads_to in _DEVICE_LINKS.items():
        os.symlink(leads_to, f"{target}/{name}")
    os.mkdir(f"{target}/shm")


def _show(source: str, target: str) -> None:
    """The same file, directory or link at another place; what cannot be seen outside cannot be seen inside."""
    try:
        mode = os.lstat(source).st_mode
    except OSError:
        return
    os.makedirs(os.path.dirname(target), exist_ok=True)
    if stat.S_ISLNK(mode):
        os.symlink(os.readlink(source), target)
        return
    if stat.S_ISDIR(mode):
        os.makedirs(target, exist_ok=True)
    else:
        os.close(os.open(target, os.O_WRONLY | os.O_CREAT, 0o600))
    kernel.bind(source, target)


def _hide(root: str, path: str) -> None:
    place = root + path
    try:
        mode = os.lstat(place).st_mode
    except OSError:
        return
    if stat.S_ISDIR(mode):
        _mount_empty(place, "size=1m,mode=755")
    elif not stat.S_ISLNK(mode):
        kernel.bind("/dev/null", place)


def _mount_empty(place: str, options: str) -> None:
    kernel.mount("tmpfs", place, "tmpfs", kernel.MS_NOSUID | kernel.MS_NODEV, options)


def _mount_proc(place: str) -> None:
    """Of our own processes alone. In a container that masks parts of /proc the kernel refuses a whole one."""
    flags = kernel.MS_NOSUID | kernel.MS_NODEV | kernel.MS_NOEXEC
    try:
        kernel.mount("proc", place, "proc", flags)
    except OSError:
        _mount_empty(place, "size=1m,mode=755")
        for name in _HARMLESS_OF_PROC:
            _show(f"/proc/{name}", f"{place}/{name}")
    for name in _KERNEL_SETTINGS:
        if os.path.exists(f"{place}/{name}"):
            kernel.bind(f"{place}/{name}", f"{place}/{name}")
            kernel.make_read_only(f"{place}/{name}")
