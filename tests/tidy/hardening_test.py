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
    units = re.findall(r"DW_AT_producer\s*:.*", readelf("--debug-dump=info", "--dwarf-depth=1", program))
    stack = re.search(r"GNU_STACK.*?(R[ W][ E])\s", segments)
    found = {
        "no PIE": not re.search(r"Type:\s+DYN", header),
        "no RELRO": "GNU_RELRO" not in segments,
        "lazy binding": not re.search(r"BIND_NOW|\bNOW\b", dynamic),
        "no stack protector": "__stack_chk_fail" not in symbols,
        "no FORTIFY": not re.search(r"__\w+_chk\b", symbols.replace("__stack_chk_fail", "")),
        "executable stack": not stack or "E" in stack[1],
        # It leaves no other trace than the flags that g++ notes for each unit it compiled.
        "no clash protection": not units or not all("-fstack-clash-protection" in unit for unit in units),
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
            hard = pathlib.Path(folder) / "hard.c"
            hard.write_text("int twice(int x) { return 2 * x; }\n")
            subprocess.run(["gcc", "-c", "-g1", "-fstack-clash-protection", hard, "-o", hard.with_suffix(".o")],
                           check=True, timeout=60)
            subprocess.run(["gcc", "-g1", "-no-pie", "-fno-stack-protector", "-fno-stack-clash-protection",
                            "-Wl,-z,norelro", "-Wl,-z,lazy", "-Wl,-z,execstack", source, hard.with_suffix(".o"),
                            "-o", soft], check=True, timeout=60, capture_output=True)
            self.assertEqual(weaknesses(soft), ["no PIE", "no RELRO", "lazy binding", "no stack protector", "no FORTIFY",
                                                "executable stack", "no clash protection"])

    def test_the_levels_that_leave_no_trace_are_asked_for(self):
        cmake = (ROOT / "CMakeLists.txt").read_text()
        for flag in ("-D_FORTIFY_SOURCE=3", "-fstack-protector-strong"):
            self.assertIn(flag, cmake)


if __name__ == "__main__":
    unittest.main()
