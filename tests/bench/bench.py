# SPDX-License-Identifier: LGPL-2.1-or-later
"""What the benchmarks in Python share with those in C (bench.c): the line of the table, references, results; and how a program is measured."""

import configparser
import os
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path
from typing import NamedTuple

TOLERANCE = 0.10
MAX_ROUNDS = 3
PAUSE_SECONDS = 1.5


def read_ini(path):
    ini = configparser.ConfigParser(interpolation=None, delimiters=("=",))
    ini.optionxform = str
    ini.read(path, encoding="utf-8")
    return ini


def find_references():
    own = os.environ.get("SONDE_BENCH_OWN_RATIOS", "")
    return read_ini(own if Path(own).is_file() else os.environ.get("SONDE_BENCH_RATIOS", ""))


class Usage(NamedTuple):
    """Of a program that ran: seconds, and MiB that it had at most, for itself (without files in memory) and in all."""

    wall: float
    cpu: float
    private: float
    resident: float
    out: str


def read_private(pid):
    """MiB of memory that belongs to no file; 0 where the process is gone."""
    try:
        status = Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return 0
    return max((int(line.split()[1]) / 1024 for line in status.splitlines() if line.startswith("RssAnon:")), default=0)


def run_program(command, watch=False, env=None):
    """Runs to the end. watch: looks at its memory every few milliseconds, which takes some of the machine."""
    largest, ended = [0.0], threading.Event()

    def look(pid):
        while not ended.wait(0.003):
            largest[0] = max(largest[0], read_private(pid))

    with tempfile.TemporaryFile() as out:
        start = time.perf_counter()
        process = subprocess.Popen([os.fspath(word) for word in command], stdout=out, env=env)
        thread = threading.Thread(target=look, args=(process.pid,)) if watch else None
        if thread:
            thread.start()
        _, status, usage = os.wait4(process.pid, 0)
        wall = time.perf_counter() - start
        process.returncode = os.waitstatus_to_exitcode(status)  # so that nobody waits for it again
        ended.set()
        if thread:
            thread.join()
        out.seek(0)
        text = out.read().decode("utf-8", "replace")
    if process.returncode:
        sys.exit(f"Bail out! {' '.join(map(str, command))} ended with status {process.returncode}")
    return Usage(wall, usage.ru_utime + usage.ru_stime, largest[0], usage.ru_maxrss / 1024, text)


class Table:
    """wanted: words, of which the name of a case must have one; none: all cases."""

    def __init__(self, program, wanted):
        self.program = program
        self.wanted = wanted
        self.references = find_references()
        self.results = configparser.ConfigParser(interpolation=None)
        self.results.optionxform = str
        self.n_cases = self.n_slower = 0
        print("TAP version 13", flush=True)

    def wants(self, name):
        return not self.wanted or any(word in name for word in self.wanted)

    def reference(self, name):
        return self.references.getfloat(self.program, name, fallback=None)

    def measure(self, name, take_pair):
        """take_pair: returns the two times or sizes, and the ratio; asked again where it seems to have got slower."""
        reference = self.reference(name)
        best = take_pair()
        for _ in range(MAX_ROUNDS - 1):
            if reference is None or best[2] <= reference * (1 + TOLERANCE):
                break
            time.sleep(PAUSE_SECONDS)
            best = min(best, take_pair(), key=lambda found: found[2])
        return best

    def add(self, name, found, bound, unit="ms", clock="CPU"):
        value, bound_value, ratio = found
        reference = self.reference(name)
        off = ratio / reference - 1 if reference else 0
        slower = off > TOLERANCE
        verdict = f"SLOWER by {100 * off:.0f} %" if slower else f"{100 * off:+.0f} %" if reference else ""
        self.n_cases += 1
        self.n_slower += slower
        wanted = f"{reference:.4g}" if reference else "none"
        print(f"{'not ok' if slower else 'ok':6} {self.n_cases:2} - {name:28} {value:9.4g} {unit:3} {clock:4} {'':13}   {bound:24} {bound_value:9.4g} {unit:3}"
              f"  ratio {ratio:8.4g}   reference {wanted:>8}   {verdict}", flush=True)
        self.results[f"{self.program}/{name}"] = {
            "time": f"{value:.4g} {unit}", "clock": clock, "speed": "", "bound": bound, "bound-time": f"{bound_value:.4g} {unit}", "ratio": repr(ratio)}

    def end(self):
        folder = os.environ.get("SONDE_BENCH_RESULTS")
        if folder and not self.wanted:
            Path(folder).mkdir(parents=True, exist_ok=True)
            with (Path(folder) / f"{self.program}.ini").open("w", encoding="utf-8") as file:
                self.results.write(file)
        print(f"1..{self.n_cases}")
        return 1 if self.n_slower else 0


def compare(pairs):
    """Minima in milliseconds and the median of the ratios, of pairs of seconds."""
    return 1e3 * min(a for a, _ in pairs), 1e3 * min(b for _, b in pairs), statistics.median(a / b for a, b in pairs)
