"""What do we need of LLaMA-Factory, and what do we put in its place? The only package that imports it.

Each name is replaced in the module that defines it: the argument dataclass and its parsers, the SFT, DPO and
pre-training trainers, the template of an export, the web UI's plot. A user of none of our keys gets the host's own
classes, template and figure back.
"""

from ewc_plugin.host.arguments import install_arguments
from ewc_plugin.host.batch import aligned, length
from ewc_plugin.host.exports import install_template
from ewc_plugin.host.inference import encoding, loaded
from ewc_plugin.host.names import NAMES, PARSER, SEEN_IN, HostError, check_names, verify, version
from ewc_plugin.host.recipe import cutoff_of, examined, examined_export, keys_of, suggest, unknown, unprepared
from ewc_plugin.host.trainers import install_dpo_trainer, install_plot, install_pt_trainer, install_sft_trainer

__all__ = [
    "NAMES",
    "PARSER",
    "SEEN_IN",
    "HostError",
    "aligned",
    "check_names",
    "cutoff_of",
    "encoding",
    "examined",
    "examined_export",
    "install_arguments",
    "install_dpo_trainer",
    "install_plot",
    "install_pt_trainer",
    "install_sft_trainer",
    "install_template",
    "keys_of",
    "length",
    "loaded",
    "suggest",
    "unknown",
    "unprepared",
    "verify",
    "version",
]
