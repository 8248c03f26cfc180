"""What is known against the packages that the lock names, and under which licence each stands: make audit."""

import re
import subprocess
import sys
from importlib.metadata import PackageNotFoundError, metadata
from pathlib import Path

LOCK = "requirements.lock"


def licence(name):
    """The licence that a package declares."""
    try:
        told = metadata(name)
    except PackageNotFoundError:
        return "not installed on this system"
    classes = [line.rpartition("::")[2].strip() for line in told.get_all("Classifier") or () if "License ::" in line]
    return (
        told.get("License-Expression") or ", ".join(classes) or (told.get("License") or "not declared").split("\n")[0]
    )


def main(tool):
    for name, version in re.findall(r"^([\w.-]+)==(\S+)", Path(LOCK).read_text(), re.M):
        print(f"{name} {version}: {licence(name)}")
    run = [
        tool,
        "--requirement",
        LOCK,
        "--require-hashes",
        "--disable-pip",
        "--progress-spinner",
        "off",
        "--timeout",
        "20",
    ]
    done = subprocess.run(run, capture_output=True, text=True)
    unknown = done.stdout.count("could not be audited")
    if "ERROR" in done.stderr or "Traceback" in done.stderr or unknown:
        which = f"knows nothing of {unknown} packages" if unknown else "could not be reached"
        print(f"The vulnerability service {which} from here: this says nothing about vulnerabilities.")
        return 2
    print((done.stdout + done.stderr).strip())
    return done.returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
