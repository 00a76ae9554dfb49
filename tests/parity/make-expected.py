#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Write expected/: what the notebook computes for the demo model and text, in float64, without Sonde.

Needs numpy and tokenizers. With --check it also needs torch and transformers,
and compares the forward pass below with transformers' GPT-2 in float64.

The notebook is Mike X Cohen's project 43, "Characterizing the MLP progression".
Its analysis is numpy's histogram, corrcoef and svd, and so it is here; its
cosine_similarity (scikit-learn) is two lines. Histograms take float32 values,
as the notebook has them, and put them into float64 bins.
"""

import argparse
import csv
import hashlib
import json
import struct
from pathlib import Path

import numpy as np
import tokenizers

HERE = Path(__file__).resolve().parent
DATA = HERE.parent.parent / "data"
TARGET = " coffee"
WINDOW = 10
THRESHOLD = 95
STAGES = ("input", "expansion", "gelu", "projection")
PAIRS = [(a, b) for a in range(4) for b in range(a + 1, 4)]
CROSS = [(0, 3), (1, 2)]  # stages of equal width
CAPTURED_LAYERS = (0, 6)
CAPTURED_ROWS = 16


# ---------------------------------------------------------------- the model

def read_safetensors(path):
    """All tensors in float64."""
    data = path.read_bytes()
    length = struct.unpack("<Q", data[:8])[0]
    tensors = {}
    for name, entry in json.loads(data[8:8 + length]).items():
        if name != "__metadata__":
            begin, end = entry["data_offsets"]
            dtype = {"F16": "<f2", "F32": "<f4"}[entry["dtype"]]
            tensors[name] = np.frombuffer(data[8 + length + begin:8 + length + end], dtype).astype(np.float64).reshape(entry["shape"])
    return tensors


class Model:
    def __init__(self, directory):
        self.config = json.loads((directory / "config.json").read_text())
        tensors = read_safetensors(directory / "model.safetensors")
        self.weights = {name.removeprefix("transformer."): value for name, value in tensors.items()}
        if self.config["activation_function"] != "gelu_new" or not self.config.get("scale_attn_weights", True):
            raise SystemExit("make-expected: this forward pass knows gelu_new and scaled attention only")

    def norm(self, x, name):
        centred = x - x.mean(-1, keepdims=True)
        variance = (centred ** 2).mean(-1, keepdims=True)
        return centred / np.sqrt(variance + self.config["layer_norm_epsilon"]) * self.weights[name + ".weight"] + self.weights[name + ".bias"]

    def linear(self, x, name):
        return x @ self.weights[name + ".weight"] + self.weights[name + ".bias"]

    def attention(self, x, name):
        length, heads = len(x), self.config["n_head"]
        parts = self.linear(x, name + ".c_attn").reshape(length, 3, heads, -1).transpose(1, 2, 0, 3)
        query, key, value = parts
        scores = query @ key.transpose(0, 2, 1) / np.sqrt(query.shape[-1])
        scores = np.where(np.tril(np.ones((length, length), bool)), scores, -np.inf)
        shares = np.exp(scores - scores.max(-1, keepdims=True))
        shares /= shares.sum(-1, keepdims=True)
        return self.linear((shares @ value).transpose(1, 0, 2).reshape(length, -1), name + ".c_proj")

    def run(self, ids):
        """For each layer the four stages, positions x features."""
        x = self.weights["wte.weight"][ids] + self.weights["wpe.weight"][:len(ids)]
        layers = []
        for i in range(self.config["n_layer"]):
            x = x + self.attention(self.norm(x, f"h.{i}.ln_1"), f"h.{i}.attn")
            stage1 = self.norm(x, f"h.{i}.ln_2")
            stage2 = self.linear(stage1, f"h.{i}.mlp.c_fc")
            stage3 = 0.5 * stage2 * (1 + np.tanh(np.sqrt(2 / np.pi) * (stage2 + 0.044715 * stage2 ** 3)))
            stage4 = self.linear(stage3, f"h.{i}.mlp.c_proj")
            layers.append((stage1, stage2, stage3, stage4))
            x = x + stage4
        return layers


def check_with_transformers(model, directory, ids):
    import torch
    from transformers import GPT2LMHeadModel

    reference = GPT2LMHeadModel.from_pretrained(directory, attn_implementation="eager").double().eval()
    found = []
    for block in reference.transformer.h:
        block.mlp.register_forward_hook(lambda module, inputs, output: found.append((inputs[0], module.c_fc(inputs[0]), module.act(module.c_fc(inputs[0])), output)))
    with torch.no_grad():
        reference(torch.tensor([ids]))
    largest = max(np.abs(mine - theirs[0].detach().numpy()).max() for a, b in zip(model.run(ids), found) for mine, theirs in zip(a, b))
    print(f"largest difference from transformers in float64: {largest:.2g}")
    if largest > 1e-10:
        raise SystemExit("make-expected: the forward pass is not that of transformers")


# ------------------------------------------------------------- the sequences

def make_tokenizer(directory):
    model = tokenizers.models.BPE.from_file(str(directory / "vocab.json"), str(directory / "merges.txt"))
    tokenizer = tokenizers.Tokenizer(model)
    tokenizer.pre_tokenizer = tokenizers.pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = tokenizers.decoders.ByteLevel()
    return tokenizer


def make_conditions(tokens, target):
    """Ids of each sequence and the positions that are kept."""
    places = [i for i, token in enumerate(tokens) if token == target and i >= WINDOW - 1]
    n = len(places)
    return {
        "one-sequence": [(tokens[:n + 1], range(1, n + 1))],
        "many-sequences": [(tokens[i - WINDOW + 1:i + 1], [WINDOW - 1]) for i in places],
    }


def capture(model, sequences):
    """layers[layer][stage]: rows x features."""
    runs = [[[stage[list(kept)] for stage in layer] for layer in model.run(ids)] for ids, kept in sequences]
    return [[np.concatenate([run[layer][stage] for run in runs]) for stage in range(4)] for layer in range(len(runs[0]))]


# -------------------------------------------------------------- the analysis

def cosine(x, y):
    return (x / np.linalg.norm(x, axis=1, keepdims=True)) @ (y / np.linalg.norm(y, axis=1, keepdims=True)).T


def triangle(matrix):
    return matrix[np.triu_indices(len(matrix), 1)]


def histogram(values, density):
    counts, edges = np.histogram(values.astype(np.float32).astype(np.float64).ravel(), bins="fd", density=density)
    return [(repr(float(left)), repr(float(right)), repr(float(count)) if density else int(count)) for left, right, count in zip(edges, edges[1:], counts)]


def dimensionality(x):
    variances = np.linalg.svd(x - x.mean(axis=0, keepdims=True), compute_uv=False) ** 2
    share = 100 * np.cumsum(variances) / variances.sum()
    index = int(np.where(share > THRESHOLD)[0][0])
    return repr(float(variances.sum() ** 2 / (variances ** 2).sum())), index + 1, index, repr(float(np.abs(share - THRESHOLD).min()))


def make_tables(captures, n_layers):
    tables = {
        "activation-histogram": [("condition", "layer", "stage", "bin_left", "bin_right", "density")],
        "cosine-histogram": [("condition", "layer", "stage", "bin_left", "bin_right", "density")],
        "cosine-cross-stage": [("condition", "layer", "stage_a", "stage_b", "bin_left", "bin_right", "count")],
        "rsa": [("condition", "layer", "stage_a", "stage_b", "score")],
        "dimensionality": [("condition", "layer", "stage", "rows", "features", "participation_ratio", "effective_dimension", "notebook_index", "margin_to_95")],
    }
    shown = n_layers // 2
    for condition, layers in captures.items():
        for s, stage in enumerate(STAGES):
            x = layers[shown][s]
            tables["activation-histogram"] += [(condition, shown, stage, *row) for row in histogram(x, True)]
            tables["cosine-histogram"] += [(condition, shown, stage, *row) for row in histogram(triangle(cosine(x, x)), True)]
        for layer, stages in enumerate(layers):
            triangles = [triangle(cosine(x, x)) for x in stages]
            tables["rsa"] += [(condition, layer, STAGES[a], STAGES[b], repr(float(np.corrcoef(triangles[a], triangles[b])[0, 1]))) for a, b in PAIRS]
            tables["dimensionality"] += [(condition, layer, STAGES[s], *x.shape, *dimensionality(x)) for s, x in enumerate(stages)]
    for a, b in CROSS:
        matrix = cosine(captures["one-sequence"][shown][a], captures["one-sequence"][shown][b])
        tables["cosine-cross-stage"] += [("one-sequence", shown, STAGES[a], STAGES[b], *row) for row in histogram(matrix, False)]
    return tables


def token_table(conditions, tokenizer):
    rows = [("condition", "sequence", "position", "token_id", "text", "kept")]
    for name, sequences in conditions.items():
        for s, (ids, kept) in enumerate(sequences):
            rows += [(name, s, p, token, tokenizer.decode([token]), int(p in kept)) for p, token in enumerate(ids)]
    return rows


# ------------------------------------------------------------------ the files

def write_csv(path, rows):
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file, lineterminator="\n").writerows(rows)


def write_safetensors(path, tensors):
    header, parts, end = {}, [], 0
    for name, value in tensors.items():
        parts.append(np.ascontiguousarray(value, "<f4").tobytes())
        header[name] = {"dtype": "F32", "shape": value.shape, "data_offsets": [end, end + len(parts[-1])]}
        end += len(parts[-1])
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    path.write_bytes(struct.pack("<Q", len(text)) + text + b"".join(parts))


def sha256(path):
    return hashlib.sha256(path.read_bytes()).hexdigest()


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--model", type=Path, default=DATA / "demo-model")
    parser.add_argument("--text", type=Path, default=DATA / "demo-text.txt")
    parser.add_argument("--output", type=Path, default=HERE / "expected")
    parser.add_argument("--check", action="store_true", help="compare the forward pass with transformers first")
    arguments = parser.parse_args()

    model, tokenizer = Model(arguments.model), make_tokenizer(arguments.model)
    tokens = tokenizer.encode(arguments.text.read_bytes().decode("utf-8")).ids
    (target,) = tokenizer.encode(TARGET).ids
    conditions = make_conditions(tokens, target)
    if arguments.check:
        check_with_transformers(model, arguments.model, conditions["one-sequence"][0][0])
    captures = {name: capture(model, sequences) for name, sequences in conditions.items()}

    arguments.output.mkdir(exist_ok=True)
    for name, rows in make_tables(captures, model.config["n_layer"]).items():
        write_csv(arguments.output / f"{name}.csv", rows)
    write_csv(arguments.output / "tokens.csv", token_table(conditions, tokenizer))
    write_safetensors(arguments.output / "capture.safetensors", {
        f"{name}/L{layer}/{stage}": layers[layer][s][:CAPTURED_ROWS]
        for name, layers in captures.items() for layer in CAPTURED_LAYERS if layer < len(layers) for s, stage in enumerate(STAGES)})
    made_from = {
        "model.safetensors": sha256(arguments.model / "model.safetensors"), "vocab.json": sha256(arguments.model / "vocab.json"),
        "text": sha256(arguments.text), "tokens": len(tokens), "rows": len(captures["one-sequence"][0][0]),
        "numpy": np.__version__, "tokenizers": tokenizers.__version__,
    }
    (arguments.output / "made-from.json").write_text(json.dumps(made_from, indent=2) + "\n")
    print(f"{arguments.output}: {made_from['tokens']} tokens, {made_from['rows']} rows")


if __name__ == "__main__":
    main()
