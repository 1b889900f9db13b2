"""Preset files: named sets of configuration values, each with its unit and source.

A preset is a TOML file. Its tables follow the dotted keys, and each value says where it comes from:

    description = "two lines at most"
    include = ["tile-alpine", "./mine.toml"]    # built-in presets by name, files by path relative to this one

    [core.frequency_hz]
    value = 2.3e9
    unit = "Hz"
    source = "where the number was published, or: assumption: why it is plausible"
    node_nm = 28                                # technology node, where it matters

    [energy.tile_mvm_pj_per_cell]
    scale = 5.3                                 # instead of a value: multiplies the included one
    source = "why"

    [tile]
    rows = 512                                  # shorthand for one's own files; the source is then the file itself

What a file sets replaces what it includes. Two included presets may give the same key only if both have it from the
same file.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, TypeGuard

from aimc.declaration import Declaration, Value
from aimc.errors import ConfigError, did_you_mean

FOLDER = Path(__file__).parent / "presets"
"""Where the built-in presets are."""

_TOP_LEVEL = ("description", "include")
_ENTRY_FIELDS = ("value", "scale", "unit", "source", "node_nm")


@dataclass(frozen=True)
class Setting:
    """One value of a preset."""

    value: Value
    """In the unit that the key's declaration gives."""
    source: str
    node_nm: float | None
    """Technology node in nm, if the value belongs to one."""
    origin: Path
    """The file that set it."""


@dataclass(frozen=True)
class Preset:
    """A preset with everything that it includes."""

    name: str
    """The name or path it was asked for by."""
    description: str
    settings: Mapping[str, Setting]
    """By key, in the order of declaration."""


def names() -> list[str]:
    """The built-in presets, whole machines and parts, by name."""
    return sorted(path.stem for path in FOLDER.glob("*.toml"))


def load(preset: str | Path, declared: Mapping[str, Declaration]) -> Preset:
    """Read a preset: the name of a built-in one, or the path of a file (a `Path`, or a text with a slash or `.toml`).

    Raises `ConfigError` for an unknown name, an unreadable or malformed file, an unknown key, a bad value, or
    includes that go in a circle or contradict each other.
    """
    path = _locate(preset, Path())
    description, settings = _read(path, declared, ())
    return Preset(str(preset), description, {name: settings[name] for name in declared if name in settings})


def _locate(preset: str | Path, folder: Path) -> Path:
    """The file of a preset; relative paths start at `folder`."""
    if isinstance(preset, Path) or "/" in preset or preset.endswith(".toml"):
        return folder / preset
    if preset not in names():
        if (folder / f"{preset}.toml").is_file():
            hint = f"; to use the file of that name, write ./{preset}.toml"
        else:
            hint = did_you_mean(preset, names())
        raise ConfigError(f"there is no preset {preset!r} (there are {', '.join(names())}){hint}")
    return FOLDER / f"{preset}.toml"


def _read(path: Path, declared: Mapping[str, Declaration], outer: tuple[Path, ...]) -> tuple[str, dict[str, Setting]]:
    """A file's description, and its settings with the included ones. `outer`: the files that include it, in order."""
    path = path.resolve()
    if path in outer:
        circle = " → ".join(_shown(step) for step in (*outer[outer.index(path) :], path))
        raise ConfigError(f"preset files include each other in a circle: {circle}")
    document = _parse(path)
    description = document.get("description", "")
    if not isinstance(description, str):
        raise ConfigError(f"{_shown(path)}: the description must be a text")

    settings, disputed = _included(path, document.get("include", []), declared, (*outer, path))
    for declaration, entry in _entries(path, document, declared):
        name = declaration.name
        if name not in disputed:
            settings[name] = _setting(path, declaration, entry, settings.get(name))
        elif isinstance(entry, dict) and "scale" in entry:
            raise ConfigError(disputed[name])
        else:
            settings[name] = _setting(path, declaration, entry, None)
            del disputed[name]
    if disputed:
        raise ConfigError(next(iter(disputed.values())))
    return description, settings


def _parse(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise ConfigError(f"there is no preset file {_shown(path)}") from None
    except OSError as error:
        raise ConfigError(f"cannot read the preset file {_shown(path)}: {error.strerror}") from None
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"{_shown(path)} is not valid TOML: {error}") from None
    except (UnicodeDecodeError, RecursionError):
        raise ConfigError(f"{_shown(path)} is not a TOML file: its text is not UTF-8 or nests too deeply") from None


def _included(
    path: Path, include: object, declared: Mapping[str, Declaration], outer: tuple[Path, ...]
) -> tuple[dict[str, Setting], dict[str, str]]:
    """The settings of the included presets, and for each key on which two of them differ what to say about it."""
    if not isinstance(include, list) or not all(isinstance(name, str) for name in include):
        raise ConfigError(f"{_shown(path)}: include must be a list of preset names or paths")
    settings: dict[str, Setting] = {}
    disputed: dict[str, str] = {}
    for name in include:
        try:
            inner = _locate(name, path.parent)
        except ConfigError as error:
            raise ConfigError(f"{_shown(path)} includes an unknown preset: {error}") from None
        for key, setting in _read(inner, declared, outer)[1].items():
            known = settings.setdefault(key, setting)
            if known != setting:
                disputed[key] = (
                    f"{_shown(path)} includes {_shown(known.origin)} and {_shown(setting.origin)}, "
                    f"which differ about {key}; give it a value in {path.name} itself"
                )
    return settings, disputed


def _entries(
    path: Path, document: Mapping[str, Any], declared: Mapping[str, Declaration]
) -> Iterator[tuple[Declaration, Any]]:
    """The keys that a file sets itself, with what stands there."""

    def walk(table: Mapping[str, Any], prefix: str) -> Iterator[tuple[Declaration, Any]]:
        for word, content in table.items():
            name = prefix + word
            if not prefix and word in _TOP_LEVEL:
                continue
            if name in declared:
                yield declared[name], content
            elif isinstance(content, dict) and any(known.startswith(f"{name}.") for known in declared):
                yield from walk(content, f"{name}.")
            else:
                near = did_you_mean(name, [*declared, *_TOP_LEVEL])
                raise ConfigError(f"{_shown(path)}: unknown key {name}{near}")

    yield from walk(document, "")


def _setting(path: Path, declaration: Declaration, entry: Any, included: Setting | None) -> Setting:
    """The setting that an entry of a file stands for; `included` is what it replaces or scales."""
    try:
        if not isinstance(entry, dict):
            return Setting(declaration.interpret(entry), f"given in {path.name} without a source", None, path)
        return _full_setting(path, declaration, entry, included)
    except ConfigError as error:
        raise ConfigError(f"{_shown(path)}: {error}") from None


def _full_setting(path: Path, declaration: Declaration, entry: dict[str, Any], included: Setting | None) -> Setting:
    name, unit = declaration.name, declaration.key.unit
    for word in entry:
        if word not in _ENTRY_FIELDS:
            near = did_you_mean(word, _ENTRY_FIELDS)
            raise ConfigError(f"{name} has an unknown field {word}{near}")
    source = entry.get("source")
    if not isinstance(source, str) or not source.strip():
        raise ConfigError(f"{name} has no source (a text that says where the value comes from)")
    node_nm = entry.get("node_nm")
    if node_nm is not None and not _positive(node_nm, 1e6):
        raise ConfigError(f"{name}: node_nm must be a positive number of nanometres")

    if "scale" in entry:
        if "value" in entry or "unit" in entry:
            raise ConfigError(f"{name} has a scale together with a value or a unit")
        if included is None:
            raise ConfigError(f"{name} has a scale, but no included preset gives it a value")
        return _scaled(path, declaration, included, entry["scale"], source, node_nm)
    if "value" not in entry:
        raise ConfigError(f"{name} has no value")
    if unit and "unit" not in entry:
        raise ConfigError(f"{name} has no unit (it wants {unit}, or one that converts to it)")
    given_unit = entry.get("unit", "")
    if not isinstance(given_unit, str):
        raise ConfigError(f"{name}: the unit must be a text")
    return Setting(declaration.interpret(entry["value"], given_unit), source, node_nm, path)


def _scaled(
    path: Path, declaration: Declaration, included: Setting, scale: object, source: str, node_nm: float | None
) -> Setting:
    name, value = declaration.name, included.value
    if isinstance(value, bool | str):
        raise ConfigError(f"{name} cannot be scaled: it is not a number")
    if not _positive(scale, 1e9):
        raise ConfigError(f"{name}: scale must be a positive number")
    return replace(
        included,
        # Twelve digits: a product such as 0.15625 × 5.3 should read as people write it.
        value=declaration.interpret(float(f"{value * scale:.12g}")),
        source=f"{included.source}; × {scale:g}: {source}",
        node_nm=included.node_nm if node_nm is None else node_nm,
        origin=path,
    )


def _positive(value: object, limit: float) -> TypeGuard[int | float]:
    return isinstance(value, int | float) and not isinstance(value, bool) and 0 < value < limit


def _shown(path: Path) -> str:
    """A path for a message: built-in presets by name, others relative to the current folder where that is shorter."""
    if path.parent == FOLDER.resolve():
        return f"preset {path.stem}"
    try:
        return str(path.relative_to(Path.cwd()))
    except ValueError:
        return str(path)
