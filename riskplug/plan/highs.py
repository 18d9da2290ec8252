"""HiGHS, as it comes with SciPy: the least value of a linear programme and where it is reached."""

from dataclasses import dataclass
from importlib import import_module
from typing import Any

import numpy as np
from scipy import sparse
from scipy.optimize import Bounds, LinearConstraint, milp

from riskplug.plan.nodes import Floats

OPTIMAL, INFEASIBLE, UNBOUNDED, OTHER = 0, 2, 3, 4
# As scipy.optimize.milp tells them.
_STATUSES = {"kOptimal": OPTIMAL, "kInfeasible": INFEASIBLE, "kModelError": INFEASIBLE, "kUnbounded": UNBOUNDED}


@dataclass(frozen=True)
class Found:
    """``values``: of every variable, empty unless optimal."""

    status: int
    values: Floats
    message: str


def minimum(cost: Floats, matrix: sparse.csc_array, right: Floats, upper: Floats, presolve: bool) -> Found:
    """Minimise ``cost @ x`` where ``matrix @ x <= right`` and ``0 <= x <= upper``.

    ``milp`` works out multipliers nobody asks for, variable by variable in Python, which takes as long as HiGHS; where
    this SciPy keeps HiGHS where we know it, it is asked directly, and answers the same.
    """
    core = _core()
    if core is not None:
        try:
            return asked_directly(core, cost, matrix, right, upper, presolve)
        except (AttributeError, TypeError):
            pass  # another SciPy: what is not its public interface may change
    return asked_through_scipy(cost, matrix, right, upper, presolve)


def asked_through_scipy(cost: Floats, matrix: sparse.csc_array, right: Floats, upper: Floats, presolve: bool) -> Found:
    """``minimum`` by SciPy's public function."""
    rows, bounds = LinearConstraint(matrix, ub=right), Bounds(0.0, upper)
    found = milp(cost, constraints=rows, bounds=bounds, options={"presolve": presolve})
    values = np.asarray(found.x, dtype=np.float64) if found.status == OPTIMAL else np.empty(0)
    return Found(int(found.status), values, str(found.message))


def _core() -> Any:
    try:
        return import_module("scipy.optimize._highspy._core")
    except ImportError:
        return None


def asked_directly(
    core: Any, cost: Floats, matrix: sparse.csc_array, right: Floats, upper: Floats, presolve: bool
) -> Found:
    """``minimum`` by HiGHS itself. ``core``: SciPy's binding of it."""
    highs, options = core._Highs(), core.HighsOptions()
    options.log_to_console = False
    options.presolve = "on" if presolve else "off"
    highs.passOptions(options)
    by_column, least = int(core.MatrixFormat.kColwise), int(core.ObjSense.kMinimize)
    size = (len(cost), len(right), len(matrix.data), by_column, least, 0.0)
    free, continuous = np.full(len(right), -np.inf), np.zeros(len(cost), dtype=np.int32)
    bounds = (np.zeros(len(cost)), upper, free, right)
    cells = (matrix.indptr, matrix.indices, matrix.data)
    if highs.passModel(*size, cost, *bounds, *cells, continuous) == core.HighsStatus.kError:
        return Found(INFEASIBLE, np.empty(0), "HiGHS refuses the model")
    highs.run()
    status = highs.getModelStatus()
    known = _STATUSES.get(status.name, OTHER)
    values = np.asarray(highs.getSolution().col_value, dtype=np.float64) if known == OPTIMAL else np.empty(0)
    return Found(known, values, str(highs.modelStatusToString(status)))
