#!/usr/bin/python3
"""
Trains the four demonstration models and writes everything that is made from them:
../models, ../models-broken and ../test/native. The same on every run of the same versions; see README.md.
"""

import tempfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch

from artifact import Card, network_graph, reference_histograms, write_artifact
from broken import write_broken
from data import STEPS, Market, classes, forward_returns, load_market, windows
from dlinear import DLinear
from health import print_health, stream
from native import native_blocks, native_inputs, write_inputs, write_outputs
from network import Classifier, View, fit, predict
from nhits import NHiTS
from patchtst import PatchTST
from xgb import booster_graph, fit_booster, predict_booster

ENGINE = Path(__file__).resolve().parent.parent

TRAIN_SEEDS = [101, 102]
TUNE_SEED = 111
HELD_OUT_SEEDS = [201, 202]
NATIVE_SEED = 301
ROWS = 60_000
SEED = 7


@dataclass(frozen=True)
class Task:
    """What a model must predict: the price this many ticks ahead, and how often the answer is HOLD."""

    horizon: int
    hold: float

    def thresholds(self, markets: list[Market]) -> tuple[float, float]:
        forward = np.concatenate([forward_returns(market, self.horizon).ravel() for market in markets])
        low, high = np.nanquantile(forward, [(1 - self.hold) / 2, (1 + self.hold) / 2])
        return float(low), float(high)


@dataclass(frozen=True)
class Network:
    """A network's part of the input, and its training. The views differ, so that the models do not all agree."""

    title: str
    body: type
    task: Task
    view: list[str]
    epochs: int
    rate: float


XGB_TASK = Task(horizon=2, hold=0.39)
NETWORKS = {
    "patchtst": Network(
        "PatchTST",
        PatchTST,
        Task(horizon=3, hold=0.395),
        ["return_3", "return_6", "rsi_6", "ema_gap_7", "range_position_8", "order_imbalance_3", "volatility_ratio"],
        epochs=3,
        rate=3e-3,
    ),
    "nhits": Network(
        "NHiTS",
        NHiTS,
        Task(horizon=1, hold=0.39),
        ["return_1", "return_3", "return_6", "rsi_6", "ema_gap_3", "ema_gap_7", "wick_balance", "range_position_8"],
        epochs=6,
        rate=3e-3,
    ),
    "dlinear": Network(
        "DLinear",
        DLinear,
        Task(horizon=2, hold=0.39),
        ["return_1", "order_imbalance", "order_imbalance_3", "volume_z", "volatility_ratio"],
        epochs=6,
        rate=3e-3,
    ),
}


def main() -> None:
    torch.set_num_threads(1)
    torch.use_deterministic_algorithms(True)
    with tempfile.TemporaryDirectory() as folder:
        cache = Path(folder)
        train = [load_market(seed, ROWS, cache) for seed in TRAIN_SEEDS]
        tune = load_market(TUNE_SEED, ROWS, cache)
        held_out = [load_market(seed, ROWS, cache) for seed in HELD_OUT_SEEDS]
        native = native_blocks(load_market(NATIVE_SEED, ROWS, cache))

    features = train[0].features
    vectors = np.concatenate([market.vectors.reshape(-1, len(features)) for market in train])
    reference = reference_histograms(features, vectors)
    outputs = ENGINE / "test" / "native"
    write_inputs(outputs, features, native)
    answers = {}

    inputs, labels = examples(train, XGB_TASK, XGB_TASK.thresholds(train))
    booster = fit_booster(inputs[:, -1], labels, SEED)
    answers["xgb"] = lambda rows: predict_booster(booster, rows[:, -1])
    graph = booster_graph(booster, len(features)).SerializeToString(deterministic=True)
    write_artifact(ENGINE / "models" / "xgb", graph, Card("xgb", "XGB", [1, len(features)], features, reference))

    for name, plan in NETWORKS.items():
        model = train_network(plan, train, tune, vectors)
        answers[name] = lambda rows, model=model: predict(model, rows)
        card = Card(name, plan.title, [1, STEPS, len(features)], features, reference)
        write_artifact(ENGINE / "models" / name, network_graph(model, len(features)), card)
        if name == "patchtst":
            write_broken(ENGINE / "models-broken", model, card)

    for name, answer in answers.items():
        write_outputs(outputs / f"{name}.json", answer(native_inputs(native)))
        task = XGB_TASK if name == "xgb" else NETWORKS[name].task
        inputs, labels = examples(held_out, task, task.thresholds(train))
        right = (answer(inputs).argmax(axis=1) == labels).mean()
        chance = np.bincount(labels).max() / len(labels)
        print(f"{name}: {right:.4f} right, {chance:.4f} by always saying the most frequent label")
    streams = {name: [stream(market, answer) for market in held_out] for name, answer in answers.items()}
    print_health(streams, [300, 1200, 20_000])


def train_network(plan: Network, train: list[Market], tune: Market, vectors: np.ndarray) -> Classifier:
    torch.manual_seed(SEED)
    view = View(train[0].features, plan.view, vectors)
    model = Classifier(view, plan.body(STEPS, len(plan.view)))
    inputs, labels = examples(train, plan.task, plan.task.thresholds(train))
    fit(model, inputs, labels, plan.epochs, plan.rate, SEED)
    sharpen(model, stream(tune, lambda rows: rows))
    return model


def examples(markets: list[Market], task: Task, thresholds: tuple[float, float]) -> tuple[np.ndarray, np.ndarray]:
    """Windows [n, step, feature] and their outcomes, if known."""
    inputs, labels = [], []
    for market in markets:
        forward = forward_returns(market, task.horizon)
        known = np.isfinite(forward)
        inputs.append(windows(market)[known])
        labels.append(classes(forward[known], thresholds))
    return np.concatenate(inputs), np.concatenate(labels)


def sharpen(model: Classifier, rows: np.ndarray) -> None:
    """
    Raises the gain until the confidences spread like those of a lively model. The models become over-confident, like
    many real ones: the demonstration needs models whose confidence moves.
    """
    while True:
        confidence = predict(model, rows).max(axis=1)
        low, high = np.quantile(confidence, [0.1, 0.9])
        if confidence.std() >= 0.095 and high - low >= 0.25:
            return
        model.gain += 0.1


if __name__ == "__main__":
    main()
