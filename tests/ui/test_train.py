"""The Train page's logic, run without a browser; and runs in their threads."""

from __future__ import annotations

import re
import time
from dataclasses import replace
from pathlib import Path

import numpy as np

import attnviz
from attnviz.models import names
from attnviz.service import runs
from attnviz.service.turns import Turns
from attnviz.training.checkpoint import shipped
from attnviz.training.loop import TrainingOptions
from attnviz.training.registry import TASKS
from attnviz.ui.cards.train import form as train_form
from attnviz.ui.cards.train import play
from attnviz.ui.pages import train
from tests.support.running import finished
from tests.support.tiny import SENTENCE
from tests.ui.mounted import Browser, sent, weights_in
from tests.ui.opening import chart, errors, opened, opened_train, said

QUICK = TrainingOptions("induction", seed=11, heads=2, d_model=16, steps=60)
QUICK_ENDING = TrainingOptions("induction", seed=15, heads=2, d_model=16, steps=10_000)
QUICK_STOPPED = TrainingOptions("induction", seed=12, heads=2, d_model=16, steps=10_000)


def test_the_page_works_at_once_on_the_shipped_snapshots():
    app = opened_train()
    assert app.selectbox(key="run").value == "grammar"
    assert "**Step 0** of 2,000" in said(app), "the story begins at its beginning"
    assert "At step <b>250</b> a head has learned it" in said(app)
    assert len(app.get("plotly_chart")) == 1, "the curves"
    assert sent(app, "trace")[0]["first"]["query"] == 8
    steps = app.select_slider(key="step").options
    assert len(steps) >= 16
    for step in (0, 2000):
        trace = attnviz.load_model("grammar", step=step).trace(SENTENCE)
        app.select_slider(key="step").set_value(step).run()
        assert not app.exception
        assert np.array_equal(weights_in(app), trace.layers[1].weights[0].numpy())
    assert app.query_params["step"] == "2000"
    assert "verb right in number and class" in said(app)
    marked = chart(app, 0)["layout"]["shapes"][0]
    assert marked["x0"] == marked["x1"] == 2000


def test_the_step_at_which_the_head_appears_is_the_first_that_passes_half():
    for name in ("grammar", "induction"):
        checkpoint = shipped(name)
        learned = TASKS[name].learned
        at = next(moment.step for moment in checkpoint.curve if moment.figures[learned] >= 0.5)
        assert f"step <b>{at}</b>" in play.appearance(checkpoint)
        early = replace(checkpoint, curve=checkpoint.curve[:2])
        assert "No head learns it in this run" in play.appearance(early)


def test_a_choice_in_the_explorer_stands_in_the_link_and_holds_at_another_step(chooser: Browser):
    app = opened_train()
    earlier = chooser.identity
    chooser.choose(app, layer=0, head=2, query=2)
    assert (app.query_params["head"], app.query_params["query"]) == ("2", "2")
    app.select_slider(key="step").set_value(2000).run()
    assert chooser.identity != earlier
    assert (chooser.choice["layer"], chooser.choice["head"], chooser.choice["query"]) == (0, 2, 2)
    late = {"id": earlier, "sequence": 9, "state": chooser.choice | {"head": 3}, "asked": None}
    chooser.tell(app, late)
    assert app.query_params["head"] == "3", "chosen at the step before: the same head is meant"
    assert app.query_params["step"] == "2000"


def test_another_run_is_another_task():
    app = opened_train()
    app.selectbox(key="run").set_value("induction").run()
    assert not app.exception
    assert "next word right in the repetition" in said(app)
    assert app.query_params["model"] == "induction"


def test_a_linked_step_is_the_nearest_there_is():
    app = opened_train(step="3")
    assert app.session_state.step == 0
    assert "Step 0" in said(app)


def test_a_run_is_trained_watched_and_kept():
    app = opened_train()
    for name in ("seed", "heads", "d_model", "steps"):
        app.number_input(key=f"train_{name}").set_value(getattr(QUICK, name))
    app.segmented_control(key="train_task").set_value("induction")
    app.run()
    assert "seed 11, 2 layers × 2 heads, width 16, 60 steps" in said(app)
    app.button(key="train").click().run()
    assert not app.exception
    name = names.Run(QUICK).name
    run = finished(runs.find(name))
    assert run.state == "done"
    app.run()
    assert not app.exception
    assert app.selectbox(key="run").value == name
    assert "Trained after 60 steps" in said(app)
    assert app.session_state.model == name, "the other pages have it too"
    assert app.select_slider(key="step").options == ["0", "20", "40", "60"]


def test_a_run_that_is_over_before_the_page_looks_again_is_shown_at_its_end():
    run = runs.start(QUICK_STOPPED)
    app = opened_train(model=run.name)
    while run.step < 45:
        time.sleep(0.01)
    run.stopping.set()
    assert finished(run).step >= 45
    app.run()  # the whole page, as after a press on Stop
    assert f"**Step {run.checkpoint().steps[-1]:,}** of 10,000" in said(app), "the last that was kept"
    app.select_slider(key="step").set_value(0).run()
    assert "**Step 0** of 10,000" in said(app), "from there one goes where one wants"
    app.run()
    assert "**Step 0** of 10,000" in said(app)


def test_a_run_that_ends_while_the_page_is_drawn_is_shown_at_its_end(monkeypatch):
    run = runs.start(QUICK_ENDING)
    app = opened_train(model=run.name)
    while run.step < 45:
        time.sleep(0.01)
    draw = train_form.draw

    def ends_now(*args, **options):
        draw(*args, **options)
        run.stopping.set()
        finished(run)

    monkeypatch.setattr(train_form, "draw", ends_now)
    app.run()
    assert f"**Step {run.checkpoint().steps[-1]:,}** of 10,000" in said(app)


def test_settings_that_cannot_work_get_a_sentence_and_no_button():
    app = opened_train()
    app.number_input(key="train_heads").set_value(3).run()
    assert "This cannot be trained: 3 heads do not divide d_model 32" in errors(app)[0]
    assert app.button(key="train").disabled
    app.number_input(key="train_heads").set_value(4).run()
    assert not errors(app)


def test_a_linked_run_that_is_not_there_is_said_and_set_up():
    app = opened_train(model="grammar-seed77-1x2-16-50")
    assert "has not been trained here yet" in said(app)
    assert app.number_input(key="train_seed").value == 77
    assert app.number_input(key="train_layers").value == 1
    assert not app.button(key="train").disabled


def test_switching_the_subject_head_off_shows_on_the_page():
    app = opened_train(step="2000")
    assert "All heads are on. Verb right in number: <b>1.00</b>" in said(app)
    app.button(key="switch_head").click().run()
    assert not app.exception
    assert "Does it matter?" in said(app)
    assert re.search(r"1.00 → <b>0.[456]\d</b>", said(app)), "near chance"
    app.button(key="switch_all_on").click().run()
    app.button(key="switch_others").click().run()
    assert "1.00 → <b>1.00</b>" in said(app)


def test_what_is_set_in_the_same_moment_as_train_is_pressed_is_trained():
    app = opened_train()
    for name, value in {"heads": 2, "d_model": 16, "steps": 40, "seed": 55}.items():
        app.number_input(key=f"train_{name}").set_value(value)
    app.segmented_control(key="train_task").set_value("induction")
    app.button(key="train").click().run()
    assert app.session_state.run == "induction-seed55-2x2-16-40"
    assert finished(runs.find(app.session_state.run)).state == "done"


def test_too_many_runs_at_once_are_refused_with_a_sentence(monkeypatch):
    monkeypatch.setattr(runs, "_TOGETHER", 0)
    app = opened_train()
    app.number_input(key="train_seed").set_value(56).run()
    app.button(key="train").click().run()
    assert not app.exception
    assert "the most that it takes at once. Watch one of them" in errors(app)[0]
    app.run()
    assert not errors(app), "it is said once"


def test_a_damaged_shipped_file_gets_a_sentence(monkeypatch):
    from attnviz.service import loading
    from attnviz.training.checkpoint import CheckpointError

    def fails(_: str) -> None:
        raise CheckpointError("“grammar.safetensors” is damaged or incomplete: its weights cannot be read.")

    monkeypatch.setattr(loading, "checkpoint_of", fails)
    assert "is damaged or incomplete" in errors(opened_train())[0]


def test_a_link_to_a_model_that_is_no_run_says_so():
    assert "“minilm” is no training run" in said(opened_train(model="minilm"))


def test_all_who_train_at_once_see_theirs_go_on_and_are_told_how_long(monkeypatch):
    monkeypatch.setattr(runs, "_TURN", 0.02)
    monkeypatch.setattr(runs, "_RUNS", runs._Runs(turns=Turns(cores=1)))
    options = [TrainingOptions("induction", seed=60 + i, heads=2, d_model=16, steps=10_000) for i in range(6)]
    going = [runs.start(one) for one in options]
    while min(run.step for run in going) < 30:
        time.sleep(0.02)
    steps = [run.step for run in going]
    assert max(steps) < 3 * min(steps), f"nobody waits for another's end: {steps}"
    app = opened_train(model=going[0].name)
    text = app.get("progress")[0].proto.text
    found = re.fullmatch(
        r"Step [\d,]+ of 10,000 · about (\d+) (s|minutes) left\. 5 others train here too, in turns\.", text
    )
    assert found, text
    for run in going:
        run.stopping.set()
    assert {finished(run).state for run in going} == {"stopped"}


def test_the_form_trains_what_is_shown_until_something_else_is_set():
    app = opened_train(model="beside")
    assert app.session_state.train_task == "beside"
    assert app.number_input(key="train_d_model").value == 64, "as the task is learned"
    app.number_input(key="train_seed").set_value(7).run()
    app.selectbox(key="run").set_value("induction").run()
    assert (app.session_state.train_task, app.number_input(key="train_d_model").value) == ("induction", 32)
    assert app.number_input(key="train_seed").value == 7, "what a person has set stays"


def test_a_run_that_computes_too_long_ends_with_what_it_has(monkeypatch):
    monkeypatch.setattr(runs, "_LONGEST", 0.3)
    monkeypatch.setattr(runs, "_TURN", 0.1)
    run = finished(runs.start(TrainingOptions("induction", seed=66, heads=2, d_model=16, steps=10_000)))
    assert run.state == "stopped"
    assert 0 < run.step < 10_000
    app = opened_train(model=run.name)
    assert "the most that a run may take here" in errors(app)[0]
    assert f"**Step {run.checkpoint().steps[-1]:,}** of 10,000" in said(app) or "**Step 0** of 10,000" in said(app)


def test_many_who_watch_look_less_often(monkeypatch):
    for people, seconds in ((0, 1.0), (1, 1.0), (30, 6.0), (300, 8.0)):
        monkeypatch.setattr(runs, "watchers", lambda people=people: people)
        assert train._refresh() == seconds


def test_a_run_that_fails_says_so(monkeypatch):
    def fails(*_: object, **__: object) -> None:
        raise RuntimeError("secret detail")

    monkeypatch.setattr(runs, "train", fails)
    run = finished(runs.start(TrainingOptions("induction", seed=16, steps=10)))
    assert run.state == "failed"
    assert "secret" not in run.problem
    app = opened_train(model=run.name)
    assert "Training failed" in errors(app)[0]


def test_a_checkpoint_file_can_be_opened_in_explore(tmp_path):
    from attnviz.training.checkpoint import saved, shipped

    path = tmp_path / "mine.safetensors"
    path.write_bytes(saved(shipped("grammar")))
    app = opened(model=str(path))
    assert not errors(app)
    assert "2 layers × 4 heads" in said(app)
    again = opened_train(model=str(path), step="0")
    assert not errors(again)
    assert "Step 0" in said(again), "and its training can be gone through again"
    path.with_name("bad.safetensors").write_bytes(b"not it")
    assert "is damaged or incomplete" in errors(opened_train(model=str(path.with_name("bad.safetensors"))))[0]
    app = opened(model=str(path.with_name("bad.safetensors")))
    assert "“bad.safetensors” is damaged or incomplete" in errors(app)[0]
    assert Path(path).exists()
