"""`async for` over a generation."""

import asyncio
import time

import pytest

import moesaic

PROMPT = "the cat and the hat"


def test_pieces_are_those_of_generate(model: moesaic.Model) -> None:
    expected = list(model.session().generate(PROMPT, temperature=0, max_tokens=20))

    async def collect() -> list[str]:
        session = model.session()
        pieces = []
        async with session.generate_async(PROMPT, temperature=0, max_tokens=20) as generation:
            async for piece in generation:
                pieces.append(piece)
        assert generation.finish_reason == "length"
        assert generation.statistics.generated_tokens == 20
        assert generation.seed >= 0
        with pytest.raises(StopAsyncIteration):
            await generation.__anext__()
        return pieces

    assert asyncio.run(collect()) == expected

    async def two_at_once() -> None:
        assert list(await asyncio.gather(collect(), collect())) == [expected, expected]

    asyncio.run(two_at_once())


def test_the_event_loop_goes_on_and_cancelling_stops_the_model(stories: moesaic.Model) -> None:
    async def scene() -> None:
        session = stories.session()
        tokens = list(range(300, 600))
        ticks = 0

        async def read() -> None:
            while True:
                session.reset()
                async for _ in session.generate_async(tokens, max_tokens=100, temperature=0):
                    pass

        task = asyncio.create_task(read())
        begin = time.perf_counter()
        while time.perf_counter() - begin < 0.3:
            await asyncio.sleep(0.005)
            ticks += 1
        assert ticks > 3 and not task.done()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        # Not before the computation has stopped, so that the session is free.
        assert session.forward([300]).shape[0] == 1

    asyncio.run(scene())


def test_errors_come_out(model: moesaic.Model) -> None:
    def fail(tokens: object, logits: object) -> None:
        raise LookupError("enough")

    async def read() -> None:
        async for _ in model.session().generate_async(PROMPT, logits_processor=fail):
            pass

    with pytest.raises(LookupError, match="enough"):
        asyncio.run(read())

    async def stop_early() -> None:
        session = model.session()
        generation = session.generate_async(PROMPT, temperature=0)
        await generation.__anext__()
        generation.cancel()
        async for _ in generation:
            pass
        assert generation.finish_reason == "cancelled"

    asyncio.run(stop_early())
