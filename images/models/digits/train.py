"""Train the digits network: `python -m images.models.digits.train` writes `model.bin` and `test.bin`.

Needs scikit-learn (only here), for the data. Seeded and single-threaded, so that a second run on the same machine and
libraries gives the same files; other libraries may round sums of floats differently and end in other weights.

The network must run on a tile that saturates its sums to int8 without scaling them first. So training sees exactly
that: integer weights, integer activations, sums clipped to -128..127, and gradients that pass straight through the
rounding (Bengio et al., arXiv 1308.3432). Activations are shifted down to a few levels, which leaves room for weights
of some size: an analogue device has noise of about one part in a hundred of its full range, so weights of ±1 out of
127 would drown. For the same reason Gaussian noise is added to the weights during training.
"""

from __future__ import annotations

import os

# Sums of floats depend on how a library splits them over threads, hence before NumPy is loaded.
os.environ["OPENBLAS_NUM_THREADS"] = "1"
os.environ["OMP_NUM_THREADS"] = "1"

import argparse
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from images.models.digits import reference
from images.models.digits.format import (
    MODEL_FILE,
    TEST_FILE,
    Images,
    Int8Array,
    Layer,
    Model,
    write_images,
    write_model,
)

Floats = NDArray[np.float32]

SEED = 20240611
TEST_IMAGES = 450
SIZES = (64, 512, 512, 10)
BATCH = 64
LEARNING_RATE = 2e-3
SIDE = 8


@dataclass(frozen=True)
class Settings:
    """What training is given."""

    quantised: bool
    epochs: int
    shifts: tuple[int, ...]
    """Input shift of each layer."""
    initial_sigma: tuple[float, ...]
    """Standard deviation of the initial weights of each layer, in weight units."""
    weight_noise: float
    """Standard deviation of the noise added to weights in training, in weight units."""
    temperature: float
    """Outputs are divided by this before the softmax."""


QUANTISED = Settings(True, 200, (2, 5, 6), (6.0, 3.0, 2.0), 2.5, 14.0)
FLOAT = Settings(False, 60, (0, 0, 0), (0.02, 0.06, 0.06), 0.0, 1.0)


def load_split() -> tuple[Images, Images]:
    """The data as (train, test): a fixed random split."""
    from sklearn.datasets import load_digits

    digits = load_digits()
    pixels: Int8Array = digits.data.astype(np.int8)
    labels = digits.target.astype(np.uint8)
    order = np.random.default_rng(SEED).permutation(len(labels))
    test, train = order[:TEST_IMAGES], order[TEST_IMAGES:]
    return Images(pixels[train], labels[train]), Images(pixels[test], labels[test])


def shifted(pixels: Int8Array, rng: np.random.Generator) -> Int8Array:
    """A copy in which about half of the images are moved by up to one pixel; the border is filled with 0."""
    pictures = pixels.reshape(-1, SIDE, SIDE)
    padded = np.pad(pictures, ((0, 0), (1, 1), (1, 1)))
    moves = rng.integers(0, 3, size=(len(pictures), 2))
    moves[rng.random(len(pictures)) < 0.5] = 1
    rows = moves[:, 0, None, None] + np.arange(SIDE)[None, :, None]
    columns = moves[:, 1, None, None] + np.arange(SIDE)[None, None, :]
    moved: Int8Array = padded[np.arange(len(pictures))[:, None, None], rows, columns]
    return moved.reshape(len(pictures), -1)


class Network:
    """Weights with Adam's moments, forward and backward pass. Float weights; quantised where they are used."""

    def __init__(self, settings: Settings, rng: np.random.Generator) -> None:
        self.settings = settings
        self.rng = rng
        pairs = zip(SIZES[:-1], SIZES[1:], settings.initial_sigma, strict=True)
        self.weights: list[Floats] = [
            (sigma * rng.standard_normal((rows, columns))).astype(np.float32) for rows, columns, sigma in pairs
        ]
        self.first = [np.zeros_like(w) for w in self.weights]
        self.second = [np.zeros_like(w) for w in self.weights]
        self.steps = 0

    def used_weights(self, noisy: bool) -> list[Floats]:
        """The weights that the forward pass sees."""
        if not self.settings.quantised:
            return self.weights
        rounded = [np.rint(w) for w in self.weights]
        if noisy:
            noise = np.float32(self.settings.weight_noise)
            rounded = [w + noise * self.rng.standard_normal(w.shape, dtype=np.float32) for w in rounded]
        return rounded

    def step(self, pixels: Int8Array, labels: NDArray[np.uint8], rate: float) -> None:
        """One Adam step on one batch."""
        settings = self.settings
        weights = self.used_weights(noisy=True)
        inputs: list[Floats] = []
        sums: list[Floats] = []
        values = pixels.astype(np.float32)
        for index, (w, shift) in enumerate(zip(weights, settings.shifts, strict=True)):
            if index > 0:
                values = np.maximum(values, 0)
            values = values / np.float32(2**shift)
            if settings.quantised:
                values = np.floor(values)
            inputs.append(values)
            values = values @ w
            sums.append(values)
            if settings.quantised:
                values = np.clip(values, -128, 127)

        logits = values / np.float32(settings.temperature)
        exponentials = np.exp(logits - logits.max(axis=1, keepdims=True))
        gradient = exponentials / exponentials.sum(axis=1, keepdims=True)
        gradient[np.arange(len(labels)), labels] -= 1
        gradient /= np.float32(len(labels) * settings.temperature)
        if settings.quantised:
            # A saturated output may only be pulled back: pushing it further out changes nothing.
            outwards = ((sums[-1] >= 127) & (gradient < 0)) | ((sums[-1] <= -128) & (gradient > 0))
            gradient[outwards] = 0

        gradients: list[Floats] = []
        for index in reversed(range(len(weights))):
            gradients.insert(0, inputs[index].T @ gradient)
            if index > 0:
                gradient = (gradient @ weights[index].T) / np.float32(2 ** settings.shifts[index])
                below = sums[index - 1]
                passes = (below > 0) & (below < 128) if settings.quantised else below > 0
                gradient = gradient * passes
        self._adam(gradients, rate)

    def _adam(self, gradients: list[Floats], rate: float) -> None:
        self.steps += 1
        bias_first, bias_second = 1 - 0.9**self.steps, 1 - 0.999**self.steps
        for index, gradient in enumerate(gradients):
            self.first[index] = np.float32(0.9) * self.first[index] + np.float32(0.1) * gradient
            self.second[index] = np.float32(0.999) * self.second[index] + np.float32(0.001) * gradient * gradient
            change = (self.first[index] / bias_first) / (np.sqrt(self.second[index] / bias_second) + 1e-8)
            # Adam's step is in weight units: scale it by the size that the weights have.
            scale = rate * self.settings.initial_sigma[index] / 0.05
            limit = 127 if self.settings.quantised else np.inf
            self.weights[index] = np.clip(self.weights[index] - scale * change, -limit, limit).astype(np.float32)

    def train(self, data: Images) -> None:
        """All epochs, with a learning rate that falls to 0 along a cosine."""
        batches = len(data.labels) // BATCH
        total = self.settings.epochs * batches
        for _ in range(self.settings.epochs):
            order = self.rng.permutation(len(data.labels))
            pixels = shifted(data.pixels, self.rng)
            for batch in range(batches):
                chosen = order[batch * BATCH : (batch + 1) * BATCH]
                rate = LEARNING_RATE * 0.5 * (1 + np.cos(np.pi * self.steps / total))
                self.step(pixels[chosen], data.labels[chosen], float(rate))


def float_outputs(network: Network, pixels: Int8Array) -> Floats:
    """Outputs of a network trained without quantisation."""
    values = pixels.astype(np.float32)
    for index, w in enumerate(network.weights):
        values = (np.maximum(values, 0) if index > 0 else values) @ w
    return values


def integer_model(network: Network) -> Model:
    """The trained weights as they are used: rounded, int8."""
    pairs = zip(network.settings.shifts, network.weights, strict=True)
    return Model(tuple(Layer(shift, np.rint(w).astype(np.int8)) for shift, w in pairs))


def accuracy(outputs: NDArray[np.generic], labels: NDArray[np.uint8]) -> float:
    """Share of images whose largest output is their label, in per cent."""
    return 100 * float(np.mean(np.argmax(outputs, axis=1) == labels))


def noisy_accuracy(model: Model, data: Images, sigma: float, repeats: int = 5) -> float:
    """Mean accuracy in per cent with Gaussian noise of `sigma` weight units on every weight."""
    rng = np.random.default_rng(SEED)
    results = []
    for _ in range(repeats):
        values = data.pixels.astype(np.float64)
        for index, layer in enumerate(model.layers):
            values = np.floor((np.maximum(values, 0) if index > 0 else values) / 2**layer.input_shift)
            weights = layer.weights + sigma * rng.standard_normal(layer.weights.shape)
            values = np.clip(np.rint(values @ weights), -128, 127)
        results.append(accuracy(values, data.labels))
    return float(np.mean(results))


def main() -> None:
    """Train both networks, print the figures, write the files."""
    parser = argparse.ArgumentParser(description="Train the digits network and write model.bin and test.bin.")
    parser.add_argument("--dry-run", action="store_true", help="print the figures, write nothing")
    arguments = parser.parse_args()
    train, test = load_split()

    baseline = Network(FLOAT, np.random.default_rng(SEED + 1))
    baseline.train(train)
    print(
        f"float: train {accuracy(float_outputs(baseline, train.pixels), train.labels):.2f}% "
        f"test {accuracy(float_outputs(baseline, test.pixels), test.labels):.2f}%"
    )

    network = Network(QUANTISED, np.random.default_rng(SEED + 2))
    network.train(train)
    model = integer_model(network)
    outputs = reference.infer(model, test.pixels)
    print(
        f"int8: train {accuracy(reference.infer(model, train.pixels), train.labels):.2f}% "
        f"test {accuracy(outputs, test.labels):.2f}% "
        f"outputs at the limits {100 * float(np.mean((outputs == 127) | (outputs == -128))):.2f}%"
    )
    for layer in model.layers:
        w = layer.weights
        print(f"weights {w.shape}: standard deviation {w.std():.2f}, {w.min()} to {w.max()}")
    for sigma in (0.5, 1.0, 1.5, 2.0, 3.0):
        print(f"int8 with weight noise {sigma} units: test {noisy_accuracy(model, test, sigma):.2f}%")

    if not arguments.dry_run:
        write_model(MODEL_FILE, model)
        write_images(TEST_FILE, test)


if __name__ == "__main__":
    main()
