# SPDX-License-Identifier: LGPL-2.1-or-later
"""`--threads N` means N, whichever build of OpenBLAS is installed and whatever its variables say; numbers do not depend on it."""

import os
import time
from pathlib import Path
from typing import NamedTuple

from harness import Skip, check, equal, main, read_results, read_table, read_tensors, snapshot, tests_of

FLAVOURS = ("pthread", "openmp", "serial")
COUNTS = (1, 2, 3)
VARIABLES = {"OPENBLAS_NUM_THREADS": "5", "GOTO_NUM_THREADS": "5", "OMP_NUM_THREADS": "5", "OMP_WAIT_POLICY": "active", "GOMP_SPINCOUNT": "infinite"}
WORKED = 0.01  # seconds of processor time: less is waking up and going to sleep again
RSA, PARTICIPATION, COSINE = 1e-5, 1e-5, 5e-6  # what the numbers may differ by; participation relative


# ------------------------------------------------------------- watched threads

class Thread(NamedTuple):
    name: str
    seconds: float  # of processor time
    share: float    # of all looks, in how many it was there


def look(pid, seen):
    """Adds what the threads of a process have done so far: its number to [name, nanoseconds, looks]."""
    for task in Path(f"/proc/{pid}/task").iterdir():
        try:
            name, nanoseconds = (task / "comm").read_text().strip(), int((task / "schedstat").read_text().split()[0])
        except (FileNotFoundError, ProcessLookupError):
            continue  # it ended meanwhile
        looks = seen[task.name][2] if task.name in seen else 0
        seen[task.name] = [name, nanoseconds, looks + 1]


def watch(box, *arguments, env=None, **more):
    """Runs to the end; the main thread, and all the others that were seen."""
    if not Path("/proc/self/schedstat").exists():
        raise Skip("this system does not count the processor time of threads")
    seen, looks = {}, 0
    with box.start("run", "mlp-progression", "--format", "svg", "--quiet", *arguments, env=env, **more) as process:
        while process.poll() is None:
            try:
                look(process.pid, seen)
            except FileNotFoundError:
                break
            looks += 1
            time.sleep(0.002)
        equal(process.wait(), 0, f"status of sonde run {arguments}")
    if b"__tsan_" in box.installation.program.read_bytes():
        raise Skip("ThreadSanitizer has a thread of its own, which is called as those of libraries are")
    check(looks > 50, f"the run was looked at {looks} times only")
    threads = {number: Thread(name, nanoseconds / 1e9, n / looks) for number, (name, nanoseconds, n) in seen.items()}
    return threads.pop(str(process.pid)), list(threads.values())


def list_working(others):
    """Those that work besides the first. Pango looks fonts up in threads that end at once, and one thread waits for signals."""
    return [thread for thread in others if thread.seconds > WORKED and thread.name != "interrupt" and not thread.name.startswith("[pango]")]


def check_threads(first, others, n, what):
    """N work, the first among them; no library keeps one of its own, not even one that sleeps."""
    check(first.seconds > WORKED, f"{what}: the first thread worked {first.seconds} s only")
    working = list_working(others)
    equal(len(working) + 1, n, f"{what}: threads that work, the first and {working}")
    kept = [thread for thread in others if thread.share > 0.5 and thread.name not in ("worker", "interrupt")]
    equal(kept, [], f"{what}: threads of a library")
    waiting = [thread for thread in others if thread.name == "interrupt"]
    check(all(thread.seconds < 0.1 * first.seconds for thread in waiting), f"{what}: what waits for signals works: {waiting}")


# ------------------------------------------------------------------- numbers

def bytes_of(report):
    files = {name: kind for name, kind in snapshot(report).items() if name != "results.json"}
    check(len(files) > 15, f"a report has few files: {sorted(files)}")
    return files


def column(report, table, name):
    keys = ("condition", "layer", "stage", "stage_a", "stage_b")
    return {tuple(row[key] for key in keys if key in row): float(row[name]) for row in read_table(report, table)}


def close(found, expected, tolerance, what):
    """Two dictionaries of numbers; tolerance (expected number) is how far they may be apart."""
    equal(found.keys(), expected.keys(), f"keys of {what}")
    check(len(expected) > 9, f"{what} has few numbers: {len(expected)}")
    far = {key: (found[key], expected[key]) for key in expected if not abs(found[key] - expected[key]) <= tolerance(expected[key])}
    equal(far, {}, f"{what} that differ, as (found, expected)")


def check_numbers(report, reference, what):
    close(column(report, "rsa", "score"), column(reference, "rsa", "score"), lambda _: RSA, f"RSA {what}")
    name = "participation_ratio"
    close(column(report, "dimensionality", name), column(reference, "dimensionality", name), lambda x: PARTICIPATION * x, f"{name} {what}")
    found, expected = read_tensors(report / "tensors.safetensors"), read_tensors(reference / "tensors.safetensors")
    equal(found.keys(), expected.keys(), f"tensors {what}")
    check(len(expected) > 5 and all(name.startswith("cosine/") for name in expected), f"tensors: {sorted(expected)}")
    for name in expected:
        worst = max(abs(a - b) for a, b in zip(found[name], expected[name], strict=True))
        check(worst <= COSINE, f"{name} {what}: {worst} apart")
    equal((report / "tables/tokens.csv").read_bytes(), (reference / "tables/tokens.csv").read_bytes(), f"tokens {what}")


def first_report(box):
    """One report beside the boxes, of the library that is installed, which all are compared with."""
    report = box.root.parent / "first"
    return report if report.exists() else box.run("mlp-progression", "--threads", "1", "--format", "svg", output=report)


# --------------------------------------------------------------------- tests

def environment_of(box, flavour):
    """One in which the program finds this build of the library, where it is installed."""
    folders = [path.parent for path in Path("/usr/lib").glob(f"*/openblas-{flavour}/libopenblas.so.0")]
    if not folders:
        raise Skip(f"the {flavour} build of OpenBLAS is not installed")
    return {"LD_LIBRARY_PATH": f"{folders[0]}:{box.environment['LD_LIBRARY_PATH']}"}


def flavour_test(flavour):
    def test(box):
        library = environment_of(box, flavour)
        for n in COUNTS:
            reports = []
            for title, variables in (("unset", {}), ("set", VARIABLES)):
                what = f"with {n} threads, the {flavour} build, variables {title}"
                reports.append(box.work / f"{n}-{title}")
                check_threads(*watch(box, "--threads", str(n), "--output", reports[-1], env={**library, **variables}), n, what)
                told = read_results(reports[-1])["provenance"]["blas"]
                equal((told["flavour"], told["threads"]), (flavour, n), f"what the provenance says {what}")
            equal(bytes_of(reports[0]), bytes_of(reports[1]), f"files that the variables change, with {n} threads and the {flavour} build")
            check_numbers(reports[0], first_report(box), f"with {n} threads and the {flavour} build")
    return test


def test_activations_do_not_depend_on_the_number(box):
    """Kernels of sonde's own give the same bytes however the work is divided; the library's need not."""
    captures = {}
    for n in (1, 2, 3, 5):
        report = box.run("mlp-progression", "--threads", str(n), "--format", "svg", "--save-capture", output=f"captured-by-{n}")
        if read_results(report)["provenance"]["blas"]["linear-maps"] == "OpenBLAS":
            raise Skip("OpenBLAS multiplies on this processor")
        captures[n] = read_tensors(report / "capture.safetensors")
    check(len(captures[1]) > 40, f"a capture has few tensors: {sorted(captures[1])}")
    for n, tensors in captures.items():
        equal(tensors == captures[1], True, f"activations computed by {n} threads are those computed by one")


def test_not_more_than_cores(box):
    """By default as many work as there are cores for the process, whatever variables say."""
    cores = sorted(os.sched_getaffinity(0))
    for chosen in {1, min(2, len(cores)), len(cores)}:
        first, others = watch(box, "--output", f"{chosen}", env=VARIABLES, preexec_fn=lambda n=chosen: os.sched_setaffinity(0, cores[:n]))
        equal(read_results(box.work / f"{chosen}")["provenance"]["blas"]["threads"], chosen, f"threads by default on {chosen} cores")
        working = list_working(others)
        check(len(working) < chosen, f"on {chosen} cores the first thread works, and {working}")


if __name__ == "__main__":
    main([(flavour, flavour_test(flavour)) for flavour in FLAVOURS] + tests_of(globals()))
