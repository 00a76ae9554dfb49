# SPDX-License-Identifier: LGPL-2.1-or-later
"""The whole program: how long it takes to start, and the main job on a model of 124 million parameters, in time and in memory.

Usage: bench-program.py SONDE HELLO BENCH-PRODUCTS [WORD]…
"""

import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

from bench import Table, compare, run_program

STARTS = 25
JOBS = 5
SHAPE = {"layers": 12, "features": 768, "heads": 12, "vocab": 5000}
SIZE = re.compile(r"([0-9.]+)\s(bytes|KiB|MiB|GiB)")
MIB = {"bytes": 1 / 1024**2, "KiB": 1 / 1024, "MiB": 1, "GiB": 1024}


def find_model():
    """The same folder as bench-model.c has for this shape."""
    folder = Path(os.environ["SONDE_BENCH_MODELS"]) / "124m"
    unfinished = folder.with_name("124m.unfinished")
    if not folder.is_dir():
        folder.parent.mkdir(parents=True, exist_ok=True)
        subprocess.run(["rm", "-rf", unfinished], check=True)
        options = [word for name, value in SHAPE.items() for word in (f"--{name}", str(value))]
        subprocess.run([sys.executable, os.environ["SONDE_BENCH_MAKE_MODEL"], unfinished, *options], check=True, stdout=subprocess.DEVNULL)
        unfinished.rename(folder)
    return folder


def bench_start(table, name, sonde, hello, *arguments):
    def take():
        return compare([(run_program([sonde, *arguments]).cpu, run_program([hello]).cpu) for _ in range(STARTS)])

    table.add(name, table.measure(name, take), "hello with GLib")


def bench_job(table, job, products):
    """The job and the bare linear maps in turn: CPU time of all threads, and time on the wall."""
    def take_all():
        pairs = []
        for _ in range(JOBS):
            usage = run_program(job)
            bare = [float(word) for word in run_program([products, "--bare"]).out.split()]
            pairs.append((usage.cpu, bare[0], usage.wall, bare[1]))
        return pairs

    first = take_all()
    for name, clock, place in (("job-124m", "CPU", 0), ("job-124m-wall", "wall", 2)):
        known = [first]
        found = table.measure(name, lambda: compare([pair[place:place + 2] for pair in (known.pop() if known else take_all())]))
        table.add(name, found, "its 48 maps by sgemm calls", clock=clock)


def said_mib(sonde, job):
    """What --dry-run says that the job will need: a line on memory, else what is kept at a time."""
    lines = run_program([*job, "--dry-run"]).out.splitlines()
    for word in ("emory", "at a time"):
        for line in lines:
            size = SIZE.search(line)
            if word in line and size:
                return float(size[1]) * MIB[size[2]]
    return None


def bench_memory(table, sonde, job):
    said = said_mib(sonde, job)
    if said is None:
        print("# memory-124m is left out: --dry-run names no size")
        return
    def take():
        peak = run_program(job, watch=True).private
        return peak, said, peak / said

    table.add("memory-124m", table.measure("memory-124m", take), "what --dry-run says", unit="MiB", clock="peak")


def main():
    sonde, hello, products, *words = sys.argv[1:]
    table = Table("program", words)
    for name, *arguments in (("start-version", "--version"), ("start-help", "--help"), ("start-list", "list")):
        if table.wants(name):
            bench_start(table, name, sonde, hello, *arguments)
    with tempfile.TemporaryDirectory() as folder:
        job = [sonde, "run", "mlp-progression", "--model", find_model(), "--output", Path(folder) / "report", "--force", "--quiet"]
        if table.wants("job-124m"):
            bench_job(table, job, products)
        if table.wants("memory-124m"):
            bench_memory(table, sonde, job)
    return table.end()


os.environ["LC_ALL"] = "C.UTF-8"
sys.exit(main())
