"""Inputs and the native runtimes' answers, for the test that the engine's runtime gives the same answers."""

import json
from pathlib import Path

import numpy as np

from data import STEPS, Market

BLOCKS = 10
INPUTS_A_BLOCK = 10
TICKS_BETWEEN = 150
"""Far enough apart that the blocks see different regimes."""


def native_blocks(market: Market) -> list[tuple[str, int, np.ndarray]]:
    """Runs of consecutive rows, each of one symbol: (symbol, first tick, rows)."""
    blocks = []
    for block in range(BLOCKS):
        symbol = block % len(market.symbols)
        first = block * TICKS_BETWEEN
        rows = market.vectors[symbol, first : first + STEPS - 1 + INPUTS_A_BLOCK]
        blocks.append((market.symbols[symbol], first, rows))
    return blocks


def native_inputs(blocks: list[tuple[str, int, np.ndarray]]) -> np.ndarray:
    """float32 [input, step, feature]: all full windows of each block."""
    ends = range(STEPS, STEPS + INPUTS_A_BLOCK)
    return np.stack([rows[end - STEPS : end] for _, _, rows in blocks for end in ends])


def write_inputs(folder: Path, features: list[str], blocks: list[tuple[str, int, np.ndarray]]) -> None:
    head = f'{{"features":{json.dumps(features)},"steps":{STEPS},"blocks":['
    parts = []
    for symbol, first, rows in blocks:
        lines = ",\n".join(line(row) for row in rows)
        parts.append(f'{{"symbol":{json.dumps(symbol)},"tick":{first},"rows":[\n{lines}\n]}}')
    (folder / "inputs.json").write_text(head + "\n" + ",\n".join(parts) + "\n]}\n")


def write_outputs(file: Path, outputs: np.ndarray) -> None:
    file.write_text("[\n" + ",\n".join(line(row) for row in outputs) + "\n]\n")


def line(numbers: np.ndarray) -> str:
    """float32 numbers in the fewest digits that read back as exactly the same number."""
    texts = [np.format_float_positional(number, unique=True, trim="-") for number in numbers]
    if any(np.float32(float(text)) != number for text, number in zip(texts, numbers, strict=True)):
        raise ValueError(f"{numbers} cannot be written exactly")
    return f"[{','.join(texts)}]"
