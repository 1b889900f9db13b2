"""What a run says of its threads and cores adds up, and is the same in every run."""

from __future__ import annotations

import json
from pathlib import Path

import jsonschema
import pytest

from aimc import Machine, Result, schema
from tests.end_to_end.compiling import Target, build

WORK = 2_000_000


@pytest.fixture(scope="module")
def shared_core() -> Result:
    """Four threads and the one that waits for them, on two cores."""
    return Machine(cores=2).run(build("threads.c", Target.MUSL), ["4", str(WORK)], capture=True)


def test_every_thread_is_listed_with_its_life(shared_core: Result) -> None:
    tasks = shared_core.tasks
    assert [task.tid for task in tasks] == [1, 2, 3, 4, 5]
    assert {task.pid for task in tasks} == {1}
    assert {task.name for task in tasks} == {tasks[0].name}
    end_ns = shared_core.totals.guest_seconds * 1e9
    for task in tasks:
        assert 0 <= task.started_ns < task.ended_ns <= end_ns + 1
        lived = task.ended_ns - task.started_ns
        assert task.user_ns + task.system_ns + task.run_delay_ns + task.idle_ns <= lived + 1000
        assert task.dispatches >= 1
        assert task.max_run_delay_ns <= task.run_delay_ns
    assert tasks[0].voluntary_context_switches >= 1, "the first one waits for the others"
    assert tasks[0].written_bytes == len(shared_core.stdout or b"")


def test_threads_that_share_cores_wait_for_them(shared_core: Result) -> None:
    workers = shared_core.tasks[1:]
    assert sum(task.involuntary_context_switches for task in workers) > 0
    assert sum(task.run_delay_ns for task in workers) > sum(task.user_ns for task in workers) // 4


def test_threads_and_cores_are_two_views_of_the_same(shared_core: Result) -> None:
    tasks, cores, kernel = shared_core.tasks, shared_core.cores, shared_core.kernel
    assert sum(task.run_delay_ns for task in tasks) == sum(core.run_delay_ns for core in cores)
    assert max(task.max_run_delay_ns for task in tasks) == max(core.max_run_delay_ns for core in cores)
    assert sum(task.dispatches for task in tasks) == sum(core.dispatches for core in cores)
    assert sum(task.migrations for task in tasks) == sum(core.migrations for core in cores) == kernel.migrations
    assert sum(core.context_switches for core in cores) == kernel.context_switches > 0
    assert sum(core.ticks for core in cores) == kernel.ticks > 0
    busy_s = sum(task.user_ns + task.system_ns for task in tasks) / 1e9
    cycles_per_s = shared_core.totals.cycles / shared_core.totals.guest_seconds
    assert busy_s == pytest.approx(sum(core.cycles for core in cores) / cycles_per_s, rel=1e-3)


def test_the_page_faults_of_the_threads_are_those_of_the_machine(shared_core: Result) -> None:
    counted = sum(task.page_faults for task in shared_core.tasks)
    # Those of laying out the first program belong to nobody.
    assert 0 <= shared_core.kernel.page_faults - counted <= 32


def test_a_thread_alone_on_its_core_never_waits_for_it() -> None:
    result = Machine(cores=8).run(build("threads.c", Target.MUSL), ["4", str(WORK)], capture=True)
    assert sum(task.involuntary_context_switches for task in result.tasks) == 0
    assert max(task.run_delay_ns for task in result.tasks) < 100_000
    assert [core.dispatches for core in result.cores][5:] == [0, 0, 0]


def test_they_repeat_exactly_and_fit_the_schema(shared_core: Result) -> None:
    again = Machine(cores=2).run(build("threads.c", Target.MUSL), ["4", str(WORK)], capture=True)
    assert again.tasks == shared_core.tasks
    assert again.cores == shared_core.cores
    document = json.loads(again.to_json())
    published = json.loads(schema.PATH.read_text(encoding="utf-8"))
    jsonschema.validate(document, published)
    # Documents from before these figures were added are still valid ones of version 1.
    del document["tasks"], document["kernel"]["migrations"], document["cores"][0]["run_delay_ns"]
    jsonschema.validate(document, published)


def test_the_report_speaks_of_turns_only_where_tasks_took_them(tmp_path: Path, shared_core: Result) -> None:
    import io

    from aimc.report import report

    stream = io.StringIO()
    report(shared_core, stream)
    (row,) = [line for line in stream.getvalue().splitlines() if line.strip().startswith("switches")]
    assert "5 tasks" in row
    assert "for a core, at most" in row
