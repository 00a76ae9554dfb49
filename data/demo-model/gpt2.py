# SPDX-License-Identifier: LGPL-2.1-or-later
"""A small GPT-2 in PyTorch: the model, its files, its loss and its training.

Parameters are named, and config.json is written, as Hugging Face transformers
does. Letters in shapes: B sequences, T positions, D = n_embd, H = n_head,
V = vocab_size.
"""

from __future__ import annotations

import json
import math
import time
from argparse import Namespace
from collections.abc import Iterator
from itertools import count
from pathlib import Path

import torch
from safetensors.torch import load_file, save_file
from torch import nn
from torch.nn import functional

EMBEDDING_SPREAD = 0.05  # standard deviation of the untrained token embedding
FILES = ("config.json", "model.safetensors", "vocab.json", "merges.txt")


class Refusal(Exception):
    """Bad input or usage; its text is the sentence that the user reads."""


# -------------------------------------------------------------------- model

def make_config(vocabulary: int, dropout: float) -> dict:
    """The config.json of the demo model; <|endoftext|> is the last id."""
    return {
        "activation_function": "gelu_new", "architectures": ["GPT2LMHeadModel"],
        "attn_pdrop": 0.0, "bos_token_id": vocabulary - 1, "embd_pdrop": dropout,
        "eos_token_id": vocabulary - 1, "initializer_range": 0.02,
        "layer_norm_epsilon": 1e-05, "model_type": "gpt2", "n_ctx": 256, "n_embd": 128,
        "n_head": 4, "n_inner": None, "n_layer": 12, "n_positions": 256,
        "reorder_and_upcast_attn": False, "resid_pdrop": dropout,
        "scale_attn_by_inverse_layer_idx": False, "scale_attn_weights": True,
        "tie_word_embeddings": True, "torch_dtype": "float16", "use_cache": True,
        "vocab_size": vocabulary,
    }


class Conv1D(nn.Module):
    """y = x @ weight + bias, weight [in, out]."""

    def __init__(self, inputs: int, outputs: int) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.empty(inputs, outputs))
        self.bias = nn.Parameter(torch.zeros(outputs))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        flat = torch.addmm(self.bias, x.reshape(-1, x.shape[-1]), self.weight)
        return flat.view(*x.shape[:-1], -1)


class Attention(nn.Module):
    """Causal self-attention, softmax (q k^T / sqrt (D / H)) v; [B, T, D] to [B, T, D]."""

    def __init__(self, width: int, heads: int) -> None:
        super().__init__()
        self.heads = heads
        self.c_attn = Conv1D(width, 3 * width)
        self.c_proj = Conv1D(width, width)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        split = self.c_attn(x).view(*x.shape[:2], 3, self.heads, -1)
        query, key, value = split.permute(2, 0, 3, 1, 4)
        mixed = functional.scaled_dot_product_attention(query, key, value, is_causal=True)
        return self.c_proj(mixed.transpose(1, 2).reshape(x.shape))


class Mlp(nn.Module):
    """gelu_new (x @ c_fc + b) @ c_proj + b; [B, T, D] to [B, T, D] through 4 D."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.c_fc = Conv1D(width, 4 * width)
        self.act = nn.GELU(approximate="tanh")
        self.c_proj = Conv1D(4 * width, width)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.c_proj(self.act(self.c_fc(x)))


class Block(nn.Module):
    """x + attn (ln_1 (x)), then x + mlp (ln_2 (x)); [B, T, D] to [B, T, D]."""

    def __init__(self, config: dict) -> None:
        super().__init__()
        width, epsilon = config["n_embd"], config["layer_norm_epsilon"]
        self.rate = config["resid_pdrop"]
        self.ln_1 = nn.LayerNorm(width, epsilon)
        self.attn = Attention(width, config["n_head"])
        self.ln_2 = nn.LayerNorm(width, epsilon)
        self.mlp = Mlp(width)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = x + functional.dropout(self.attn(self.ln_1(x)), self.rate, self.training)
        return x + functional.dropout(self.mlp(self.ln_2(x)), self.rate, self.training)


class Gpt2(nn.Module):
    """Ids [B, T] to logits [B, T, V]; the output matrix is wte, transposed."""

    def __init__(self, config: dict) -> None:
        super().__init__()
        self.rate = config["embd_pdrop"]
        self.transformer = nn.ModuleDict({
            "wte": nn.Embedding(config["vocab_size"], config["n_embd"]),
            "wpe": nn.Embedding(config["n_positions"], config["n_embd"]),
            "h": nn.ModuleList(Block(config) for _ in range(config["n_layer"])),
            "ln_f": nn.LayerNorm(config["n_embd"], config["layer_norm_epsilon"])})

    def forward(self, ids: torch.Tensor) -> torch.Tensor:
        parts = self.transformer
        x = parts["wte"](ids) + parts["wpe"](torch.arange(ids.shape[1], device=ids.device))
        x = functional.dropout(x, self.rate, self.training)
        for block in parts["h"]:
            x = block(x)
        return parts["ln_f"](x) @ parts["wte"].weight.T


def make_model(config: dict, seed: int) -> Gpt2:
    """GPT-2's initialisation: N(0, 0.02), residual projections / sqrt (2 layers).

    The token embedding alone departs from it, with N(0, 0.05): GPT-2's 0.02 is
    small beside what few features and few steps need, and it learned faster so.
    """
    model = Gpt2(config)
    torch.manual_seed(seed)
    scale = config["initializer_range"]
    for name, parameter in model.named_parameters():
        if name.endswith("c_proj.weight"):
            nn.init.normal_(parameter, 0.0, scale / math.sqrt(2 * config["n_layer"]))
        elif name.endswith("wte.weight"):
            nn.init.normal_(parameter, 0.0, EMBEDDING_SPREAD)
        elif name.endswith("weight") and ".ln_" not in name:
            nn.init.normal_(parameter, 0.0, scale)
    return model


# -------------------------------------------------------------------- files

def save_model(model: Gpt2, config: dict, directory: Path) -> None:
    """Write config.json and model.safetensors (float16), the latter in one move."""
    tensors = {name: value.detach().to("cpu", torch.float16).contiguous()
               for name, value in model.state_dict().items()}
    partial = directory / "model.safetensors.part"
    save_file(tensors, str(partial), metadata={"format": "pt"})
    partial.chmod(0o644)
    partial.replace(directory / "model.safetensors")
    (directory / "config.json").write_text(json.dumps(config, indent=2) + "\n", encoding="utf-8")


def load_model(directory: Path) -> tuple[Gpt2, dict]:
    """Open the shipped files; return (model in float32, config)."""
    missing = [name for name in FILES if not (directory / name).is_file()]
    if missing:
        raise Refusal(f"'{directory}' is no model directory: {', '.join(missing)} not found")
    try:
        config = json.loads((directory / "config.json").read_text(encoding="utf-8"))
        model = Gpt2(config)
        tensors = load_file(str(directory / "model.safetensors"))
        model.load_state_dict({name: value.float() for name, value in tensors.items()})
    except Exception as error:  # safetensors has an exception type of its own
        raise Refusal(f"the model in '{directory}' cannot be used: {error}") from None
    return model.eval(), config


# --------------------------------------------------------------- evaluation

def model_loss(model: Gpt2, parts: list[list[int]], window: int) -> float:
    """Mean loss (nats per token) over the parts, each token but the first of a
    part predicted once.

    Windows of `window` ids advance by half of that; only what no earlier window
    predicted counts, so past the first window a token is predicted from at
    least window / 2 ids.
    """
    device = next(model.parameters()).device
    model.eval()
    total, predicted = 0.0, 0
    with torch.inference_mode():
        for ids in parts:
            sequence = torch.tensor(ids, device=device)
            done = 1
            while done < len(ids):
                end = min(len(ids), max(done + window // 2, window + 1))
                first = max(0, end - 1 - window)
                logits = model(sequence[None, first:end - 1])[0, done - 1 - first:]
                total += functional.cross_entropy(logits, sequence[done:end], reduction="sum").item()
                predicted, done = predicted + end - done, end
    return total / predicted


# ----------------------------------------------------------------- training

def schedule(step: int, steps: int, planned: int, cooldown: int) -> float:
    """Share of the highest learning rate at a step of `steps`, at least 0.02.

    Linear from 0 to 1 over a hundredth of the `planned` steps, then linear down
    to 0.02 at the last planned one; the last `cooldown` steps, where there are
    any, go linearly to 0 from what that gives.
    """
    warm = max(1, planned // 100)
    if step < warm:
        return (step + 1) / warm
    share = 1.0 - 0.98 * min(1.0, (step - warm) / max(1, planned - 1 - warm))
    if cooldown > 0:
        share *= min(1.0, (steps - step) / cooldown)
    return max(0.02, share)


def orthogonalise(matrices: torch.Tensor) -> torch.Tensor:
    """Bring the singular values of each matrix [..., rows, columns] near 1.

    X / |X|, then five times X <- a X + (b A + c A A) X with A = X X^T: the
    quintic Newton-Schulz iteration, with the coefficients of K. Jordan et al.,
    "Muon: An optimizer for hidden layers in neural networks" (2024). They make
    it fast rather than exact: all but tiny singular values end between about 0.7
    and 1.2.
    """
    a, b, c = 3.4445, -4.7750, 2.0315
    tall = matrices.shape[-2] > matrices.shape[-1]
    x = matrices.mT if tall else matrices
    x = x / (x.norm(dim=(-2, -1), keepdim=True) + 1e-7)
    for _ in range(5):
        gram = x @ x.mT
        x = a * x + (b * gram + c * (gram @ gram)) @ x
    return x.mT if tall else x


class Muon(torch.optim.Optimizer):
    """Momentum whose step is orthogonalised (Jordan et al. 2024), for matrices.

    m <- 0.95 m + g; w <- (1 - rate decay) w - rate orthogonalise (g + 0.95 m)

    A parameter group is matrices of one shape, which are handled as one stack;
    its "parts" says how many matrices stand side by side in each of them.
    """

    def __init__(self, groups: list[dict], decay: float) -> None:
        super().__init__(groups, {"lr": 0.0, "momentum": 0.95, "decay": decay, "parts": 1})

    @torch.no_grad()
    def step(self) -> None:
        for group in self.param_groups:
            matrices, momentum = group["params"], group["momentum"]
            gradient = torch.stack([matrix.grad for matrix in matrices])
            state = self.state[matrices[0]]
            if not state:
                state["momentum"] = torch.zeros_like(gradient)
            mean = state["momentum"].mul_(momentum).add_(gradient)
            parts = gradient.add(mean, alpha=momentum).chunk(group["parts"], -1)
            updates = torch.cat([orthogonalise(part) for part in parts], -1)
            for matrix, update in zip(matrices, updates):
                matrix.mul_(1.0 - group["lr"] * group["decay"]).sub_(update, alpha=group["lr"])


def make_optimizers(model: Gpt2, options: Namespace) -> list[torch.optim.Optimizer]:
    """Muon for the matrices of the blocks, AdamW for embeddings, biases and norms.

    c_attn is the three matrices of query, key and value. A group's "peak" is its
    highest learning rate. Only what Muon trains decays.
    """
    stacks: dict[str, list[nn.Parameter]] = {}
    others = []
    for name, parameter in model.named_parameters():
        if ".h." in name and parameter.ndim == 2:
            stacks.setdefault(name.split(".", 3)[3], []).append(parameter)
        else:
            others.append(parameter)
    groups = [{"params": stack, "parts": 3 if "c_attn" in name else 1, "peak": options.rate}
              for name, stack in stacks.items()]
    return [Muon(groups, options.weight_decay),
            torch.optim.AdamW([{"params": others, "peak": options.embedding_rate}], lr=0.0,
                              betas=(0.9, 0.95), weight_decay=0.0)]


def epoch_batches(stream: torch.Tensor, tokens: int, window: int, seed: int) -> Iterator[torch.Tensor]:
    """Yield batches [tokens / window, window + 1] that cover the stream once.

    The first window begins at a random offset and the windows are shuffled, so
    each epoch cuts the text elsewhere.
    """
    generator = torch.Generator().manual_seed(seed)
    offset = int(torch.randint(window, (1,), generator=generator))
    windows = stream[offset:].unfold(0, window + 1, window)
    order = torch.randperm(len(windows), generator=generator)
    rows = max(1, tokens // window)
    for first in range(0, len(order) - rows + 1, rows):
        yield windows[order[first:first + rows]]


def train_epoch(model: Gpt2, optimizers: list[torch.optim.Optimizer], batches: Iterator[torch.Tensor],
                shares: Iterator[float]) -> tuple[float, int]:
    """One pass over the batches; return (mean training loss in nats, steps)."""
    device = next(model.parameters()).device
    model.train()
    losses = []
    for batch, share in zip(batches, shares):
        batch = batch.to(device)
        logits = model(batch[:, :-1])
        loss = functional.cross_entropy(logits.flatten(0, 1), batch[:, 1:].flatten())
        model.zero_grad(set_to_none=True)
        loss.backward()
        for optimizer in optimizers:
            for group in optimizer.param_groups:
                group["lr"] = group["peak"] * share
            optimizer.step()
        losses.append(loss.item())
    return sum(losses) / max(1, len(losses)), len(losses)


def save_checkpoint(path: Path, model: Gpt2, optimizers: list[torch.optim.Optimizer], state: dict) -> None:
    """Write everything that is needed to go on after an interruption."""
    partial = path.with_suffix(".part")
    torch.save({"model": model.state_dict(), "optimizers": [each.state_dict() for each in optimizers],
                "random": torch.get_rng_state(), "state": state}, partial)
    partial.replace(path)


def resume(path: Path, model: Gpt2, optimizers: list[torch.optim.Optimizer]) -> dict:
    """Put back what save_checkpoint() wrote; return the state."""
    stored = torch.load(path, map_location=next(model.parameters()).device, weights_only=True)
    try:
        model.load_state_dict(stored["model"])
        for optimizer, kept in zip(optimizers, stored["optimizers"]):
            optimizer.load_state_dict(kept)
        torch.set_rng_state(stored["random"].cpu())
        return stored["state"]
    except (KeyError, RuntimeError, ValueError) as error:
        raise Refusal(f"the checkpoint '{path}' does not fit this model: {error}") from None


def fit(model: Gpt2, config: dict, training: list[list[int]], held_out: list[list[int]],
        options: Namespace) -> dict:
    """Train by epochs; the best model so far always stands in options.output."""
    window = config["n_positions"]
    model.to("cuda" if torch.cuda.is_available() else "cpu")
    optimizers = make_optimizers(model, options)
    stream = torch.tensor([token for ids in training for token in ids])
    laid_out = [passes * (len(stream) // options.batch)
                for passes in (options.epochs, options.planned_epochs, options.cooldown_epochs)]
    state = {"epoch": 0, "step": 0, "best": math.inf, "best-step": 0, "seconds": 0.0}
    if options.checkpoint and options.checkpoint.is_file():
        state = resume(options.checkpoint, model, optimizers)
    while state["epoch"] < options.epochs:
        start, epoch = time.monotonic(), state["epoch"]
        length = window // 2 if epoch < options.short_epochs else window
        shares = (schedule(step, *laid_out) for step in count(state["step"]))
        batches = epoch_batches(stream, options.batch, length, options.seed * 1000 + epoch)
        loss, taken = train_epoch(model, optimizers, batches, shares)
        reached = model_loss(model, held_out, window)
        state |= {"epoch": epoch + 1, "step": state["step"] + taken}
        if reached < state["best"]:
            state |= {"best": reached, "best-step": state["step"]}
            save_model(model, config, options.output)
        state["seconds"] += time.monotonic() - start
        if options.checkpoint:
            save_checkpoint(options.checkpoint, model, optimizers, state)
        print(f"epoch {epoch + 1}/{options.epochs}, step {state['step']}, {state['seconds']:.0f} s: "
              f"training {loss:.4f}, held out {reached:.4f}, best {state['best']:.4f}", flush=True)
    return state
