"""DLinear (Zeng et al. 2023): the series as a moving average and the rest, each through its own linear map."""

import torch
from torch import nn

from data import LABELS

KERNEL = 5


class DLinear(nn.Module):
    """[batch, step, channel] -> logits"""

    def __init__(self, steps: int, channels: int):
        super().__init__()
        self.smooth = nn.AvgPool1d(KERNEL, stride=1)
        self.trend = nn.Linear(steps * channels, len(LABELS))
        self.rest = nn.Linear(steps * channels, len(LABELS))

    def forward(self, rows: torch.Tensor) -> torch.Tensor:
        series = rows.transpose(1, 2)
        # The ends are repeated, so that the average has the length of the series.
        ends = (KERNEL - 1) // 2
        padded = torch.cat([series[:, :, :1]] * ends + [series] + [series[:, :, -1:]] * ends, dim=2)
        trend = self.smooth(padded)
        return self.trend(trend.flatten(1)) + self.rest((series - trend).flatten(1))
