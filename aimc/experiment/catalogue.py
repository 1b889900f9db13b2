"""All experiments. To add one: write an `Experiment`, name it here."""

from __future__ import annotations

from aimc.experiment.coupling import COUPLING
from aimc.experiment.experiment import Experiment
from aimc.experiment.migration import MIGRATION
from aimc.experiment.sharing import SHARING, SHARING_BY_JOB
from aimc.experiment.waiting import WAITING, WAITING_BY_LENGTH

EXPERIMENTS: tuple[Experiment, ...] = (WAITING, WAITING_BY_LENGTH, COUPLING, SHARING, SHARING_BY_JOB, MIGRATION)
