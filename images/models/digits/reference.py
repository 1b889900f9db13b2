"""The digits network in NumPy: what the guest programs must compute, number by number."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from images.models.digits.format import Int8Array, Model, read_images, read_model


def matrix_vector(inputs: Int8Array, weights: Int8Array) -> Int8Array:
    """One tile operation per image: exact integer sums, each saturated to int8.

    `inputs` has shape (images, rows), `weights` (rows, columns); the result has shape (images, columns).
    """
    sums = inputs.astype(np.int32) @ weights.astype(np.int32)
    saturated: Int8Array = np.clip(sums, -128, 127).astype(np.int8)
    return saturated


def infer(model: Model, pixels: Int8Array) -> Int8Array:
    """Raw outputs of the last layer, shape (images, outputs), for pixels of shape (images, inputs)."""
    activations = pixels
    for index, layer in enumerate(model.layers):
        if index > 0:
            activations = np.maximum(activations, 0).astype(np.int8)
        activations = matrix_vector(activations >> np.int8(layer.input_shift), layer.weights)
    return activations


def predictions(outputs: Int8Array) -> NDArray[np.intp]:
    """The predicted digit of each image: the largest output, the lowest digit among equal ones."""
    largest: NDArray[np.intp] = np.argmax(outputs, axis=1)
    return largest


def checksum(outputs: Int8Array) -> int:
    """Fold all raw outputs in order: h = 31·h + byte modulo 2³², from 0, bytes unsigned."""
    value = 0
    for byte in outputs.tobytes("C"):
        value = (31 * value + byte) & 0xFFFFFFFF
    return value


def summary() -> str:
    """The line that `digits-mlp` prints for the test images."""
    images = read_images()
    outputs = infer(read_model(), images.pixels)
    correct = int(np.count_nonzero(predictions(outputs) == images.labels))
    count = len(images.labels)
    return f"images {count} correct {correct} accuracy {100 * correct / count:.2f}% checksum {checksum(outputs):08x}"


if __name__ == "__main__":
    print(summary())
