"""Generation for `async for`: each piece is computed in a thread of the event loop's executor."""

import asyncio
from types import TracebackType
from typing import Optional, Type, final

from ._moesaic import Generation
from ._types import Statistics


@final
class AsyncGeneration:
    """Text as it is generated: an asynchronous iterator of pieces. Begun by `Session.generate_async`."""

    def __init__(self, generation: Generation) -> None:
        self._generation = generation

    def __aiter__(self) -> "AsyncGeneration":
        return self

    async def __anext__(self) -> str:
        loop = asyncio.get_running_loop()
        # None is the end: a StopIteration cannot pass through a future.
        future = loop.run_in_executor(None, next, self._generation, None)
        try:
            piece = await asyncio.shield(future)
        except asyncio.CancelledError:
            # The thread cannot be cancelled but the computation can. Waiting for it leaves the session usable.
            self._generation.cancel()
            await asyncio.wait([future])
            if not future.cancelled():
                future.exception()  # It was asked to stop: how it did is nobody's concern.
            raise
        if piece is None:
            raise StopAsyncIteration
        return piece

    def cancel(self) -> None:
        """Stop within a token; the iterator then ends, and `finish_reason` is "cancelled"."""
        self._generation.cancel()

    async def aclose(self) -> None:
        """End it here: the iterator gives nothing more. The session keeps the tokens generated so far."""
        self._generation.close()

    @property
    def finish_reason(self) -> Optional[str]:
        """Why the text ended, as `Generation.finish_reason`."""
        return self._generation.finish_reason

    @property
    def statistics(self) -> Statistics:
        """Token counts and times so far."""
        return self._generation.statistics

    @property
    def seed(self) -> int:
        """The seed, to repeat the choices."""
        return self._generation.seed

    async def __aenter__(self) -> "AsyncGeneration":
        return self

    async def __aexit__(
        self,
        exc_type: Optional[Type[BaseException]],
        exc_value: Optional[BaseException],
        traceback: Optional[TracebackType],
    ) -> None:
        await self.aclose()
