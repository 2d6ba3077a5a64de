"""How is what belongs to a model written beside it when the host exports it? By what the host asks for last."""

import copy
import functools
from collections.abc import Callable
from types import ModuleType
from typing import Any

from ewc_plugin.host.names import TEMPLATE, check_names, no_failures


def noting_exports(original: Callable[..., Any]) -> Callable[..., Any]:
    """The host's own; an export with a history to keep is noted where the host looks for its template next."""

    @functools.wraps(original)
    def get_infer_args(args: Any = None) -> Any:
        parsed = original(args)
        if parsed[0].export_dir is not None:
            from ewc_plugin import export

            noted = export.plan(parsed[0], parsed[1])
            if noted is not None:
                no_failures()
                parsed[1].ewc_export = noted
        return parsed

    return get_infer_args


def install_template(module: ModuleType) -> None:
    """The last thing that an export asks is its template's Modelfile for Ollama: by then the weights are on disk."""
    check_names(TEMPLATE)
    original = module.get_template_and_fix_tokenizer

    @functools.wraps(original)
    def get_template_and_fix_tokenizer(tokenizer: Any, data_args: Any) -> Any:
        found = original(tokenizer, data_args)
        noted = getattr(data_args, "ewc_export", None)
        return found if noted is None else _finishing(found, noted)

    module.get_template_and_fix_tokenizer = get_template_and_fix_tokenizer


def _finishing(template: Any, noted: Any) -> Any:
    """A copy of the template, since the host keeps one for all that comes after in this process (the web UI)."""
    from ewc_plugin import export

    finishing = copy.copy(template)

    def get_ollama_modelfile(tokenizer: Any) -> str:
        text = str(template.get_ollama_modelfile(tokenizer))
        try:
            export.finish(noted, template, tokenizer)
        except Exception:  # the host has opened the file and would leave it empty
            (noted.target / "Modelfile").write_text(text, encoding="utf-8")
            raise
        return text

    finishing.get_ollama_modelfile = get_ollama_modelfile
    return finishing
