"""The synthetic market as arrays: features, windows of them, and what happened next."""

import csv
import subprocess
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

LABELS = ["SELL", "HOLD", "BUY"]
STEPS = 32
"""How many rows of one symbol a sequence model sees."""

VOLATILITY_WINDOW = 32
EXPORTER = Path(__file__).with_name("export-market.js")


@dataclass(frozen=True)
class Market:
    """One seed's rows, for each symbol in order of time."""

    features: list[str]
    symbols: list[str]
    vectors: np.ndarray
    """float32 [symbol, tick, feature]"""
    closes: np.ndarray
    """float64 [symbol, tick]"""


def load_market(seed: int, rows: int, cache: Path) -> Market:
    """The first `rows` rows of a seed, exported by the engine's own code. `rows` is rounded down to whole ticks."""
    file = cache / f"market-{seed}-{rows}.csv"
    subprocess.run(["node", EXPORTER, str(seed), str(rows), file], check=True)
    with file.open() as text:
        table = csv.reader(text)
        header = next(table)
        table = list(table)
    symbols = list(dict.fromkeys(row[0] for row in table))
    ticks = len(table) // len(symbols)
    numbers = np.array([row[2:] for row in table[: ticks * len(symbols)]], dtype=np.float64)
    by_symbol = numbers.reshape(ticks, len(symbols), -1).transpose(1, 0, 2)
    return Market(header[3:], symbols, by_symbol[:, :, 1:].astype(np.float32), by_symbol[:, :, 0])


def windows(market: Market) -> np.ndarray:
    """float32 [symbol, tick, step, feature]: the last STEPS vectors as of each tick from STEPS - 1 on. A view."""
    return sliding_window_view(market.vectors, STEPS, axis=1).transpose(0, 1, 3, 2)


def forward_returns(market: Market, horizon: int) -> np.ndarray:
    """
    The log return over the next `horizon` ticks in units of the volatility of the last ticks, as of each tick from
    STEPS - 1 on: [symbol, tick]. NaN if the future is unknown.
    """
    price = np.log(market.closes)
    returns = np.diff(price, axis=1)
    volatility = np.sqrt(sliding_window_view(returns**2, VOLATILITY_WINDOW - 1, axis=1).mean(axis=-1))
    now = price[:, STEPS - 1 :]
    forward = np.full_like(now, np.nan)
    forward[:, :-horizon] = now[:, horizon:] - now[:, :-horizon]
    return forward / (volatility * np.sqrt(horizon))


def classes(forward: np.ndarray, thresholds: tuple[float, float]) -> np.ndarray:
    """0 below the lower threshold, 2 at or above the upper one, 1 between them."""
    return (forward >= thresholds[0]).astype(np.int64) + (forward >= thresholds[1])
