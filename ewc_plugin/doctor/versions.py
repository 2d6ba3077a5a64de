"""Are the versions those that were seen to work together, and are they in the ranges that we and the host declare?"""

from ewc_plugin.doctor import packages
from ewc_plugin.doctor.breakage import known_by_version
from ewc_plugin.doctor.case import Case, installed
from ewc_plugin.doctor.finding import Finding, note, ok, pip, problem

SHOWN = 6


def findings(case: Case) -> list[Finding]:
    if not installed("packaging"):
        return [problem("packaging is not installed, so versions cannot be compared", pip("packaging"))]
    broken = known_by_version()
    said = {name for name, _ in broken}
    ours = [u for u in packages.unmet(packages.OWN) if u.name not in said]
    theirs = [u for u in packages.unmet(packages.HOST) if u.name not in said | {u.name for u in ours}]
    found = [finding for _, finding in broken]
    found += [problem(str(u), pip(u.name)) for u in ours]
    # the host checks five of its own when it is imported; what it says then is shown with its activation
    found += [note(str(u), pip(u.name)) for u in theirs]
    return [*found, *_against_tested()]


def _against_tested() -> list[Finding]:
    """Every package that we or the host require by name, beside the set that was tested as a whole."""
    wanted = {packages.canonical(n) for owner in (packages.OWN, packages.HOST) for n, _ in packages.required(owner)}
    wanted |= {packages.HOST} if packages.version(packages.HOST) else set()
    known = packages.tested()
    have = {name: found for name in sorted(wanted & known.keys()) if (found := packages.version(name))}
    other = {name: found for name, found in have.items() if found.split("+")[0] != known[name]}
    if not other:
        return [ok(f"all {len(have)} packages that are required are as tested")]
    shown = ", ".join(f"{name} {found} ({known[name]})" for name, found in list(other.items())[:SHOWN])
    more = f" and {len(other) - SHOWN} more" if len(other) > SHOWN else ""
    text = f"{len(have) - len(other)} of {len(have)} required packages are as tested; others (tested): {shown}{more}"
    return [note(text, pip(*other))]
