#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# A real `pip install .` into a new virtual environment, away from the sources. It compiles the core once more, which takes minutes
# where there is no ccache: so it runs in CI, or where NMS_TEST_INSTALL is set. Arguments: the interpreter, a folder to build in (as
# deep as build/release, so that ccache finds the same objects again) and further settings of pip.
set -euo pipefail
python=$1 build=$2
shift 2
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
if [ -z "${CI:-}${NMS_TEST_INSTALL:-}" ]; then
    echo "skipped: compiles the core once more; NMS_TEST_INSTALL=1 runs it"
    exit 77
fi
export CC=cc CXX=c++ # as CMake names them by itself, for ccache
unset PYTHONPATH # the package as it is staged in the build folder
venv=$build-venv
"$python" -m venv --clear "$venv"
"$venv/bin/pip" install -q --disable-pip-version-check scikit-build-core nanobind numpy h5py
"$venv/bin/pip" install -q --disable-pip-version-check --no-build-isolation . \
    --config-settings cmake.define.NMS_GUI=OFF --config-settings cmake.define.NMS_CUDA=OFF --config-settings "build-dir=$build" "$@"
cd "$venv" # not the sources
bin/python - <<'TEXT'
import numpy as np
import nmscope
assert "site-packages" in nmscope.__file__, nmscope.__file__
solution = nmscope.solve(np.random.default_rng(0).standard_normal((67, 64)), "8:16")
assert nmscope.verify(solution)["holds"]
TEXT
bin/python -c "import nmscope, sys; print(nmscope.inspect(sys.argv[1])['format'])" "$OLDPWD/assets/samples/minilm-layer0.h5" | grep -qx HDF5
# The command line, whose masks are Python's bit for bit; without a subcommand one line says that there is no window.
bin/nmscope --version | head -n 1
bin/python - <<'TEXT'
import subprocess
import h5py
import numpy as np
import nmscope
weights = np.random.default_rng(1).standard_normal((97, 131), dtype=np.float32)
np.save("w.npy", weights)
for pattern, method in (("8:16", "exact"), ("2:4", "exact"), ("8:16", "dykstra")):
    done = subprocess.run(["bin/nmscope", "solve", "w.npy", "-o", "m.h5", "--pattern", pattern, "--method", method, "--backend", "cpu"])
    assert done.returncode == 0
    masks = []
    with h5py.File("m.h5") as file:
        file.visititems(lambda name, item: masks.append(item[:]) if name.endswith("mask") else None)
    np.testing.assert_array_equal(masks[0], nmscope.solve(weights, pattern, method).mask)
TEXT
if said=$(bin/nmscope 2>&1); then exit 1; fi
[ "$said" = "nmscope: this nmscope is built without its window; the command line works, see nmscope --help" ]
bin/pip uninstall -q -y nmscope
