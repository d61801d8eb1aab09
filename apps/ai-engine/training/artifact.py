"""A model on disk: the graph, and the manifest that pins it and describes its input and output."""

import hashlib
import io
import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch

from data import LABELS, STEPS
from network import Classifier

OPSET = 14
BINS = 10


@dataclass(frozen=True)
class Card:
    """What a manifest says about a model, besides its hash."""

    name: str
    title: str
    shape: list[int]
    features: list[str]
    reference: dict[str, dict[str, list]]


def network_graph(model: Classifier, features: int) -> bytes:
    """A network as ONNX, for one window of exactly STEPS rows."""
    file = io.BytesIO()
    example = torch.zeros(1, STEPS, features)
    names = {"input_names": ["input"], "output_names": ["probabilities"]}
    torch.onnx.export(model, example, file, opset_version=OPSET, **names)
    return file.getvalue()


def reference_histograms(features: list[str], vectors: np.ndarray) -> dict[str, dict[str, list]]:
    """For each feature: inner edges at the deciles, ascending, and how many vectors each bin [lower, upper) has."""
    rows = vectors.reshape(-1, len(features)).astype(np.float64)
    shares = np.arange(1, BINS) / BINS
    reference = {}
    for column, name in enumerate(features):
        edges = np.quantile(rows[:, column], shares).round(4)
        if not (np.diff(edges) > 0).all():
            raise ValueError(f"The deciles of {name} are not different numbers: {edges}")
        bins = np.searchsorted(edges, rows[:, column], side="right")
        reference[name] = {"edges": edges.tolist(), "counts": np.bincount(bins, minlength=BINS).tolist()}
    return reference


def write_artifact(folder: Path, graph: bytes, card: Card) -> None:
    """Writes `<name>.onnx` and `manifest.json` into the folder, which is created if needed."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{card.name}.onnx").write_bytes(graph)
    manifest = {
        "name": card.name,
        "title": card.title,
        "kind": "onnx",
        "file": f"{card.name}.onnx",
        "sha256": hashlib.sha256(graph).hexdigest(),
        "input": {"name": "input", "shape": card.shape},
        "output": {"name": "probabilities"},
        "features": card.features,
        "labels": LABELS,
        "reference": card.reference,
    }
    (folder / "manifest.json").write_text(manifest_text(manifest))


def manifest_text(manifest: dict) -> str:
    """JSON with one line per key and per feature histogram."""
    *plain, (_, reference) = manifest.items()
    lines = [f"  {json.dumps(key)}: {json.dumps(value)}," for key, value in plain]
    histograms = [f"    {json.dumps(name)}: {json.dumps(histogram)}" for name, histogram in reference.items()]
    return "\n".join(["{", *lines, '  "reference": {', ",\n".join(histograms), "  }", "}", ""])
