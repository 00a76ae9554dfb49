# SPDX-License-Identifier: LGPL-2.1-or-later
"""The whole work of project 43 of “50 ML projects to understand LLMs” by Mike X Cohen with the libraries that it uses there.

    notebook.py --model DIRECTORY --text FILE [--target ' coffee'] --output DIRECTORY

The steps, their order and the eight pictures are the project's; the words are our own. Where the project computes the same number
twice in one cell, this does it once. It ends with one line of JSON: seconds of each phase, the most memory, the token ids, and the
numbers of all layers.
"""

import argparse
import json
import os
import resource
import time
from pathlib import Path

PHASES, CLOCK = {}, [time.perf_counter()]


def end_phase(name):
    """Everything since the last call belongs to the phase."""
    now = time.perf_counter()
    PHASES[name] = round(now - CLOCK[0], 4)
    CLOCK[0] = now


os.environ["HF_HUB_OFFLINE"] = "1"
os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")

import matplotlib  # noqa: E402

matplotlib.use("Agg")

import matplotlib.pyplot as plt  # noqa: E402
import numpy as np  # noqa: E402
import torch  # noqa: E402
from matplotlib.cm import ScalarMappable  # noqa: E402
from matplotlib.colors import Normalize  # noqa: E402
from sklearn.metrics.pairwise import cosine_similarity  # noqa: E402
from transformers import AutoModelForCausalLM, AutoTokenizer  # noqa: E402

end_phase("import")

STAGES = ["Inpu", "Expa", "GELU", "Proj"]
PAIRS = [(i, j) for i in range(4) for j in range(i + 1, 4)]
PAIR_NAMES = [f"{STAGES[i][0]}.v.{STAGES[j][0]}" for i, j in PAIRS]
WINDOW = 10
THRESHOLD = 95
COLORS, SHAPES = "rbmkyc", "so^P*X"

plt.rcParams.update({"axes.spines.right": False, "axes.spines.top": False, "axes.titleweight": "bold", "axes.labelweight": "bold", "savefig.dpi": 300})


# ------------------------------------------------------------------ model

def load(directory):
    """Weights of half precision, which newer versions would run as they are, become float32."""
    model = AutoModelForCausalLM.from_pretrained(directory).float()
    model.eval()
    return model, AutoTokenizer.from_pretrained(directory)


def make_batches(tokenizer, text, target):
    """One sequence of as many tokens and one more as there are windows, and the ten tokens that end in each place of the target."""
    ids = tokenizer.encode(text)
    wanted = tokenizer.encode(target)
    if len(wanted) != 1:
        raise SystemExit(f"“{target}” is {len(wanted)} tokens, not one")
    ends = [i for i, token in enumerate(ids) if token == wanted[0] and i + 1 >= WINDOW]
    windows = torch.tensor([ids[end + 1 - WINDOW:end + 1] for end in ends])
    return ids, torch.tensor([ids[:len(ends) + 1]]), windows


def run(model, batch):
    """The four stages of each layer's MLP: hooks compute the middle ones again from its input."""
    values = {}

    def hook(layer):
        def take(module, inputs, output):
            expansion = module.c_fc(inputs[0])
            stages = (inputs[0], expansion, module.act(expansion), output)
            values[layer] = [stage.detach().numpy() for stage in stages]
        return take

    handles = [block.mlp.register_forward_hook(hook(layer)) for layer, block in enumerate(model.transformer.h)]
    with torch.no_grad():
        model(batch)
    for handle in handles:
        handle.remove()
    return values


class Conditions:
    """What is analysed: of the one sequence all rows but the first, of the windows their last rows."""

    def __init__(self, model, sequence, windows):
        one, many = run(model, sequence), run(model, windows)
        self.n_layers = model.config.n_layer
        self.values = [{key: [x[0, 1:, :] for x in stages] for key, stages in one.items()},
                       {key: [x[:, -1, :] for x in stages] for key, stages in many.items()}]
        self.n_rows = len(windows)

    def get(self, condition, layer, stage):
        return self.values[condition][layer][stage]


# --------------------------------------------------------------- measures

def upper(matrix):
    return matrix[np.triu_indices(len(matrix), 1)]


def rsa(conditions, condition, layer, i, j):
    x = upper(cosine_similarity(conditions.get(condition, layer, i)))
    y = upper(cosine_similarity(conditions.get(condition, layer, j)))
    return np.corrcoef(x, y)[0, 1]


def dimensionality(x):
    """Participation ratio, and the index of the first component that brings the variance above the threshold."""
    squares = np.linalg.svd(x - x.mean(axis=0, keepdims=True), compute_uv=False) ** 2
    share = 100 * np.cumsum(squares) / squares.sum()
    return squares.sum() ** 2 / (squares ** 2).sum(), int(np.where(share > THRESHOLD)[0][0])


# --------------------------------------------------------------- pictures

class Album:
    def __init__(self, folder):
        self.folder = folder
        self.folder.mkdir(parents=True, exist_ok=True)

    def save(self, name):
        plt.tight_layout()
        plt.savefig(self.folder / f"{name}.png")
        plt.close()


def plot_histogram(axis, values, label, **more):
    y, x = np.histogram(values, bins="fd", **more)
    axis.plot(x[:-1], y, linewidth=2, label=label)


def plot_matrix(figure, axis, matrix, title, x_label="Tokens", y_label="Tokens", **more):
    image = axis.imshow(matrix, **more)
    figure.colorbar(image, ax=axis, pad=.01, fraction=.047, location="top").ax.tick_params(labelsize=8)
    axis.set(xticks=[], yticks=[], xlabel=x_label, ylabel=y_label, title=f"{title}\n\n")


def draw_activations(album, conditions, layer):
    _, axes = plt.subplots(1, 2, figsize=(12, 4))
    for condition, title in enumerate(("A) One-sequence batch", "B) Many-sequence batch")):
        for stage in range(4):
            plot_histogram(axes[condition], conditions.get(condition, layer, stage).flatten(), f"L{layer} {STAGES[stage]}", density=True)
        axes[condition].set(xlabel="Activation value", xlim=[-5, 5], ylabel="Density", ylim=[0, 4], title=title)
        axes[condition].legend()
    album.save("part2")


def draw_matrices(album, conditions, layer):
    figure, axes = plt.subplots(2, 4, figsize=(12, 6))
    for condition, words in enumerate(("One seq", "Many seqs")):
        for stage in range(4):
            matrix = cosine_similarity(conditions.get(condition, layer, stage))
            plot_matrix(figure, axes[condition, stage], matrix, f"{words}: L{layer} {STAGES[stage]}", cmap="magma")
    album.save("part3a")


def draw_similarities(album, conditions, layer):
    _, axes = plt.subplots(1, 2, figsize=(12, 3.5))
    for condition, title in enumerate(("A) One sequence", "B) Many sequences")):
        for stage in range(4):
            plot_histogram(axes[condition], upper(cosine_similarity(conditions.get(condition, layer, stage))), f"L{layer} {STAGES[stage]}", density=True)
        axes[condition].legend()
        axes[condition].set(xlabel="Cosine similarity", ylabel="Density", ylim=[0, None], title=title)
    album.save("part3b")


def draw_cross_stage(album, conditions, layer):
    figure, axes = plt.subplots(1, 3, figsize=(10, 3.5))
    outer = cosine_similarity(conditions.get(0, layer, 0), conditions.get(0, layer, 3))
    inner = cosine_similarity(conditions.get(0, layer, 1), conditions.get(0, layer, 2))
    plot_matrix(figure, axes[0], outer, "A) Input and projection", "Tokens (MLP input)", "Tokens (MLP projection)", cmap="plasma", vmin=-.3, vmax=.3)
    plot_matrix(figure, axes[1], inner, "B) Expansion and GELU", "Tokens (expansion)", "Tokens (post-GELU)", cmap="plasma")
    plot_histogram(axes[2], outer.flatten(), "Stages 1,4")
    plot_histogram(axes[2], inner.flatten(), "Stages 2,3")
    axes[2].legend(fontsize=8)
    axes[2].set(xlabel="Cosine similarity", ylabel="Count", ylim=[0, None], title="C) Distributions\n")
    album.save("part3c")


def draw_rsa(album, conditions, layer):
    _, axes = plt.subplots(1, 2, figsize=(10, 3))
    for condition, title in enumerate(("A) One-sequence", "B) Many-sequence")):
        for place, (i, j) in enumerate(PAIRS):
            axes[condition].bar(place, rsa(conditions, condition, layer, i, j))
        axes[condition].set(xlabel="Pair", ylabel="RSA score", ylim=[.3, 1], title=title, xticks=range(6), xticklabels=PAIR_NAMES)
    album.save("part4")


def draw_dimensionality(album, conditions, layer):
    _, axes = plt.subplots(2, 3, figsize=(12, 5))
    for condition in range(2):
        for stage in range(4):
            ratio, dimension = dimensionality(conditions.get(condition, layer, stage))
            axes[condition, 0].bar(stage, ratio)
            axes[condition, 1].bar(stage, dimension)
            axes[condition, 2].plot(ratio, dimension, "kh", markersize=12, markerfacecolor="y")
        labels = {"xticks": range(4), "xticklabels": [f"L{layer} {stage}" for stage in STAGES]}
        axes[condition, 0].set(title=f"{'AD'[condition]}) Participation ratio", ylabel="PR", **labels)
        axes[condition, 1].set(title=f"{'BE'[condition]}) Effective dim.", ylabel="Eff. dim.", **labels)
        axes[condition, 2].set(title=f"{'CF'[condition]}) Comparison", xlabel="Participation ratio", ylabel="Effective dim.")
    plt.suptitle(f"Dimensionality results from layer {layer}")
    album.save("part5")


def measure_layers(conditions):
    """dimensions [layers, conditions, stages, 2] and scores [layers, conditions, pairs]"""
    dimensions = np.zeros((conditions.n_layers, 2, 4, 2))
    scores = np.zeros((conditions.n_layers, 2, 6))
    for layer in range(conditions.n_layers):
        for condition in range(2):
            for stage in range(4):
                dimensions[layer, condition, stage] = dimensionality(conditions.get(condition, layer, stage))
            for place, (i, j) in enumerate(PAIRS):
                scores[layer, condition, place] = rsa(conditions, condition, layer, i, j)
    return dimensions, scores


def draw_profile(album, dimensions, scores):
    figure, axes = plt.subplots(3, 3, figsize=(12, 8))
    layers = np.arange(len(scores))
    faces = plt.cm.plasma(layers / len(layers))
    line = {"markersize": 8, "linewidth": .5, "markeredgewidth": .5, "markeredgecolor": "k", "alpha": .7}
    for condition, words in enumerate(("One", "Many")):
        for measure, (label, short) in enumerate((("Participation ratio", "part.rat"), ("Effective dim.", "effect.dim"))):
            for stage in range(4):
                axes[condition, measure].plot(layers, dimensions[:, condition, stage, measure], f"{COLORS[stage]}{SHAPES[stage]}-", **line)
            axes[condition, measure].set(ylabel=label, title=f"{'ABDE'[2 * condition + measure]}) {words} sequence ({short})")
        for stage in range(4):
            axes[2, condition].scatter(*dimensions[:, condition, stage, :].T, 100, marker=SHAPES[stage], edgecolor="k", c=faces, alpha=.7)
        r = np.corrcoef(dimensions[:, condition, :, 0].flatten(), dimensions[:, condition, :, 1].flatten())[0, 1]
        axes[2, condition].set(xlabel="Participation ratio", ylabel="Effective dim.", title=f"{'GH'[condition]}) {words}-seq comparison (r={r:.2f})")
        for pair in range(6):
            axes[condition, 2].plot(layers, scores[:, condition, pair], f"{COLORS[pair]}{SHAPES[pair]}-", **line)
        axes[condition, 2].set(ylabel="RSA score", ylim=[.1, 1], title=f"{'CF'[condition]}) {words} sequence (RSA)")
    for pair in range(6):
        axes[2, 2].scatter(scores[:, 0, pair], scores[:, 1, pair], 100, marker=SHAPES[pair], edgecolor="k", c=faces, alpha=.7)
    axes[2, 2].set(xlabel="One-seq", ylabel="Many-seq", xlim=[.1, 1], ylim=[.1, 1], title="I) RSA comparison")
    for axis, names in zip(axes[0], (STAGES, STAGES, PAIR_NAMES)):
        axis.legend(names, fontsize=9, ncol=2)
    for axis in axes[2]:
        figure.colorbar(ScalarMappable(Normalize(0, len(layers)), cmap=plt.cm.plasma), ax=axis, pad=.01).ax.tick_params(labelsize=8)
    album.save("part6a")


def draw_violins(album, dimensions):
    _, axes = plt.subplots(1, 4, figsize=(12, 3))
    titles = ("A) One-seq part.rat", "B) One-seq eff.dim", "C) Many-seq part.rat", "D) Many-seq eff.dim")
    for place, title in enumerate(titles):
        violin = axes[place].violinplot(dimensions[:, place // 2, :, place % 2])
        axes[place].set(xticks=range(1, 5), xticklabels=STAGES, title=title, ylabel=("Participation ratio", "Effective dim.")[place % 2])
        for body, color in zip(violin["bodies"], COLORS):
            body.set_facecolor(color)
            body.set_alpha(.7)
        for part in ("cbars", "cmins", "cmaxes"):
            violin[part].set_edgecolor("k")
    album.save("part6b")


# ------------------------------------------------------------------- main

def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--model", type=Path, required=True)
    parser.add_argument("--text", type=Path, required=True)
    parser.add_argument("--target", default=" coffee")
    parser.add_argument("--output", type=Path, required=True)
    arguments = parser.parse_args()

    model, tokenizer = load(arguments.model)
    end_phase("load")
    ids, sequence, windows = make_batches(tokenizer, arguments.text.read_text(encoding="utf-8"), arguments.target)
    end_phase("tokens")
    conditions = Conditions(model, sequence, windows)
    end_phase("forward")
    album, layer = Album(arguments.output), conditions.n_layers // 2
    for draw in (draw_activations, draw_matrices, draw_similarities, draw_cross_stage, draw_rsa, draw_dimensionality):
        draw(album, conditions, layer)
    end_phase("one layer, six pictures")
    dimensions, scores = measure_layers(conditions)
    end_phase("all layers")
    draw_profile(album, dimensions, scores)
    draw_violins(album, dimensions)
    end_phase("two pictures of all layers")
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps({"phases": PHASES, "peak-mib": round(peak, 1), "threads": torch.get_num_threads(), "n-windows": len(windows), "ids": ids,
                      "dimensions": dimensions.tolist(), "scores": scores.tolist()}))


main()
