# SPDX-License-Identifier: Apache-2.0
"""`nmscope` and `python -m nmscope`: the program that is installed beside the package, in place of this process."""

import os
import sys
from pathlib import Path
from typing import NoReturn


def main() -> NoReturn:
    program = Path(__file__).parent / "bin" / "nmscope"
    if not program.exists():
        sys.exit("nmscope: this installation has no command line (CLI11 or libpng was missing when it was built); `import nmscope` works")
    os.execv(program, ["nmscope", *sys.argv[1:]])


if __name__ == "__main__":
    main()
