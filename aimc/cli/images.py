"""`aimc images`: the guest programs that come with the machine, and root file systems."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from aimc.errors import BuildFailed, UsageError

if TYPE_CHECKING:
    from images.build import BuiltImage
    from images.rootfs import Request, Rootfs


@click.group(invoke_without_command=True)
@click.pass_context
def images(context: click.Context) -> None:
    """List or build the guest programs that `aimc run NAME` runs, and the root file systems they run in."""
    if context.invoked_subcommand is None:
        context.invoke(list_images)


@images.command("list")
def list_images() -> None:
    """List the guest programs, grouped by what they are for, and the root file systems that are made."""
    from rich.table import Table

    from aimc import report
    from images.catalogue import CATALOGUE, Kind

    table = Table(box=None, pad_edge=False, padding=(0, 2), show_header=False)
    table.add_column(style="bold", no_wrap=True)
    table.add_column(style="dim")
    table.add_column()
    for kind in Kind:
        for image in CATALOGUE:
            if image.kind is kind:
                table.add_row(image.name, kind.value, image.description)
    for root in _roots():
        table.add_row(root.name, "rootfs", _summary(root))
    report.console(sys.stdout).print(table)


@images.command()
@click.argument("names", nargs=-1)
@click.option("--jobs", "-j", metavar="N", type=click.IntRange(min=1), help="Programs built at once.")
@click.option("--quiet", "-q", is_flag=True, help="Say nothing but errors.")
def build(names: tuple[str, ...], jobs: int | None, quiet: bool) -> None:
    """Build the guest programs NAMES, or all; those that are up to date are left alone."""
    built = build_images(list(names) or None, jobs=jobs, quiet=quiet)
    if not quiet:
        compiled = [entry for entry in built if entry.compiled]
        for entry in compiled:
            print(f"{entry.image.name}: {entry.path} ({entry.seconds:.1f} s)")
        print(f"{len(compiled)} built, {len(built) - len(compiled)} up to date")


def build_images(names: list[str] | None, *, jobs: int | None = None, quiet: bool = False) -> list[BuiltImage]:
    """Build images with their progress on standard error (none when quiet; only a word on long work when no terminal).

    Raises `UsageError` for an unknown name and `BuildFailed` if one cannot be built.
    """
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

    from aimc import report
    from images.build import FIRST_TIME, BuildError
    from images.build import build as build_all
    from images.catalogue import UnknownImage

    console = report.console(sys.stderr)
    # The spinner and the clock show life during a first build, which compiles the C library before anything is done.
    columns = (SpinnerColumn(), TextColumn("building images"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console, transient=True, disable=quiet or not console.is_terminal) as bar:
        task = bar.add_task("", total=None)

        def progress(done: int, total: int, name: str) -> None:
            bar.update(task, completed=done, total=total)
            if name == FIRST_TIME and not quiet:
                bar.console.print(f"aimc: building images {name}")

        try:
            return build_all(names, jobs=jobs, progress=progress)
        except UnknownImage as error:
            raise UsageError(str(error)) from None
        except BuildError as error:
            raise BuildFailed(f"cannot build the image {error}") from None


@images.command()
@click.argument("name", required=False)
@click.option("--package", "-p", "packages", metavar="PACKAGE", multiple=True,
              help="A Debian package, or PACKAGE=VERSION; with what it depends on. May be repeated.")  # fmt: skip
@click.option("--suite", metavar="NAME", default=None, help="Debian release by code name. Default: bookworm.")
@click.option("--mirror", metavar="URL", help="Debian mirror. Default: the host's own if it runs Debian.")
@click.option("--keyring", metavar="FILE", type=click.Path(path_type=Path),
              help="Keys that the mirror's signature is checked with. Default: the host's keys of Debian.")  # fmt: skip
@click.option("--insecure", is_flag=True, help="Take packages without checking any signature.")
@click.option("--force", is_flag=True, help="Ask the mirror for new versions and unpack the root anew.")
@click.option("--list", "listed", is_flag=True, help="List the root file systems that are made.")
@click.option("--quiet", "-q", is_flag=True, help="Say nothing but errors and the root's path.")
def rootfs(
    *,
    name: str | None,
    packages: tuple[str, ...],
    suite: str | None,
    mirror: str | None,
    keyring: Path | None,
    insecure: bool,
    force: bool,
    listed: bool,
    quiet: bool,
) -> None:
    """Make the Debian arm64 root file system NAME of packages, for `aimc run --sysroot NAME`; print its path.

    Needs Debian's apt and dpkg-deb on the host, not root, and changes nothing of the host's. A root that is there with
    these packages is left alone; NAME alone prints its path.
    """
    from images.rootfs import DEFAULT_SUITE, Request, RootfsError, find
    from images.rootfs_apt import Trust

    if listed:
        _list_roots(name)
        return
    if name is None:
        raise UsageError("say the NAME of the root file system to make (see aimc images rootfs --help)")
    try:
        if not packages and not force:
            print(find(name).path)
            return
        present: Rootfs | None = find(name) if not packages else None
        request = Request(
            packages=packages if present is None else present.requested,
            suite=suite or (DEFAULT_SUITE if present is None else present.suite),
            mirror=mirror or (None if present is None else present.mirror),
            trust=Trust(keyring, insecure),
        )
        made, new = _make_root(name, request, force=force, quiet=quiet)
    except RootfsError as error:
        raise BuildFailed(str(error)) from None
    if not quiet:
        checked = "its signature was verified" if made.verified else "no signature was checked (--insecure)"
        state = f"made from {made.mirror} {made.suite}; {checked}" if new else "up to date"
        print(f"aimc: root file system {made.name}: {_summary(made)}; {state}", file=sys.stderr)
    print(made.path)


def _make_root(name: str, request: Request, *, force: bool, quiet: bool) -> tuple[Rootfs, bool]:
    from rich.progress import BarColumn, Progress, SpinnerColumn, TaskProgressColumn, TextColumn, TimeElapsedColumn

    from aimc import report
    from images.rootfs import make

    labels = {
        "lists": "lists of packages",
        "plan": "choosing packages",
        "download": "downloading",
        "unpack": "unpacking",
        "finish": "completing the root",
    }
    console = report.console(sys.stderr)
    columns = (
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(),
        TaskProgressColumn(),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=console, transient=True, disable=quiet or not console.is_terminal) as bar:
        task = bar.add_task("waiting for another build", total=None)

        def progress(phase: str, done: int, total: int) -> None:
            bar.update(task, description=labels[phase], completed=done, total=total)

        return make(name, request, force=force, progress=progress)


def _list_roots(name: str | None) -> None:
    if name is not None:
        raise UsageError("--list takes no NAME")
    for root in _roots():
        print(f"{root.name}\t{root.path}\t{_summary(root)}")


def _roots() -> list[Rootfs]:
    from images.rootfs import built

    return built()


def _summary(root: Rootfs) -> str:
    checked = "" if root.verified else ", unverified"
    shown = ", ".join(root.requested[:6]) + (", …" if len(root.requested) > 6 else "")
    return f"Debian {root.suite}, {len(root.packages)} packages, {root.size_bytes / 1e6:.0f} MB{checked} ({shown})"


def sysroot_folder(name: str) -> Path:
    """The folder that `--sysroot` means: a folder of the host, else the root file system of that name."""
    from images.rootfs import built, is_rootfs

    folder = Path(name)
    if folder.is_dir():
        return folder
    if "/" not in name and is_rootfs(name):
        from images.rootfs import find

        return find(name).path
    if folder.exists():
        raise UsageError(f"--sysroot {name!r} is not a folder")
    known = ", ".join(root.name for root in built())
    hint = f"there are {known}" if known else "`aimc images rootfs` makes one"
    raise UsageError(f"--sysroot {name!r} is neither a folder nor a root file system ({hint})")
