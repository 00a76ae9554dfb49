# SPDX-License-Identifier: LGPL-2.1-or-later
"""How the memory of a run grows with the conditions that it has done: looked at after every layer, with the slope and its confidence."""

import errno
import os
import re
import subprocess
from pathlib import Path
from typing import NamedTuple

PROGRESS = re.compile(rb"layer (\d+) of (\d+)")
WARM_UP = 0.4    # of the batches: first uses of everything, and until freed memory is of sizes that are used again
# the C library keeps freed memory of sizes that it may be asked for again, and it takes many batches until it knows them all
GIVE_BACK = {"MALLOC_MMAP_THRESHOLD_": "32768", "MALLOC_TRIM_THRESHOLD_": "65536", "MALLOC_ARENA_MAX": "2"}
QUANTILES = (12.71, 4.30, 3.18, 2.78, 2.57, 2.45, 2.36, 2.31, 2.26, 2.23)  # Student's t, 97.5 %, from one degree of freedom on


class Sample(NamedTuple):
    done: int       # layers, each of which counts once a batch
    total: int
    resident: int   # KiB, mapped files included
    private: int    # KiB


class Line(NamedTuple):
    slope: float      # KiB for each condition
    confidence: float  # half the width of its interval, 95 %


def read_memory(pid):
    text = Path(f"/proc/{pid}/status").read_text(encoding="ascii")
    return [int(number) for name in ("VmRSS", "RssAnon") for number in re.findall(rf"^{name}:\s+(\d+) kB", text, re.MULTILINE)]


def sample(command, env, **more):
    """Samples of a run, which tells a terminal how far it is; its exit status; and what else it told."""
    master, slave = os.openpty()
    process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=slave, env={**env, **GIVE_BACK}, **more)
    os.close(slave)
    samples, told = [], b""
    while True:
        try:
            data = os.read(master, 65536)
        except OSError as error:  # the other end is closed
            if error.errno != errno.EIO:
                raise
            data = b""
        if not data:
            break
        told = (told + data)[-65536:]
        found = PROGRESS.findall(data)
        memory = read_memory(process.pid) if found else []
        if len(memory) == 2:
            samples.append(Sample(*map(int, found[-1]), *memory))
    os.close(master)
    return samples, process.wait(), told.decode("utf-8", "replace")


def fit(samples, n_conditions, n_layers, value):
    """The line of least squares through the least of each batch: more is what a layer that is being computed has at that moment. The last batch, which may be
    a small one, and those of the warm-up are left out."""
    n_batches = samples[-1].total // n_layers
    batches = {}
    for one in samples:
        batch = (one.done - 1) // n_layers
        if WARM_UP * n_batches <= batch < n_batches - 1:
            batches.setdefault(batch, []).append((one.done / one.total * n_conditions, getattr(one, value)))
    points = [(sum(x for x, _ in group) / len(group), min(y for _, y in group)) for group in batches.values()]
    n = len(points)
    if n < 3:
        raise ValueError(f"{len(samples)} samples of {n_batches} batches leave {n}, too few for a line")
    x, y = (sum(column) / n for column in zip(*points))
    spread = sum((point[0] - x) ** 2 for point in points)
    slope = sum((point[0] - x) * (point[1] - y) for point in points) / spread
    rest = sum((point[1] - y - slope * (point[0] - x)) ** 2 for point in points)
    return Line(slope, QUANTILES[min(n - 3, len(QUANTILES) - 1)] * (rest / (n - 2) / spread) ** 0.5)


def write_recipe(path, n_conditions, n_rows, chain):
    """Conditions of as many rows, so that batches are equally large: the same ones, which nothing knows."""
    conditions = "".join(f"\n[Condition c{i}]\nkind=prefix\nrows={n_rows}\ndrop=1\ntitle=Condition {i}\n" for i in range(n_conditions))
    path.write_text(f"[Recipe]\ntitle=Many conditions\ndescription=A long run in miniature.\ntap=mlp-stages\n{f'chain={chain}' if chain else ''}\n{conditions}", encoding="utf-8")
