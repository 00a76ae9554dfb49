#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Train, check and sample the small GPT-2 language model of this directory.

The model is a GPT-2 in the format that Hugging Face transformers writes, small
enough to be shipped with the source and trained on plain text in less than an
hour on two cores:

    train.py book.txt --output my-model         vocabulary and weights
    train.py book.txt --output my-model --check recompute the recorded figures
    train.py --output my-model --sample "Green coffee"
    train.py --output my-model --goldens goldens.safetensors
    train.py --output my-model --tokens tokens.json

It needs torch, tokenizers and safetensors, and transformers for --tokens only.
The model itself stands in gpt2.py.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import math
import re
import sys
from collections import Counter
from pathlib import Path

try:
    import torch
    from safetensors.torch import save_file
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers

    import gpt2
    from gpt2 import Refusal
except ImportError as error:
    sys.exit(f"train.py: a Python package is missing ({error}); needed are torch, tokenizers and safetensors")

END_OF_TEXT = "<|endoftext|>"

# The text is cut into SLICES parts of about equal size; of every HELD_OUT_EVERY
# the middle one is kept out of the vocabulary and of the training.
SLICES = 60
HELD_OUT_EVERY = 15

# A figure that --check recomputes may differ from the recorded one by this much
# (nats per token; bits and perplexities follow from it).
TOLERANCE = 5e-4

# Added to every count of the unigram model. Nearly every token of the held-out
# text stands in the training text, so less changes the sixth digit.
UNIGRAM_ADD = 0.01

GOLDEN_LAYERS = (0, 6, 11)
GOLDEN_LENGTH = 16
GOLDEN_PROMPTS = (
    "The best way to make good coffee is to grind the roasted beans just before the water boils, and to serve it at once.",
    "In Brazil the trees bloom three times in the year; the berries ripen slowly, are picked by hand, and dry in the sun.",
)
TOKEN_STRINGS = (
    "", " coffee", "coffee", "Coffee", " Coffee", "coffee coffee\tcoffee",
    "The coffee that they drank wasn't strong; it's said we'll like it.",
    "THEY'RE in capitals, and the contraction isn't split off: I'M, WE'LL.",
    "  two spaces before, two after  ", "one\nnew line\n\nand an empty one\n",
    "tabs\tand\r\nline ends", "In 1922, 1,380 references and 492 dates.",
    "cà phê sữa đá ở Buôn Ma Thuột", "naïve café – ‘quoted’ … 25 °C",
    "咖啡は黒い", "☕️ and 👩🏽‍🌾", "non-breaking\u00a0space, ideographic\u3000space",
    "== History ==", f"before{END_OF_TEXT}after", f"{END_OF_TEXT} coffee",
    "x² ½ Ⅳ ٣", "a_b __init__ (see p. 12)--and so on...",
)


# --------------------------------------------------------------------- text

def normalise(text: str) -> list[str]:
    """Return the prose paragraphs of a plain text, each on one line.

    Marks of pictures ([Illustration: ...]), of italics (_) and of footnotes
    ([12], [A]) go. A paragraph is what stands between empty lines. Kept is
    what reads as prose: 80 characters or more, three in five of them small
    letters, and no columns (most lines with a gap of three spaces).
    """
    text = text.replace("\r\n", "\n").lstrip("\ufeff")
    text = re.sub(r"\[Illustration[^\]]*\]", "", text)
    text = re.sub(r"\[(\d+|[A-Z])\]", "", text.replace("_", ""))
    paragraphs = []
    for block in re.split(r"\n[ \t]*\n", text):
        joined = " ".join(block.split())
        small = sum(character.islower() for character in joined)
        gaps = len(re.findall(r"\S {3,}\S", block))
        columns = 2 * gaps > block.strip("\n").count("\n")+1
        if len(joined) >= 80 and small >= 0.6 * len(joined) and not columns:
            paragraphs.append(joined)
    return paragraphs


def read_texts(paths: list[Path]) -> list[str]:
    """Read and normalise text files; a Refusal names the first unusable one."""
    paragraphs: list[str] = []
    for path in paths:
        try:
            text = path.read_text(encoding="utf-8")
        except OSError as error:
            raise Refusal(f"cannot read the text '{path}': {error.strerror}") from None
        except UnicodeDecodeError as error:
            raise Refusal(f"the text '{path}' is not UTF-8: bad byte at offset {error.start}") from None
        found = normalise(text)
        if not found:
            raise Refusal(f"the text '{path}' holds no paragraph of prose (80 characters or more)")
        paragraphs += found
    size = sum(len(paragraph) for paragraph in paragraphs)
    if size < 200_000:
        raise Refusal(f"{size} characters of prose are too few: 200,000 or more are needed")
    return paragraphs


def split_text(paragraphs: list[str]) -> tuple[list[str], list[str]]:
    """Cut the text into SLICES parts; return (training parts, held-out parts).

    A paragraph belongs to the part in which its first character lies, so no
    paragraph is cut. Paragraphs are joined by an empty line, as in ordinary text.
    """
    total = sum(len(paragraph) + 2 for paragraph in paragraphs)
    slices: list[list[str]] = [[] for _ in range(SLICES)]
    position = 0
    for paragraph in paragraphs:
        slices[position * SLICES // total].append(paragraph)
        position += len(paragraph) + 2
    training, held_out = [], []
    for index, part in enumerate(slices):
        if part:
            kept_out = index % HELD_OUT_EVERY == HELD_OUT_EVERY // 2
            (held_out if kept_out else training).append("\n\n".join(part) + "\n")
    if not held_out:
        raise Refusal("nothing can be held out: the text's paragraphs are too long to be cut into parts")
    return training, held_out


def fingerprint(paragraphs: list[str]) -> str:
    """SHA-256 of the normalised text, one paragraph a line, in hexadecimal."""
    return hashlib.sha256("\n".join(paragraphs).encode()).hexdigest()


# --------------------------------------------------------------- vocabulary

def train_vocabulary(texts: list[str], size: int, directory: Path) -> None:
    """Train a byte-level BPE and write vocab.json and merges.txt as GPT-2 does.

    Ids are the 256 bytes, the merges in order, and <|endoftext|> last. Text is
    cut by GPT-2's regular expression before merging.
    """
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=True)
    trainer = trainers.BpeTrainer(vocab_size=size - 1, min_frequency=2, show_progress=False,
                                  initial_alphabet=pre_tokenizers.ByteLevel.alphabet())
    tokenizer.train_from_iterator(texts, trainer)
    state = json.loads(tokenizer.to_str())["model"]
    vocabulary = dict(sorted(state["vocab"].items(), key=lambda item: item[1]))
    vocabulary[END_OF_TEXT] = len(vocabulary)
    pairs = [pair if isinstance(pair, str) else " ".join(pair) for pair in state["merges"]]
    (directory / "vocab.json").write_text(json.dumps(vocabulary) + "\n", encoding="utf-8")
    (directory / "merges.txt").write_text("#version: 0.2\n" + "\n".join(pairs) + "\n", encoding="utf-8")


def load_tokenizer(directory: Path) -> Tokenizer:
    """Open vocab.json and merges.txt; <|endoftext|> in a text is one token."""
    try:
        tokenizer = Tokenizer(models.BPE.from_file(str(directory / "vocab.json"), str(directory / "merges.txt")))
    except Exception as error:  # tokenizers raises nothing more particular
        raise Refusal(f"the vocabulary in '{directory}' cannot be used: {error}") from None
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=True)
    tokenizer.decoder = decoders.ByteLevel()
    tokenizer.add_special_tokens([END_OF_TEXT])
    return tokenizer


def encode_parts(tokenizer: Tokenizer, parts: list[str]) -> list[list[int]]:
    """Ids of each part, with <|endoftext|> in front (context, never a target)."""
    start = tokenizer.token_to_id(END_OF_TEXT)
    return [[start, *tokenizer.encode(part).ids] for part in parts]


# --------------------------------------------------------------- evaluation

def unigram_probabilities(parts: list[list[int]], size: int, add: float) -> list[float]:
    """P(w) = (count (w) + add) / (tokens + add * size)."""
    counts = Counter(token for ids in parts for token in ids[1:])
    total = sum(counts.values()) + add * size
    return [(counts[token] + add) / total for token in range(size)]


def unigram_loss(unigram: list[float], parts: list[list[int]]) -> float:
    """Mean loss (nats per token) of a unigram model."""
    targets = [token for ids in parts for token in ids[1:]]
    return -sum(math.log(unigram[token]) for token in targets) / len(targets)


def count_pairs(parts: list[list[int]]) -> tuple[Counter, Counter, Counter]:
    """How often each pair (v, w) occurs, v before any w, and how many kinds of w after v."""
    pairs = Counter(pair for ids in parts for pair in zip(ids, ids[1:]))
    followed, kinds = Counter(), Counter()
    for (first, _), count in pairs.items():
        followed[first] += count
        kinds[first] += 1
    return pairs, followed, kinds


def bigram_loss(counts: tuple[Counter, Counter, Counter], parts: list[list[int]],
                unigram: list[float], discount: float) -> float:
    """Mean loss (nats per token) of a bigram model by absolute discounting.

    P(w|v) = max (count (v w) - D, 0) / count (v) + D * kinds (v) / count (v) * P(w)
    with the counts of count_pairs(); after a v that was never seen it is P(w).
    """
    pairs, followed, kinds = counts
    total, number = 0.0, 0
    for ids in parts:
        for first, second in zip(ids, ids[1:]):
            seen, probability = followed[first], unigram[second]
            if seen:
                kept = max(pairs[first, second] - discount, 0.0)
                probability = (kept + discount * kinds[first] * probability) / seen
            total -= math.log(probability)
            number += 1
    return total / number


def counting_models(training: list[list[int]], held_out: list[list[int]], size: int) -> dict:
    """Losses of the smoothed unigram and bigram models.

    The discount is the best of a grid *on the held-out text*, which favours the
    bigram model over the one that was trained.
    """
    unigram, counts = unigram_probabilities(training, size, UNIGRAM_ADD), count_pairs(training)
    losses = {discount: bigram_loss(counts, held_out, unigram, discount)
              for discount in (step / 20 for step in range(2, 20))}
    best = min(losses, key=losses.get)
    return {"unigram": {"loss": unigram_loss(unigram, held_out), "add": UNIGRAM_ADD},
            "bigram": {"loss": losses[best], "discount": best, "add": UNIGRAM_ADD}}


def with_byte_figures(entry: dict, tokens: int, size: int) -> dict:
    """Add what the loss means per byte of held-out text (bits, perplexity)."""
    per_byte = entry["loss"] * tokens / size
    figures = {"loss": entry["loss"], "bits-per-byte": per_byte / math.log(2),
               "perplexity-per-byte": math.exp(per_byte)}
    rounded = {key: round(value, 5) for key, value in figures.items()}
    return {**entry, **rounded}


def held_out_figures(directory: Path, paragraphs: list[str], seed: int) -> dict:
    """Held-out figures of the shipped files and of the models beside them."""
    model, config = gpt2.load_model(directory)
    training_text, held_out_text = split_text(paragraphs)
    tokenizer = load_tokenizer(directory)
    training, held_out = encode_parts(tokenizer, training_text), encode_parts(tokenizer, held_out_text)
    tokens = sum(len(ids) - 1 for ids in held_out)
    size = sum(len(part.encode()) for part in held_out_text)
    untrained = gpt2.make_model(config, seed)
    entries = {name: {"loss": gpt2.model_loss(each, held_out, config["n_positions"])}
               for name, each in (("model", model), ("untrained", untrained))}
    entries |= counting_models(training, held_out, config["vocab_size"])
    return {"text-sha256": fingerprint(paragraphs), "training-tokens": sum(len(ids) - 1 for ids in training),
            "held-out-tokens": tokens, "held-out-bytes": size,
            "figures": {name: with_byte_figures(entry, tokens, size) for name, entry in entries.items()}}


# ----------------------------------------------------------------- training

def train(options: argparse.Namespace) -> None:
    """Train vocabulary and weights, and record what --check recomputes."""
    paragraphs = read_texts(options.texts)
    options.output.mkdir(parents=True, exist_ok=True)
    training_text, held_out_text = split_text(paragraphs)
    train_vocabulary(training_text, options.vocabulary, options.output)
    tokenizer = load_tokenizer(options.output)
    training, held_out = encode_parts(tokenizer, training_text), encode_parts(tokenizer, held_out_text)
    config = gpt2.make_config(tokenizer.get_vocab_size(), options.dropout)
    model = gpt2.make_model(config, options.seed)
    print(f"{sum(p.numel() for p in model.parameters())} parameters, {config['vocab_size']} tokens in the vocabulary, "
          f"{sum(map(len, training))} to train on, {sum(map(len, held_out))} held out", flush=True)
    state = gpt2.fit(model, config, training, held_out, options)
    record = {
        "seed": options.seed, "texts": [path.name for path in options.texts],
        "epochs": options.epochs, "steps": state["step"], "best-step": state["best-step"],
        "planned-epochs": options.planned_epochs, "cooldown-epochs": options.cooldown_epochs,
        "tokens-per-step": options.batch, "short-epochs": options.short_epochs,
        "optimizer": "Muon for the matrices of the blocks, AdamW for the rest",
        "learning-rate": options.rate, "embedding-learning-rate": options.embedding_rate,
        "weight-decay": options.weight_decay, "embedding-spread": gpt2.EMBEDDING_SPREAD,
        "dropout": options.dropout, "minutes": round(state["seconds"] / 60, 1),
        "device": "GPU" if torch.cuda.is_available() else f"CPU, {torch.get_num_threads()} threads",
        "torch": torch.__version__.split("+")[0], "tolerance": TOLERANCE,
        **held_out_figures(options.output, paragraphs, options.seed)}
    (options.output / "training.json").write_text(json.dumps(record, indent=2) + "\n", encoding="utf-8")
    print_figures(record["figures"])


# ------------------------------------------------------------ other outputs

def print_figures(figures: dict) -> None:
    """One line a model: loss, bits per byte, perplexity per byte."""
    for name, entry in figures.items():
        print(f"{name:10} {entry['loss']:.4f} nats per token, {entry['bits-per-byte']:.4f} bits per byte, "
              f"perplexity per byte {entry['perplexity-per-byte']:.4f}")


def check(options: argparse.Namespace) -> None:
    """Recompute the held-out figures and compare them with training.json."""
    path = options.output / "training.json"
    try:
        record = json.loads(path.read_text(encoding="utf-8"))
        recorded, seed, tolerance = record["figures"], record["seed"], record["tolerance"]
    except (OSError, ValueError, KeyError) as error:
        raise Refusal(f"no recorded figures in '{path}': {error}") from None
    paragraphs = read_texts(options.texts)
    if fingerprint(paragraphs) != record.get("text-sha256"):
        raise Refusal("this is not the text that the recorded figures are of: the SHA-256 of its paragraphs is "
                      f"{fingerprint(paragraphs)}, recorded is {record.get('text-sha256')}")
    computed = held_out_figures(options.output, paragraphs, seed)
    print_figures(computed["figures"])
    for key in ("training-tokens", "held-out-tokens", "held-out-bytes"):
        if computed[key] != record.get(key):
            raise Refusal(f"{key}: computed {computed[key]}, recorded {record.get(key)}")
    for name, entry in computed["figures"].items():
        for key in ("loss", "bits-per-byte", "perplexity-per-byte"):
            value, expected = entry[key], recorded.get(name, {}).get(key, math.nan)
            if not abs(value - expected) <= tolerance:
                raise Refusal(f"{key} of {name}: computed {value}, recorded {expected}, tolerance {tolerance}")
    print(f"all within {tolerance} of the recorded figures")


def sample(options: argparse.Namespace) -> None:
    """Print one continuation: temperature 0.8, top 40, seeded."""
    model, config = gpt2.load_model(options.output)
    tokenizer = load_tokenizer(options.output)
    ids = tokenizer.encode(options.sample).ids
    if not ids:
        raise Refusal("a prompt for --sample needs at least one character")
    generator = torch.Generator().manual_seed(options.seed)
    with torch.inference_mode():
        for _ in range(options.length):
            logits = model(torch.tensor([ids[-config["n_positions"]:]]))[0, -1] / 0.8
            top = torch.topk(logits, min(40, len(logits)))
            drawn = torch.multinomial(torch.softmax(top.values, 0), 1, generator=generator)
            ids.append(int(top.indices[drawn]))
    print(tokenizer.decode(ids, skip_special_tokens=False))


def write_goldens(options: argparse.Namespace) -> None:
    """Write activations for two fixed prompts, computed in float64, as float32.

    ids [2, T]; for the layers of GOLDEN_LAYERS L{i}/input = ln_2 (x), expansion =
    input @ c_fc + b, gelu = gelu_new (expansion), projection = gelu @ c_proj + b
    (no residual), block = the block's output, each [2, T, features]; ln_f
    [2, T, features]; logits [2, vocabulary] of the last position.
    """
    model, config = gpt2.load_model(options.output)
    model.double()
    tokenizer = load_tokenizer(options.output)
    encoded = [tokenizer.encode(prompt).ids[:GOLDEN_LENGTH] for prompt in GOLDEN_PROMPTS]
    if any(len(ids) < GOLDEN_LENGTH for ids in encoded):
        raise Refusal(f"with this vocabulary a fixed prompt has fewer than {GOLDEN_LENGTH} tokens")
    found = {}

    def keep(module: torch.nn.Module, name: str) -> None:
        module.register_forward_hook(lambda _module, _inputs, output: found.__setitem__(name, output))

    for layer in (layer for layer in GOLDEN_LAYERS if layer < config["n_layer"]):
        block = model.transformer["h"][layer]
        for module, stage in ((block.ln_2, "input"), (block.mlp.c_fc, "expansion"), (block.mlp.act, "gelu"),
                              (block.mlp.c_proj, "projection"), (block, "block")):
            keep(module, f"L{layer}/{stage}")
    keep(model.transformer["ln_f"], "ln_f")
    ids = torch.tensor(encoded)
    with torch.inference_mode():
        found["logits"] = model(ids)[:, -1]
    tensors = {name: value.clone().float().contiguous() for name, value in found.items()}
    tensors["ids"] = ids.to(torch.int32)
    metadata = {"script": "data/demo-model/train.py --goldens", "torch": torch.__version__.split("+")[0],
                "computed-in": "float64", "prompts": json.dumps(GOLDEN_PROMPTS),
                "prompt-tokens": str(GOLDEN_LENGTH)}
    save_file(tensors, str(options.goldens), metadata=metadata)
    options.goldens.chmod(0o644)


def write_tokens(options: argparse.Namespace) -> None:
    """Write odd strings with the ids that transformers' own GPT-2 tokenizer gives."""
    try:
        import transformers
    except ImportError:
        raise Refusal("--tokens needs the Python package 'transformers', version 4") from None
    if int(transformers.__version__.split(".")[0]) > 4:
        raise Refusal(f"--tokens needs transformers 4, whose GPT-2 tokenizer is the reference one in Python; "
                      f"this is {transformers.__version__}")
    tokenizer = transformers.GPT2Tokenizer(str(options.output / "vocab.json"), str(options.output / "merges.txt"))
    cases = [{"text": text, "ids": tokenizer(text)["input_ids"]} for text in TOKEN_STRINGS]
    source = f"GPT2Tokenizer (Python) of transformers {transformers.__version__}"
    lines = ",\n".join(json.dumps(case) for case in cases)
    options.tokens.write_text('{"script": "data/demo-model/train.py --tokens",\n'
                              f'"tokenizer": "{source}",\n"cases": [\n{lines}\n]}}\n', encoding="utf-8")


# ------------------------------------------------------------- command line

def make_parser() -> argparse.ArgumentParser:
    """Describe the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__.split("\n\nIt needs")[0], formatter_class=argparse.RawDescriptionHelpFormatter,
        epilog="Exit status: 0 done, 1 refused or figures that differ, 2 wrong usage.")
    parser.add_argument("texts", nargs="*", type=Path, metavar="TEXT",
                        help="plain text files, UTF-8, paragraphs between empty lines")
    parser.add_argument("--output", type=Path, metavar="DIR",
                        help="model directory: to train, the one to write; else the one to read "
                             "(default then: where this script stands)")
    action = parser.add_argument_group("instead of training").add_mutually_exclusive_group()
    action.add_argument("--check", action="store_true",
                        help="recompute the held-out figures from the files in DIR and compare them with training.json")
    action.add_argument("--sample", metavar="PROMPT", help="print a seeded continuation of PROMPT")
    action.add_argument("--goldens", type=Path, metavar="FILE",
                        help="write activations for fixed prompts, computed in float64, as safetensors")
    action.add_argument("--tokens", type=Path, metavar="FILE",
                        help="write strings with their ids as JSON (reference: transformers)")
    settings = parser.add_argument_group("settings")
    settings.add_argument("--seed", type=int, default=1922, help="seed of everything random (default %(default)s)")
    settings.add_argument("--epochs", type=int, default=7, help="passes over the text (default %(default)s)")
    settings.add_argument("--planned-epochs", type=int, default=9, metavar="N",
                          help="passes over which the learning rate falls to a fiftieth (default %(default)s)")
    settings.add_argument("--cooldown-epochs", type=int, default=2, metavar="N",
                          help="how many of the last passes take it down faster, to end early (default %(default)s)")
    settings.add_argument("--short-epochs", type=int, default=5, metavar="N",
                          help="how many of the first passes use half windows (default %(default)s)")
    settings.add_argument("--batch", type=int, default=2048, metavar="N", help="tokens a step (default %(default)s)")
    settings.add_argument("--rate", type=float, default=0.02, metavar="X",
                          help="highest learning rate of Muon, for the matrices of the blocks (default %(default)s)")
    settings.add_argument("--embedding-rate", type=float, default=5e-3, metavar="X",
                          help="highest learning rate of AdamW, for embeddings, biases and norms (default %(default)s)")
    settings.add_argument("--weight-decay", type=float, default=0.05, metavar="X",
                          help="of the matrices of the blocks (default %(default)s)")
    settings.add_argument("--dropout", type=float, default=0.1, metavar="P",
                          help="after the embedding and before each residual sum (default %(default)s)")
    settings.add_argument("--vocabulary", type=int, default=4096, metavar="N", help="its size (default %(default)s)")
    settings.add_argument("--length", type=int, default=80, metavar="N", help="tokens that --sample adds (default %(default)s)")
    settings.add_argument("--threads", type=int, default=0, metavar="N", help="CPU threads (default: torch's choice)")
    settings.add_argument("--checkpoint", type=Path, metavar="FILE",
                          help="save the state there after each pass, and go on from it when it exists")
    return parser


def validate(parser: argparse.ArgumentParser, options: argparse.Namespace) -> None:
    """End with status 2 and a sentence where the options make no sense."""
    trains = not (options.check or options.sample is not None or options.goldens or options.tokens)
    if (trains or options.check) and not options.texts:
        parser.error("a text is needed to train and to check: name one or more files")
    if not (trains or options.check) and options.texts:
        parser.error("--sample, --goldens and --tokens take no text")
    if trains and options.output is None:
        parser.error("training writes a model: name its directory with --output")
    options.output = options.output or Path(__file__).resolve().parent
    if options.vocabulary < 300:
        parser.error(f"a vocabulary of {options.vocabulary} is too small: 300 or more (256 are the bytes)")
    if not 0.0 <= options.dropout < 1.0:
        parser.error(f"a dropout of {options.dropout} is no probability below 1")
    if options.epochs < 1 or options.batch < 256 or options.length < 1:
        parser.error("needed: --epochs 1 or more, --batch 256 or more, --length 1 or more")
    if options.rate <= 0.0 or options.embedding_rate <= 0.0 or options.weight_decay < 0.0:
        parser.error("needed: --rate and --embedding-rate above 0, --weight-decay 0 or more")


def main() -> int:
    """Run the command line; return its exit status."""
    parser = make_parser()
    options = parser.parse_args()
    validate(parser, options)
    try:
        if options.threads > 0:
            torch.set_num_threads(options.threads)
        if options.check:
            check(options)
        elif options.sample is not None:
            sample(options)
        elif options.goldens:
            write_goldens(options)
        elif options.tokens:
            write_tokens(options)
        else:
            train(options)
    except (Refusal, OSError) as error:
        print(f"train.py: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
