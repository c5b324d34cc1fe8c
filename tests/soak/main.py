# SPDX-License-Identifier: Apache-2.0
"""A load, keys that rotate, and workers that come and go, for as long as one likes.
scripts/soak is how people call it."""

from __future__ import annotations

import argparse
import pathlib
import sys
import tempfile
import time

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent / "chaos"), str(HERE.parent / "e2e")]

from books import trouble_with_books  # noqa: E402
from crowd import Asked, Crowd  # noqa: E402
from network import wait_until  # noqa: E402
from rig import Rig  # noqa: E402
from sizes import Sizes, growth, is_flat, size_of  # noqa: E402
from workers import ComingsAndGoings  # noqa: E402

PART = 0.7  # of what the network can do
WARM_AFTER, MEASURED_FOR = 5.0, 20.0  # seconds
ENOUGH = 0.95  # of the load that was meant
THREADS = 96
PLACES = 16  # of each worker
SETTLES_AFTER = 300.0  # seconds from which on memory has to be flat; a third of the time when that is shorter
REPORTS = b"Sanitizer", b"Assertion", b"terminate called", b"panic"  # in a log: somebody broke a rule of its language
LOST = {"upstream_lost", "response_truncated", "cut"}  # what a client is told whose worker died
NOTICED = 0.25  # seconds until the system has closed the link of a program that was killed: it takes requests so long

WIDTHS = (6, 9, 9, 8, 6, 6, 6, 8, 8, 16, 16, 9)
COLUMNS = ("minute", "asked/s", "answered", "failed", "lost", "left", "again", "p50 ms", "p99 ms", "gateway RSS, fds",
           "worker RSS, fds", "waiting")


def line_of(*cells) -> str:
    return "  ".join(str(cell).rjust(width) for cell, width in zip(cells, WIDTHS, strict=True))


def rate_of(crowd: Crowd, rig: Rig) -> float:
    """What the network can do while one of its workers is away: everybody asks again as soon as he is answered."""
    rig.workers[-1].terminate()
    rig.workers[-1].ended_with(90)
    crowd.ask_at(0)
    time.sleep(WARM_AFTER)
    begin = time.monotonic()
    time.sleep(MEASURED_FOR)
    rate = sum(not one.code for one in crowd.since(begin)) / (time.monotonic() - begin)
    crowd.pause()
    rig.start_worker(len(rig.workers))
    wait_until(lambda: rig.listed() == len(rig.workers), 30, "all workers are there")
    return rate


class Judge:
    """Which failures are nobody's fault: a worker died under the request, and its client was told."""

    def __init__(self, comings: ComingsAndGoings):
        self._comings = comings

    def is_lost(self, asked: Asked) -> bool:
        return asked.code in LOST and any(asked.began - NOTICED <= kill <= asked.ended for kill in self._comings.kills)

    def count(self, asked: list[Asked]) -> dict[str, int]:
        lost = sum(self.is_lost(one) for one in asked)
        left = sum(one.left for one in asked)
        failed = sum(bool(one.code) for one in asked) - lost
        again = sum(one.tries - 1 for one in asked)
        return {"answered": len(asked) - lost - left - failed, "failed": failed, "lost": lost, "left": left, "again": again}


def print_minute(minute: float, seconds: float, asked: list[Asked], judge: Judge, sizes: Sizes, rig: Rig) -> None:
    count = judge.count(asked)
    times = sorted(one.ended - one.began for one in asked if not one.code and not one.left) or [0.0]
    cells = [f"{size.rss_kib / 1024:.1f} MiB {size.descriptors}" for name in sizes.of for size in sizes.of[name][-1:]]
    print(line_of(f"{minute:.1f}", f"{len(asked) / seconds:.0f}", *count.values(), f"{times[len(times) // 2] * 1000:.0f}",
                  f"{times[len(times) * 99 // 100] * 1000:.0f}", *cells, f"{rig.metric('aipg_gateway_jobs_unsettled'):.0f}"),
          flush=True)
    if count["failed"]:
        print(f"        failed: {failures(asked, judge)}", flush=True)


def go_through(minutes: float, crowd: Crowd, judge: Judge, sizes: Sizes, rig: Rig) -> None:
    begin = last = time.monotonic()
    while (now := time.monotonic()) < begin + minutes * 60:
        time.sleep(min(60.0, begin + minutes * 60 - now))
        print_minute((time.monotonic() - begin) / 60, time.monotonic() - last, crowd.since(last), judge, sizes, rig)
        last = time.monotonic()


def is_quiet(rig: Rig) -> bool:
    return rig.metric("aipg_gateway_jobs_running") == 0 and rig.metric("aipg_gateway_jobs_unsettled") == 0


def verdict_of_sizes(sizes: Sizes, since: float) -> list[str]:
    trouble = []
    for name, samples in sizes.of.items():
        first, last = growth(samples, since)
        print(f"{name}: {first / 1024:.2f} MiB, then {last / 1024:.2f} MiB")
        if not is_flat(first, last):
            trouble.append(f"{name} grew from {first:.0f} KiB to {last:.0f} KiB")
    return trouble


def ends_of_programs(rig: Rig) -> list[str]:
    """All are told to stop, and have nothing to say of themselves."""
    trouble = []
    for name, program in rig.programs():
        program.terminate()
    for name, program in rig.programs():
        if (code := program.ended_with(90)) != 0:
            trouble.append(f"{name} ended with {code}")
    for log in rig.state.glob("*.log"):
        trouble += [f"{log.name}: {word.decode()}" for word in REPORTS if word in log.read_bytes()]
    return trouble


def soak(rig: Rig, crowd: Crowd, given: argparse.Namespace) -> list[str]:
    rate = warm_up(crowd, rig, given.rate)
    stays = {"gateway": rig.gateway, "worker 1": rig.workers[0]}
    idle = {name: size_of(program).descriptors for name, program in stays.items()}
    begin = time.monotonic()
    sizes, comings = Sizes(stays), ComingsAndGoings(rig, "soak")
    judge = Judge(comings)
    print(line_of(*COLUMNS), flush=True)
    crowd.ask_at(rate)
    go_through(given.minutes, crowd, judge, sizes, rig)
    crowd.pause()
    comings.stop()
    sizes.stop()
    # Those who wait for a proxy to verify a worker have no job yet: the network is quiet once they have their answers.
    trouble = comings.trouble + [f"a proxy ended with {code}" for code in crowd.stop() if code != 0]
    wait_until(lambda: is_quiet(rig), 60, "no job runs and no record waits")
    for name, program in stays.items():
        wait_until(lambda p=program, n=name: size_of(p).descriptors <= idle[n], 15, f"{name} has {idle[name]} descriptors again")
    if not given.any_size:
        trouble += verdict_of_sizes(sizes, begin + min(SETTLES_AFTER, given.minutes * 60 / 3))
    if (asked := len(crowd.since(begin))) < ENOUGH * rate * given.minutes * 60:
        trouble.append(f"{asked} requests are not the load that was meant")
    return trouble + verdict_of_requests(crowd, begin, judge, comings, rig)


def warm_up(crowd: Crowd, rig: Rig, rate: float) -> float:
    """Until workers are verified; what the load will be."""
    if rate:
        crowd.ask_at(rate)
        time.sleep(WARM_AFTER)
        crowd.pause()
    else:
        most = rate_of(crowd, rig)
        rate = PART * most
        print(f"{most:.0f} requests a second at most; soaked with {rate:.0f}", flush=True)
    wait_until(lambda: is_quiet(rig), 60, "no job runs and no record waits")
    return rate


def verdict_of_requests(crowd: Crowd, begin: float, judge: Judge, comings: ComingsAndGoings, rig: Rig) -> list[str]:
    """What failed before, when everybody asked as much as he could, is no fault; but it must be in the books as well."""
    asked, ever = crowd.since(begin), judge.count(crowd.since(0))
    count = judge.count(asked)
    trouble = [f"{count['failed']} requests failed: {failures(asked, judge)}"] if count["failed"] else []
    wrong, outcomes = trouble_with_books(rig, crowd.seen, ever["left"] + ever["lost"])
    rotations = len(rig.workers[0].events("keyset_rotated"))
    print(f"{len(asked)} asked, {count}; {crowd.late} asked late; worker 1 rotated {rotations} times, "
          f"others left {comings.left} times and died {len(comings.kills)} times")
    print(f"records: {dict(outcomes)}")
    return trouble + wrong


def failures(asked: list[Asked], judge: Judge) -> dict[str, int]:
    codes = [f"{one.code} in {one.tries} tries" for one in asked if one.code and not judge.is_lost(one)]
    return {code: codes.count(code) for code in sorted(set(codes))}


def main() -> int:
    options = argparse.ArgumentParser(prog="scripts/soak", description=__doc__)
    options.add_argument("--minutes", type=float, default=30, help="how long (default 30)")
    options.add_argument("--rate", type=float, default=0, help="requests a second; 70 %% of what is measured when left out")
    options.add_argument("--workers", type=int, default=3, help="of which one stays (default 3)")
    options.add_argument("--rotate-every", default="20s", help="how long a worker has its keys (default 20s)")
    options.add_argument("--any-size", action="store_true", help="memory may grow, as it does under a sanitizer")
    given = options.parse_args()
    folder = pathlib.Path(tempfile.mkdtemp(prefix="aipg-soak-"))
    rig = Rig(folder, rotate_every=given.rotate_every, workers=given.workers, places=PLACES, watched=False)
    try:
        with Crowd(rig, THREADS, "soak") as crowd:
            trouble = soak(rig, crowd, given)
        trouble += ends_of_programs(rig)
    finally:
        rig.stop()
    for line in trouble:
        print(f"BROKEN  {line}")
    if trouble:
        print(f"files: {folder}")
        return 1
    rig.remove()
    print("no request failed that should not have, nothing grew, receipts and records agree")
    return 0


if __name__ == "__main__":
    sys.exit(main())
