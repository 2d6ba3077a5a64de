"""The words of the command line that fetch: --download and --yes, and what --limit means beside them."""

from __future__ import annotations

import argparse
import os

from converters.contract import ByHand, Source

READ_TIMEOUT = "HF_HUB_DOWNLOAD_TIMEOUT"  # seconds, as the hub's own library reads it


def add_arguments(parser: argparse.ArgumentParser, source: Source) -> None:
    parser.add_argument("--download", action="store_true", help=_what(source))
    parser.add_argument("--yes", action="store_true", help="with --download: do not ask before more than 1 GB")


def _what(source: Source) -> str:
    names = [item.name for item in source.downloads if not isinstance(item.where, ByHand)]
    if not names:
        return "nothing of this source can be fetched by a program: python -m converters list says why"
    return (
        f"first fetch into raw/{source.name}/ what is not there yet: the usual sets, or those named as INPUT "
        f"({', '.join(names)}, or all); then convert all that lies there. With --limit it is a look: the first set "
        "alone, of numbered parts (train-00000-of-00006) the first, of a dump its first part. Honoured: HF_ENDPOINT, "
        "HF_TOKEN, USE_MODELSCOPE_HUB, MODELSCOPE_API_TOKEN, HTTPS_PROXY; GITHUB_ENDPOINT and WIKIMEDIA_ENDPOINT name "
        "mirrors"
    )


def run(source: Source, parsed: argparse.Namespace) -> None:
    """Fetch; afterwards nothing is named any more, so that raw/<source>/ is what is converted."""
    from converters.downloads.patience import Patience
    from converters.downloads.street import Wish, download

    wish = Wish(tuple(parsed.inputs), parsed.limit is not None, parsed.yes, parsed.quiet)
    seconds = os.environ.get(READ_TIMEOUT, "")
    download(source, parsed.raw, wish, Patience(read=float(seconds)) if seconds.isdigit() else Patience())
    parsed.inputs = []
