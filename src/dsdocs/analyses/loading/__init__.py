"""How is a patch loaded? Code for this very archive, run while the site is built."""

from dsdocs.analyses.loading.formats import Throughput, format_loading
from dsdocs.analyses.loading.raw import patch_loading
from dsdocs.analyses.loading.run import Loading
from dsdocs.analyses.loading.tables import summary_loading
from dsdocs.analyses.loading.training import training_loading

__all__ = ["Loading", "Throughput", "format_loading", "patch_loading", "summary_loading", "training_loading"]
