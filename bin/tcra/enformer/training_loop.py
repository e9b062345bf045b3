"""The training loop: Adam on the Poisson loss, validation, early stopping, the best and the last variables, resume."""

import logging
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import sonnet as snt
import tensorflow as tf
from numpy.typing import NDArray

from tcra.cli import progress
from tcra.enformer.layers import Training
from tcra.enformer.poisson import poisson_loss
from tcra.enformer.problems import Problem
from tcra.enformer.resume import RunState, load_state, values
from tcra.enformer.settings import TrainingSchedule
from tcra.enformer.streaming_correlation import StreamingPearson
from tcra.errors import UserError

Predict = Callable[[NDArray[Any]], tf.Tensor]
log = logging.getLogger(__name__)


def fit(
    problem: Problem, schedule: TrainingSchedule, state_path: Path, key: str, training: Callable[[tf.Tensor], Training],
    after_validation: Callable[[list[dict[str, Any]]], None],
) -> RunState:  # fmt: skip
    """Train until `steps`, or until the validation loss has not improved for `patience` validations.

    Validation before the first step gives the starting point. The state is written to `state_path` after every validation; a run that finds
    a state with its `key` goes on from there, and ends with the same history and variables as an undisturbed one.
    training: makes the training mode from a step's (2,) int32 seed. after_validation: gets the history so far.
    Returns the state after the last validation, with the best variables.
    Errors: UserError if the loss is no longer finite.
    """
    optimizer = snt.optimizers.Adam(schedule.learning_rate)
    optimizer._initialize(problem.trainable)
    variables = [*problem.trainable, *problem.state]
    moments = [*optimizer.m, *optimizer.v, optimizer.step]

    @tf.function(reduce_retracing=True)
    def step(inputs: tf.Tensor, target: tf.Tensor, seed: tf.Tensor) -> tf.Tensor:
        with tf.GradientTape(watch_accessed_variables=False) as tape:
            tape.watch(problem.trainable)
            prediction = problem.predict(tf.cast(inputs, tf.float32), training(seed))
            loss = poisson_loss(prediction, tf.cast(target, tf.float32))
        optimizer.apply(tape.gradient(loss, problem.trainable), problem.trainable)
        return loss

    @tf.function(reduce_retracing=True)
    def predict(inputs: tf.Tensor) -> tf.Tensor:
        return problem.predict(tf.cast(inputs, tf.float32), None)

    state = load_state(state_path, key)
    if state is None:
        state = RunState(0, values(variables), values(moments), values(variables))
        _validate(problem, predict, state, None)
        state.save(state_path, key)
    else:
        log.info("going on after step %d", state.step)
        for variable, value in zip([*variables, *moments], [*state.variables, *state.optimizer], strict=True):
            variable.assign(value)
    after_validation(state.history)

    losses: list[float] = []
    numbers = range(state.step, schedule.steps) if not _is_over(state, schedule) else range(0)
    steps = progress(numbers, "training steps")
    for number, (inputs, target) in zip(steps, problem.batches(state.step), strict=False):
        seed = tf.constant([schedule.seed, number], tf.int32)
        losses.append(float(step(inputs, target, seed)))
        if not np.isfinite(losses[-1]):
            raise UserError(f"the training loss is {losses[-1]} at step {number + 1}; give a smaller --learning-rate")
        if (number + 1) % schedule.evaluate_every == 0 or number + 1 == schedule.steps:
            state.step = number + 1
            state.variables, state.optimizer = values(variables), values(moments)
            _validate(problem, predict, state, float(np.mean(losses)))
            losses = []
            state.save(state_path, key)
            after_validation(state.history)
            if _is_over(state, schedule):
                log.info("stopped after step %d: no better validation loss since step %d", state.step, state.best_step)
                break
    return state


def _is_over(state: RunState, schedule: TrainingSchedule) -> bool:
    return bool(schedule.patience) and state.step - state.best_step >= schedule.patience * schedule.evaluate_every


def _validate(problem: Problem, predict: Predict, state: RunState, train_loss: float | None) -> None:
    """Measure the validation windows, note the result, and keep the variables if they are the best so far."""
    loss, pearson = validate(problem, predict)
    if train_loss is not None:
        state.history.append({"step": state.step, "split": "train", "loss": train_loss, "pearson": None})
    state.history.append({"step": state.step, "split": "valid", "loss": loss, "pearson": pearson})
    if loss < state.best_loss:
        state.best_loss, state.best_step, state.best = loss, state.step, state.variables
    log.info("step %d: validation loss %.5f, mean Pearson R %.4f", state.step, loss, pearson)


def validate(problem: Problem, predict: Predict) -> tuple[float, float]:
    """Mean Poisson loss and mean over tracks of the Pearson correlation on the validation windows (tracks that do not vary left out)."""
    total, number, pearson = 0.0, 0, None
    for inputs, target in problem.validation():
        prediction, wide = predict(inputs).numpy(), np.asarray(target, np.float32)
        pearson = pearson or StreamingPearson(wide.shape[-1])
        pearson.add(wide, prediction)
        total += float(poisson_loss(prediction, wide)) * len(wide)
        number += len(wide)
    if pearson is None:
        raise UserError("the data set has no validation windows; give some of the split valid")
    correlations = pearson.result()
    known = correlations[~np.isnan(correlations)]
    return total / number, float(known.mean()) if len(known) else float("nan")
