# SPDX-License-Identifier: LGPL-2.1-or-later
"""The whole program: how long it takes to start and to open a large capture, and the main job on a model of 124 million parameters, in time and in memory.

Usage: bench-program.py SONDE HELLO BENCH-PRODUCTS [WORD]…
"""

import json
import os
import re
import struct
import subprocess
import sys
import tempfile
import zlib
from pathlib import Path

from bench import Table, compare, run_program

STARTS = 25
OPENED = {"large": 21845, "small": 21}  # rows of each array: 2 GiB, and a thousandth of it
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


def capture_arrays(rows):
    """Twelve layers of a stage of 768 and one of 1280 features: names and shapes."""
    return [(f"all/L{layer}/{stage}", (rows, width)) for layer in range(12) for stage, width in (("narrow", 768), ("wide", 1280))]


def write_safetensors(path, rows):
    """Zeros that take no place on the disk."""
    header, end = {}, 0
    for name, shape in capture_arrays(rows):
        begin, end = end, end + 4 * shape[0] * shape[1]
        header[name] = {"dtype": "F32", "shape": shape, "data_offsets": [begin, end]}
    text = json.dumps(header).encode()
    with path.open("wb") as file:
        file.write(struct.pack("<Q", len(text)) + text)
        file.truncate(8 + len(text) + end)


def crc_of_zeros(crc, n):
    zeros = bytes(1 << 24)
    while n > 0:
        crc = zlib.crc32(zeros[:n], crc)
        n -= len(zeros)
    return crc


def write_npz(path, rows):
    """The same as numpy.savez writes it, stored; what zipfile would write byte by byte is a hole here."""
    directory = b""
    with path.open("wb") as file:
        for name, shape in capture_arrays(rows):
            text = f"{{'descr': '<f4', 'fortran_order': False, 'shape': {shape}, }}"
            npy = b"\x93NUMPY\x01\x00" + struct.pack("<H", 118) + text.ljust(117).encode() + b"\n"
            size, member, offset = len(npy) + 4 * shape[0] * shape[1], f"{name}.npy".encode(), file.tell()
            fields = struct.pack("<HHHHHIIIHH", 20, 0, 0, 0, 0x21, crc_of_zeros(zlib.crc32(npy), size - len(npy)), size, size, len(member), 0)
            file.write(b"PK\x03\x04" + fields + member + npy)
            file.seek(offset + 30 + len(member) + size)
            directory += b"PK\x01\x02" + struct.pack("<H", 20) + fields + struct.pack("<HHHII", 0, 0, 0, 0, offset) + member
        start = file.tell()
        file.write(directory + b"PK\x05\x06" + struct.pack("<HHHHIIH", 0, 0, len(capture_arrays(rows)), len(capture_arrays(rows)), len(directory), start, 0))


def bench_open(table, sonde, ending, write):
    """Opening a capture of 2 GiB and saying what is in it: nothing is read that nobody asked for."""
    with tempfile.TemporaryDirectory() as folder:
        files = [Path(folder) / f"{name}.{ending}" for name in OPENED]
        for file, rows in zip(files, OPENED.values()):
            write(file, rows)

        def take():
            return compare([tuple(run_program([sonde, "inspect", file]).wall for file in files) for _ in range(STARTS)])

        table.add(f"open-2gb-{ending}", table.measure(f"open-2gb-{ending}", take), "opening a thousandth of it", clock="wall")


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
    for ending, write in (("safetensors", write_safetensors), ("npz", write_npz)):
        if table.wants(f"open-2gb-{ending}"):
            bench_open(table, sonde, ending, write)
    with tempfile.TemporaryDirectory() as folder:
        job = [sonde, "run", "mlp-progression", "--model", find_model(), "--output", Path(folder) / "report", "--force", "--quiet"]
        if table.wants("job-124m"):
            bench_job(table, job, products)
        if table.wants("memory-124m"):
            bench_memory(table, sonde, job)
    return table.end()


os.environ["LC_ALL"] = "C.UTF-8"
sys.exit(main())
