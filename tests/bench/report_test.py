"""Runs tests/bench/report as its users do."""

import json
import os
import subprocess
import sys
import tempfile
import unittest
from xml.etree import ElementTree

REPORT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "report")


def row(case, kv, peer_name=None, peer=None, ratio=None, unit="Mops/s"):
    result = {"bench": "visit", "case": case, "unit": unit, "kv": kv}
    if peer_name:
        result |= {"peer_name": peer_name, "peer": peer}
    if ratio:
        result["ratio"] = ratio
    return json.dumps(result)


def report(lines, *options):
    return subprocess.run(
        [sys.executable, REPORT, "--command", "tests/run bench ets",
         "--date", "2026-01-02", "--machine", "a <machine>", *options],
        input="\n".join(lines), capture_output=True, text=True, check=False)


class ReportTest(unittest.TestCase):
    def test_peers_of_a_case_share_its_line(self):
        result = report([row("1k", 120.4, "boost", 60.2, 2.0),
                         row("1k", 120.4, "ets", 11.51, 10.46),
                         row("1m", 0.05, "ets", 0.1, 0.5)])
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertEqual(result.stdout.splitlines(), [
            "`tests/run bench ets`, 2026-01-02, a <machine>:",
            "",
            "| bench | case | unit | kv | boost | ets |",
            "|---|---|---|---|---|---|",
            "| visit | 1k | Mops/s | 120 | 60.2 (2.00) | 11.5 (10.5) |",
            "| visit | 1m | Mops/s | 0.0500 |  | 0.100 (**0.500**) |"])

    def test_rows_without_peer_or_ratio_have_none(self):
        result = report([row("a", 7), row("b", 0, "redis", 3)])
        self.assertIn("| visit | a | Mops/s | 7.00 |  |\n", result.stdout)
        self.assertIn("| visit | b | Mops/s | 0.0 | 3.00 |\n", result.stdout)

    def test_the_chart_has_a_dot_for_every_ratio(self):
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "chart.svg")
            report([row("1k", 4, "boost", 4, 1.0), row("1k", 4, "ets", 1, 4.0),
                    row("1m", 1, "ets", 10, 0.1), row("none", 3)],
                   "--svg", path)
            root = ElementTree.parse(path).getroot()
        name = "{http://www.w3.org/2000/svg}"
        dots = [(float(x.get("cx")), x.find(f"{name}title").text)
                for x in root.iter(f"{name}circle")
                if x.find(f"{name}title") is not None]
        texts = [x.text for x in root.iter(f"{name}text")]
        self.assertIn("tests/run bench ets, 2026-01-02, a <machine>", texts)
        self.assertIn("visit none", texts)
        self.assertEqual([text for _, text in sorted(dots)],
                         ["ets: 0.100", "boost: 1.00", "ets: 4.00"])

    def test_a_line_that_is_no_row_is_named(self):
        for bad in ["{", "[]", '{"bench": "visit"}', "7"]:
            result = report([row("1k", 1), bad])
            self.assertEqual(result.returncode, 2)
            self.assertIn("line 2 is no row", result.stderr)
            self.assertEqual(result.stdout, "")
        self.assertIn("no rows", report([]).stderr)


if __name__ == "__main__":
    unittest.main()
