"""The rules of the source, each on the checkout and on a planted violation that it must catch."""

import os
import socket
import unittest

import source_rules as rules
from tree import ROOT, Tree

LINES_68 = "  x();\n" * 68
LINES_69 = "  x();\n" * 69
# (rule, a tree that breaks it, one that looks like it but does not)
CASES = [
    (rules.includes_follow_the_house,
     {"daemon/mail/a.cpp": '#include "daemon/store/b.h"\n'}, {"daemon/mail/a.cpp": '#include "daemon/core/b.h"\n'}),
    (rules.includes_follow_the_house,
     {"daemon/core/a.h": '#include "daemon/config.h"\n'}, {"daemon/a.h": '#include "daemon/core/config.h"\n'}),
    (rules.includes_follow_the_house, {"cmd/a.cpp": '#include "daemon/core/b.h"\n'}, {"cmd/a.cpp": '#include "cmd/b.h"\n'}),
    (rules.includes_follow_the_house, {"shared/a.h": '#include "cmd/b.h"\n'}, {"tests/cmd/a.h": '#include "cmd/b.h"\n'}),
    (rules.foreign_libraries_are_wrapped,
     {"daemon/core/a.cpp": "#include <nlohmann/json.hpp>\n"}, {"shared/json.h": "#include <nlohmann/json.hpp>\n"}),
    (rules.foreign_libraries_are_wrapped,
     {"shared/json.cpp": "#include <boost/json.hpp>\n"}, {"shared/json_quick.cpp": "#include <boost/json/src.hpp>\n"}),
    (rules.foreign_libraries_are_wrapped,
     {"daemon/net/a.cpp": "#include <sqlite3.h>\n"}, {"daemon/store/database.cpp": "#include <sqlite3.h>\n"}),
    (rules.foreign_libraries_are_wrapped,
     {"daemon/store/a.cpp": "#include <boost/asio/post.hpp>\n"}, {"daemon/net/a.cpp": "#include <boost/asio/post.hpp>\n"}),
    (rules.foreign_libraries_are_wrapped,
     {"daemon/core/a.cpp": "#include <spdlog/spdlog.h>\n"}, {"daemon/log.cpp": "#include <spdlog/spdlog.h>\n"}),
    (rules.transports_stay_out_of_headers,
     {"daemon/net/a.h": "#include <boost/asio/io_context.hpp>\n"}, {"daemon/net/a.cpp": "#include <boost/asio/post.hpp>\n"}),
    (rules.no_coroutines, {"daemon/a.cpp": "  co_await x;\n"}, {"daemon/a.cpp": "// no co_await here\n"}),
    (rules.no_sleep_in_tests,
     {"tests/net/a.cpp": "std::this_thread::sleep_for(1ms);\n"}, {"tests/net/a.cpp": 'auto s = "sleep(1)";\n'}),
    (rules.no_sleep_in_tests, {"tests/e2e/a.py": "import time\ntime.sleep(1)\n"}, {"tests/e2e/a.py": "asleep = 1\n"}),
    (rules.no_sleep_in_tests, {"cmd/quickstart": "#!/bin/bash\n  sleep 1\n"}, {"cmd/quickstart": "#!/bin/bash\n# no sleep\n"}),
    (rules.clock_is_read_in_one_place,
     {"daemon/a.cpp": "auto t = std::chrono::steady_clock::now();\n"}, {"shared/clock.cpp": "system_clock::now();\n"}),
    (rules.clock_is_read_in_one_place, {"cmd/a.cpp": "auto t = time(nullptr);\n"}, {"cmd/a.cpp": "auto t = fields.time(0);\n"}),
    (rules.clock_is_read_in_one_place,
     {"tests/e2e/a.py": "t = time.monotonic()\n"}, {"tests/e2e/a.py": "time = 1\n"}),
    (rules.descriptors_are_not_inherited, {"daemon/a.cpp": "const Descriptor a(::socket(AF_UNIX, SOCK_STREAM, 0));\n"},
     {"daemon/a.cpp": "const Descriptor a(::socket(AF_UNIX, SOCK_STREAM |\n    SOCK_CLOEXEC, 0));\n"}),
    (rules.descriptors_are_not_inherited, {"daemon/a.cpp": "acceptor.async_accept([](error_code) {});\n"},
     {"daemon/a.cpp": "Result<Done> Folder::open() {\n", "tests/a.cpp": "::open(path, O_RDONLY);\n"}),
    (rules.descriptors_are_not_inherited,
     {"daemon/a.cpp": "constexpr int kFlags = O_RDONLY | O_CLOEXEC;\nconst Descriptor a(::open(path, O_RDONLY));\n"},
     {"daemon/a.cpp": "constexpr int kFlags = O_RDONLY | O_CLOEXEC;\nconst Descriptor a(::open(path, kFlags));\n"}),
    (rules.no_meaningless_names, {"daemon/a.h": "class JobManager {\n"}, {"daemon/a.h": "class Engine {  // Manager\n"}),
    (rules.nothing_is_left_to_do, {"daemon/a.h": "// TO" "DO: later\n"}, {"daemon/a.h": "// done\n"}),
    (rules.no_test_is_skipped, {"tests/core/a.cpp": "GTEST_SKIP();\n"}, {"tests/core/a.cpp": "// all run\n"}),
    (rules.files_are_short, {"daemon/a.cpp": "\n" * 401},
     {"daemon/a.cpp": "// longer than 400 lines: one table\n" + "\n" * 400}),
    (rules.functions_are_short, {"daemon/a.cpp": f"namespace a {{\nint f() {{\n{LINES_69}}}\n}}\n"},
     {"daemon/a.cpp": f"namespace a {{\nint f() {{\n{LINES_68}}}\nint g() {{\n{LINES_68}}}\n}}\n"}),
    (rules.functions_are_short, {"daemon/a.cpp": f"A::A(int b) : b_{{b}}, c_(b) {{\n{LINES_69}}}\n"},
     {"daemon/a.cpp": f"constexpr std::array kRows = {{f(1), {{\n{LINES_69}}}}};\nstruct A {{\n{LINES_69}}};\n"}),
    (rules.functions_are_short, {"daemon/a.h": f"class A {{\n  auto f() const -> int {{\n{LINES_69}  }}\n}};\n"},
     {"daemon/a.h": f"// longer than 70 lines\nint f() {{\n// longer than 70 lines: a table\n{LINES_69}}}\n"}),
    (rules.functions_are_short, {"tests/e2e/a.py": "def f():\n" + "    x = 1\n" * 70},
     {"tests/e2e/a.py": "def f():\n" + "    x = 1\n" * 69 + "y = 2\n"}),
    (rules.no_fixed_port_in_tests, {"tests/e2e/a.py": 'url = "smtp://127.0.0.1:2525"\n'},
     {"tests/e2e/a.py": 'url = f"smtp://127.0.0.1:{port}"\n', "daemon/a.cpp": 'f("127.0.0.1:2525");\n'}),
    (rules.no_fixed_port_in_tests, {"tests/e2e/a.py": 'socket.bind(("127.0.0.1", 2525))\n'},
     {"tests/e2e/a.py": 'socket.bind(("127.0.0.1", 0))\n'}),
    (rules.no_fixed_port_in_tests, {"tests/net/a.cpp": "address.sin_port = htons(25);\n"},
     {"tests/net/a.cpp": "address.sin_port = htons(0);\n"}),
    (rules.text_is_clean, {"daemon/a.cpp": "int a; \n"}, {"daemon/a.cpp": "int a;\n"}),
    (rules.text_is_clean, {"daemon/a.cpp": "int a;"}, {"man/a.1": ""}),
    (rules.text_is_clean, {"daemon/a.cpp": "int a;\r\n"}, {"CMakeLists.txt": "x\n"}),
    (rules.lines_are_short, {"daemon/a.h": "// " + "word " * 23 + "the last\n"}, {"daemon/a.h": "// " + "word " * 23 + "ok\n"}),
    (rules.lines_are_short, {"daemon/a.cpp": "  call(" + "x, " * 38 + "y);\n"},
     {"daemon/a.cpp": 'f(R"(' + "x" * 200 + ')");\nf("' + "y" * 200 + '");\n'}),
    (rules.headers_have_their_guard, {"daemon/a.h": "int a;\n"}, {"daemon/a.h": "#pragma once\n"}),
    (rules.top_level_is_the_house, {"notes.md": "x\n"}, {".clang-tidy": "x\n", "README.md": "x\n", "man/a.1": "x\n"}),
    (rules.no_path_of_a_workplace, {"a.md": "see /home/ann/x\n"}, {"a.md": "see shared/home/x and /var/lib/jobd\n"}),
]


class Source(unittest.TestCase):
    def test_every_rule_catches_a_planted_violation(self):
        for rule, broken, clean in CASES:
            with self.subTest(rule.__name__, broken=list(broken)):
                self.assertTrue(rule(Tree(broken)), "the planted violation passed")
                self.assertEqual(rule(Tree(clean)), [], "what is allowed was refused")

    def test_the_checkout_keeps_every_rule(self):
        tree = Tree.of_checkout()
        self.assertGreater(len(tree.files), 50)
        for rule in dict.fromkeys(rule for rule, _, _ in CASES):
            with self.subTest(rule.__name__):
                self.assertEqual(rule(tree), [])

    def test_the_checkout_does_not_name_where_it_lies(self):
        names = [str(ROOT) + "/"] if len(ROOT.parts) > 2 else []
        if len(socket.gethostname()) > 7:
            names.append(socket.gethostname())
        for name in names:
            self.assertEqual([path for path, text in Tree.of_checkout().files.items() if name in text], [], name)

    def test_scripts_and_only_scripts_are_executable(self):
        for path, text in Tree.of_checkout().files.items():
            with self.subTest(path):
                self.assertEqual(os.access(ROOT / path, os.X_OK), text.startswith("#!"))


if __name__ == "__main__":
    unittest.main()
