"""Gradient boosted trees on the newest vector only, and their translation into an ONNX graph."""

import json

import numpy as np
import onnx
import xgboost
from onnx import TensorProto, helper

from data import LABELS

ROUNDS = 30
SETTINGS = {
    "objective": "multi:softprob",
    "num_class": len(LABELS),
    "max_depth": 4,
    "eta": 0.2,
    "min_child_weight": 50,
    "tree_method": "hist",
    "nthread": 1,
}


def fit_booster(vectors: np.ndarray, labels: np.ndarray, seed: int) -> xgboost.Booster:
    return xgboost.train({**SETTINGS, "seed": seed}, xgboost.DMatrix(vectors, labels), ROUNDS)


def predict_booster(booster: xgboost.Booster, vectors: np.ndarray) -> np.ndarray:
    return booster.predict(xgboost.DMatrix(vectors))


def booster_graph(booster: xgboost.Booster, features: int) -> onnx.ModelProto:
    """The booster as one TreeEnsembleClassifier: [1, features] -> probabilities [1, label]."""
    learner = json.loads(booster.save_raw("json"))["learner"]
    trees = learner["gradient_booster"]["model"]["trees"]
    base = float(learner["learner_model_param"]["base_score"])
    nodes: dict[str, list] = {name: [] for name in NODE_ATTRIBUTES}
    leaves: dict[str, list] = {name: [] for name in LEAF_ATTRIBUTES}
    for number, tree in enumerate(trees):
        for node, left in enumerate(tree["left_children"]):
            leaf = left == -1
            nodes["nodes_treeids"].append(number)
            nodes["nodes_nodeids"].append(node)
            nodes["nodes_featureids"].append(0 if leaf else tree["split_indices"][node])
            nodes["nodes_values"].append(0.0 if leaf else tree["split_conditions"][node])
            nodes["nodes_modes"].append("LEAF" if leaf else "BRANCH_LT")
            nodes["nodes_truenodeids"].append(0 if leaf else left)
            nodes["nodes_falsenodeids"].append(0 if leaf else tree["right_children"][node])
            nodes["nodes_missing_value_tracks_true"].append(0 if leaf else int(tree["default_left"][node]))
            if leaf:
                leaves["class_treeids"].append(number)
                leaves["class_nodeids"].append(node)
                # Each round has one tree per label, in the order of labels.
                leaves["class_ids"].append(number % len(LABELS))
                # A leaf has no condition; its weight is kept in the same place.
                leaves["class_weights"].append(tree["split_conditions"][node])
    classify = helper.make_node(
        "TreeEnsembleClassifier",
        ["input"],
        ["label", "probabilities"],
        domain="ai.onnx.ml",
        base_values=[base] * len(LABELS),
        classlabels_int64s=list(range(len(LABELS))),
        post_transform="SOFTMAX",
        **nodes,
        **leaves,
    )
    graph = helper.make_graph(
        [classify],
        "xgb",
        [helper.make_tensor_value_info("input", TensorProto.FLOAT, [1, features])],
        [helper.make_tensor_value_info("probabilities", TensorProto.FLOAT, [1, len(LABELS)])],
    )
    operators = [helper.make_opsetid("", 14), helper.make_opsetid("ai.onnx.ml", 1)]
    model = helper.make_model(graph, opset_imports=operators, ir_version=7, producer_name="training/xgb.py")
    onnx.checker.check_model(model)
    return model


NODE_ATTRIBUTES = [
    "nodes_treeids",
    "nodes_nodeids",
    "nodes_featureids",
    "nodes_values",
    "nodes_modes",
    "nodes_truenodeids",
    "nodes_falsenodeids",
    "nodes_missing_value_tracks_true",
]
LEAF_ATTRIBUTES = ["class_treeids", "class_nodeids", "class_ids", "class_weights"]
