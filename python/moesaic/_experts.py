"""What keeps which experts worked."""

from typing import Dict, List, Tuple, final

import numpy as np
import numpy.typing as npt

from ._types import ChosenExperts


@final
class ExpertRecord:
    """Keeps which experts work, as arrays: give it as `expert_watcher=` to `forward` or `generate`.

    It may be given to several calls, one after the other: what they run follows on.
    """

    def __init__(self) -> None:
        self._seen: Dict[Tuple[int, int], List[ChosenExperts]] = {}

    def __call__(self, chosen: ChosenExperts) -> None:
        self._seen.setdefault((chosen.text, chosen.layer), []).append(chosen)

    def layers(self, *, text: int = 0) -> List[int]:
        """The layers that have experts, first to last."""
        return sorted(layer for of, layer in self._seen if of == text)

    def experts(self, layer: int, *, text: int = 0) -> npt.NDArray[np.uint32]:
        """The experts of a layer: uint32 `[tokens, used]`, for each token best first."""
        return np.concatenate([chosen.experts for chosen in self._seen[text, layer]])

    def weights(self, layer: int, *, text: int = 0) -> npt.NDArray[np.float32]:
        """What their outputs are multiplied with: float32 `[tokens, used]`."""
        return np.concatenate([chosen.weights for chosen in self._seen[text, layer]])

    def positions(self, layer: int, *, text: int = 0) -> npt.NDArray[np.int64]:
        """The position of each token in its text: int64 `[tokens]`."""
        runs = [np.arange(len(chosen.experts)) + chosen.position for chosen in self._seen[text, layer]]
        return np.concatenate(runs).astype(np.int64)

    def clear(self) -> None:
        """Forget everything."""
        self._seen.clear()
