"""Where the Board's feed stands: on ChartData, filled by calls of `MMM_BOARD` and drawn by the Board's charts."""

from __future__ import annotations

from xl_mmm.book.block import Block
from xl_mmm.functions.board import FIGURES, WORDS_SAID, n_steps
from xl_mmm.tables import names as n

STEP_KEYS = ("part", "value", "low", "high", "today", "plan")
FIGURE_KEYS = ("line", "value", "low", "high")
DRAWN_KEYS = ("part", "level", "floor", "base", "total", "up", "down")
RETURN_KEYS = ("label", "roi", "minus", "plus", "breakeven", "high")
SIDE = 9  # first column of what is drawn, beside what is told


def board_blocks(row: int, col: int, channels: int) -> dict[str, Block]:
    """Return the blocks of the Board, the first header standing in `row` - 1."""
    told = Block(n.CHART_DATA, row, col, len(WORDS_SAID), ("topic", "text"))
    figures = Block(n.CHART_DATA, row + told.height + 4, col, len(FIGURES), FIGURE_KEYS)
    below = figures.row + figures.height + 4
    steps = Block(n.CHART_DATA, below, col, n_steps(channels), STEP_KEYS)
    drawn = Block(n.CHART_DATA, below, col + SIDE, steps.height, DRAWN_KEYS)
    returns = Block(n.CHART_DATA, below + steps.height + 4, col, steps.height - 2, RETURN_KEYS)
    return {
        "board_words": told, "board_figures": figures, "board_steps": steps, "board_bridge": drawn,
        "board_returns": returns,
    }  # fmt: skip


def board_height(channels: int) -> int:
    """Rows that the blocks take, with the gaps between them."""
    blocks = board_blocks(0, 0, channels).values()
    return max(block.row + block.height for block in blocks) + 4
