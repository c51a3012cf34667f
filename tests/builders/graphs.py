"""A stand-in for a GPU that captures turns as graphs."""

import torch


class StandIn:
    """Captures like a GPU: nothing is changed by it, each replay reads and writes the same tensors."""

    def __init__(self, state):
        self.state, self.captures, self.replays = state, 0, 0

    def warm(self, turn):
        return turn()

    def capture(self, turn):
        before, counters = (
            {name: tensor.clone() for name, tensor in self.state.tensors().items()},
            self.state.counters(),
        )
        kept = turn()
        self.state.restore(before, counters)
        self.captures += 1

        def replay():
            self.replays += 1
            for loss in kept.values():
                loss.fill_(torch.nan)  # the last turn's losses are gone
            for name, loss in turn().items():
                kept[name].copy_(loss)

        return replay, kept
