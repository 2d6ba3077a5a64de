"""What does a predicted KL mean in truth? The exact second-order KL along a stage's own update, and the measured one.

The model in memory holds the new weights; a `Drift` takes it to the old ones for the length of a block, and says in
which direction it moved. Nothing here knows the host, and no Fisher matrix is formed.
"""

from ewc_plugin.probe.calibration import Calibration, ModuleCalibration, calibrate, calibrate_modules
from ewc_plugin.probe.choice import choose_probe, held_out
from ewc_plugin.probe.divergence import PerToken, measured_kl, second_order_kl
from ewc_plugin.probe.drift import Drift, LowRankDrift, LowRankStep, WeightDrift, WeightStep
from ewc_plugin.probe.forward import ProbeError, require_differentiable

__all__ = [
    "Calibration",
    "Drift",
    "LowRankDrift",
    "LowRankStep",
    "ModuleCalibration",
    "PerToken",
    "ProbeError",
    "WeightDrift",
    "WeightStep",
    "calibrate",
    "calibrate_modules",
    "choose_probe",
    "held_out",
    "measured_kl",
    "require_differentiable",
    "second_order_kl",
]
