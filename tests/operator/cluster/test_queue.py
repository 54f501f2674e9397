"""Threads wait at the queue until something is due or it ends."""

import threading
from concurrent.futures import ThreadPoolExecutor
from random import Random
from time import monotonic

from model_monitor_operator.cluster.backlog import Turn
from model_monitor_operator.cluster.queue import WorkQueue
from model_monitor_operator.objects import Key

KEY = Key("Baseline", "models", "churn")


def test_a_thread_that_waits_gets_what_is_added() -> None:
    queue = WorkQueue(monotonic, Random(1))
    with ThreadPoolExecutor(1) as pool:
        got = pool.submit(queue.get)
        queue.add([KEY])
        assert got.result(timeout=10) == Turn(KEY)


def test_a_thread_that_waits_gets_what_becomes_due() -> None:
    queue = WorkQueue(monotonic, Random(1))
    with ThreadPoolExecutor(1) as pool:
        got = pool.submit(queue.get)
        queue.add_after(KEY, 0.05)
        assert got.result(timeout=10) == Turn(KEY)


def test_all_who_wait_learn_of_the_end_even_if_something_is_due() -> None:
    queue = WorkQueue(monotonic, Random(1))
    with ThreadPoolExecutor(3) as pool:
        waiting = [pool.submit(queue.get) for _ in range(3)]
        queue.end()
        assert [each.result(timeout=10) for each in waiting] == [None] * 3
    queue.add([KEY])
    assert queue.get() is None


def test_many_threads_never_share_a_key_and_lose_none() -> None:
    queue = WorkQueue(monotonic, Random(1))
    keys = [Key("Baseline", "models", str(number)) for number in range(20)]
    lock, busy, done = threading.Lock(), set[Key](), dict.fromkeys(keys, 0)
    shared = []

    def work() -> None:
        while (turn := queue.get()) is not None:
            key = turn.key
            with lock:
                shared.extend([key] if key in busy else [])
                busy.add(key)
            with lock:
                busy.discard(key)
                done[key] += 1
                enough = min(done.values()) >= 5
            queue.done(key)
            queue.end() if enough else queue.add([key])

    queue.add(keys)
    with ThreadPoolExecutor(4) as pool:
        for each in [pool.submit(work) for _ in range(4)]:
            each.result(timeout=60)
    assert shared == []
    assert min(done.values()) >= 5
