"""One module for each kind of plot; each has PLOTS, a list of functions that tell one story to a World."""

import importlib
import pkgutil


def all_plots():
    """Every plot of every module, in the modules' alphabetical order."""
    names = sorted(module.name for module in pkgutil.iter_modules(__path__))
    return [plot for name in names for plot in importlib.import_module(f"{__name__}.{name}").PLOTS]
