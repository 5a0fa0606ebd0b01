"""Argument names of an inference engine, read from its wheel: arguments.py vllm|sglang FILE.whl; JSON on stdout.

Nothing of the engine is run or imported: both are read as text, since they cannot start without a GPU.
"""

import json
import re
import sys
import zipfile

FLAG = re.compile(r'"(--[a-z0-9][a-z0-9_-]*)"')


def texts(wheel, *prefixes):
    for name in sorted(wheel.namelist()):
        if name.endswith(".py") and name.startswith(prefixes):
            yield wheel.read(name).decode()


def vllm(wheel):
    flags = set()
    for text in texts(wheel, "vllm/engine/arg_utils.py", "vllm/entrypoints/common/cli_args.py"):
        flags.update(FLAG.findall(text))
        # The frontend's options are fields of a dataclass, named with underscores.
        if "class BaseFrontendArgs" in text or "class FrontendArgs" in text:
            flags.update("--" + name.replace("_", "-") for name in re.findall(r"^    ([a-z_]+): ", text, re.M))
    return flags


def sglang(wheel):
    flags = set()
    for text in texts(wheel, "sglang/srt/arg_groups/fields/", "sglang/srt/server_args.py"):
        flags.update(FLAG.findall(text))
        flags.update("--" + name.replace("_", "-") for name in re.findall(r"^    (\w+)\s*:\s*A\[", text, re.M))
    return flags


def main():
    engine, path = sys.argv[1:]
    with zipfile.ZipFile(path) as wheel:
        flags = {"vllm": vllm, "sglang": sglang}[engine](wheel)
    json.dump(sorted(flags), sys.stdout, indent=2)


main()
