# SPDX-License-Identifier: LGPL-2.1-or-later
"""What `meson install` puts on a system works without the folders that it came from, wherever it was put: from a tarball of the source a
prefix is made that nobody knows, then source and build are removed. Usage: test-install.py BUILD-FOLDER MESON"""

import csv
import json
import os
import re
import shutil
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path

BUILD, MESON = sys.argv[1:3]
SOURCE = Path(__file__).resolve().parents[2]
TIMEOUT = 900
PARTS = """bin/sonde
LIB/libsonde-1.so LIB/libsonde-1.so.0 LIB/libsonde-testing-1.so LIB/pkgconfig/sonde-1.pc LIB/pkgconfig/sonde-testing-1.pc
LIB/sonde-1/plugins/gpt2/libgpt2.so LIB/sonde-1/plugins/gpt2/gpt2.plugin LIB/sonde-1/plugins/rsa/librsa.so
include/sonde-1/sonde.h include/sonde-1/sonde-plugin.h include/sonde-1/figure/sonde-figure.h
share/sonde/demo-text.txt share/sonde/demo-model/model.safetensors share/sonde/recipes/mlp-progression.recipe share/sonde/schemas/results.schema.json share/sonde/templates
share/bash-completion/completions/sonde share/zsh/site-functions/_sonde share/fish/vendor_completions.d/sonde.fish
share/locale/de/LC_MESSAGES/sonde.mo share/locale/zh_CN/LC_MESSAGES/sonde.mo share/glib-2.0/schemas/org.sonde.Sonde.gschema.xml share/metainfo/org.sonde.Sonde.metainfo.xml""".split()
INTROSPECTION = "LIB/girepository-1.0/Sonde-1.typelib share/gir-1.0/Sonde-1.gir LIB/sonde-1/plugins/hello-python/hello-python.py".split()


def call(command, folder, status=0, **more):
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "FONTCONFIG_FILE", "CC", "CFLAGS", "LDFLAGS") if name in os.environ}
    done = subprocess.run([str(word) for word in command], cwd=folder, env={**kept, "LC_ALL": "C.UTF-8", **more}, stdin=subprocess.DEVNULL, capture_output=True, encoding="utf-8", timeout=TIMEOUT, check=False)
    assert done.returncode == status, f"{command} ended with {done.returncode}, not {status}\n{done.stdout[-5000:]}\n{done.stderr[-5000:]}"
    return done


def unpack_source(root):
    """From what `meson dist` packs where the source is a git repository; else from the folder as it is."""
    if (SOURCE / ".git").exists() and shutil.which("git"):
        call(["git", "clone", "--quiet", "--no-hardlinks", SOURCE, root / "clone"], root)
        call([MESON, "setup", root / "dist", root / "clone", "-Dintrospection=disabled"], root)
        call([MESON, "dist", "-C", root / "dist", "--no-tests", "--formats", "gztar"], root)
        with tarfile.open(next((root / "dist/meson-dist").glob("*.tar.gz"))) as tar:
            tar.extractall(root)
        shutil.rmtree(root / "clone")
        shutil.rmtree(root / "dist")
        return next(root.glob("sonde-*"))
    return Path(shutil.copytree(SOURCE, root / "source", symlinks=True, ignore=shutil.ignore_patterns("build*", ".git")))


class Installation:
    """A prefix of its own with nothing beside it, an empty home and an empty folder to work in."""

    def __init__(self, root):
        self.root, self.prefix, self.work = root, root / "prefix", root / "work"
        self.work.mkdir()
        source, build = unpack_source(root), root / "build"
        call([MESON, "setup", build, source, f"--prefix={self.prefix}", "--buildtype=debugoptimized", "-Doptimization=1", "-Ddocs=disabled"], root)
        targets = json.loads(call([MESON, "introspect", "--targets", build], root).stdout)
        call(["ninja", "-C", build, *(os.path.relpath(target["filename"][0], build) for target in targets if target["installed"] or target["build_by_default"] and "po" in Path(target["defined_in"]).parts)], root)
        self.uninstalled = [line.split()[0] for line in call([MESON, "devenv", "-C", build, "sonde", "list"], root).stdout.splitlines() if line.strip()]
        call([MESON, "install", "-C", build, "--no-rebuild", "--quiet"], root)
        call([MESON, "install", "-C", build, "--no-rebuild", "--quiet", "--destdir", root / "stage"], root)
        shutil.rmtree(build)
        shutil.rmtree(source)
        self.lib = next(self.prefix.rglob("pkgconfig")).parent.relative_to(self.prefix)

    @property
    def stage(self):
        return self.root / "stage" / self.prefix.relative_to("/")

    def sonde(self, *arguments, prefix=None, status=0, **more):
        return call([(prefix or self.prefix) / "bin/sonde", *arguments], self.work, status, HOME=str(self.root / "home"), GSETTINGS_BACKEND="memory", PATH="/usr/bin:/bin", **more)

    def run(self, output, *arguments, **more):
        self.sonde("run", *arguments, "--output", output, "--quiet", **more)
        return self.work / output


def everything_is_there(here):
    """Each in the folder where others look for it; and nothing names the folders that are gone."""
    has_python = (here.prefix / here.lib / "girepository-1.0").exists()
    for name in PARTS + (INTROSPECTION if has_python else []):
        assert (here.prefix / name.replace("LIB", str(here.lib))).exists(), f"{name} is not installed"
    gone = [str(here.root / name).encode() for name in ("build", "sonde-", "source")]
    for path in here.prefix.rglob("*"):
        if path.is_file() and not path.suffix == ".debug" and ".so" not in path.name and path.parent.name != "bin":
            assert not any(name in path.read_bytes() for name in gone), f"{path} names a folder that is gone"
    for page in ("sonde.1", "sonde-recipe.5"):
        assert list(here.prefix.glob(f"share/man/man{page[-1]}/{page}*")), f"the manual page {page} is not installed"


def main_job_runs(here):
    """The embedded model and text, with nothing in the environment that says where anything is."""
    report = here.run("report", "mlp-progression")
    assert json.loads((report / "results.json").read_text(encoding="utf-8")), report
    assert len(list((report / "figures").glob("*.svg"))) > 5 and (report / "report.pdf").stat().st_size > 10000
    with (report / "tables/tokens.csv").open(encoding="utf-8") as file:
        assert len(list(csv.reader(file))) > 100
    assert "Schicht" in here.sonde("list", LC_ALL="C.UTF-8", LANGUAGE="de").stdout, "the catalogues are not found"
    assert here.sonde("--version").stdout == here.sonde("--version", prefix=here.stage).stdout


def uninstalled_works(here):
    """`meson devenv` runs what was not installed."""
    assert {"gpt2", "mlp-stages", "rsa"} <= set(here.uninstalled), here.uninstalled


def stage_works(here):
    """What was installed into DESTDIR runs there, and where it is moved; plugins, recipes and data are those beside the program."""
    shutil.move(here.prefix, here.root / "hidden")
    try:
        for folder in ("stage", "moved"):
            prefix = here.stage if folder == "stage" else Path(shutil.move(here.stage, here.root / "moved"))
            listed = json.loads(here.sonde("list", "--json", prefix=prefix).stdout)
            assert {entry["directory"].startswith(str(prefix)) for entry in listed} == {True}, listed
            report = here.run(folder, "mlp-stages", "!", "dimensionality", "--locale", "de", prefix=prefix)
            assert 'xml:lang="de"' in (report / "figures/dimensionality.svg").read_text(encoding="utf-8"), f"the catalogues of {folder} are not found"
            assert (report / "tables/dimensionality.csv").read_bytes()
    finally:
        shutil.move(here.root / "hidden", here.prefix)


def python_plugin_runs(here):
    if not (here.prefix / here.lib / "girepository-1.0").exists():
        return "there is no introspection"
    if subprocess.run(["/usr/bin/python3", "-c", "import gi, numpy"], capture_output=True, check=False).returncode != 0:
        return "the system's Python has no PyGObject or no NumPy"
    report = here.run("python", "mlp-stages", "!", "hello-python")
    assert list((report / "tables").glob("hello*.csv")), list(report.rglob("*"))
    return None


def plugin_of_a_stranger_runs(here):
    """Built out of tree against the prefix alone, and installed below the user's home."""
    here.sonde("new-plugin", "lab-share")
    folder = here.work / "lab-share"
    env = {"PKG_CONFIG_PATH": str(here.prefix / here.lib / "pkgconfig")}
    call([MESON, "setup", "-Dwerror=true", "build"], folder, **env)
    call([MESON, "test", "-C", "build"], folder, **env)
    plugins = here.root / "home/.local/share/sonde/plugins/lab-share"
    plugins.mkdir(parents=True)
    for path in (folder / "build").glob("*lab-share.*"):
        if path.suffix in (".so", ".plugin"):
            shutil.copy(path, plugins)
    entry = next(entry for entry in json.loads(here.sonde("list", "--json").stdout) if entry["name"] == "lab-share")
    assert entry["state"] == "enabled", entry
    report = here.run("lab", "mlp-stages", "!", "lab-share")
    assert any("lab" in path.name for path in (report / "tables").iterdir()), list((report / "tables").iterdir())


def linker_knows_nothing(here):
    """The program says itself where its library is, and relative to where it is."""
    if not shutil.which("readelf"):
        return "there is no readelf"
    dynamic = subprocess.run(["readelf", "-d", here.prefix / "bin/sonde"], capture_output=True, encoding="utf-8", check=True).stdout
    paths = re.findall(r"R(?:UN)?PATH.*\[(.*)\]", dynamic)
    assert paths and all(path.startswith("$ORIGIN/") for path in paths), dynamic
    return None


CHECKS = [everything_is_there, linker_knows_nothing, uninstalled_works, main_job_runs, stage_works, python_plugin_runs, plugin_of_a_stranger_runs]


def main():
    print(f"1..{len(CHECKS)}", flush=True)
    with tempfile.TemporaryDirectory(prefix="sonde-install-") as name:
        here = Installation(Path(name).resolve())
        for number, check in enumerate(CHECKS, 1):
            try:
                skipped = check(here)
            except (AssertionError, KeyError, IndexError, StopIteration, OSError, subprocess.SubprocessError) as error:
                print(f"not ok {number} - {check.__name__}\n# " + f"{type(error).__name__}: {error}".replace("\n", "\n# "), flush=True)
            else:
                print(f"ok {number} - {check.__name__}" + (f" # SKIP {skipped}" if skipped else ""), flush=True)


if __name__ == "__main__":
    main()
