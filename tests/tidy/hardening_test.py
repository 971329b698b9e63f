"""The hardening flags, looked for in the programs that came of them."""

import os
import pathlib
import re
import subprocess
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
BIN = pathlib.Path(os.environ.get("JOBD_BIN", ROOT / "build" / "bin"))


def readelf(*words):
    return subprocess.run(["readelf", "-W", *words], capture_output=True, text=True, timeout=60, check=True).stdout


def weaknesses(program):
    header, segments = readelf("-h", program), readelf("-l", program)
    dynamic, symbols = readelf("-d", program), readelf("--dyn-syms", program)
    stack = re.search(r"GNU_STACK.*?(R[ W][ E])\s", segments)
    found = {
        "no PIE": not re.search(r"Type:\s+DYN", header),
        "no RELRO": "GNU_RELRO" not in segments,
        "lazy binding": not re.search(r"BIND_NOW|\bNOW\b", dynamic),
        "no stack protector": "__stack_chk_fail" not in symbols,
        "no FORTIFY": not re.search(r"__\w+_chk\b", symbols.replace("__stack_chk_fail", "")),
        "executable stack": not stack or "E" in stack[1],
    }
    return [name for name, weak in found.items() if weak]


class Hardening(unittest.TestCase):
    def test_of_the_programs(self):
        for program in ("jobd", "jobctl"):
            with self.subTest(program):
                self.assertEqual(weaknesses(BIN / program), [])

    def test_a_soft_program_is_noticed(self):
        with tempfile.TemporaryDirectory(dir="/tmp") as folder:
            source, soft = pathlib.Path(folder) / "soft.c", pathlib.Path(folder) / "soft"
            source.write_text("int main(void) { return 0; }\n")
            subprocess.run(["gcc", "-no-pie", "-fno-stack-protector", "-Wl,-z,norelro", "-Wl,-z,lazy",
                            "-Wl,-z,execstack", source, "-o", soft], check=True, timeout=60, capture_output=True)
            self.assertEqual(weaknesses(soft), ["no PIE", "no RELRO", "lazy binding", "no stack protector", "no FORTIFY",
                                                "executable stack"])

    def test_what_leaves_no_trace_in_a_binary_is_asked_for(self):
        cmake = (ROOT / "CMakeLists.txt").read_text()
        for flag in ("-fstack-clash-protection", "-D_FORTIFY_SOURCE=3", "-fstack-protector-strong"):
            self.assertIn(flag, cmake)


if __name__ == "__main__":
    unittest.main()
