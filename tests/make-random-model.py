#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Write a GPT-2 directory with random weights, for tests and for measuring.

    make-random-model.py big                           124 million parameters, as GPT-2 small has
    make-random-model.py tiny --layers 2 --features 8 --heads 2 --positions 16 --vocab 5000

config.json, vocab.json, merges.txt and model.safetensors are laid out as
Hugging Face does, in its several ways: with or without the prefix
"transformer.", with the attention masks that old files carry, in one file or
in several under an index, tied or untied, in three element types.

Weights are normal with a standard deviation of 0.02, those that write into the
residual stream 1 / sqrt (2 layers) of that, so that activations keep a sane
size; gains lie around 1, and no bias is zero: every parameter matters. The
same seed gives the same weights whatever the layout and element type (but for
rounding), and whatever the version of Python. Nothing but Python is needed.
"""

from __future__ import annotations

import argparse
import json
import math
import random
import shutil
import struct
import sys
from array import array
from collections.abc import Iterator
from itertools import chain, repeat
from pathlib import Path
from statistics import NormalDist
from typing import NamedTuple

END_OF_TEXT = "<|endoftext|>"
GPT2_VOCABULARY = 50257
DEMO_MODEL = Path(__file__).resolve().parent.parent / "data" / "demo-model"

LEVELS = 1 << 16   # a weight is one of as many quantiles of the normal distribution
CHUNK = 1 << 20    # elements at a time

# name in safetensors, name in config.json, type code of an array that holds the bits
DTYPES = {"f32": ("F32", "float32", "I"), "f16": ("F16", "float16", "H"), "bf16": ("BF16", "bfloat16", "H")}


class Refusal(Exception):
    """Bad input or usage; its text is the sentence that the user reads."""


class Tensor(NamedTuple):
    """What to write: kind is "normal" (around mean) or "mask" (lower triangle)."""

    name: str
    shape: tuple[int, ...]
    deviation: float = 0.0
    mean: float = 0.0
    kind: str = "normal"


# ------------------------------------------------------------------ numbers

def encode(value: float, dtype: str) -> int:
    """The bits of a number; BF16 is the upper half of F32, rounded to even."""
    if dtype == "f16":
        return struct.unpack("<H", struct.pack("<e", value))[0]
    bits = struct.unpack("<I", struct.pack("<f", value))[0]
    return bits if dtype == "f32" else (bits + 0x7FFF + (bits >> 16 & 1)) >> 16


def normal_table(mean: float, deviation: float, dtype: str, known: dict = {}) -> list[int]:
    """The bits of LEVELS equally likely values of a normal distribution."""
    key = (mean, deviation, dtype)
    if key not in known:
        quantile = NormalDist().inv_cdf
        known[key] = [encode(mean + deviation * quantile((i + 0.5) / LEVELS), dtype) for i in range(LEVELS)]
    return known[key]


def little_endian(values: array) -> bytes:
    if sys.byteorder != "little":
        values.byteswap()
    return values.tobytes()


def normal_bytes(tensor: Tensor, seed: int, dtype: str) -> Iterator[bytes]:
    """Each tensor has a generator of its own, so that its neighbours do not matter."""
    generator = random.Random(f"{seed}/{tensor.name}")
    pick = normal_table(tensor.mean, tensor.deviation, dtype).__getitem__
    remaining = math.prod(tensor.shape)
    while remaining > 0:
        n = min(CHUNK, remaining)
        levels = array("H", generator.randbytes(2 * n))
        if sys.byteorder != "little":
            levels.byteswap()
        yield little_endian(array(DTYPES[dtype][2], map(pick, levels)))
        remaining -= n


def mask_bytes(tensor: Tensor, dtype: str) -> Iterator[bytes]:
    """Ones up to the diagonal: what a position may see."""
    n = tensor.shape[-1]
    one = encode(1.0, dtype)
    for row in range(n):
        yield little_endian(array(DTYPES[dtype][2], chain(repeat(one, row + 1), repeat(0, n - row - 1))))


# -------------------------------------------------------------------- model

def list_tensors(arguments: argparse.Namespace) -> list[Tensor]:
    """All tensors under their bare names. Linear weights are [in, out]."""
    width, inner, scale = arguments.features, arguments.n_inner or 4 * arguments.features, arguments.scale
    residual = scale / math.sqrt(2 * arguments.layers)

    def norm(name: str) -> list[Tensor]:
        return [Tensor(f"{name}.weight", (width,), scale, 1.0), Tensor(f"{name}.bias", (width,), scale)]

    def linear(name: str, inputs: int, outputs: int, deviation: float) -> list[Tensor]:
        return [Tensor(f"{name}.weight", (inputs, outputs), deviation), Tensor(f"{name}.bias", (outputs,), scale)]

    tensors = [Tensor("wte.weight", (arguments.vocab, width), scale), Tensor("wpe.weight", (arguments.positions, width), scale)]
    for layer in range(arguments.layers):
        tensors += norm(f"h.{layer}.ln_1") + norm(f"h.{layer}.ln_2")
        tensors += linear(f"h.{layer}.attn.c_attn", width, 3 * width, scale)
        tensors += linear(f"h.{layer}.attn.c_proj", width, width, residual)
        tensors += linear(f"h.{layer}.mlp.c_fc", width, inner, scale)
        tensors += linear(f"h.{layer}.mlp.c_proj", inner, width, residual)
        if arguments.names == "hub":
            tensors.append(Tensor(f"h.{layer}.attn.bias", (1, 1, arguments.positions, arguments.positions), kind="mask"))
    tensors += norm("ln_f")
    if arguments.untied:
        tensors.append(Tensor("lm_head.weight", (arguments.vocab, width), scale))
    return tensors


def make_config(arguments: argparse.Namespace, end_of_text: int) -> dict:
    return {
        "activation_function": "gelu_new", "architectures": ["GPT2LMHeadModel"], "attn_pdrop": 0.1,
        "bos_token_id": end_of_text, "embd_pdrop": 0.1, "eos_token_id": end_of_text,
        "initializer_range": arguments.scale, "layer_norm_epsilon": arguments.eps, "model_type": "gpt2",
        "n_ctx": arguments.positions, "n_embd": arguments.features, "n_head": arguments.heads,
        "n_inner": arguments.n_inner, "n_layer": arguments.layers, "n_positions": arguments.positions,
        "reorder_and_upcast_attn": False, "resid_pdrop": 0.1, "scale_attn_by_inverse_layer_idx": False,
        "scale_attn_weights": True, "summary_activation": None, "summary_first_dropout": 0.1,
        "summary_proj_to_labels": True, "summary_type": "cls_index", "summary_use_proj": True,
        "tie_word_embeddings": not arguments.untied, "torch_dtype": DTYPES[arguments.dtype][1], "use_cache": True,
        "vocab_size": arguments.vocab,
    }


# -------------------------------------------------------------------- files

def file_name(tensor: Tensor, names: str) -> str:
    if names == "hub" or tensor.name == "lm_head.weight":
        return tensor.name
    return f"transformer.{tensor.name}"


def n_bytes(tensor: Tensor, dtype: str) -> int:
    return math.prod(tensor.shape) * array(DTYPES[dtype][2]).itemsize


def write_safetensors(path: Path, tensors: list[Tensor], arguments: argparse.Namespace) -> None:
    header: dict = {"__metadata__": {"format": "pt"}}
    end = 0
    for tensor in tensors:
        begin, end = end, end + n_bytes(tensor, arguments.dtype)
        header[file_name(tensor, arguments.names)] = {
            "dtype": DTYPES[arguments.dtype][0], "shape": tensor.shape, "data_offsets": [begin, end],
        }
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    with path.open("wb") as file:
        file.write(struct.pack("<Q", len(text)) + text)
        for tensor in tensors:
            parts = mask_bytes(tensor, arguments.dtype) if tensor.kind == "mask" else normal_bytes(tensor, arguments.seed, arguments.dtype)
            for part in parts:
                file.write(part)


def split(tensors: list[Tensor], n_files: int, dtype: str) -> list[list[Tensor]]:
    """Consecutive groups of about equal size, none empty."""
    total = sum(n_bytes(tensor, dtype) for tensor in tensors)
    groups: list[list[Tensor]] = [[]]
    done = 0
    for i, tensor in enumerate(tensors):
        missing = n_files - len(groups)
        if groups[-1] and missing > 0 and (done >= total * len(groups) / n_files or len(tensors) - i <= missing):
            groups.append([])
        groups[-1].append(tensor)
        done += n_bytes(tensor, dtype)
    return groups


def write_weights(directory: Path, arguments: argparse.Namespace) -> int:
    """Returns the number of parameters; masks are none."""
    tensors = sorted(list_tensors(arguments), key=lambda tensor: tensor.name)
    if not arguments.sharded:
        write_safetensors(directory / "model.safetensors", tensors, arguments)
    else:
        groups = split(tensors, arguments.sharded, arguments.dtype)
        weight_map = {}
        for i, group in enumerate(groups, 1):
            name = f"model-{i:05}-of-{len(groups):05}.safetensors"
            write_safetensors(directory / name, group, arguments)
            weight_map.update((file_name(tensor, arguments.names), name) for tensor in group)
        total = sum(n_bytes(tensor, arguments.dtype) for tensor in tensors)
        index = {"metadata": {"total_size": total}, "weight_map": weight_map}
        (directory / "model.safetensors.index.json").write_text(json.dumps(index, indent=2) + "\n")
    return sum(math.prod(tensor.shape) for tensor in tensors if tensor.kind != "mask")


def copy_vocabulary(source: Path, directory: Path, arguments: argparse.Namespace) -> int:
    """Returns the id of the end of text. Rows of the embedding beyond the vocabulary have no text."""
    try:
        vocabulary = json.loads((source / "vocab.json").read_text(encoding="utf-8"))
        if not (source / "merges.txt").is_file():
            raise Refusal(f"{source} has no merges.txt.")
    except (OSError, ValueError) as error:
        raise Refusal(f"The vocabulary in {source} cannot be read: {error}.") from error
    largest = max(vocabulary.values())
    if arguments.vocab is None:
        arguments.vocab = max(GPT2_VOCABULARY, largest + 1)
    if largest >= arguments.vocab:
        raise Refusal(f"The vocabulary in {source} has ids up to {largest}; --vocab {arguments.vocab} is too small for it.")
    if END_OF_TEXT not in vocabulary:
        raise Refusal(f"The vocabulary in {source} has no {END_OF_TEXT}.")
    for name in ("vocab.json", "merges.txt"):
        shutil.copyfile(source / name, directory / name)
    return vocabulary[END_OF_TEXT]


# ------------------------------------------------------------- command line

def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("directory", type=Path, help="where to write; must not exist or be empty")
    for name, default, text in (("layers", 12, "layers"), ("features", 768, "width of the residual stream"), ("heads", 12, "attention heads"),
                                ("positions", 1024, "longest sequence"), ("n-inner", None, "width of the MLP (default 4 times --features)"),
                                ("vocab", None, "rows of the embedding (default 50257)"), ("seed", 0, "seed of the weights")):
        parser.add_argument(f"--{name}", type=int, default=default, metavar="N", help=text)
    parser.add_argument("--eps", type=float, default=1e-5, help="of the layer norms (default 1e-5)")
    parser.add_argument("--scale", type=float, default=0.02, help="standard deviation of the weights (default 0.02)")
    parser.add_argument("--dtype", choices=DTYPES, default="f32", help="element type (default f32)")
    parser.add_argument("--names", choices=("hub", "transformers"), default="hub", help="without prefix but with masks, or the opposite")
    parser.add_argument("--untied", action="store_true", help="write a lm_head.weight of its own")
    parser.add_argument("--sharded", type=int, nargs="?", const=3, default=0, metavar="N", help="split into N files under an index (3)")
    parser.add_argument("--vocabulary", type=Path, default=DEMO_MODEL, metavar="DIR", help="where vocab.json and merges.txt are (default: the demo model)")
    return parser.parse_args()


def check_arguments(arguments: argparse.Namespace) -> None:
    for name in ("layers", "features", "heads", "positions", "n_inner", "vocab"):
        value = getattr(arguments, name)
        if value is not None and value < 1:
            raise Refusal(f"--{name.replace('_', '-')} is {value}; at least 1 is needed.")
    if arguments.features % arguments.heads != 0:
        raise Refusal(f"--features {arguments.features} is not a multiple of --heads {arguments.heads}.")
    if arguments.sharded < 0:
        raise Refusal(f"--sharded is {arguments.sharded}; at least 1 is needed.")
    if arguments.directory.exists() and (not arguments.directory.is_dir() or any(arguments.directory.iterdir())):
        raise Refusal(f"{arguments.directory} exists and is not an empty directory.")


def main() -> int:
    arguments = parse_arguments()
    try:
        check_arguments(arguments)
        arguments.directory.mkdir(parents=True, exist_ok=True)
        end_of_text = copy_vocabulary(arguments.vocabulary, arguments.directory, arguments)
        config = make_config(arguments, end_of_text)
        (arguments.directory / "config.json").write_text(json.dumps(config, indent=2) + "\n")
        n_parameters = write_weights(arguments.directory, arguments)
    except (Refusal, OSError) as refusal:
        print(f"make-random-model: {refusal}", file=sys.stderr)
        return 1
    print(f"{arguments.directory}: {n_parameters:,} parameters, {arguments.dtype}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
