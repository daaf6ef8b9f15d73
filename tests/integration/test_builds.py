"""The two smaller builds: libbadge-core, which needs only the C library, and badged without pages, which needs only a C
compiler and the libraries. Each is configured, built and used in its own folder."""

import os
import pathlib
import subprocess
import tempfile
import unittest

import node as daemon

ROOT = pathlib.Path(__file__).resolve().parents[2]

PROGRAM = r"""
#include <badge/digest.h>
#include <badge/merkle.h>
#include <badge/receipt.h>
#include <badge/verdict.h>
#include <stdio.h>

int main(void)
{
    struct badge_hash hash;
    char hex[BADGE_HEX_LEN + 1];
    badge_sha256(&hash, "abc", 3);
    badge_hex_encode(hex, hash.b, sizeof hash.b);
    puts(hex);
    return 0;
}
"""
SHA256_OF_ABC = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"  # the example of FIPS 180-4


def run(*command, **options):
    done = subprocess.run(command, capture_output=True, text=True, **options)
    if done.returncode != 0:
        raise AssertionError(f"{command} ended with {done.returncode}:\n{done.stdout}{done.stderr}")
    return done.stdout


class BuildTest(unittest.TestCase):
    def build(self, *options, environment=None):
        folder = tempfile.TemporaryDirectory(prefix="badged-build-")
        self.addCleanup(folder.cleanup)
        build = pathlib.Path(folder.name)
        run("cmake", "-S", ROOT, "-B", build, "-G", "Ninja", "-DCMAKE_BUILD_TYPE=Debug", "-DBUILD_TESTING=OFF",
            f"-DCMAKE_INSTALL_PREFIX={build}/root", *options, env=environment)
        run("cmake", "--build", build)
        return build

    def test_core_needs_only_the_c_library(self):
        no_packages = os.environ | {"PKG_CONFIG_LIBDIR": "/nonexistent"}
        build = self.build("-DBADGED_CORE_ONLY=ON", environment=no_packages)
        run("cmake", "--install", build)
        library = next((build / "root").rglob("libbadge-core.so"))
        needed = [line.split("[")[1].rstrip("]") for line in run("readelf", "-d", library).splitlines() if "NEEDED" in line]
        self.assertLessEqual(set(needed), {"libc.so.6", "libm.so.6"})
        self.assertFalse(list((build / "root").rglob("eth.h")), "keys and signatures need libsecp256k1")
        (build / "program.c").write_text(PROGRAM)
        flags = run("pkg-config", "--cflags", "--libs", "badge-core",
                    env=os.environ | {"PKG_CONFIG_PATH": str(library.parent / "pkgconfig")}).split()
        run("cc", build / "program.c", "-o", build / "program", *flags)
        printed = run(build / "program", env=os.environ | {"LD_LIBRARY_PATH": str(library.parent)})
        self.assertEqual(printed.strip(), SHA256_OF_ABC)

    def test_badged_without_pages(self):
        build = self.build("-DBADGED_PAGES=OFF", "-DCMAKE_C_FLAGS=-O0")
        rules = (build / "build.ninja").read_text()
        for tool in ("esbuild", "wasm32", "wasm-ld"):
            self.assertNotIn(tool, rules)
        badged, daemon.BADGED = daemon.BADGED, build / "bin/badged"
        self.addCleanup(setattr, daemon, "BADGED", badged)
        with daemon.Node() as node:
            for path in ("/", "/operator", "/oembed", "/preview.png"):
                self.assertEqual(node.get(path).code, "not_found", path)
            for path in ("/v1/node", "/healthz", "/openapi.json"):
                self.assertEqual(node.get(path).status, 200, path)


if __name__ == "__main__":
    unittest.main()
