"""Where a function's imports are looked for: its code, its layers, then the interpreter's own.

https://docs.aws.amazon.com/lambda/latest/dg/python-package.html#python-package-searchpath
"""

import os
import sys


def extend_search_path() -> None:
    """The function's code first, so that what it brings wins over the layers, and both over the interpreter."""
    opt = os.environ.pop("_LIMEN_OPT", "/opt")
    version = "python{}.{}".format(*sys.version_info[:2])
    layers = (f"{opt}/python/lib/{version}/site-packages", f"{opt}/python")
    sys.path[:0] = [os.environ["LAMBDA_TASK_ROOT"], *(folder for folder in layers if os.path.isdir(folder))]
    site_packages = os.environ.pop("_LIMEN_SITE_PACKAGES", "")
    if site_packages:
        add_site_packages(site_packages)


def add_site_packages(folder: str) -> None:
    """A virtual environment beside the code. Its `.pth` files are read: editable installs are made of them."""
    import site

    site.addsitedir(folder)
