"""The interpreter's lock, signals, several threads, forks, and pickling."""

import copy
import gc
import os
import pickle
import signal
import sys
import threading
import time
import warnings
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any, Callable, Iterator

import pytest

import moesaic

from conftest import TEXT

PROMPT = "the cat and the hat"

#: Enough to keep the model in the box at work for a while.
TOKENS = list(range(300, 700))


def test_other_threads_run_while_the_model_computes(stories: moesaic.Model) -> None:
    """A call that held the interpreter's lock would stop the clock below for as long as it takes."""
    ticks = []
    done = threading.Event()

    def clock() -> None:
        while not done.is_set():
            ticks.append(time.perf_counter())
            time.sleep(0.001)

    thread = threading.Thread(target=clock)
    thread.start()
    session = stories.session()
    calls: list[Callable[[], object]] = [
        lambda: session.forward(TOKENS),
        lambda: next(stories.session().generate(TOKENS, temperature=0)),
        lambda: stories.generate([TOKENS, TOKENS], max_tokens=4),
        lambda: stories.logprobs(TOKENS),
        lambda: stories.perplexity("Once upon a time there was a fox. " * 200, window=100),
    ]
    try:
        for call in calls:
            begin = time.perf_counter()
            call()
            end = time.perf_counter()
            margin = (end - begin) / 10
            inside = [tick for tick in ticks if begin + margin < tick < end - margin]
            assert len(inside) >= 5, f"{len(inside)} ticks in {end - begin} s"
    finally:
        done.set()
        thread.join()


@contextmanager
def interrupt_after(seconds: float) -> Iterator[None]:
    timer = threading.Timer(seconds, os.kill, (os.getpid(), signal.SIGINT))
    timer.start()
    try:
        yield
    finally:
        timer.cancel()
        timer.join()


def test_ctrl_c_stops_a_long_call(stories: moesaic.Model) -> None:
    session = stories.session()

    def talk_for_ever() -> None:
        while True:
            session.reset()
            for _ in session.generate("Once upon a time", max_tokens=100):
                pass

    # The first two would take minutes, each in one call.
    calls: list[Callable[[], object]] = [
        lambda: stories.perplexity("Once upon a time there was a fox. " * 100_000, window=100),
        lambda: stories.generate([TOKENS] * 1000),
        talk_for_ever,
    ]
    for call in calls:
        begin = time.perf_counter()
        with pytest.raises(KeyboardInterrupt), interrupt_after(0.5):
            call()
        # Within a layer or two of the signal; the rest is for a busy machine.
        assert time.perf_counter() - begin < 20
    session.reset()
    assert session.forward([300]).shape[0] == 1, "it can be used again"


def test_other_handlers_run_and_the_call_goes_on(stories: moesaic.Model) -> None:
    text = "Once upon a time there was a fox. " * 200
    expected = stories.perplexity(text, window=100)
    heard = []
    before = signal.signal(signal.SIGALRM, lambda *_: heard.append(time.perf_counter()))
    try:
        signal.setitimer(signal.ITIMER_REAL, 0.05, 0.05)
        begin = time.perf_counter()
        found = stories.perplexity(text, window=100)
        end = time.perf_counter()
        signal.setitimer(signal.ITIMER_REAL, 0)
        assert found == expected
        # Not only when the call was over.
        assert any(moment < end - (end - begin) / 10 for moment in heard)
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


def test_eight_threads_write_what_one_writes(model: moesaic.Model) -> None:
    def write(seed: int) -> str:
        with model.session() as session:
            return "".join(session.generate(PROMPT, max_tokens=25, temperature=1.5, seed=seed))

    alone = [write(seed) for seed in range(8)]
    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(write, range(8))) == alone


def test_a_session_at_work_says_so(stories: moesaic.Model) -> None:
    session = stories.session()
    cancel = moesaic.CancelToken()
    outcome: list[object] = []

    def work() -> None:
        try:
            for _ in range(1000):
                session.forward(TOKENS, logits="none", cancel=cancel)
                session.reset()
        except moesaic.Error as error:
            outcome.append(error)

    thread = threading.Thread(target=work)
    thread.start()
    try:
        deadline = time.monotonic() + 60
        with pytest.raises(moesaic.InputError, match="at work in another call"):
            while time.monotonic() < deadline:
                session.tokens
                time.sleep(0.001)
    finally:
        cancel.cancel()
        thread.join()
    # Our looking may also have met the other thread between two calls, which then met us.
    assert isinstance(outcome[0], (moesaic.CancelledError, moesaic.InputError))


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork here")
def test_a_forked_child_gets_an_error_and_can_open_its_own(model: moesaic.Model) -> None:
    session = model.session()
    generation = session.generate(PROMPT, temperature=0, max_tokens=5)
    first = next(generation)

    def refused(call: Callable[[], object]) -> bool:
        try:
            call()
        except moesaic.InputError as error:
            return "forked" in str(error) and "open the model in the child" in str(error)
        return False

    def child() -> int:
        calls: list[Callable[[], object]] = [
            lambda: next(generation),
            lambda: session.forward([1]),
            lambda: session.tokens,
            lambda: model.session(),
            lambda: model.generate("x"),
            lambda: model.close(),
        ]
        if not all(map(refused, calls)):
            return 1
        own = moesaic.Model(TEXT, threads=2, arithmetic="float32")
        if own.generate(PROMPT, temperature=0, max_tokens=5)[: len(first)] != first:
            return 2
        return 0

    with warnings.catch_warnings():
        # Python 3.12 warns of what is tested here.
        warnings.simplefilter("ignore", DeprecationWarning)
        process = os.fork()
    if process == 0:
        status = 3
        try:
            status = child()
            # Letting go of the parent's threads must not wait for them.
            del session, generation
            gc.collect()
        finally:
            os._exit(status)
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline:
        ended, status = os.waitpid(process, os.WNOHANG)
        if ended:
            break
        time.sleep(0.01)
    else:
        os.kill(process, signal.SIGKILL)
        os.waitpid(process, 0)
        pytest.fail("the child hangs")
    assert os.WIFEXITED(status) and os.WEXITSTATUS(status) == 0, status
    assert "".join(generation), "the parent goes on"


def test_nothing_can_be_pickled_or_copied(model: moesaic.Model, session: moesaic.Session) -> None:
    values: list[Any] = [
        model,
        session,
        session.generate(PROMPT),
        model.tokenizer,
        moesaic.CancelToken(),
    ]
    for value in values:
        name = f"a moesaic.{type(value).__name__} cannot be pickled or copied: "
        for attempt in (pickle.dumps, copy.copy, copy.deepcopy):
            with pytest.raises(TypeError, match=name):
                attempt(value)


def test_no_thread_and_no_reference_is_left(stories: moesaic.Model) -> None:
    if sys.platform != "linux":
        pytest.skip("counts threads in /proc")
    before = len(os.listdir("/proc/self/task"))
    model = moesaic.Model(TEXT, threads=5)
    session = model.session()
    generation = session.generate(PROMPT, temperature=0, max_tokens=3)
    list(generation)
    assert len(os.listdir("/proc/self/task")) == before + 4
    del model, session, generation
    gc.collect()
    assert len(os.listdir("/proc/self/task")) == before
