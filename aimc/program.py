"""Which file a program name means: an image of the catalogue, or a path."""

from __future__ import annotations

from pathlib import Path

from aimc.errors import BuildFailed, ProgramNotFound, did_you_mean


def is_path(program: str | Path) -> bool:
    """Whether a program is named by its path: a `Path`, or a text with a slash."""
    return isinstance(program, Path) or "/" in program


def is_image(program: str) -> bool:
    """Whether the name is that of an image of the catalogue."""
    from images.catalogue import CATALOGUE

    return any(image.name == program for image in CATALOGUE)


def resolve(program: str | Path) -> Path:
    """The file of a program, built first if it is an image that is missing or stale.

    A text without a slash is the name of an image; if there is no such image, it may be a file in the current
    folder. Raises `ProgramNotFound` or `BuildFailed`. Whether the file is a program that can run is for the loader
    to say.
    """
    if is_path(program):
        return _existing(Path(program))
    import images.build
    import images.catalogue

    name = str(program)
    known = {image.name for image in images.catalogue.CATALOGUE}
    if name in known:
        try:
            return images.build.find(name)
        except images.build.BuildError as error:
            raise BuildFailed(f"cannot build the image {error}") from None
    if Path(name).is_file():
        return Path(name)
    near = did_you_mean(name, known)
    raise ProgramNotFound(f"there is no image and no file {name!r}{near or ' (`aimc images list` shows the images)'}")


def _existing(path: Path) -> Path:
    try:
        path.stat()
    except (FileNotFoundError, NotADirectoryError):
        raise ProgramNotFound(f"there is no program {str(path)!r}") from None
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else "not a valid path"
        raise ProgramNotFound(f"cannot look at the program {str(path)!r}: {reason}") from None
    return path
