"""Did we enter LLaMA-Factory in a fresh process, as llamafactory-cli starts it? If not, what keeps us out?"""

from dataclasses import replace
from importlib import metadata

from ewc_plugin.arguments import KEYS
from ewc_plugin.doctor import breakage, packages
from ewc_plugin.doctor.case import Answer, Case
from ewc_plugin.doctor.finding import Finding, note, ok, pip, problem, reinstalled

ENTRY_POINTS = "torch.backends"
SWITCHES = (
    ("LLAMAFACTORY_EWC", "0", "switches this package off"),
    ("TORCH_DEVICE_BACKEND_AUTOLOAD", "0", "keeps PyTorch from loading this package, and every other plug-in"),
)


def findings(case: Case) -> list[Finding]:
    found = [_switched_off(name, why) for name, value, why in SWITCHES if case.environ.get(name) == value]
    if case.torch.error:
        return [*found, breakage.explained(case.torch)]
    if not case.host.facts.get("imported"):
        return [*found, breakage.explained(_with_torch(case))]
    if case.environ.get("DISABLE_VERSION_CHECK", "").lower() in ("1", "true"):
        found.append(note("DISABLE_VERSION_CHECK is set: LLaMA-Factory accepts versions that it was not made for"))
    known = [key for key in KEYS if key in case.host.facts["keys"]]
    if len(known) == len(KEYS):
        return [*found, *_self_check(case), ok(f"a fresh process knows our {len(KEYS)} keys")]
    return found or _absent(case)


def _with_torch(case: Case) -> Answer:
    """How the host failed, beside what torch said of itself."""
    return replace(case.host, facts={**case.torch.facts, **case.host.facts})


def _switched_off(name: str, why: str) -> Finding:
    return problem(f"{name}=0 {why}: a recipe with our keys stops as if they were misspelt", f"unset {name}")


def _self_check(case: Case) -> list[Finding]:
    """What was stored when a hook failed, and what the check says that runs when one of our keys is used."""
    remedy = pip("llamafactory")
    failed = [problem(f"{name}: {error}", remedy) for name, error in case.host.facts.get("failures", {}).items()]
    if failed:
        return failed
    checks = case.host.facts.get("checks", [])
    unfit = [text for text in checks if "was not tested with" not in text]
    return [problem(text, remedy) for text in unfit[:1]] or [note(text) for text in checks[:1]]


def _absent(case: Case) -> list[Finding]:
    """Imported, yet our keys are unknown to it."""
    failed = case.host.facts.get("failures")
    if failed:
        return _self_check(case)
    said = [line for line in case.host.said.splitlines() if "llamafactory-ewc" in line]
    again = reinstalled()
    if said:
        return [problem(said[0], again)]
    if packages.version(packages.OWN) is None:
        return [problem("llamafactory-ewc is not installed, so PyTorch does not load it", again)]
    if not any(e.name == "llamafactory_ewc" for e in metadata.entry_points(group=ENTRY_POINTS)):
        return [problem("the installation has no entry point for PyTorch: it is older than this code", again)]
    if case.host.error:
        return [breakage.explained(_with_torch(case))]
    return [problem("LLaMA-Factory was imported and does not know our keys; nothing said why", again)]
