"""What is installed with the product is enough to run it: no module needs what only the tests have."""

import re
import subprocess
import sys
from importlib.metadata import packages_distributions
from pathlib import Path

ROOT = Path(__file__).parents[2]

# Makes the demonstration's exports anew and is run by developers alone.
FOR_DEVELOPERS = {"pipeline.demo.writers"}
# Need the extra dependencies of training; ``yuqing train`` says so where they are missing.
FOR_TRAINING = {f"classifiers.training.encoder.{name}" for name in ("export", "fitting", "network", "run")}

PROBE = """
import importlib, pkgutil, sys
forbidden, skipped = set(sys.argv[1].split(",")), set(sys.argv[2].split(","))

class Refuse:
    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] in forbidden:
            raise ModuleNotFoundError(f"{name} is installed for the tests alone")

sys.meta_path.insert(0, Refuse())
for root in ("connectors", "classifiers", "pipeline"):
    for module in pkgutil.walk_packages([root], f"{root}."):
        if module.name not in skipped and not module.name.endswith("__main__"):
            importlib.import_module(module.name)
            print(module.name)
"""


def locked(name: str) -> set[str]:
    text = (ROOT / "requirements" / name).read_text(encoding="utf-8")
    return {match.replace("_", "-").lower() for match in re.findall(r"^([A-Za-z0-9._-]+)==", text, re.MULTILINE)}


def test_no_module_of_the_product_needs_what_is_installed_for_the_tests_alone() -> None:
    for_tests = (locked("dev.lock") | locked("train.lock")) - locked("runtime.lock")
    forbidden = {
        module
        for module, names in packages_distributions().items()
        if all(name.replace("_", "-").lower() in for_tests for name in names)
    }
    assert {"xlwt", "pytest", "playwright"} <= forbidden
    command = [
        sys.executable,
        "-W",
        "ignore",
        "-c",
        PROBE,
        ",".join(forbidden),
        ",".join(FOR_DEVELOPERS | FOR_TRAINING),
    ]
    probe = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert probe.returncode == 0, probe.stderr[-2000:]
    assert "pipeline.demo.show" in probe.stdout.split()
