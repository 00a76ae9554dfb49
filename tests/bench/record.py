#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Runs all benchmarks and takes what they give for the reference from now on.

    record.py BUILD             for this machine: into BUILD/tests/bench/ratios.ini, which goes before the tree's
    record.py BUILD --commit    for everybody: into ratios.ini, and into the table of README.md

With --times 3 the benchmarks run three times, and the median of the ratios is kept; with --last they do not run, and what the last run
gave is taken.
"""

import argparse
import datetime
import json
import os
import re
import statistics
import subprocess
import sys
from pathlib import Path

from bench import read_ini

HERE = Path(__file__).resolve().parent
BEGIN, END = "<!-- begin: record.py writes this table -->", "<!-- end -->"
HEAD = "| case | time | speed | beside | its time | ratio |\n|---|---:|---:|---|---:|---:|"


def read_results(build):
    """What was measured, by group and case."""
    cases = {}
    for path in sorted((build / "tests/bench/results").glob("*.ini")):
        ini = read_ini(path)
        for section in ini.sections():
            cases[section] = dict(ini[section])
    return cases


def run_all(build):
    """A benchmark that says something got slower has measured all the same."""
    for path in (build / "tests/bench/results").glob("*.ini"):
        path.unlink()
    subprocess.run(["meson", "test", "--benchmark", "-C", build], check=False)
    return read_results(build)


def put_in_order(build, cases):
    """As meson lists the benchmarks. Nothing is recorded from half a run."""
    introspected = subprocess.run(["meson", "introspect", "--benchmarks", build], check=True, capture_output=True, text=True).stdout
    names = [benchmark["name"] for benchmark in json.loads(introspected)]
    missing = set(names) - {section.split("/")[0] for section in cases}
    if missing:
        sys.exit(f"record: no results of {', '.join(sorted(missing))}; look at {build}/meson-logs")
    return {section: case for name in names for section, case in cases.items() if section.split("/")[0] == name}


def write_ratios(path, ratios):
    lines = ["# How many times as long as its bound each case takes; record.py writes this, and README.md says how it is read."]
    group = None
    for section, ratio in ratios.items():
        if section.split("/")[0] != group:
            group = section.split("/")[0]
            lines += ["", f"[{group}]"]
        lines.append(f"{section.split('/')[1]}={ratio:.4g}")
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")


def describe_machine(build):
    """Processor, cores and what multiplies, in a sentence."""
    info = Path("/proc/cpuinfo").read_text(encoding="utf-8")
    name = re.search(r"^model name\s*: (.*)$", info, re.MULTILINE)
    version = subprocess.run([build / "core/sonde", "--version", "--verbose"], capture_output=True, text=True, check=True).stdout
    blas = re.search(r"OpenBLAS[^\n]*", version)
    return f"{name[1] if name else 'unknown processor'}, {os.cpu_count()} cores; {blas[0] if blas else 'OpenBLAS'}; {datetime.date.today()}."


def make_table(build, cases, ratios):
    lines = [describe_machine(build)]
    group = None
    for section, case in cases.items():
        if section.split("/")[0] != group:
            group = section.split("/")[0]
            lines += ["", f"### {group}", "", HEAD]
        time = case["time"] + {"wall": " (wall)"}.get(case["clock"], "")
        lines.append(f"| {section.split('/')[1]} | {time} | {case['speed']} | {case['bound']} | {case['bound-time']} | {ratios[section]:.3g} |")
    return "\n".join(lines)


def write_table(path, table):
    text = path.read_text(encoding="utf-8")
    before, rest = text.split(BEGIN)
    after = rest.split(END)[1]
    path.write_text(f"{before}{BEGIN}\n\n{table}\n\n{END}{after}", encoding="utf-8")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("build", type=Path, metavar="BUILD", help="a release build folder")
    parser.add_argument("--commit", action="store_true", help="write ratios.ini and README.md of the tree")
    parser.add_argument("--last", action="store_true", help="run nothing, take the last results")
    parser.add_argument("--times", type=int, default=1, metavar="N", help="run everything N times")
    arguments = parser.parse_args()
    build = arguments.build.resolve()
    runs = [read_results(build)] if arguments.last else [run_all(build) for _ in range(arguments.times)]
    cases = put_in_order(build, runs[0])
    ratios = {section: statistics.median(float(run[section]["ratio"]) for run in runs if section in run) for section in cases}
    write_ratios(HERE / "ratios.ini" if arguments.commit else build / "tests/bench/ratios.ini", ratios)
    if arguments.commit:
        write_table(HERE / "README.md", make_table(build, cases, ratios))


main()
