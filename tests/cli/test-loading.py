# SPDX-License-Identifier: LGPL-2.1-or-later
"""What each command loads: the dynamic loader is asked to write it down. And how soon a command starts."""

import configparser
import os
import shutil
from pathlib import Path

from harness import Skip, check, contains, equal, main, make_model, tests_of

HEAVY = ("libarchive", "libopenblas", "libblas", "libxml2", "libicu", "libgfortran")


# ------------------------------------------------------------ what is loaded

def loaded(box, *arguments, env=None, status=0):
    """The paths of all libraries and modules that a command loads, and its result."""
    log = box.root / "loader"
    result = box.sonde(*arguments, status=status, env={**(env or {}), "LD_DEBUG": "files", "LD_DEBUG_OUTPUT": str(log)})
    files = list(box.root.glob("loader.*"))
    if not files:
        raise Skip("this system's loader does not say what it loads")
    lines = "".join(path.read_text(errors="replace") for path in files).splitlines()
    for path in files:
        path.unlink()
    paths = {line.partition("calling init: ")[2] for line in lines if "calling init: " in line}
    check(any("libsonde-1" in path for path in paths), f"the loader's log lacks the library itself: {sorted(paths)}")
    return paths, result


def plugins_in(paths, folder):
    """Names of the plugins whose modules are among the paths."""
    return {Path(path).parent.name for path in paths if path.startswith(f"{folder}/")}


def plugins_of(box, *arguments, **more):
    return plugins_in(loaded(box, *arguments, **more)[0], box.environment["SONDE_PLUGIN_PATH"])


def read_chain(box):
    """The tap and the analyzers of the recipe."""
    recipe = configparser.ConfigParser(interpolation=None)
    recipe.read(box.installation.data / "recipes/mlp-progression.recipe", encoding="utf-8")
    return {recipe["Recipe"]["tap"], *(link.split()[0] for link in recipe["Recipe"]["chain"].split("!"))}


def test_commands_that_compute_nothing(box):
    """They load no plugin, no algebra and nothing that packs archives."""
    for arguments in (["--version"], ["--help"], ["list"], ["list", "--json"], ["run", "--help"]):
        paths, _ = loaded(box, *arguments)
        equal([path for path in paths if any(name in path for name in HEAVY)], [], f"heavy libraries of sonde {arguments}")
        equal(plugins_in(paths, box.environment["SONDE_PLUGIN_PATH"]), set(), f"plugins of sonde {arguments}")


def test_demo_job(box):
    """The modules of the chain, its tap and one provider."""
    chain = read_chain(box)
    check(len(chain) > 4, f"the recipe has a short chain: {chain}")
    paths, _ = loaded(box, "run", "mlp-progression", "--quiet")
    equal(plugins_in(paths, box.environment["SONDE_PLUGIN_PATH"]), {*chain, "gpt2"}, "plugins of the main job")
    equal([path for path in paths if "libarchive" in path], [], "libraries that the main job does not use")


def test_chain_of_ones_own(box):
    equal(plugins_of(box, "run", "mlp-stages", "!", "cosine", "!", "rsa", *box.inputs(), "--quiet"), {"mlp-stages", "cosine", "rsa", "gpt2"}, "plugins")
    equal(plugins_of(box, "tokenize", *box.inputs()[:2]), {"gpt2"}, "plugins of tokenize")


def test_captures(box):
    """What writes an npz needs no library for it, and what reads one needs no model's provider."""
    paths, _ = loaded(box, "capture", *box.inputs(), "--quiet", "-o", "a.npz")
    equal([path for path in paths if "libarchive" in path], [], "archive libraries of a capture")
    equal(plugins_in(paths, box.environment["SONDE_PLUGIN_PATH"]), {"mlp-stages", "gpt2"}, "plugins of a capture")
    equal(plugins_of(box, "run", "cosine", "--capture", "a.npz", "--quiet"), {"mlp-stages", "cosine", "arrays"}, "plugins of a run on a capture: its chain has the recipe's tap")
    equal(plugins_of(box, "diff", "a.npz", "a.npz"), {"arrays"}, "plugins of diff")


# ----------------------------------------------------- which provider is asked

def make_hub(box, path, reference):
    """A download cache with one model, as the hub's tools leave it."""
    model = path / "models--owner--name"
    make_model(model / "snapshots/0123abcd")
    if reference:
        (model / "refs").mkdir()
        (model / "refs/main").write_text("0123abcd")
        make_model(model / "snapshots/older")
    return model


def test_places_of_a_model(box):
    """Every place where a model is found is one that its manifest speaks of: nobody else is asked."""
    with_reference = make_hub(box, box.work / "hub", True)
    without = make_hub(box, box.work / "cache/hub", False)
    make_model(box.work / "plain.npz")  # a folder, whatever it is called
    os.symlink(with_reference, box.work / "link")
    for path in (with_reference, with_reference.parent, with_reference / "snapshots/older", without, without.parent, without.parent.parent, "link", "hub/"):
        equal(plugins_of(box, "tokenize", "--model", path), {"gpt2"}, f"plugins that opened {path}")
    equal(plugins_of(box, "tokenize", "--model", "plain.npz"), {"gpt2", "arrays"}, "plugins that were asked for a folder that is called as a file")
    (box.work / "empty").mkdir()
    equal(plugins_of(box, "tokenize", "--model", "empty", status=1), {"gpt2", "arrays"}, "plugins that were asked for what none takes")


def test_refusal_has_every_reason(box):
    (box.work / "file").write_text("nothing")
    for command in (["tokenize", "--model", "file"], ["run", "cosine", "--model", "file"]):
        contains(box.sonde(*command, status=1).err, ["arrays: ", ".safetensors", "gpt2: ", "config.json"], f"sonde {command}")


def edit_manifests(box, change):
    """The plugins with other manifests; the environment that finds them."""
    folder = box.root / "plugins"
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(box.environment["SONDE_PLUGIN_PATH"], folder)
    for path in folder.glob("*/*.plugin"):
        text = path.read_text(encoding="utf-8")
        path.write_text("".join(change(path.stem, line) for line in text.splitlines(keepends=True)), encoding="utf-8")
    return folder


def test_other_manifests(box):
    """Without the key a provider is always asked; with a wrong one, when nobody else takes the source; a broken one is told of."""
    inputs = box.inputs()
    box.sonde("capture", *inputs, "--quiet", "-o", "a.npz")

    def plugins(change, *arguments):
        folder = edit_manifests(box, lambda name, line: change(name) if line.startswith("X-Sonde-Opens=") else line)
        return plugins_in(loaded(box, *arguments, env={"SONDE_PLUGIN_PATH": str(folder)})[0], folder)

    for empty in ("", "X-Sonde-Opens=\n", "X-Sonde-Opens= ; ;\n"):
        equal(plugins(lambda name, line=empty: line, "diff", "a.npz", "a.npz"), {"arrays", "gpt2"}, f"plugins with the line {empty!r}")
    equal(plugins(lambda name: "X-Sonde-Opens=*.other\n", "diff", "a.npz", "a.npz"), {"arrays", "gpt2"}, "plugins with keys that fit nothing")
    equal(plugins(lambda name: "X-Sonde-Opens=*.other; *.npz\n" if name == "arrays" else "X-Sonde-Opens=./x\n", "diff", "a.npz", "a.npz"), {"arrays"}, "plugins with a blank in a list")

    folder = edit_manifests(box, lambda name, line: line)
    for module in (folder / "arrays").glob("*.so"):
        module.write_bytes(b"no module")
    told = box.sonde("diff", "a.npz", "a.npz", status=2, env={"SONDE_PLUGIN_PATH": str(folder)}).err
    contains(told, ["arrays: the plugin arrays", "cannot be loaded", "gpt2: "], "a provider that cannot be loaded")
    box.sonde("tokenize", "--model", "model", env={"SONDE_PLUGIN_PATH": str(folder)})


def test_inspect_says_what_is_opened(box):
    contains(box.sonde("inspect", "arrays").out, ["opens        *.safetensors, *.npz, *.npy, ./*.npz, ./*.npy, ./*/*.npz, ./*/*.npy\n"], "inspect arrays")
    check("opens" not in box.sonde("inspect", "rsa").out, "an analyzer opens nothing")


# ------------------------------------------------------------ how soon it starts

def test_start_is_fast(box):
    box.check_fast(10, "--version")
    box.check_fast(30, "list")


if __name__ == "__main__":
    main(tests_of(globals()))
