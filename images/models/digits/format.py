"""The two files of the digits model: reading and writing `model.bin` and `test.bin`.

All numbers are little-endian; `README.md` beside this file has the layout in words. The guest program
`images/programs/digits-mlp` reads the same files.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

Int8Array = NDArray[np.int8]

FOLDER = Path(__file__).resolve().parent
MODEL_FILE = FOLDER / "model.bin"
TEST_FILE = FOLDER / "test.bin"

MODEL_MAGIC = b"AIMCMLP\0"
IMAGES_MAGIC = b"AIMCIMG\0"
VERSION = 1

_MODEL_HEADER = struct.Struct("<8sII")
_LAYER_HEADER = struct.Struct("<III")
_IMAGES_HEADER = struct.Struct("<8sIII")


class FormatError(Exception):
    """A file is not what its name says: wrong magic, version or length."""


@dataclass(frozen=True)
class Layer:
    """One matrix-vector product: `output = saturate((input >> input_shift) @ weights)`."""

    input_shift: int
    """Bits by which the (never negative) input vector is shifted right before it meets the weights."""
    weights: Int8Array
    """Shape (inputs, outputs), as it lies in a crossbar: rows are inputs."""


@dataclass(frozen=True)
class Model:
    """Layers in order. Between two layers stands a ReLU; after the last one nothing."""

    layers: tuple[Layer, ...]


@dataclass(frozen=True)
class Images:
    """Labelled images."""

    pixels: Int8Array
    """Shape (images, pixels), values 0 to 16."""
    labels: NDArray[np.uint8]
    """Shape (images,), values 0 to 9."""


def write_model(path: Path, model: Model) -> None:
    """Write a model file."""
    headers = [_MODEL_HEADER.pack(MODEL_MAGIC, VERSION, len(model.layers))]
    headers += [_LAYER_HEADER.pack(*layer.weights.shape, layer.input_shift) for layer in model.layers]
    path.write_bytes(b"".join(headers) + b"".join(layer.weights.tobytes("C") for layer in model.layers))


def read_model(path: Path = MODEL_FILE) -> Model:
    """Read a model file; raises FormatError."""
    data = path.read_bytes()
    if len(data) < _MODEL_HEADER.size:
        raise FormatError(f"{path.name}: too short for a model")
    magic, version, count = _MODEL_HEADER.unpack_from(data)
    if magic != MODEL_MAGIC or version != VERSION:
        raise FormatError(f"{path.name}: not a model of version {VERSION}")
    start = _MODEL_HEADER.size + count * _LAYER_HEADER.size
    if len(data) < start:
        raise FormatError(f"{path.name}: too short for {count} layer headers")
    layers = []
    for index in range(count):
        rows, columns, shift = _LAYER_HEADER.unpack_from(data, _MODEL_HEADER.size + index * _LAYER_HEADER.size)
        if start + rows * columns > len(data):
            raise FormatError(f"{path.name}: too short for the weights of layer {index}")
        weights = np.frombuffer(data, dtype=np.int8, count=rows * columns, offset=start)
        layers.append(Layer(shift, weights.reshape(rows, columns)))
        start += rows * columns
    if start != len(data):
        raise FormatError(f"{path.name}: {len(data) - start} bytes after the last layer")
    return Model(tuple(layers))


def write_images(path: Path, images: Images) -> None:
    """Write an image file."""
    count, size = images.pixels.shape
    header = _IMAGES_HEADER.pack(IMAGES_MAGIC, VERSION, count, size)
    path.write_bytes(header + images.pixels.tobytes("C") + images.labels.tobytes())


def read_images(path: Path = TEST_FILE) -> Images:
    """Read an image file; raises FormatError."""
    data = path.read_bytes()
    if len(data) < _IMAGES_HEADER.size:
        raise FormatError(f"{path.name}: too short for images")
    magic, version, count, size = _IMAGES_HEADER.unpack_from(data)
    if magic != IMAGES_MAGIC or version != VERSION:
        raise FormatError(f"{path.name}: not images of version {VERSION}")
    if len(data) != _IMAGES_HEADER.size + count * (size + 1):
        raise FormatError(f"{path.name}: {len(data)} bytes do not hold {count} images of {size} pixels")
    pixels = np.frombuffer(data, dtype=np.int8, count=count * size, offset=_IMAGES_HEADER.size)
    labels = np.frombuffer(data, dtype=np.uint8, offset=_IMAGES_HEADER.size + count * size)
    return Images(pixels.reshape(count, size), labels)
