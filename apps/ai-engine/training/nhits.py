"""
N-HiTS (Challu et al. 2023): blocks that each see the past at their own rate, explain part of it (backcast) and add
their part of the forecast, both interpolated from few coefficients. The forecast path is then read as a class.
"""

import torch
from torch import nn

from data import LABELS

POOLS = [8, 4, 1]
"""Coarse to fine: how many steps a block's pooling combines."""

WIDTH = 48
AHEAD = 8
"""Length of the forecast path."""


def interpolation(knots: int, length: int) -> torch.Tensor:
    """[knots, length]: the weights that interpolate evenly spaced knots to a line of that length."""
    if knots == 1:
        return torch.ones(1, length)
    place = torch.linspace(0, knots - 1, length)
    return torch.clamp(1 - (place[None, :] - torch.arange(knots)[:, None]).abs(), min=0)


class Block(nn.Module):
    def __init__(self, steps: int, channels: int, pool: int):
        super().__init__()
        self.channels = channels
        self.past_knots = steps // pool
        self.next_knots = max(1, AHEAD // pool)
        self.pool = nn.MaxPool1d(pool)
        self.body = nn.Sequential(
            nn.Linear(channels * self.past_knots, WIDTH), nn.ReLU(), nn.Linear(WIDTH, WIDTH), nn.ReLU()
        )
        self.past = nn.Linear(WIDTH, channels * self.past_knots)
        self.next = nn.Linear(WIDTH, self.next_knots)
        self.register_buffer("to_past", interpolation(self.past_knots, steps))
        self.register_buffer("to_next", interpolation(self.next_knots, AHEAD))

    def forward(self, series: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        hidden = self.body(self.pool(series).flatten(1))
        past = self.past(hidden).reshape(-1, self.channels, self.past_knots) @ self.to_past
        return past, self.next(hidden) @ self.to_next


class NHiTS(nn.Module):
    """[batch, step, channel] -> logits"""

    def __init__(self, steps: int, channels: int):
        super().__init__()
        self.blocks = nn.ModuleList(Block(steps, channels, pool) for pool in POOLS)
        self.head = nn.Sequential(nn.Linear(AHEAD, 16), nn.Tanh(), nn.Linear(16, len(LABELS)))

    def forward(self, rows: torch.Tensor) -> torch.Tensor:
        unexplained = rows.transpose(1, 2)
        forecast = torch.zeros(1, AHEAD)
        for block in self.blocks:
            past, ahead = block(unexplained)
            unexplained = unexplained - past
            forecast = forecast + ahead
        return self.head(forecast)
