"""The models of a folder with their covariances, by the names of files that MODEL_DB writes or that GTEx's models are published with."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from tcra.errors import UserError
from tcra.expression.database_format import COVARIANCE_SUFFIX, DATABASE_SUFFIX, JOINT_COVARIANCE_SUFFIX

# en_Liver.db has en_Liver.txt.gz, mashr_Liver.db has mashr_Liver.txt.gz (predictdb.org); unpacked they end in .txt.
_COVARIANCE_SUFFIXES = (COVARIANCE_SUFFIX, COVARIANCE_SUFFIX.removesuffix(".gz"), ".txt.gz", ".txt")


@dataclass(frozen=True)
class ModelFolder:
    """databases and covariances: one each per model, in the same order (by name). joint_covariances: of SNPs across the models."""

    databases: list[Path]
    covariances: list[Path]
    joint_covariances: list[Path]


def find_models(folder: Path, with_covariances: bool = True) -> ModelFolder:
    """All `*.db` of a folder, each with its covariances (unless not `with_covariances`), and the `*_joint_covariance.txt.gz`.

    Errors: UserError for a folder without databases, and for a database without covariances, with the names that were looked for.
    """
    if not folder.is_dir():
        raise UserError(f"{folder} is not a folder; expected one with model databases (*{DATABASE_SUFFIX})")
    databases = sorted(path for path in folder.iterdir() if path.name.endswith(DATABASE_SUFFIX) and path.is_file())
    if not databases:
        raise UserError(f"{folder} has no model database (*{DATABASE_SUFFIX})")
    return ModelFolder(
        databases,
        [find_covariance(path) for path in databases] if with_covariances else [],
        sorted(folder.glob(f"*{JOINT_COVARIANCE_SUFFIX}")),
    )


def find_covariance(database: Path) -> Path:
    """The covariances beside a model database. Errors: UserError that names what was looked for."""
    stem = database.name.removesuffix(DATABASE_SUFFIX)
    names = [f"{stem}{suffix}" for suffix in _COVARIANCE_SUFFIXES]
    for name in names:
        if (database.parent / name).is_file():
            return database.parent / name
    raise UserError(
        f"{database} has no covariances beside it; looked for {', '.join(names[:-1])} and {names[-1]}; put one there, or name both "
        "files with --model_db_path and --covariance"
    )


def given_models(values: Mapping[str, Any]) -> ModelFolder:
    """The models that flags name: `models`, a folder, or `model_db_path` with `covariance` and `joint_covariance`, lists of files.

    A folder's joint covariances are used only with `correlations`, which they are for.

    Errors: UserError for both, for neither, and as `find_models`.
    """
    databases, joint = values.get("model_db_path") or [], values.get("joint_covariance") or []
    if bool(values.get("models")) == bool(databases):
        raise UserError("give either --models with a folder, or --model_db_path with --covariance")
    if databases:
        return ModelFolder(databases, values["covariance"], joint)
    if values.get("covariance"):
        raise UserError("--covariance belongs to --model_db_path; --models finds the covariances in its folder")
    found = find_models(values["models"], with_covariances=not values.get("single_snp_model"))
    return replace(found, joint_covariances=joint or (found.joint_covariances if values.get("correlations") else []))
