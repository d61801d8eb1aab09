"""Broken models made from the real PatchTST, for the tests of the engine and its demo."""

import copy
from pathlib import Path

import onnx
import torch

from artifact import Card, network_graph, write_artifact
from network import Classifier

BLOWN_UP = 12.0
"""The saturated model adds this to the logit of BUY, whose probability is then above 0.99 for any rows."""


def write_broken(folder: Path, model: Classifier, card: Card) -> None:
    """One folder for each fault. All are named patchtst, so that they can replace it."""
    features = len(card.features)
    graph = network_graph(model, features)
    broken = {
        "patchtst-truncated": graph[: len(graph) // 2],
        "patchtst-wrong-dimension": widened(graph),
        "patchtst-constant": network_graph(constant(model), features),
        "patchtst-nan": network_graph(not_a_number(model), features),
        "patchtst-saturated": network_graph(saturated(model), features),
    }
    for name, contents in broken.items():
        write_artifact(folder / name, contents, card)


def widened(graph: bytes) -> bytes:
    """Takes one feature more than the manifest says, and ignores it."""
    wide = onnx.load_from_string(graph)
    wide.graph.input[0].type.tensor_type.shape.dim[2].dim_value += 1
    return wide.SerializeToString(deterministic=True)


def constant(model: Classifier) -> Classifier:
    """Gives the same answer for any rows."""
    dull = copy.deepcopy(model)
    with torch.no_grad():
        dull.body.head.weight.zero_()
        dull.body.head.bias.copy_(torch.tensor([-0.2, 0.6, 0.1]))
    return dull


def not_a_number(model: Classifier) -> Classifier:
    """Answers NaN."""
    lost = copy.deepcopy(model)
    with torch.no_grad():
        lost.body.head.bias.fill_(float("nan"))
    return lost


def saturated(model: Classifier) -> Classifier:
    """The same weights, except one that is far too large: answers BUY, almost certain, to almost everything."""
    loud = copy.deepcopy(model)
    with torch.no_grad():
        loud.body.head.bias[2] += BLOWN_UP / loud.gain
    return loud
