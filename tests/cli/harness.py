# SPDX-License-Identifier: LGPL-2.1-or-later
"""What the tests of the command line share: an installed tree, a box for each test, a tiny model, and TAP.

A test program is started with the build folder's root as its argument. It
installs into a temporary folder and runs the program from there, so that what
is tested is what a user gets: installed files only, and a home that is empty.
"""

import ast
import csv
import hashlib
import importlib
import io
import json
import math
import os
import random
import re
import shutil
import struct
import subprocess
import sys
import tempfile
import time
import traceback
import zipfile
from pathlib import Path
from typing import NamedTuple

SOURCE = Path(__file__).resolve().parent.parent.parent
STAGES = ("input", "expansion", "gelu", "projection")
CONDITIONS = ("one-sequence", "many-sequences")
PAIRS = [(a, b) for i, a in enumerate(STAGES) for b in STAGES[i + 1:]]
FIGURES = {"activation-histogram", "cosine-matrix", "cosine-histogram", "cosine-cross-stage", "rsa", "dimensionality", "laminar-profile", "laminar-violin"}
TABLES = {
    "tokens": "condition,sequence,position,token_id,text,kept",
    "activation-histogram": "condition,layer,stage,bin_left,bin_right,density",
    "cosine-histogram": "condition,layer,stage,bin_left,bin_right,density",
    "cosine-cross-stage": "condition,layer,stage_a,stage_b,bin_left,bin_right,count",
    "rsa": "condition,layer,stage_a,stage_b,score",
    "dimensionality": "condition,layer,stage,rows,features,participation_ratio,effective_dimension,notebook_index",
}
TIMEOUT = 60


# ------------------------------------------------------------------ checks

def check(truth, what):
    if not truth:
        raise AssertionError(what)


def equal(found, expected, what):
    check(found == expected, f"{what}: found {found!r}, expected {expected!r}")


def contains(text, words, what):
    for word in words:
        check(word in text, f"{what}: {word!r} is missing in {text!r}")


WRAPPER = os.environ.get("SONDE_TEST_WRAPPER", "").split()  # valgrind and its options, from ../valgrind
SANITIZERS = ("ASAN_OPTIONS", "LSAN_OPTIONS", "TSAN_OPTIONS", "UBSAN_OPTIONS")
# how much longer all takes then: what limits the seconds of something multiplies them by it
SLOWER = 20 if WRAPPER else 10 if "LSAN_OPTIONS" in os.environ or "TSAN_OPTIONS" in os.environ else 1


# --------------------------------------------------------------- the program

class Result(NamedTuple):
    status: int
    out: str
    err: str

    def __str__(self):
        return f"status {self.status}\nstdout: {self.out[-2000:]}\nstderr: {self.err[-2000:]}"

    @property
    def warnings(self):
        return [line for line in self.err.splitlines() if line.startswith("sonde: warning: ")]

    @property
    def errors(self):
        return [line for line in self.err.splitlines() if not line.startswith("sonde: warning: ")]


def only(paths, what):
    paths = list(paths)
    check(len(paths) == 1, f"{what}: {paths}")
    return paths[0]


class Installation:
    """The program as `meson install` leaves it, somewhere else than its prefix: the environment says where."""

    def __init__(self, build, root):
        subprocess.run(["meson", "install", "-C", build, "--destdir", root, "--no-rebuild", "--quiet"], check=True, stdout=sys.stderr)
        self.program = only(root.glob("**/bin/sonde"), "installed programs")
        self.root = root
        self.build = build
        self.data = only(root.glob("**/share/sonde"), "installed data folders")
        self.environment = {
            "LD_LIBRARY_PATH": str(only(root.glob("**/libsonde-1.so"), "installed libraries").parent),
            "SONDE_PLUGIN_PATH": str(only(root.glob("**/sonde-1/plugins"), "installed plugin folders")),
            "SONDE_DATA_PATH": str(self.data),
        }
        self.is_sanitized = bool(WRAPPER) or any(name in self.program.read_bytes() for name in (b"__asan_", b"__tsan_", b"__ubsan_"))
        for typelib in root.glob("**/Sonde-1.typelib"):  # where it was built, for plugins in Python
            self.environment["GI_TYPELIB_PATH"] = str(typelib.parent)


def keep_environment(root):
    """What a test keeps of the environment. Sanitizers write into root, wherever the process's own messages go. For what LeakSanitizer
    suppresses it would look names up at the end of every process, which takes a third of its time; those of other sanitizers need them."""
    kept = {name: os.environ[name] for name in ("PATH", "FONTCONFIG_FILE", "OPENBLAS_CORETYPE", "G_SLICE", *SANITIZERS) if name in os.environ}
    more = {"ASAN_OPTIONS": ":symbolize=0", "LSAN_OPTIONS": ":symbolize=0"}
    return kept | {name: f"{kept[name]}:log_path={root}/sanitizer{more.get(name, '')}" for name in SANITIZERS if name in kept}


def name_frame(match):
    """The function and the line of “(MODULE+OFFSET)”."""
    try:
        found = subprocess.run(["addr2line", "-Cfpse", match[1], match[2]], capture_output=True, text=True, check=True).stdout.strip()
    except (OSError, subprocess.CalledProcessError):
        found = "??"
    return match[0] if found.startswith("??") else f"{match[0]} {found}"


def read_sanitizers(root):
    """What sanitizers, or valgrind, say of the processes of a test, children of the program as well: nothing where all is well."""
    reports = [path.read_text(encoding="utf-8", errors="replace") for path in sorted(root.glob("sanitizer.*"))]
    return re.sub(r"\((/[^()]+)\+(0x[0-9a-f]+)\)", name_frame, "\n".join(filter(None, reports)))


class Box:
    """An empty home, an empty folder to work in, and the program."""

    def __init__(self, installation, root):
        self.installation = installation
        self.root = root
        self.work = root / "work"
        self.work.mkdir()
        (root / "home").mkdir()
        self.environment = {**keep_environment(root), **installation.environment, "HOME": str(root / "home"), "TMPDIR": str(root), "LC_ALL": "C.UTF-8", "TZ": "UTC",
                            "GSETTINGS_BACKEND": "memory"}  # settings in a key file, whatever the machine has

    def start(self, *arguments, env=None, cwd=None, **more):
        wrapper = [*WRAPPER, f"--log-file={self.root}/sanitizer.%p"] if WRAPPER else []
        command = [*wrapper, os.fspath(self.installation.program), *(os.fspath(a) for a in arguments)]
        environment = {name: value for name, value in {**self.environment, **(env or {})}.items() if value is not None}
        return subprocess.Popen(command, env=environment, cwd=cwd or self.work, **more)

    def sonde(self, *arguments, stdin=b"", status=0, **more):
        """Runs to the end and checks the exit status; None: whatever it is."""
        pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE, **more}
        with self.start(*arguments, **pipes) as process:
            try:
                out, err = process.communicate(stdin, timeout=SLOWER * TIMEOUT)
            except subprocess.TimeoutExpired:
                process.kill()
                raise AssertionError(f"sonde {arguments} still ran after {SLOWER * TIMEOUT} seconds") from None
        result = Result(process.returncode, (out or b"").decode("utf-8", "surrogateescape"), (err or b"").decode("utf-8", "surrogateescape"))
        check(status is None or result.status == status, f"sonde {arguments}: expected status {status}\n{result}")
        return result

    def check_fast(self, limit, *arguments):
        """That it starts and ends within so many milliseconds of the processor, and ten times as many of the clock, for which what
        else runs here counts too: the first start that does, of many."""
        if self.installation.is_sanitized:
            raise Skip("a sanitizer's build starts slowly")
        command = [os.fspath(self.installation.program), *arguments]
        used = took = float("inf")
        with open(os.devnull, "wb") as nowhere:
            for _ in range(300):
                begin = time.perf_counter()
                process = os.posix_spawn(command[0], command, self.environment, file_actions=[(os.POSIX_SPAWN_DUP2, nowhere.fileno(), 1)])
                _, status, usage = os.wait4(process, 0)
                took = min(took, 1000 * (time.perf_counter() - begin))
                used = min(used, 1000 * (usage.ru_utime + usage.ru_stime))
                equal(status, 0, f"status of sonde {arguments}")
                if used < limit and took < 10 * limit:
                    break
        print(f"# sonde {' '.join(arguments)}: {used:.1f} ms of the processor, {took:.1f} ms", flush=True)
        check(used < limit and took < 10 * limit, f"sonde {arguments} takes {used:.1f} ms of the processor and {took:.1f} ms, less than {limit} and {10 * limit} expected")

    def run(self, *arguments, output="out", **more):
        """`sonde run`, to a folder of its own; its path."""
        self.sonde("run", *arguments, "--output", output, "--quiet", **more)
        return self.work / output

    def inputs(self):
        """Options that name a tiny model and text; both are made where the test has not done so."""
        model, text = self.work / "model", self.work / "text.txt"
        if not model.exists():
            make_model(model)
        if not text.exists():
            text.write_text(make_text())
        return ("--model", model, "--text", text)

    def tiny(self, *arguments, **more):
        """The recipe on a tiny model and text."""
        return self.run("mlp-progression", *self.inputs(), *arguments, **more)


def snapshot(folder):
    """Every path below a folder with its bytes' hash, or what a link points to."""
    found = {}
    for path in sorted(Path(folder).rglob("*")):
        name = os.fspath(path.relative_to(folder))
        if path.is_symlink():
            found[name] = os.readlink(path)
        else:
            found[name] = hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else "folder"
    return found


# ------------------------------------------------------------------ its files

def read_table(report, name):
    """Rows as dictionaries, with the header checked; as the csv module reads RFC 4180."""
    text = (report / "tables" / f"{name}.csv").read_bytes().decode("utf-8")
    rows = list(csv.reader(io.StringIO(text, newline="")))
    if name in TABLES:
        equal(",".join(rows[0]), TABLES[name], f"columns of {name}.csv")
    check(all(len(row) == len(rows[0]) for row in rows), f"{name}.csv has rows of another length than its header")
    return [dict(zip(rows[0], row)) for row in rows[1:]]


def read_results(report):
    return json.loads((report / "results.json").read_text(encoding="utf-8"))


def read_header(path):
    with path.open("rb") as file:
        length = struct.unpack("<Q", file.read(8))[0]
        return json.loads(file.read(length)), 8 + length


def read_shapes(path):
    """Name to (element type, shape); checks that the file is as long as its header says."""
    header, start = read_header(path)
    header.pop("__metadata__", None)
    end = max(entry["data_offsets"][1] for entry in header.values())
    equal(path.stat().st_size, start + end, f"size of {path.name}")
    return {name: (entry["dtype"], entry["shape"]) for name, entry in header.items()}


def read_tensors(path):
    """Name to a flat tuple of float32 values."""
    header, start = read_header(path)
    header.pop("__metadata__", None)
    data = path.read_bytes()
    values = {}
    for name, entry in header.items():
        begin, end = (start + offset for offset in entry["data_offsets"])
        values[name] = struct.unpack(f"<{(end - begin) // 4}f", data[begin:end])
    return values


# ------------------------------------------------------------------- arrays

def npy(rows, descr="<f4", code="f"):
    """An .npy file of rows of equal length, from the published format."""
    header = f"{{'descr': '{descr}', 'fortran_order': False, 'shape': ({len(rows)}, {len(rows[0])}), }}"
    header += " " * (-(len(header) + 11) % 64) + "\n"
    return b"\x93NUMPY\x01\x00" + struct.pack("<H", len(header)) + header.encode() + struct.pack(f"<{len(rows) * len(rows[0])}{code}", *(v for row in rows for v in row))


def write_npz(path, arrays, compression=zipfile.ZIP_DEFLATED):
    with zipfile.ZipFile(path, "w", compression) as archive:
        for name, rows in arrays.items():
            archive.writestr(f"{name}.npy", npy(rows))


def parse_npy(data):
    """Element type, shape, and a flat list of the elements; of the types that tables have, and float32."""
    equal(data[:8], b"\x93NUMPY\x01\x00", "an array's magic and version")
    start = 10 + struct.unpack("<H", data[8:10])[0]
    equal(start % 64, 0, "where an array's elements begin in its file")
    header = ast.literal_eval(data[10:start].decode("ascii"))
    equal((set(header), header["fortran_order"]), ({"descr", "fortran_order", "shape"}, False), "an array's header")
    kind, size = header["descr"][:2], int(header["descr"][2:])
    n, width = math.prod(header["shape"]), 4 * size if kind == "<U" else size
    equal(len(data), start + n * width, "length of an array's file")
    if kind == "<U":
        elements = [data[start + i * width:start + (i + 1) * width].decode("utf-32-le").rstrip("\0") for i in range(n)]
    else:
        elements = list(struct.unpack(f"<{n}{ {'<f8': 'd', '<i8': 'q', '<f4': 'f'}[header['descr']] }", data[start:]))
    return header["descr"], header["shape"], elements


def data_offsets(path):
    """Name to where a stored member's data begin in a zip file, from its local header."""
    data = path.read_bytes()
    with zipfile.ZipFile(path) as archive:
        equal({info.compress_type for info in archive.infolist()}, {zipfile.ZIP_STORED}, f"compression in {path.name}")
        starts = {info.filename: info.header_offset for info in archive.infolist()}
    return {name: start + 30 + sum(struct.unpack("<2H", data[start + 26:start + 30])) for name, start in starts.items()}


# ------------------------------------------------------------- a tiny model

def byte_symbols():
    """GPT-2's table: each byte as a printable character."""
    plain = [*range(ord("!"), ord("~") + 1), *range(0xA1, 0xAD), *range(0xAE, 0x100)]
    others = [byte for byte in range(256) if byte not in plain]
    return {**{byte: chr(byte) for byte in plain}, **{byte: chr(256 + i) for i, byte in enumerate(others)}}


def make_vocabulary(words=(" coffee",)):
    """256 bytes, and merges that make each word one token."""
    table = byte_symbols()
    tokens, merges = [table[byte] for byte in range(256)], []
    for word in words:
        symbols = [table[byte] for byte in word.encode()]
        left = symbols[0]
        for right in symbols[1:]:
            if left + right not in tokens:
                merges.append(f"{left} {right}")
                tokens.append(left + right)
            left += right
    tokens.append("<|endoftext|>")
    return {token: i for i, token in enumerate(tokens)}, merges


def list_shapes(layers, features, positions, vocabulary):
    inner = 4 * features
    shapes = {"wte.weight": [vocabulary, features], "wpe.weight": [positions, features], "ln_f.weight": [features], "ln_f.bias": [features]}
    for i in range(layers):
        for norm in ("ln_1", "ln_2"):
            shapes |= {f"h.{i}.{norm}.weight": [features], f"h.{i}.{norm}.bias": [features]}
        for name, rows, columns in (("attn.c_attn", features, 3 * features), ("attn.c_proj", features, features), ("mlp.c_fc", features, inner), ("mlp.c_proj", inner, features)):
            shapes |= {f"h.{i}.{name}.weight": [rows, columns], f"h.{i}.{name}.bias": [columns]}
    return shapes


def write_safetensors(path, shapes, value):
    """value (name) gives a function that gives one number after another."""
    header, end, parts = {}, 0, []
    for name, shape in shapes.items():
        n = shape[0] * (shape[1] if len(shape) > 1 else 1)
        draw = value(name)
        parts.append(struct.pack(f"<{n}f", *(draw() for _ in range(n))))
        header[name] = {"dtype": "F32", "shape": shape, "data_offsets": [end, end + 4 * n]}
        end += 4 * n
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    path.write_bytes(struct.pack("<Q", len(text)) + text + b"".join(parts))


def make_model(folder, layers=2, features=8, heads=2, positions=64, words=(" coffee",), seed=1, change_shapes=None, change_config=None):
    """A GPT-2 directory with random weights; change_shapes and change_config may spoil it."""
    folder.mkdir(parents=True)
    vocabulary, merges = make_vocabulary(words)
    config = {"model_type": "gpt2", "n_layer": layers, "n_embd": features, "n_head": heads, "n_positions": positions,
              "vocab_size": len(vocabulary), "activation_function": "gelu_new", "layer_norm_epsilon": 1e-5}
    shapes = list_shapes(layers, features, positions, len(vocabulary))
    if change_config:
        change_config(config)
    if change_shapes:
        change_shapes(shapes)

    def value(name):
        generator = random.Random(f"{seed}/{name}")
        mean = 1.0 if ".ln_" in f".{name}" and name.endswith("weight") else 0.0
        return lambda: generator.gauss(mean, 0.3)

    (folder / "config.json").write_text(json.dumps(config))
    (folder / "vocab.json").write_text(json.dumps(vocabulary))
    (folder / "merges.txt").write_text("#version: 0.2\n" + "".join(f"{merge}\n" for merge in merges))
    write_safetensors(folder / "model.safetensors", shapes, value)
    return folder


def make_text(n=12, word=" coffee", lead="A warm drink,"):
    """n times the word, at least ten tokens in, each after other letters: a letter is a token of the tiny model."""
    generator = random.Random(7)
    letters = "abcdefghijklmnopqrstuvwxyz"
    return lead + "".join("".join(generator.choice(letters) for _ in range(12)) + word for _ in range(n)) + ".\n"


# ----------------------------------------------------------------------- TAP

def prefer_python_with(*modules):
    """Goes on as the Python that has most of these modules: whoever configured the build may have had another one first in PATH."""
    probe = "import importlib.util as u, sys; print(sys.version_info >= (3, 9) and sum(u.find_spec(m) is not None for m in sys.argv[1:]))"

    def count(python):
        done = subprocess.run([python, "-c", probe, *modules], capture_output=True, text=True, check=False)
        return int(done.stdout) if done.stdout.strip().isdigit() else 0

    here = count(sys.executable)
    others = (os.path.join(folder, "python3") for folder in [*os.environ.get("PATH", "").split(os.pathsep), "/usr/bin"])
    best = max((count(python), python) for python in (sys.executable, *others) if os.access(python, os.X_OK))
    if best[0] > here:
        os.execv(best[1], [best[1], *sys.argv])


def module(name):
    """The module; where it is not installed the test is skipped."""
    try:
        return importlib.import_module(name)
    except ImportError as error:
        raise Skip(f"{error}") from None


class Skip(Exception):
    """What this machine cannot do; its text is the reason."""


def tests_of(namespace):
    """The functions called test_… of a module, in order, as (name, function (box))."""
    return [(name[5:].replace("_", "-"), function) for name, function in namespace.items() if name.startswith("test_")]


def run_test(function, box):
    """Why it failed, or nothing; and why it was skipped, or nothing."""
    failure = skipped = ""
    try:
        function(box)
    except Skip as reason:
        skipped = str(reason)
    except AssertionError as error:
        failure = str(error) or "an assertion"
    except Exception:
        failure = traceback.format_exc()
    return "\n".join(filter(None, (failure, read_sanitizers(box.root)))), skipped


def run_tests(tests, root, make_box):
    """Runs each test in a box of its own, a folder below root, and prints TAP; whether all went well. Further arguments of the program
    choose tests by parts of their names."""
    tests = [test for test in tests if not sys.argv[2:] or any(part in test[0] for part in sys.argv[2:])]
    failed = 0
    print(f"1..{len(tests)}", flush=True)
    for number, (title, function) in enumerate(tests, 1):
        folder = root / str(number)
        folder.mkdir()
        failure, skipped = run_test(function, make_box(folder))
        failed += bool(failure)
        print(f"{'not ok' if failure else 'ok'} {number} - {title}" + (f" # SKIP {skipped}" if skipped and not failure else ""))
        print("".join(f"# {line}\n" for line in failure.encode("utf-8", "replace").decode().splitlines()), end="", flush=True)
        shutil.rmtree(folder, ignore_errors=True)
    return failed == 0


def main(tests):
    with tempfile.TemporaryDirectory(prefix="sonde-cli-") as name:
        root = Path(name)
        installation = Installation(Path(sys.argv[1]).resolve(), root / "installed")
        good = run_tests(tests, root, lambda folder: Box(installation, folder))
    sys.exit(0 if good else 1)
