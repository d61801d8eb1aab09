"""How the models perform on unseen rows, by the measures of the quality gate."""

import numpy as np

from data import LABELS, Market, windows

SELL, HOLD, BUY = range(len(LABELS))


def stream(market: Market, answer) -> np.ndarray:
    """A model's probabilities [decision, label] in the order in which an engine sees the rows: tick by tick."""
    inputs = windows(market).swapaxes(0, 1)
    return answer(inputs.reshape(-1, *inputs.shape[2:]))


def model_measures(probabilities: np.ndarray) -> dict[str, float]:
    """The measures of one window of one model."""
    confidence = probabilities.max(axis=1).astype(np.float64)
    shares = np.bincount(probabilities.argmax(axis=1), minlength=len(LABELS)) / len(probabilities)
    low, high = np.quantile(confidence, [0.1, 0.9])
    repeats = np.unique(confidence.round(4), return_counts=True)[1].max() / len(confidence)
    return {
        "largest share": shares.max(),
        "BUY share": shares[BUY],
        "SELL share": shares[SELL],
        "HOLD share": shares[HOLD],
        "std": confidence.std(),
        "P90-P10": high - low,
        "repeated value": repeats,
    }


def vote_measures(votes: np.ndarray) -> dict[str, float]:
    """The measures of one window of all models: votes [model, decision]."""
    counts = np.stack([(votes == label).sum(axis=0) for label in range(len(LABELS))])
    hard = (counts[BUY] > 0) & (counts[SELL] > 0)
    return {"agreement": (counts.max(axis=0) / len(votes)).mean(), "hard disagreement": hard.mean()}


def degenerate_runs(probabilities: np.ndarray, length: int = 100) -> int:
    """How many runs of consecutive predictions have one label above 95 % and a confidence std below 0.02."""
    confidence = probabilities.max(axis=1).astype(np.float64)
    spread = np.lib.stride_tricks.sliding_window_view(confidence, length).std(axis=-1)
    labels = np.lib.stride_tricks.sliding_window_view(probabilities.argmax(axis=1), length)
    share = np.max([(labels == label).mean(axis=-1) for label in range(len(LABELS))], axis=0)
    return int(((share > 0.95) & (spread < 0.02)).sum())


LIMITS = {
    "largest share": (0, 0.7),
    "std": (0.05, 1),
    "P90-P10": (0.12, 1),
    "repeated value": (0, 0.5),
    "agreement": (0.55, 0.8),
    "hard disagreement": (0, 0.2),
}


def print_health(streams: dict[str, list[np.ndarray]], sizes: list[int]) -> None:
    """For each window size and model: the range of each measure over all windows, and how many are out of limits."""
    for size in sizes:
        for name, seeds in streams.items():
            cut = [part for seed in seeds for part in cuts(seed, size)]
            print_ranges(f"{name} {size}", [model_measures(part) for part in cut])
        votes = [np.stack([each.argmax(axis=1) for each in seed]) for seed in zip(*streams.values(), strict=True)]
        print_ranges(f"ensemble {size}", [vote_measures(part.T) for seed in votes for part in cuts(seed.T, size)])
    for name, seeds in streams.items():
        print(f"{name}: {sum(degenerate_runs(seed) for seed in seeds)} degenerate runs of 100")


def cuts(rows: np.ndarray, size: int) -> list[np.ndarray]:
    return [rows[start : start + size] for start in range(0, len(rows) - size + 1, size)]


def print_ranges(what: str, measured: list[dict[str, float]]) -> None:
    print(f"{what} ({len(measured)} windows)")
    for measure in measured[0]:
        values = np.array([each[measure] for each in measured])
        low, high = LIMITS.get(measure, (0, 1))
        out = int(((values < low) | (values > high)).sum())
        print(f"  {measure:18} {values.min():.3f} .. {values.mean():.3f} .. {values.max():.3f}  out of limits {out}")
