"""The first level of :class:`standoff.baselines.standoff_linear.StandoffLinear`: what its second looks at."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Self

import numpy as np
from scipy.sparse import csr_matrix, diags, hstack
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.model_selection import GroupKFold, KFold
from sklearn.svm import LinearSVC
from sklearn.utils.validation import check_is_fitted

from standoff.baselines.features import CUES, FrameTfidf, beside
from standoff.baselines.frame_classifier import FrameInput, check_linear
from standoff.baselines.relations import Relations
from standoff.baselines.tfidf_svm import MAX_ITER

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    import pandas as pd
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Rows = NDArray[np.intp]

TEXT = ("text stems", "text characters")
NAMES = ("actor words", "actor characters", "target words", "target characters")
MACHINES: Mapping[str, tuple[str, ...]] = {
    "text": TEXT,
    "cues": CUES,
    "text and names": (*TEXT, *NAMES),
    "all": (*TEXT, *NAMES, *CUES),
}
"""Part -> the views that its linear machine looks at."""

KNOWN = (*MACHINES, "gate", "priors", "paths")
"""All parts."""

PARTS = ("text", "all", "gate", "priors", "paths")
"""Those that pay. A machine on cues alone adds nothing to one that sees them beside the rest."""

GATED = ("text words", "actor words")
"""The views that the gate counts apart."""

GATE = "target words"
"""The view that opens the gate."""

GATE_FOLDS = 3

TOLERANCE = 1e-2
"""Of the machines: nearly all labels are the same as with scikit-learn's 1e-4, in less than half of the time."""


class FirstLevel(FrameInput, TransformerMixin, BaseEstimator):  # type: ignore[misc]  # scikit-learn ships no types
    """Decision values of linear machines on several views of an item, and numbers about its names.

    Those of :data:`MACHINES` are linear machines on the views named there. ``gate`` is one that counts words
    of the text and the actor's name apart by which label the target alone makes likely: what speaks for a motion
    of the government speaks against one that deplores it. ``priors`` and ``paths`` are those of
    :class:`standoff.baselines.relations.Relations`.

    Args:
        parts: Names in :data:`KNOWN`.
        C: Strength of the machines.

    Attributes:
        classes_: The labels, sorted.
        features_: View -> its fitted features.
        machines_: Part -> its fitted machine.
        gate_: What opens the gate, where there is one.
        relations_: The fitted numbers about names; None where there are none.
    """

    def __init__(self, parts: Sequence[str] = PARTS, C: float = 0.1) -> None:  # noqa: N803 - as LinearSVC
        self.parts = parts
        self.C = C

    def fit(self, X: pd.DataFrame, y: Sequence[str] | NDArray[Any]) -> Self:  # noqa: N803 - scikit-learn's name
        """Fit on a frame of n items and their n labels.

        Raises:
            ValueError: A part is unknown.
        """
        if isinstance(self.parts, str) or not set(self.parts) <= set(KNOWN):
            raise ValueError(f"parts is {self.parts!r}: write a list of names among {', '.join(KNOWN)}")
        labels = np.asarray(y)
        self.classes_ = np.unique(labels)
        columns = [name for name in ("actor", "target") if len(set(X[name])) > 1]
        gated = "gate" in self.parts and "target" in columns
        blocks = self._fit_features(X, {"text", *columns}, gated=gated)
        self.machines_: dict[str, LinearSVC] = {}
        for part, views in MACHINES.items():
            if part in self.parts:
                self._add(part, _of_views(blocks, views), labels)
        if gated:
            self._fit_gate(X, blocks, labels)
        priors, paths = "priors" in self.parts and bool(columns), "paths" in self.parts and len(columns) == 2
        self.relations_ = Relations(priors=priors, paths=paths).fit(X, labels) if priors or paths else None
        return self

    def transform(self, X: pd.DataFrame) -> Floats:  # noqa: N803 - scikit-learn's name
        """Return what the second level looks at, shape (n, n_columns)."""
        check_is_fitted(self)
        blocks = {view: features.transform(X) for view, features in self.features_.items()}
        found: list[Floats] = [np.zeros((len(X), 0))]
        found += [self._values(machine, self._rows(part, blocks)) for part, machine in self.machines_.items()]
        if self.relations_ is not None:
            found.append(self.relations_.transform(X))
        return np.hstack(found)

    def get_feature_names_out(self, input_features: object = None) -> NDArray[np.object_]:  # noqa: ARG002
        """Return what each column is: ``part: label``, or the name that :class:`Relations` gives it."""
        check_is_fitted(self)
        names = [f"{part}: {label}" for part in self.machines_ for label in self._asked]
        relations = [] if self.relations_ is None else self.relations_.get_feature_names_out().tolist()
        return np.asarray([*names, *relations], dtype=object)

    def weights(self, columns: Floats) -> tuple[NDArray[np.object_], Floats]:
        """Return the names of all features that the columns are sums of, and the features' own weights.

        Args:
            columns: Weights of the columns of :meth:`transform`, shape (n_rows, n_columns).

        Returns:
            The features' names, shape (n_features,), and their weights, shape (n_rows, n_features). A feature that
            several machines see is there once, with the sum of its weights.
        """
        width = len(self._asked)
        totals: dict[str, Floats] = {}
        for at, (part, machine) in enumerate(self.machines_.items()):
            weighed = columns[:, at * width : (at + 1) * width] @ machine.coef_
            for name, weight in zip(self._names(part), weighed.T, strict=True):
                totals[name] = totals[name] + weight if name in totals else weight
        if self.relations_ is not None:
            own = columns[:, len(self.machines_) * width :]
            totals |= dict(zip(self.relations_.get_feature_names_out(), own.T, strict=True))
        return np.asarray(list(totals), dtype=object), np.column_stack(list(totals.values()))

    @property
    def _asked(self) -> NDArray[Any]:
        """The labels that a machine has a value for: each, or the second of two."""
        asked: NDArray[Any] = self.classes_[1:] if len(self.classes_) == 2 else self.classes_
        return asked

    def _fit_features(self, frame: pd.DataFrame, columns: set[str], *, gated: bool) -> dict[str, csr_matrix]:
        """Fit the features of the views that are needed and say something, and return them."""
        needed = {view for part in self.parts for view in MACHINES.get(part, ())} | (
            {GATE, *GATED} if gated else set()
        )
        self.features_: dict[str, FrameTfidf] = {}
        blocks = {}
        for view in sorted(needed):
            if view in CUES or view.partition(" ")[0] in columns:
                features = FrameTfidf([view])
                block = features.fit_transform(frame)
                if block.shape[1]:
                    self.features_[view], blocks[view] = features, block
        return blocks

    def _add(self, part: str, rows: csr_matrix, labels: NDArray[Any]) -> None:
        if rows.shape[1] and len(self.classes_) > 1:
            self.machines_[part] = _machine(self.C, rows, labels)

    def _fit_gate(self, frame: pd.DataFrame, blocks: Mapping[str, csr_matrix], labels: NDArray[Any]) -> None:
        """Fit the gate, and its machine on what other groups make likely: an item's own label must not open it."""
        if GATE not in blocks or len(self.classes_) < 2:
            return
        opener = blocks[GATE]
        likely = np.zeros(len(frame), dtype=np.intp)
        for train, held_out in group_folds(frame, GATE_FOLDS):
            seen = np.unique(labels[train])
            if len(seen) == 1:
                likely[held_out] = np.searchsorted(self.classes_, seen[0])
            else:
                predicted = _machine(self.C, opener[train], labels[train]).predict(opener[held_out])
                likely[held_out] = np.searchsorted(self.classes_, predicted)
        self.gate_ = _machine(self.C, opener, labels)
        self._add("gate", self._apart(blocks, likely), labels)

    def _rows(self, part: str, blocks: Mapping[str, csr_matrix]) -> csr_matrix:
        if part != "gate":
            return _of_views(blocks, MACHINES[part])
        return self._apart(blocks, np.searchsorted(self.classes_, self.gate_.predict(blocks[GATE])))

    def _apart(self, blocks: Mapping[str, csr_matrix], likely: Rows) -> csr_matrix:
        """Return what is gated, plain and apart by the likely label: of two, with one sign or the other."""
        plain = _of_views(blocks, GATED)
        if len(self.classes_) == 2:
            copies = [diags(np.where(likely, 1.0, -1.0)) @ plain]
        else:
            copies = [diags((likely == label).astype(np.float64)) @ plain for label in range(len(self.classes_))]
        return hstack([plain, blocks[GATE], *copies], format="csr")

    def _names(self, part: str) -> list[str]:
        """Return the names of the features of a part's machine."""
        if part != "gate":
            return [name for view in MACHINES[part] if view in self.features_ for name in self._of(view)]
        plain = [name for view in GATED if view in self.features_ for name in self._of(view)]
        labels = ["the likely label"] if len(self.classes_) == 2 else list(self.classes_)
        copies = [f"{name} (target makes {label} likely)" for label in labels for name in plain]
        return [*plain, *self._of(GATE), *copies]

    def _of(self, view: str) -> list[str]:
        names: list[str] = self.features_[view].get_feature_names_out().tolist()
        return names

    def __setstate__(self, state: dict[str, Any]) -> None:
        super().__setstate__(state)
        for part, machine in state.get("machines_", {}).items():
            check_linear(machine, self.classes_, len(self._names(part)))
        if "gate_" in state:
            check_linear(self.gate_, self.classes_, len(self._of(GATE)))

    def _values(self, machine: LinearSVC, rows: csr_matrix) -> Floats:
        """Return decision values, shape (n, n_labels), or (n, 1) for the second of two labels."""
        values: Floats = machine.decision_function(rows)
        return values.reshape(len(values), -1)


def group_folds(frame: pd.DataFrame, n: int) -> Iterator[tuple[Rows, Rows]]:
    """Yield rows to fit on and rows held out, in as many folds as there are groups, ``n`` at most.

    Groups stay whole. Where all items are one group, items are held out by themselves; of one item, nothing is.
    """
    if (n_groups := frame["group"].nunique()) > 1:
        yield from GroupKFold(min(n, n_groups)).split(frame, groups=frame["group"])
    elif len(frame) > 1:
        yield from KFold(min(n, len(frame))).split(frame)


def _machine(c: float, rows: csr_matrix, labels: NDArray[Any]) -> LinearSVC:
    """Return a fitted machine; the order of its descent is fixed, as for :class:`TfidfSvm`."""
    machine = LinearSVC(C=c, class_weight="balanced", tol=TOLERANCE, max_iter=MAX_ITER, random_state=0)
    return machine.fit(rows, labels)


def _of_views(blocks: Mapping[str, csr_matrix], views: Sequence[str]) -> csr_matrix:
    n = next(iter(blocks.values())).shape[0] if blocks else 0
    return beside([blocks[view] for view in views if view in blocks], n)
